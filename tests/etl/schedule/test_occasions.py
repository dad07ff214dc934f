"""A declared time that came is worked off once, whatever happens to clocks, machines and declarations."""

from datetime import UTC, datetime, timedelta

from etl.city.models import Partner
from etl.schedule.occasions import (
    leave_waiting,
    mark_running,
    note_due,
    put_back,
    settle,
    unfinished,
    waiting,
)
from etl.schedule.plan import BACKOFF
from etl.state import State
from tests.etl.schedule.towns import AGREEMENT, town

MIDNIGHT = datetime(2026, 6, 1, 4, tzinfo=UTC)
DAILY = {"evictions": "15 5 * * *"}
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
AT_SIX = MIDNIGHT + 6 * HOUR


def due_at(state: State, now: datetime) -> list[tuple[str, str, int]]:
    return [(one.source, one.tier, one.attempt) for one in waiting(state.engine, now)]


def test_a_time_that_came_is_noted_once(state: State) -> None:
    city = town(DAILY, partner=Partner.model_validate(AGREEMENT))
    assert note_due(state.engine, city, MIDNIGHT) == 0  # the schedule starts now
    assert [note_due(state.engine, city, AT_SIX + n * MINUTE) for n in range(3)] == [2, 0, 0]
    assert due_at(state, AT_SIX) == [("evictions", "public", 1), ("evictions", "partner", 1)]


def test_of_several_missed_times_the_last_is_made_up(state: State) -> None:
    note_due(state.engine, town(DAILY), MIDNIGHT)
    note_due(state.engine, town(DAILY), AT_SIX + 4 * DAY)
    (one,) = unfinished(state.engine)
    assert one.due == MIDNIGHT + 4 * DAY + 5 * HOUR + 15 * MINUTE


def test_a_clock_that_goes_back_brings_nothing_twice(state: State) -> None:
    """05:15 is worked off at 06:00; the clock goes back to 05:00 and comes to 05:15 again."""
    city = town(DAILY)
    note_due(state.engine, city, MIDNIGHT)
    note_due(state.engine, city, AT_SIX)
    settle(state.engine, unfinished(state.engine), 0, AT_SIX)
    for minutes in (-60, -50, -45, -30, 0, 60):
        assert note_due(state.engine, city, AT_SIX + minutes * MINUTE) == 0
    assert note_due(state.engine, city, AT_SIX + DAY) == 1


def test_a_clock_that_leaps_ahead_and_comes_back_delays_nothing(state: State) -> None:
    city = town(DAILY)
    note_due(state.engine, city, MIDNIGHT)
    note_due(state.engine, city, AT_SIX + 400 * DAY)  # one run, a year early
    settle(state.engine, unfinished(state.engine), 0, AT_SIX)
    note_due(state.engine, city, AT_SIX)
    assert [note_due(state.engine, city, AT_SIX + n * DAY) for n in (1, 2)] == [1, 1]


def test_a_time_that_is_changed_starts_now_and_a_source_that_is_gone_is_forgotten(state: State) -> None:
    note_due(state.engine, town(DAILY), MIDNIGHT)
    note_due(state.engine, town({"evictions": "0 1 * * *"}), MIDNIGHT + 4 * HOUR)  # 01:00 has passed today
    assert note_due(state.engine, town({"evictions": "0 1 * * *"}), MIDNIGHT + 5 * HOUR) == 0
    assert note_due(state.engine, town({"evictions": "0 1 * * *"}), MIDNIGHT + 26 * HOUR) == 1
    note_due(state.engine, town({"shutoffs": "0 1 * * *"}), MIDNIGHT + 27 * HOUR)
    assert unfinished(state.engine) == []


def test_a_source_that_is_down_is_tried_again_within_the_night_and_then_given_up(state: State) -> None:
    """Attempts after 0, 5, 20, 65 and 155 minutes."""
    note_due(state.engine, town(DAILY), MIDNIGHT)
    note_due(state.engine, town(DAILY), AT_SIX)
    now, tries = AT_SIX, []
    while ours := unfinished(state.engine):
        now = max(now, ours[0].try_at)
        assert waiting(state.engine, now - timedelta(seconds=1)) == [] or ours[0].attempt == 1
        tries.append(now - AT_SIX)
        settle(state.engine, ours, 10, now)
    assert [wait / MINUTE for wait in tries] == [0, 5, 20, 65, 155]
    assert len(tries) == len(BACKOFF) + 1


def test_what_cannot_pass_by_itself_is_not_tried_again(state: State) -> None:
    for night, code in enumerate((11, 12, 13, 14, 2, 70, 0)):
        note_due(state.engine, town(DAILY), MIDNIGHT + night * DAY)
        note_due(state.engine, town(DAILY), AT_SIX + night * DAY)
        settle(state.engine, unfinished(state.engine), code, AT_SIX)
        assert unfinished(state.engine) == []


def test_a_newer_time_takes_the_place_of_one_that_waits(state: State) -> None:
    note_due(state.engine, town(DAILY), MIDNIGHT)
    note_due(state.engine, town(DAILY), AT_SIX)
    note_due(state.engine, town(DAILY), AT_SIX + DAY)
    (one,) = unfinished(state.engine)
    assert one.due.day == 2


def test_what_a_killed_scheduler_worked_on_waits_again(state: State) -> None:
    note_due(state.engine, town(DAILY), MIDNIGHT)
    note_due(state.engine, town(DAILY), AT_SIX)
    mark_running(state.engine, unfinished(state.engine))
    assert due_at(state, AT_SIX) == []
    assert put_back(state.engine) == 1
    assert due_at(state, AT_SIX) == [("evictions", "public", 1)]
    mark_running(state.engine, unfinished(state.engine))
    leave_waiting(state.engine, unfinished(state.engine))
    assert due_at(state, AT_SIX) == [("evictions", "public", 1)]
