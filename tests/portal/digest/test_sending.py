"""Sending: over a real mail server, each mail once whoever is killed or works beside, and no mail to nobody."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.__main__ import main
from portal.app import create_app
from portal.digest import sending
from portal.digest.book import Subscriptions
from portal.digest.choice import Choice
from portal.digest.command import CannotSend, digest
from portal.digest.letter import Letter
from portal.digest.post import Line, MailServer, NoSuchMailbox, NotReached, NotTaken, mail_of
from portal.digest.sending import MOST_TRIES, Outcome, Sender, send_due
from portal.digest.tables import mails, subscriptions
from portal.digest.told import Told
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.machinery.process import free_port
from tests.portal.digest.conftest import START, Clock
from tests.portal.digest.test_book import ANN, asked, rows, send_all

TOPIC = "service_requests"
SENDER = Sender("https://data.example.org", "digest@example.org")
ONE = Choice(places=(("district", "1"),), topics=(TOPIC,))
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""
MONDAY = START + timedelta(days=6)


class Box:
    """A mailbox at the other end; refuses what it is told to."""

    def __init__(self, *, fails: Exception | type[BaseException] | None = None, after: bool = False) -> None:
        self.got: list[EmailMessage] = []
        self.fails = fails
        self.after = after
        self.tried = 0

    def __call__(self, mail: EmailMessage) -> None:
        self.tried += 1
        if self.fails is not None and not self.after:
            raise self.fails
        self.got.append(mail)
        if self.fails is not None:
            raise self.fails

    @property
    def idents(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.got]


def follow(book: Subscriptions, weeks: Releases, address: str = ANN, *, at: int = 1, choice: Choice = ONE) -> str:
    """Somebody who confirmed when the release of 2 November (1) was the newest."""
    token = asked(book, address, choice)
    book.confirm(token, Told({TOPIC: weeks.store.releases(TOPIC)[at]}))
    send_all(book)
    return token


def run(book: Subscriptions, weeks: Releases, box: Box) -> Outcome:
    return send_due(book, weeks, SENDER, box)


def test_a_week(book: Subscriptions, weeks: Releases, clock: Clock) -> None:
    """
    | moment                       | mails |
    |------------------------------|-------|
    | Tuesday, just confirmed      | 0     |
    | Monday 04:00 in the city     | 0     |
    | Monday after 07:00           | 1     |
    | again at once, and Tuesday   | 0     |
    | next Monday, nothing new     | 0     |
    """
    follow(book, weeks)
    box = Box()
    for moment, sent in (
        (START, 0), (MONDAY - timedelta(hours=1), 0), (MONDAY + timedelta(hours=4), 1),
        (MONDAY + timedelta(hours=4), 0), (MONDAY + timedelta(days=1), 0), (MONDAY + timedelta(days=8), 0),
    ):  # fmt: skip
        clock.now = moment
        before = len(box.got)
        run(book, weeks, box)
        assert len(box.got) - before == sent, moment
    assert rows(book, mails) == 0
    (mail,) = box.got
    assert mail["To"] == ANN
    assert mail["Subject"] == "Madeville: what changed in District 1"


@ON_SQLITE
def test_a_letter_that_cannot_be_written_keeps_nobody_else_waiting(
    book: Subscriptions,
    weeks: Releases,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    follow(book, weeks, "first@example.org")
    follow(book, weeks, "second@example.org", choice=replace(ONE, places=(("district", "2"),)))
    written = sending.digest_letter

    def broken(releases: Releases, choice: Choice, *rest: Any) -> Letter:
        if choice == ONE:
            raise ValueError("first@example.org")
        return written(releases, choice, *rest)

    monkeypatch.setattr(sending, "digest_letter", broken)
    clock.now = MONDAY + timedelta(hours=4)
    box = Box()
    done = run(book, weeks, box)
    assert [mail["To"] for mail in box.got] == ["second@example.org"]
    assert (done.counts["failed"], done.counts["waiting"]) == (1, 1)
    assert "first@example.org" not in caplog.text
    monkeypatch.undo()
    clock.move(hours=1)
    run(book, weeks, box)
    assert [mail["To"] for mail in box.got] == ["second@example.org", "first@example.org"]


@ON_SQLITE
def test_nothing_new_is_no_mail_and_is_not_looked_at_again(book: Subscriptions, weeks: Releases, clock: Clock) -> None:
    """Figures of the newest release are known; of the first and the second they are the same."""
    token = follow(book, weeks, at=2)
    clock.now = MONDAY + timedelta(hours=4)
    box = Box()
    assert run(book, weeks, box).counts["unchanged"] == 1
    assert run(book, weeks, box).counts["unchanged"] == 0
    assert box.got == []
    found = book.find(token)
    assert found is not None
    assert found.told == Told.now(weeks)


@pytest.mark.parametrize("after", [False, True], ids=["killed before it is taken", "killed after it was taken"])
def test_killed_while_sending(book: Subscriptions, weeks: Releases, clock: Clock, after: bool) -> None:
    """
    | killed                       | at the receiver, in the end            |
    |------------------------------|----------------------------------------|
    | before the server took it    | once                                   |
    | after, before it was noted   | twice, under the same Message-ID       |
    """
    follow(book, weeks)
    clock.now = MONDAY + timedelta(hours=4)
    killed, box = Box(fails=KeyboardInterrupt, after=after), Box()
    with pytest.raises(KeyboardInterrupt):
        run(book, weeks, killed)
    run(book, weeks, box)
    assert box.got == [], "somebody else may be sending it at this moment"
    clock.move(minutes=11)
    run(book, weeks, box)
    clock.move(minutes=11)
    run(book, weeks, box)
    assert len(box.got) == 1
    assert killed.idents in ([], box.idents)


def test_killed_after_planning_nothing_is_lost(
    book: Subscriptions, weeks: Releases, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(book, weeks)
    clock.now = MONDAY + timedelta(hours=4)
    with monkeypatch.context() as patched:
        patched.setattr("portal.digest.sending.deliver", _killed)
        with pytest.raises(KeyboardInterrupt):
            run(book, weeks, Box())
    box = Box()
    run(book, weeks, box)
    run(book, weeks, box)
    assert len(box.got) == 1


def _killed(*_given: object) -> None:
    raise KeyboardInterrupt


def test_two_senders_beside_each_other_send_each_mail_once(book: Subscriptions, weeks: Releases, clock: Clock) -> None:
    for number in range(4):
        follow(book, weeks, f"n{number}@example.org")
    clock.now = MONDAY + timedelta(hours=4)
    box, start = Box(), threading.Barrier(2)

    def work() -> None:
        start.wait()
        run(book, weeks, box)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(mail["To"] for mail in box.got) == [f"n{number}@example.org" for number in range(4)]
    assert rows(book, mails) == 0


@ON_SQLITE
def test_who_leaves_gets_nothing_that_waits(book: Subscriptions, weeks: Releases, clock: Clock) -> None:
    token = follow(book, weeks)
    clock.now = MONDAY + timedelta(hours=4)
    run(book, weeks, Box(fails=NotTaken()))
    assert rows(book, mails) == 1
    book.unsubscribe(token)
    clock.move(days=1)
    box = Box()
    run(book, weeks, box)
    assert box.got == []


@ON_SQLITE
def test_a_server_that_takes_nothing_is_tried_less_and_less_and_the_next_digest_tells_it(
    book: Subscriptions, weeks: Releases, clock: Clock
) -> None:
    follow(book, weeks)
    clock.now = MONDAY + timedelta(hours=4)
    box, tries = Box(fails=NotTaken()), 0
    for _ in range(4 * 24):
        box.tried = 0
        run(book, weeks, box)
        tries += box.tried
        clock.move(hours=1)
    assert tries == MOST_TRIES
    assert rows(book, mails) == 0
    clock.now = MONDAY + timedelta(days=7, hours=4)
    alive = Box()
    run(book, weeks, alive)
    assert len(alive.got) == 1


@ON_SQLITE
def test_a_mailbox_that_is_gone_is_forgotten(book: Subscriptions, weeks: Releases, clock: Clock) -> None:
    """
    | address       | refused for good | kept     |
    |---------------|------------------|----------|
    | unconfirmed   | once             | no       |
    | confirmed     | twice            | yes      |
    | confirmed     | three times      | no       |
    """
    asked(book, "typo@example.org")
    run(book, weeks, Box(fails=NoSuchMailbox()))
    assert rows(book, subscriptions) == 0
    follow(book, weeks)
    for kept in (1, 1, 0):
        clock.now = (clock.now if clock.now > MONDAY else MONDAY) + timedelta(days=7, hours=1)
        run(book, weeks, Box(fails=NoSuchMailbox()))
        assert rows(book, subscriptions) == kept


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
