"""The mail server, and a letter as a mail that it takes."""

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from typing import Self
from urllib.parse import unquote, urlsplit

from portal.digest.letter import Letter, html_form, text_form

SECONDS = 15.0
"""How long a mail server may take to answer."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"smtp": 587, "smtps": 465}
_POLICY = WIRE.clone(max_line_length=998)
"""Heads are not folded: an address in angle brackets must stay in one piece."""


class NotReached(Exception):
    """The mail server cannot be reached, or does not let us in. Mails wait."""


class NotTaken(Exception):
    """The server did not take this mail now."""


class NoSuchMailbox(NotTaken):
    """The server refused the receiver for good."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. The line is encrypted, unless the server is this machine."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    trusted: ssl.SSLContext | None = None
    """Other certificates to trust than the machine's."""

    @classmethod
    def of(cls, url: str, password: str | None) -> Self:
        """From `smtp://[user@]host[:port]` (STARTTLS) or `smtps://…`. Raises ValueError with what is wrong."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("write the mail server as smtp://user@host:587 or smtps://user@host:465")
        if parts.password is not None:
            raise ValueError("keep the password of the mail server out of the command line")
        user = unquote(parts.username) if parts.username else None
        if user and not password:
            raise ValueError("the password of the mail server is not set")
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)


class Line:
    """A connection to the server, opened when the first mail is sent and used for all."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._open: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failed: object) -> None:
        self._close()

    def send(self, mail: EmailMessage) -> None:
        """Hand one mail over. Raises NotReached, NotTaken or NoSuchMailbox; none of them repeats an address."""
        line = self._opened()
        try:
            line.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _said in refused.recipients.values()]
            self._close()
            raise NoSuchMailbox if all(500 <= code < 600 for code in codes) else NotTaken from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPServerDisconnected):
            self._close()
            raise NotReached from None
        except (OSError, smtplib.SMTPException):
            self._close()
            raise NotTaken from None

    def _opened(self) -> smtplib.SMTP:
        if self._open is None:
            try:
                self._open = _connected(self._server)
            except (OSError, smtplib.SMTPException):
                raise NotReached from None  # what a server answers may hold anything
        return self._open

    def _close(self) -> None:
        line, self._open = self._open, None
        if line is not None:
            line.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    safely = server.trusted or ssl.create_default_context()
    if server.tls:
        line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=safely)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        if server.host not in LOOPBACK or server.user:
            line.starttls(context=safely)
    if server.user and server.password:
        line.login(server.user, server.password)
    return line


def mail_of(
    letter: Letter, *, ident: str, sender: str, name: str, to: str, moment: datetime, unsubscribe: str
) -> EmailMessage:
    """The mail. `ident` stays the same when it is sent again; `unsubscribe` is the address of one click (RFC 8058)."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = _plain(letter.subject)
    mail["From"] = Address(_plain(name), addr_spec=sender)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = f"<{ident}@{domain}>"
    mail["List-ID"] = f"<digest.{domain}>"
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_form(letter), cte="quoted-printable")
    mail.add_alternative(html_form(letter), subtype="html", cte="quoted-printable")
    return mail


def _plain(text: str) -> str:
    """A text for a head: no line break, nothing that is not printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
