"""The alarm clock's jobs outlive a restart, follow the city folder, and are one for each source."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from threading import Event

import pytest
import sqlalchemy as sa

from etl.schedule.alarm import Alarm, ring
from etl.state import State, open_engine, open_state
from tests.etl.schedule.towns import town

FAR = datetime(2999, 6, 1, tzinfo=UTC)
"""A day on which none of these jobs rings while a test runs."""
DAILY = {"evictions": "15 5 * * *", "shutoffs": "0 6 * * mon"}

Opened = Callable[[], Alarm]


@pytest.fixture
def rung() -> Event:
    return Event()


@pytest.fixture
def alarm(state_url: str, rung: Event) -> Iterator[Opened]:
    open_state(state_url).engine.dispose()
    yield lambda: Alarm(open_engine(state_url), "town", rung.set)


def times(alarm: Alarm, crons: Mapping[str, str], now: datetime = FAR) -> dict[str, str]:
    alarm.set(town(crons), now)
    return {source: f"{at:%a %H:%M}" for source, at in alarm.next_times().items()}


def test_each_source_rings_by_the_towns_clock(alarm: Opened) -> None:
    with alarm() as clock:
        told = times(clock, {"evictions": "15 5 * * *"})
    assert told["evictions"][-5:] in ("09:15", "10:15")  # in summer and in winter


def test_jobs_outlive_a_restart_and_are_not_doubled(alarm: Opened, state_url: str) -> None:
    with alarm() as clock:
        first = times(clock, DAILY)
    engine = open_engine(state_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM jobs")).scalar_one() == 2
    engine.dispose()
    with alarm() as clock:
        assert {source: f"{at:%a %H:%M}" for source, at in clock.next_times().items()} == first
        assert times(clock, DAILY) == first


def test_a_changed_time_replaces_the_stored_one_and_a_source_that_is_gone_loses_its_job(alarm: Opened) -> None:
    with alarm() as clock:
        times(clock, DAILY)
    with alarm() as clock:
        told = times(clock, {"evictions": "45 7 * * *"})
    assert list(told) == ["evictions"]
    assert told["evictions"][-2:] == "45"


def test_a_job_that_cannot_be_read_is_made_anew(alarm: Opened, state: State) -> None:
    with alarm() as clock:
        first = times(clock, DAILY)
    with state.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jobs SET job_state = :nothing"), {"nothing": b"nothing"})
    with alarm() as clock:
        assert times(clock, DAILY) == first


def test_what_is_stored_rings_in_whichever_process_runs(alarm: Opened, rung: Event) -> None:
    with alarm():
        ring("another town", "evictions")
        assert not rung.is_set()
        ring("town", "evictions")
    assert rung.is_set()
    rung.clear()
    ring("town", "evictions")  # nobody leads here any more
    assert not rung.is_set()


def test_a_job_that_was_missed_rings_however_late(alarm: Opened, rung: Event) -> None:
    """Its stored time has passed while nothing ran."""
    with alarm() as clock:
        clock.set(town(DAILY), datetime.now(UTC))
        clock._scheduler.modify_job("evictions", next_run_time=datetime(2020, 1, 1, tzinfo=UTC))
        assert rung.wait(20)
