"""`python -m portal digest`: sends what is due, once. Cron or the container engine runs it every few minutes."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import SecretStr, ValidationError

from portal.digest.address import address_of
from portal.digest.book import Subscriptions
from portal.digest.database import WrongDatabase
from portal.digest.post import LOOPBACK, Line, MailServer
from portal.digest.sending import Outcome, Sender, plan, send_due
from portal.releases import Clock, Releases
from portal.settings import SUBSCRIPTIONS_VARIABLE, PortalSettings, told_secret

PASSWORD_VARIABLE = "HEARTHMAP_MAIL_PASSWORD"
EXIT_WRONG, EXIT_UNREACHED, EXIT_STORAGE = 2, 10, 16
Say = Callable[[str], None]
_WORDS = {
    "digest": "digests sent", "confirm": "sent to confirm", "remind": "reminders sent", "due": "digests due",
    "unchanged": "without news", "refused": "refused by the receiver", "gone": "not confirmed in time and deleted",
    "failed": "could not be written", "waiting": "waiting",
}  # fmt: skip


class CannotSend(Exception):
    """Nothing can be sent. `code` is the exit code; `str()` says what happened and what to do, without an address."""

    def __init__(self, message: str, code: int = EXIT_WRONG) -> None:
        super().__init__(message)
        self.code = code


def digest(arguments: Sequence[str], environ: Mapping[str, str], say: Say, *, clock: Clock | None = None) -> None:
    """Send what is due; one line says how many. Raises CannotSend."""
    options = _parser().parse_args(arguments)
    settings = _settings(options, environ)
    sender, server = _sender(options, settings), _server(options, environ)
    releases = Releases(settings.store, clock or _now)
    assert settings.subscriptions is not None, "checked with the settings"
    book = Subscriptions(settings.subscriptions.get_secret_value(), clock or _now)
    try:
        done = _dry(book, releases) if options.dry_run else _send(book, releases, sender, server)
    except WrongDatabase as error:
        raise CannotSend(f"{error}.") from None
    except sa.exc.SQLAlchemyError as error:
        raise CannotSend(f"the subscriptions cannot be read: {type(error).__name__}", EXIT_STORAGE) from None
    say(_told(done, dry=options.dry_run))
    if not done.reached:
        raise CannotSend("the mail server cannot be reached or does not let us in; the mails wait", EXIT_UNREACHED)


def _now() -> datetime:
    return datetime.now(UTC)


def _dry(book: Subscriptions, releases: Releases) -> Outcome:
    done = Outcome()
    plan(book, releases, done, dry=True)
    return done


def _send(book: Subscriptions, releases: Releases, sender: Sender, server: MailServer) -> Outcome:
    with Line(server) as line:

        def post(mail: EmailMessage) -> None:
            line.send(mail)

        return send_due(book, releases, sender, post)


def _told(done: Outcome, *, dry: bool) -> str:
    parts = [f"{done.counts[name]} {words}" for name, words in _WORDS.items() if done.counts[name]]
    return ("nothing was sent; " if dry else "") + (", ".join(parts) or "nothing to send")


def _settings(options: argparse.Namespace, environ: Mapping[str, str]) -> PortalSettings:
    told = SecretStr(options.subscriptions) if options.subscriptions else None
    try:
        told = told or told_secret(environ, SUBSCRIPTIONS_VARIABLE)
        settings = PortalSettings(store=options.store, base_url=options.base_url, subscriptions=told)
    except OSError:
        raise CannotSend(f"the file that {SUBSCRIPTIONS_VARIABLE}_FILE names cannot be read") from None
    except ValidationError as error:
        said = "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors())
        raise CannotSend(said) from None
    if settings.subscriptions is None:
        raise CannotSend(f"give --subscriptions or set {SUBSCRIPTIONS_VARIABLE}")
    return settings


def _sender(options: argparse.Namespace, settings: PortalSettings) -> Sender:
    address = address_of(options.sender)
    if address is None:
        raise CannotSend("--from is no e-mail address: write it like digest@example.org")
    base = (settings.base_url or "").rstrip("/")
    if urlsplit(base).scheme != "https" and urlsplit(base).hostname not in LOOPBACK:
        raise CannotSend("--base-url must begin with https: the links of a mail change a subscription")
    return Sender(base, address)


def _server(options: argparse.Namespace, environ: Mapping[str, str]) -> MailServer:
    try:
        password = told_secret(environ, PASSWORD_VARIABLE)
        return MailServer.of(options.send_by, password.get_secret_value() if password else None)
    except OSError:
        raise CannotSend(f"the file that {PASSWORD_VARIABLE}_FILE names cannot be read") from None
    except ValueError as error:
        raise CannotSend(f"--send-by: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portal digest",
        description="Send what is due once: mails to confirm, and digests of places where something changed.",
        epilog=f"The password of the mail server: {PASSWORD_VARIABLE}, or {PASSWORD_VARIABLE}_FILE.",
    )
    parser.add_argument("--store", type=Path, required=True, help="the public folder that the ETL publishes to")
    parser.add_argument("--subscriptions", help="database of subscriptions, as the portal has it")
    parser.add_argument("--base-url", required=True, help="public address of the portal, for the links")
    parser.add_argument("--from", dest="sender", required=True, help="address that the mails come from")
    parser.add_argument(
        "--send-by", required=True, help="mail server: smtp://user@host:587 (STARTTLS) or smtps://user@host:465"
    )
    parser.add_argument("--dry-run", action="store_true", help="only count what is due; send and change nothing")
    return parser
