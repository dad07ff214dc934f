"""Sending: each mail once, whoever is killed or works beside, and no mail to nobody."""

import threading
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from portal.digest import sending
from portal.digest.book import Subscriptions
from portal.digest.choice import Choice
from portal.digest.letter import Letter
from portal.digest.post import NoSuchMailbox, NotTaken
from portal.digest.sending import MOST_TRIES, Outcome, Sender, send_due
from portal.digest.tables import mails, subscriptions
from portal.digest.told import Told
from portal.releases import Releases
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
