"""Who may sign up how often: a network never uses up what others have, many sign-ups slow mails, and nobody is kept."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.digest import shares
from portal.digest.book import Subscriptions
from portal.digest.choice import Choice
from portal.digest.tables import day_keys, mail_hours, mails, sign_ups
from portal.digest.told import Told
from portal.errors import Busy
from tests.portal.digest.conftest import Clock

CITY = Choice(topics=("evictions",))


def admits(book: Subscriptions, host: str | None) -> bool:
    try:
        with book.engine.begin() as connection:
            shares.take_share(connection, host, book.now())
    except Busy:
        return False
    return True


def counted(book: Subscriptions, column: sa.Column[int]) -> int:
    with book.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0))).scalar_one())


def due(book: Subscriptions) -> list[datetime]:
    """When the mails that wait may go."""
    with book.engine.connect() as connection:
        return list(connection.execute(sa.select(mails.c.try_at).order_by(mails.c.try_at)).scalars())


def test_what_a_network_is(book: Subscriptions, monkeypatch: pytest.MonkeyPatch) -> None:
    """An IPv4 /24, an IPv6 /48; an address of no public network stands for everybody and is not counted."""
    monkeypatch.setattr(shares, "SHARES", ((None, 1),))
    hosts = ("2001:4860:1:2::1", "2001:4860:1:3::1", "2001:4860:2::1", "::ffff:8.8.8.8", "8.8.8.9")
    assert [admits(book, host) for host in hosts] == [True, False, True, True, False]
    assert all(admits(book, host) for host in ("10.0.0.1", "testclient", None, "::1") for _ in range(2))


def test_a_share_grows_scarcer_and_no_other_network_loses_its_own(
    book: Subscriptions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    | others in this hour | of one network |
    |---------------------|----------------|
    | 0 to 3              | 3              |
    | 4 to 5              | 2              |
    | 6 and more          | 1              |
    """
    monkeypatch.setattr(shares, "SHARES", ((4, 3), (6, 2), (None, 1)))
    taken = [sum(admits(book, f"8.8.{network}.1") for _ in range(5)) for network in range(6)]
    assert taken == [3, 3, 1, 1, 1, 1]
    clock.move(hours=1)
    assert admits(book, "8.8.0.1")


def test_a_network_has_a_share_of_the_day_too(
    book: Subscriptions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MOST_A_DAY", 12)
    taken = []
    for _hour in range(3):
        taken.append(sum(admits(book, "8.8.8.8") for _ in range(11)))
        clock.move(hours=1)
    assert taken == [10, 2, 0]
    clock.move(days=1)
    assert admits(book, "8.8.8.8")


def test_many_networks_share_a_bucket_and_a_day_has_its_own_key(
    book: Subscriptions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is a number below 4,096, in which thousands of networks are alike; it cannot grow beyond that."""
    monkeypatch.setattr(shares, "BUCKETS", 4)
    assert all(admits(book, f"8.8.{number}.1") for number in range(9))
    with book.engine.connect() as connection:
        rows = connection.execute(sa.select(sign_ups)).all()
        first = connection.execute(sa.select(day_keys.c.key)).scalar_one()
    assert {row.bucket for row in rows} <= set(range(4))
    assert sum(row.times for row in rows) == 9
    clock.move(days=1)
    assert admits(book, "8.8.8.8")
    book.purge()
    assert counted(book, sign_ups.c.times) == 1
    with book.engine.connect() as connection:
        assert connection.execute(sa.select(day_keys.c.key)).scalar_one() != first


def test_many_sign_ups_slow_mails_and_refuse_nobody(
    book: Subscriptions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    | sign-up          | its mail goes         |
    |------------------|-----------------------|
    | first, second    | now                   |
    | third, fourth    | at the next full hour |
    | fifth            | an hour later         |
    | of a known one   | takes nobody's place  |
    | of a confirmed   | now: somebody tried   |
    """
    monkeypatch.setattr(shares, "MAILS_AN_HOUR", 2)
    now, next_hour = clock.now, clock.now.replace(minute=0) + timedelta(hours=1)
    soon = [book.ask(f"n{number}@example.org", CITY) for number in (1, 2, 3, 3, 4, 5)]
    assert soon == [True, True, False, False, False, False]
    assert due(book) == [now, now, next_hour, next_hour, next_hour + timedelta(hours=1)]
    assert counted(book, mail_hours.c.times) == 5
    with book.engine.begin() as connection:
        known = connection.execute(sa.text("select id from subscriptions where address = 'n1@example.org'")).scalar()
        connection.execute(mails.delete())
    token = book.new_token(int(known or 0))
    assert token is not None
    book.confirm(token, Told())
    clock.move(days=2)
    told = [book.ask(f"{name}@example.org", CITY) for name in ("n6", "n7", "n1")]
    assert told == [True, True, False]
    assert due(book) == [clock.now] * 3


def test_where_more_wait_than_a_day_can_send_nobody_is_taken_whatever_they_typed(
    book: Subscriptions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MAILS_AN_HOUR", 1)
    for number in range(25):
        book.ask(f"n{number}@example.org", CITY)
    for address in ("n1@example.org", "new@example.org"):
        with pytest.raises(Busy):
            book.ask(address, CITY)
    clock.move(hours=1)
    assert book.ask("new@example.org", CITY) is False
    assert max(due(book)) <= clock.now.astimezone(UTC) + shares.LATEST
