"""A digest over a real mail server and a real command line: form, mail, one click, and a sender that is killed."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.__main__ import main
from portal.app import create_app
from portal.digest.book import Subscriptions
from portal.digest.command import CannotSend, digest
from portal.digest.letter import Letter
from portal.digest.post import Line, MailServer, NotReached, mail_of
from portal.digest.tables import mails, subscriptions
from portal.digest.told import Told
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.machinery.process import free_port
from tests.portal.digest.conftest import START, Clock
from tests.portal.digest.test_book import ANN, rows
from tests.portal.digest.test_sending import MONDAY, SENDER, TOPIC, follow


class Handler:
    """A mail server's end; refuses receivers that begin with `gone`."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # type: ignore[no-untyped-def]
        if address.startswith("gone"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # type: ignore[no-untyped-def]
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield handler, controller.port
    finally:
        controller.stop()


def test_from_the_form_to_one_click_over_a_real_mail_server(
    weekly_store: Path, weeks: Releases, tmp_path: Path
) -> None:
    """Sign up by the form, confirm by the mail's link, get one digest, leave by its head as a mail program does."""
    clock, url = Clock(), f"sqlite:///{tmp_path / 'kept.sqlite'}"
    told = PortalSettings.model_validate({"store": weekly_store, "subscriptions": url})
    said: list[str] = []
    with mail_server() as (handler, port), TestClient(create_app(told, clock=clock)) as client:

        def send() -> None:
            digest(command(weekly_store, url, port), {}, said.append, clock=clock)

        for address in (ANN, "gone@example.org"):
            form = {"address": address, "place": "district:1", "topic": TOPIC, "often": "weekly", "language": "es"}
            assert client.post("/subscribe", data=form).status_code == 200
        send()
        (confirm,) = handler.got
        assert confirm["Subject"] == "Madeville: confirme su resumen"
        (link,) = re.findall(r"https://data\.example\.org(/subscription/\S+)", _text(confirm))
        assert "lang=es" in link
        assert "Confirmado." in client.post(link, data={"act": "confirm"}).text
        _forget(url, weeks)
        clock.now = MONDAY + timedelta(hours=4)
        send()
        send()
        _first, mail = handler.got
        assert (mail["To"], mail["From"]) == (ANN, "Madeville <digest@example.org>")
        assert mail["Subject"] == "Madeville: lo que cambió en District 1"
        assert [part.get_content_type() for part in mail.walk()] == [
            "multipart/alternative", "text/plain", "text/html",
        ]  # fmt: skip
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        found = re.fullmatch(r"<https://data\.example\.org(/unsubscribe/\S+)>", mail["List-Unsubscribe"])
        assert found is not None
        links = re.findall(r"https://\S+", _text(mail))
        assert len(links) > 6
        assert [each for each in links if ANN in each or "example.org" not in each] == []
        assert client.post(found[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
        with sa.create_engine(url).connect() as connection:
            assert connection.execute(sa.select(subscriptions.c.id)).all() == []
    assert said == ["1 sent to confirm, 1 refused by the receiver", "1 digests sent, 1 digests due", "nothing to send"]


def command(store: Path, url: str, port: int, *more: str) -> list[str]:
    return ["--store", str(store), "--subscriptions", url, "--base-url", SENDER.base, "--from", SENDER.address,
            "--send-by", f"smtp://127.0.0.1:{port}", *more]  # fmt: skip


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _forget(url: str, weeks: Releases) -> None:
    """As if the subscriber had confirmed before the newest release."""
    earlier = Told({TOPIC: weeks.store.releases(TOPIC)[1]}).to_text()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(subscriptions.update().values(told=earlier))
    engine.dispose()


def test_a_dry_run_sends_and_changes_nothing(weekly_store: Path, weeks: Releases, tmp_path: Path) -> None:
    clock, url = Clock(), f"sqlite:///{tmp_path / 'kept.sqlite'}"
    book = Subscriptions(url, clock)
    follow(book, weeks)
    clock.now = MONDAY + timedelta(hours=4)
    said: list[str] = []
    for _ in range(2):
        digest(command(weekly_store, url, free_port(), "--dry-run"), {}, said.append, clock=clock)
    assert said == ["nothing was sent; 1 digests due"] * 2
    with pytest.raises(CannotSend, match="cannot be reached") as failed:
        digest(command(weekly_store, url, free_port()), {}, said.append, clock=clock)
    assert failed.value.code == 10
    assert rows(book, mails) == 1
    assert said[-1] == "1 digests due, 1 waiting"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--base-url", "http://data.example.org"], "https"),
        (["--from", "digest"], "--from is no e-mail address"),
        (["--send-by", "mail.example.org"], "smtp://user@host:587"),
        (["--send-by", "smtp://me:CANARY@mail.example.org"], "out of the command line"),
        (["--send-by", "smtp://me@mail.example.org"], "password of the mail server is not set"),
        (["--subscriptions", "mysql://CANARY@host/x"], "sqlite:////folder/file"),
    ],
)
def test_a_wrong_command_line_says_what_to_do(
    weekly_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    url = f"sqlite:///{tmp_path / 'kept.sqlite'}"
    assert main(["digest", *command(weekly_store, url, 1), *options]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "CANARY" not in said


def test_what_nobody_foresaw_repeats_no_address(
    weekly_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_more: object) -> None:
        raise RuntimeError(ANN)

    monkeypatch.setattr("portal.digest.command.send_due", fail)
    assert main(["digest", *command(weekly_store, f"sqlite:///{tmp_path / 'kept.sqlite'}", 1)]) == 70
    said = capsys.readouterr()
    assert ANN not in said.err + said.out


def test_a_line_to_another_machine_is_encrypted_or_not_used() -> None:
    """`tests/etl/alerts` tries certificates; here it is asked that no line stays open."""
    with mail_server() as (handler, port):
        server = MailServer("localhost", port, tls=False, user="me", password="x")
        with pytest.raises(NotReached), Line(server) as line:
            line.send(mail_of(Letter("s", "t", ()), **HEADS))  # type: ignore[arg-type]
        assert handler.got == []
    assert "x" not in repr(MailServer("localhost", 1, tls=False, user="me", password="CANARYx")).replace("user", "")


HEADS = {
    "ident": "a", "sender": "digest@example.org", "name": "City", "to": ANN, "moment": START,
    "unsubscribe": "https://data.example.org/unsubscribe/" + "A" * 43,
}  # fmt: skip
ODD = st.text(st.sampled_from('aé\r\n\t\x00\u2028:<>,;@"\\= '), max_size=40)


@settings(max_examples=40)
@given(subject=ODD, name=ODD, title=ODD)
def test_no_text_becomes_a_head_of_the_mail(subject: str, name: str, title: str) -> None:
    """Whatever a city or a place is called, the mail has its own heads, one receiver and two parts."""
    letter = Letter(f"{subject}\r\nBcc: evil@example.org", title, (title,))
    mail = mail_of(letter, **{**HEADS, "name": name})  # type: ignore[arg-type]
    back = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert sorted(back.keys()) == sorted(
        ["Subject", "From", "To", "Date", "Message-ID", "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
         "Auto-Submitted", "MIME-Version", "Content-Type"]
    )  # fmt: skip
    assert back["To"] == ANN
    assert [each.addr_spec for each in back["From"].addresses] == ["digest@example.org"]
    assert back["List-Unsubscribe"] == f"<{HEADS['unsubscribe']}>"
    assert b"\r\nList-Unsubscribe: <https://" in mail.as_bytes()
    assert len(list(back.iter_parts())) == 2


class Killer(Handler):
    """Kills the sender when it holds its mail, before it says so."""

    victim: "subprocess.Popen[bytes] | None" = None

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        if self.victim is not None:
            self.victim.send_signal(signal.SIGKILL)
            self.victim = None
        return await super().handle_DATA(server, session, envelope)


@pytest.mark.slow
def test_a_sender_killed_hard_loses_no_mail(weekly_store: Path, weeks: Releases, tmp_path: Path) -> None:
    """A process of its own, ended by SIGKILL while the server holds its mail: told again once, under one Message-ID."""
    url, now = f"sqlite:///{tmp_path / 'kept.sqlite'}", datetime.now(UTC)
    follow(Subscriptions(url, lambda: now - timedelta(days=8)), weeks)
    killer = Killer()
    controller = Controller(killer, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        line = [sys.executable, "-m", "portal", "digest", *command(weekly_store, url, controller.port)]
        killer.victim = process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.wait(60) == -signal.SIGKILL
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(mails.update().values(try_at=now - timedelta(minutes=1)))  # ten minutes later
        for _ in range(2):
            assert subprocess.run(line, capture_output=True, timeout=60, check=True).stderr == b""
        with engine.connect() as connection:
            assert connection.execute(sa.select(mails.c.id)).all() == []
        engine.dispose()
    finally:
        controller.stop()
    assert len({str(mail["Message-ID"]) for mail in killer.got}) == 1
    assert len(killer.got) == 2
