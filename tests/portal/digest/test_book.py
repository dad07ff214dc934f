"""The database of subscriptions: as little as possible, deleted as soon as possible, and no way to bomb a mailbox."""

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.digest.book import Subscriptions, token_hash
from portal.digest.choice import Choice
from portal.digest.database import WrongDatabase, migrate, open_database
from portal.digest.tables import mails, metadata, subscriptions, tokens
from portal.digest.told import Told
from tests.portal.digest.conftest import Clock

ANN = "ann@example.org"
CITY = Choice(topics=("evictions",))
FIVE = Choice(places=(("district", "5"),), topics=("evictions",), frequency="daily")
NOW = Told({"evictions": "2026-11-01-a"}, frozenset({"2026-10-01-b"}))


def waiting(book: Subscriptions) -> list[str]:
    """Kinds of the mails that wait."""
    with book.engine.connect() as connection:
        return sorted(connection.execute(sa.select(mails.c.kind)).scalars())


def send_all(book: Subscriptions) -> None:
    with book.engine.begin() as connection:
        connection.execute(mails.delete())


def rows(book: Subscriptions, table: sa.Table) -> int:
    with book.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def asked(book: Subscriptions, address: str = ANN, choice: Choice = CITY) -> str:
    """The token of a mail to somebody who signed up."""
    book.ask(address, choice)
    with book.engine.connect() as connection:
        number = connection.execute(sa.select(subscriptions.c.id).where(subscriptions.c.address == address)).scalar()
    token = book.new_token(int(number or 0))
    assert token is not None
    return token


def confirmed(book: Subscriptions, address: str = ANN, choice: Choice = CITY) -> str:
    token = asked(book, address, choice)
    book.confirm(token, NOW)
    send_all(book)
    return token


def test_the_steps_make_the_tables_that_the_program_knows(book: Subscriptions) -> None:
    made = sa.MetaData()
    made.reflect(book.engine)
    known = {table.name: sorted(column.name for column in table.columns) for table in metadata.sorted_tables}
    assert {n: sorted(c.name for c in t.columns) for n, t in made.tables.items() if n in known} == known
    migrate(book.engine)


def test_from_signing_up_to_leaving(book: Subscriptions, clock: Clock) -> None:
    """
    | act         | confirmed | rows |
    |-------------|-----------|------|
    | ask         | no        | 1    |
    | confirm     | yes       | 1    |
    | change      | yes       | 1    |
    | unsubscribe |           | 0    |
    """
    token = asked(book)
    found = book.find(token)
    assert found is not None
    assert (found.address, found.choice, found.confirmed) == (ANN, CITY, None)
    clock.move(hours=1)
    found = book.confirm(token, NOW)
    assert found is not None
    assert (found.confirmed, found.checked, found.told) == (clock.now, clock.now, NOW)
    clock.move(hours=1)
    again = book.confirm(token, Told())
    assert again == found, "a second yes changes nothing"
    changed = book.change(token, FIVE)
    assert changed is not None
    assert (changed.choice, changed.told) == (FIVE, NOW)
    assert book.unsubscribe(token)
    assert [rows(book, table) for table in (subscriptions, tokens, mails)] == [0, 0, 0]
    assert not book.unsubscribe(token)
    assert book.find(token) is None
    assert book.confirm(token, NOW) is None
    assert book.change(token, CITY) is None


def test_an_unconfirmed_address_is_gone_after_48_hours(book: Subscriptions, clock: Clock) -> None:
    token = asked(book)
    clock.move(hours=47.9)
    assert book.find(token) is not None
    clock.move(hours=0.2)
    assert book.find(token) is None, "also before anybody has cleared up"
    assert book.confirm(token, NOW) is None
    kept = confirmed(book, "bob@example.org")
    assert book.purge() == 0, "signing up clears up as well"
    assert rows(book, subscriptions) == 1
    clock.move(days=399)
    book.purge()
    assert book.find(kept) is not None


def test_the_newest_link_works_however_long_nothing_changed(book: Subscriptions, clock: Clock) -> None:
    """Whoever has the digest can leave it: a link that is dead says that nothing is kept of its reader."""
    old = confirmed(book, ANN)
    clock.move(days=1)
    found = book.find(old)
    assert found is not None
    newest = book.new_token(found.id)
    assert newest is not None
    clock.move(days=1000)
    book.purge()
    assert book.find(old) is None
    assert book.unsubscribe(newest)
    assert (rows(book, subscriptions), rows(book, tokens)) == (0, 0)


def test_nobody_can_bomb_a_mailbox(book: Subscriptions, clock: Clock) -> None:
    """
    | asked for                             | mails                   |
    |---------------------------------------|-------------------------|
    | every 20 minutes for 8 hours, unknown | 2                       |
    | every 4 hours for 3 days, confirmed   | 1 a day: somebody tried |
    """
    sent = 0
    for _ in range(24):
        book.ask(ANN, CITY)
        sent += len(waiting(book))
        send_all(book)
        clock.move(minutes=20)
    assert sent == 2
    confirmed(book, "bob@example.org")
    sent = 0
    for _ in range(18):
        clock.move(hours=4)
        book.ask("bob@example.org", FIVE)
        sent += len(waiting(book))
        send_all(book)
    assert sent == 3


def test_a_known_address_keeps_what_it_has(book: Subscriptions, clock: Clock) -> None:
    token = confirmed(book)
    clock.move(days=2)
    book.ask(ANN, FIVE)
    found = book.find(token)
    assert found is not None
    assert found.choice == CITY
    assert waiting(book) == ["remind"]


def test_before_it_is_confirmed_the_newest_choice_counts(book: Subscriptions) -> None:
    token = asked(book)
    book.ask(ANN, FIVE)
    found = book.find(token)
    assert found is not None
    assert found.choice == FIVE
    assert waiting(book) == ["confirm"]


def test_no_token_is_kept_and_no_other_counts(book: Subscriptions) -> None:
    token = asked(book)
    with book.engine.connect() as connection:
        kept = connection.execute(sa.select(tokens.c.hash)).scalars().all()
    assert kept == [token_hash(token)]
    for other in ("", token[:-1], token + "A", "A" * 43, kept[0], "' or 1=1 --"):
        assert book.find(other) is None
    assert book.new_token(12345) is None


def test_a_private_database_is_refused(url: str) -> None:
    engine = sa.create_engine(url) if "postgresql" in url else open_database(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table state_version (version_num text)"))
    engine.dispose()
    with pytest.raises(WrongDatabase, match="one of their own"):
        open_database(url)


def test_what_a_newer_version_wrote_is_refused(book: Subscriptions, url: str) -> None:
    with book.engine.begin() as connection:
        connection.execute(sa.text("update subscriptions_version set version_num = 'm9999'"))
    with pytest.raises(WrongDatabase, match="newer"):
        open_database(url)


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'kept' / 'kept.sqlite'}").dispose()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "kept", tmp_path / "kept" / "kept.sqlite")]
    assert modes == [0o700, 0o600]


def test_an_error_of_the_database_repeats_no_address(book: Subscriptions) -> None:
    book.ask(ANN, CITY)
    with book.engine.connect() as connection, pytest.raises(sa.exc.IntegrityError) as raised:
        connection.execute(subscriptions.insert().values(address=ANN))
    assert ANN not in str(raised.value.statement)
    assert "parameters hidden" in str(raised.value)
