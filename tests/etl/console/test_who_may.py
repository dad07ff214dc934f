"""Who may sign in, for how long, and how often they may try; and a record that nobody can change. On both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from etl.console.passwords import SHORTEST, Users
from etl.console.record import ASKED, DONE, Acts
from etl.console.sessions import ABSOLUTE, IDLE, TRIES_OF_CLIENT, TRIES_OF_NAME, WINDOW, Sessions, Tries
from etl.errors import DeclarationError
from etl.state import State
from etl.state.consoletables import console_acts, console_sessions, console_tries, console_users
from tests.etl.console.conftest import PASSWORD, QUICK

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def users(state: State) -> Iterator[Users]:
    yield Users(state.engine, QUICK)


def every_word(engine: sa.Engine, table: sa.Table) -> str:
    with engine.connect() as connection:
        return repr(connection.execute(sa.select(table)).all())


def test_a_person_signs_in_with_the_password_alone(state: State, users: Users) -> None:
    assert users.names() == []  # no account to begin with
    users.add("  Ann   Ames ", PASSWORD, NOW)
    assert users.names() == ["Ann Ames"]
    assert users.knows("Ann Ames", PASSWORD)
    assert not users.knows("Ann Ames", PASSWORD + " ")
    assert not users.knows("Bob", PASSWORD)
    assert PASSWORD not in every_word(state.engine, console_users)


def test_a_new_password_and_leaving_end_what_is_open(state: State, users: Users) -> None:
    sessions = Sessions(state.engine)
    users.add("Ann", PASSWORD, NOW)
    first = sessions.open("Ann", NOW)
    users.add("Ann", "another long password", NOW)
    assert sessions.find(first, NOW) is None
    assert not users.knows("Ann", PASSWORD)
    second = sessions.open("Ann", NOW)
    assert users.remove("Ann")
    assert sessions.find(second, NOW) is None
    assert not users.remove("Ann")


@pytest.mark.parametrize("password", ["", "x" * (SHORTEST - 1), "x" * 1001])
def test_a_short_password_is_refused(state: State, users: Users, password: str) -> None:
    with pytest.raises(DeclarationError):
        users.add("Ann", password, NOW)
    assert users.names() == []


def test_how_long_a_session_lasts(state: State) -> None:
    """
    | what happens                                       | signed in? |
    |----------------------------------------------------|------------|
    | nothing for less than IDLE                         | yes        |
    | nothing for IDLE                                   | no         |
    | only what refreshes by itself, for IDLE            | no         |
    | a page every few minutes, for less than ABSOLUTE   | yes        |
    | a page every few minutes, for ABSOLUTE             | no         |
    """
    sessions = Sessions(state.engine)
    quiet = sessions.open("Ann", NOW)
    assert sessions.find(quiet, NOW + IDLE - MINUTE, active=False) is not None
    assert sessions.find(quiet, NOW + IDLE, active=False) is None
    polled = sessions.open("Ann", NOW)
    for n in range(30):
        assert sessions.find(polled, NOW + n * MINUTE, active=False) is not None
    assert sessions.find(polled, NOW + IDLE, active=False) is None
    busy, at = sessions.open("Ann", NOW), NOW
    while at < NOW + ABSOLUTE - 20 * MINUTE:
        at += 20 * MINUTE
        found = sessions.find(busy, at)
        assert (found is not None) == (at < NOW + ABSOLUTE)
    assert sessions.find(busy, NOW + ABSOLUTE) is None


def test_the_database_cannot_tell_a_session(state: State) -> None:
    sessions = Sessions(state.engine)
    one, other = sessions.open("Ann", NOW), sessions.open("Ann", NOW)
    kept = every_word(state.engine, console_sessions)
    assert one not in kept
    first, second = sessions.find(one, NOW), sessions.find(other, NOW)
    assert first is not None
    assert second is not None
    assert first.token not in kept
    assert first.token != second.token
    sessions.close(one)
    assert sessions.find(one, NOW) is None
    assert sessions.find(other, NOW) is not None
    assert sessions.find("no such session", NOW) is None


def test_too_many_tries_have_to_wait(state: State) -> None:
    tries = Tries(state.engine, b"k" * 32)
    for _ in range(TRIES_OF_NAME):
        assert not tries.too_many("Ann", "10.0.0.1", NOW)
        tries.note("Ann", "10.0.0.1", NOW)
    assert tries.too_many("Ann", "10.0.0.2", NOW)
    assert not tries.too_many("Bob", "10.0.0.1", NOW)
    for n in range(TRIES_OF_CLIENT - TRIES_OF_NAME):
        tries.note(f"name {n}", "10.0.0.1", NOW)
    assert tries.too_many("Bob", "10.0.0.1", NOW)
    assert "Ann" not in every_word(state.engine, console_tries)
    assert not tries.too_many("Ann", "10.0.0.1", NOW + WINDOW)
    tries.forget("Ann")
    assert not tries.too_many("Ann", "10.0.0.2", NOW)


def test_the_record_of_acts_is_only_added_to(state: State) -> None:
    acts = Acts(state.engine)
    asked = acts.ask("Ann", "pause", "court", "the court moves house", NOW)
    acts.end(asked, DONE, "court is paused", NOW + MINUTE)
    told = [(act.outcome, act.who, act.act, act.about, act.reason, act.asked) for act in acts.newest()]
    assert told == [
        (DONE, "Ann", "pause", "court", "the court moves house", asked),
        (ASKED, "Ann", "pause", "court", "the court moves house", None),
    ]
    for change in (console_acts.update().values(who="Bob"), console_acts.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), state.engine.begin() as connection:
            connection.execute(change)
    assert len(acts.newest()) == 2
