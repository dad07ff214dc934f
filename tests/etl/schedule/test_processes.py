"""Two real schedulers of one city: one leads, and when it is killed, paused or stopped the other takes over."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.schedule.lease import holder
from etl.schedule.occasions import note_due
from etl.state import State
from etl.state.tables import occasions, timetable
from tests.etl.schedule.towns import town
from tests.machinery.process import end
from tests.machinery.scheduler import CRON

pytestmark = pytest.mark.slow  # two processes, twice each

ROOT = Path(__file__).resolve().parents[3]


class Scheduler:
    """A running one, and what it has said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def until(self, word: str) -> None:
        """Read what it says until it says this. The test's own timeout ends a wait in vain."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if json.loads(line)[0] == word:
                return
        pytest.fail(f"it ended with {self.process.wait()} and never said {word!r}")


Start = Callable[..., Scheduler]


@pytest.fixture
def start(state: State, state_url: str, tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def starting(owner: str, *, seconds: float = 0.0) -> Scheduler:
            command = [sys.executable, "-m", "tests.machinery.scheduler", state_url, str(tmp_path), owner, str(seconds)]
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            running.callback(lambda: (end(process, signal.SIGKILL), process.stdout and process.stdout.close()))
            return Scheduler(process)

        yield starting


def make_due(state: State) -> None:
    """A time of the town's source came a minute ago."""
    city, now = town({"evictions": CRON}), datetime.now(UTC)
    note_due(state.engine, city, now)
    with state.engine.begin() as connection:
        connection.execute(timetable.update().values(seen=now - timedelta(minutes=1)))


def published(folder: Path) -> list[str]:
    path = folder / "published"
    return path.read_text().split() if path.exists() else []


def test_the_other_one_takes_over_when_the_leader_is_killed(start: Start, state: State, tmp_path: Path) -> None:
    """One leads and is killed while it works (kill -9); two takes over, runs what it left, and gives the lease back."""
    make_due(state)
    one = start("one", seconds=60)
    one.until("running")
    two = start("two")
    two.until("standing by")
    one.process.kill()
    two.until("leading")
    two.until("running")
    two.process.send_signal(signal.SIGTERM)
    assert two.process.wait() == 0
    assert set(published(tmp_path)) == {"two"}
    assert holder(state.engine) is None


def test_a_leader_that_was_paused_publishes_nothing_more(start: Start, state: State, tmp_path: Path) -> None:
    """One is stopped in the middle of its work, longer than its lease; two takes over; one goes on."""
    make_due(state)
    one = start("one", seconds=3)
    one.until("running")
    one.process.send_signal(signal.SIGSTOP)
    two = start("two")
    two.until("leading")
    one.process.send_signal(signal.SIGCONT)
    one.until("refused")
    assert "one" not in published(tmp_path)
    with state.engine.connect() as connection:
        each = sa.select(sa.func.count()).select_from(occasions).group_by(occasions.c.due)
        assert set(connection.execute(each).scalars()) == {1}


def test_what_takes_too_long_to_end_is_abandoned_and_the_lease_given_back(
    start: Start, state: State, tmp_path: Path
) -> None:  # fmt: skip
    make_due(state)
    one = start("one", seconds=600)
    one.until("running")
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait() == 130
    assert holder(state.engine) is None
    assert published(tmp_path) == []
