"""The private state runs the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl.errors import DeclarationError
from etl.state import Cause, SourceRun, State, open_state, sqlite_url

START = datetime(2026, 10, 1, 5, 15, tzinfo=UTC)


def source_run(rows: int) -> SourceRun:
    return SourceRun("requests", "ab12", rows, rows - 1, {"bad_date": 1}, {"coordinates": rows - 1})


@pytest.mark.parametrize("url", ["zqx7canary", "nosuch://me:zqx7canary@host/base", "oracle://me:zqx7canary@host/base"])
def test_an_address_that_is_none_is_a_fault_of_the_declaration(url: str) -> None:
    with pytest.raises(DeclarationError, match="HEARTHMAP_STATE_URL") as told:
        open_state(url)
    assert "zqx7canary" not in str(told.value)


def test_the_last_run_and_the_last_good_run(state: State) -> None:
    good = state.begin("evictions", START)
    state.end(good, START + timedelta(minutes=1), 0, release="2026-10-01-abc")
    held = state.begin("evictions", START + timedelta(days=1))
    state.end(held, START + timedelta(days=1, minutes=1), 12, reason="Too many rows were rejected.")
    dry = state.begin("evictions", START + timedelta(days=2), dry=True)
    state.end(dry, START + timedelta(days=2), 0)

    last, best = state.last("evictions"), state.last("evictions", good=True)
    assert last is not None and (last.id, last.exit_code, last.started) == (held, 12, START + timedelta(days=1))
    assert best is not None and (best.id, best.release) == (good, "2026-10-01-abc")
    assert state.last("shutoffs") is None


def test_what_a_source_gave_and_how_large_its_last_good_feed_was(state: State) -> None:
    for rows, code in ((100, 0), (40, 12)):
        run = state.begin("service_requests", START)
        state.note_source(run, source_run(rows))
        state.end(run, START, code)

    assert state.sources_of(run) == [source_run(40)]
    assert state.last_rows("requests") == 100  # the held one does not count
    assert state.last_rows("other") is None


def test_a_run_says_what_set_it_off(state: State) -> None:
    state.begin("evictions", START)
    state.begin("evictions", START, cause=Cause("retry", attempt=2))
    state.begin("evictions", START, cause=Cause("back-fill", by="R. Ames"))

    told = [(run.attempt, run.trigger, run.by) for run in state.recent("evictions", limit=5)]
    assert told == [(1, "back-fill", "R. Ames"), (2, "retry", ""), (1, "person", "")]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    open_state(sqlite_url(tmp_path / "private"))

    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "private/state.sqlite").stat().st_mode & 0o777 == 0o600
