"""One round of work: what is due runs once, in order, in both tiers, and what failed is tried again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etl.city.models import Partner
from etl.context import Context
from etl.errors import Locked, SchemaDrift, SourceUnreadable
from etl.folders import Folders
from etl.pipeline import Outcome
from etl.progress import Silent
from etl.schedule import due, night, recover
from etl.schedule.lease import LeaseLost
from etl.schedule.occasions import mark_running, note_due, unfinished
from etl.state import State
from tests.etl.schedule.towns import AGREEMENT, town

MIDNIGHT = datetime(2026, 6, 1, 4, tzinfo=UTC)
SIX = MIDNIGHT + timedelta(hours=6)
CRONS = {"evictions": "15 5 * * *", "housing_supply": "20 5 * * *", "households": "30 5 * * *"}


@dataclass
class Town:
    """A town whose topics end as a test says; `ran` lists tier, topic, trigger and attempt in the order of running."""

    state: State
    folders: Folders
    crons: dict[str, str] = field(default_factory=lambda: dict(CRONS))
    ends: dict[str, Exception] = field(default_factory=dict)
    ran: list[tuple[str, str, str, int]] = field(default_factory=list)
    partner: Partner | None = field(default_factory=lambda: Partner.model_validate(AGREEMENT))
    fence: Callable[[], AbstractContextManager[None]] = nullcontext

    @contextmanager
    def contexts(self, tier: str, moment: datetime) -> Iterator[Context]:
        self.folders.prepare(tier)
        city = town(self.crons, partner=self.partner)
        places: Any = None
        yield Context(city, places, self.folders, self.state, Silent(), moment, tier, fence=self.fence)

    def run_topics(self, context: Context, names: Sequence[str], *, causes: Any, go_on: Any) -> list[Outcome]:
        """Stands in for the pipeline."""
        done = []
        for name in names:
            if go_on():
                self.ran.append((str(context.tier), name, causes[name].trigger, causes[name].attempt))
                error: Any = self.ends.get(name)
                done.append(Outcome(name, None, error))
        return done


@pytest.fixture
def place(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    place = Town(state, Folders(tmp_path / "var"))
    monkeypatch.setattr("etl.schedule.work.run_topics", place.run_topics)
    night(place.contexts, MIDNIGHT)
    return place


def test_homes_run_first_then_what_stands_on_them_then_the_partners_tier(place: Town) -> None:
    done = night(place.contexts, SIX)
    assert [(tier, topic) for tier, topic, *_ in place.ran] == [
        ("public", "households"),
        ("public", "evictions"),
        ("public", "housing_supply"),
        ("partner", "evictions"),
    ]
    assert [(tier, outcome.topic) for tier, outcome in done.outcomes] == [(t, n) for t, n, *_ in place.ran]
    assert done.again is None
    night(place.contexts, SIX + timedelta(minutes=1))
    assert len(place.ran) == 4  # nothing twice


def test_what_failed_is_tried_again_alone(place: Town) -> None:
    place.ends["evictions"] = SourceUnreadable("The court's server does not answer.")
    done = night(place.contexts, SIX)
    assert done.again == SIX + timedelta(minutes=5)
    place.ends.clear()
    place.ran.clear()
    done = night(place.contexts, done.again)
    assert place.ran == [("public", "evictions", "retry", 2), ("partner", "evictions", "retry", 2)]
    assert done.again is None


def test_what_is_held_waits_for_a_person(place: Town) -> None:
    place.ends["evictions"] = SchemaDrift("A column is missing.")
    assert night(place.contexts, SIX).again is None


def test_another_run_that_holds_the_lock_only_delays(place: Town) -> None:
    with place.folders.locked():
        done = night(place.contexts, SIX)
    assert place.ran == []
    assert {type(outcome.error) for _, outcome in done.outcomes} == {Locked}
    assert done.again is not None
    night(place.contexts, done.again)
    assert len(place.ran) == 4


def test_asked_to_stop_it_begins_no_further_topic(place: Town) -> None:
    night(place.contexts, SIX, go_on=lambda: len(place.ran) < 1)
    assert [topic for _, topic, *_ in place.ran] == ["households"]
    night(place.contexts, SIX + timedelta(minutes=1))
    assert sorted(place.ran) == sorted(set(place.ran))  # the rest, and nothing twice
    assert len(place.ran) == 4


def test_what_a_killed_scheduler_left_is_run_by_the_next(place: Town) -> None:
    run = place.state.begin("evictions", SIX)
    with place.contexts("public", SIX) as context:
        note_due(place.state.engine, context.city, SIX)
    mark_running(place.state.engine, unfinished(place.state.engine))
    assert night(place.contexts, SIX).outcomes == ()

    with place.folders.locked(), pytest.raises(Locked):
        recover(place.contexts, SIX)  # its process lives
    recover(place.contexts, SIX)
    last = place.state.last("evictions")
    assert last is not None
    assert (last.id, last.ended, last.exit_code) == (run, SIX, None)
    assert "stopped" in last.reason
    night(place.contexts, SIX)
    assert len(place.ran) == 4


def test_who_lost_the_lease_settles_nothing(place: Town) -> None:
    """What it was working on stays as it is, for whoever took over."""

    @contextmanager
    def lost() -> Iterator[None]:
        raise LeaseLost("Another one leads.")
        yield

    place.fence = lost
    night(place.contexts, SIX)
    assert {(one.state, one.attempt) for one in unfinished(place.state.engine)} == {("running", 1)}


def test_two_months_of_nights(place: Town) -> None:
    """Each night once, also when clocks go back on 1 November; the court is down for three nights."""
    place.crons = {"evictions": "30 1 * * *"}
    place.partner = None
    first, last = MIDNIGHT + timedelta(days=130), MIDNIGHT + timedelta(days=190)
    night(place.contexts, first)
    place.ran.clear()
    nights = due(town(place.crons), first, last)
    for number, one in enumerate(nights):
        place.ends = {"evictions": SourceUnreadable("down")} if 10 <= number < 13 else {}
        done = night(place.contexts, one.moment)
        while done.again is not None:
            done = night(place.contexts, done.again)
    assert len(nights) == 60
    assert len(place.ran) == 60 + 3 * 4
