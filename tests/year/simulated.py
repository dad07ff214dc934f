"""A city left running under a simulated clock: every night agencies send, the schedule runs what is due, and a steward
looks at what is held. Nobody sleeps; what is called is what `etl schedule` calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from zlib import crc32

import etl.release.protection
from etl.city import City, load_city
from etl.context import Context
from etl.drift import mapping
from etl.drift.decide import approve
from etl.folders import Folders
from etl.geography.places import Places, load_places
from etl.pipeline import run_topics
from etl.progress import Silent
from etl.protect.mechanism import SeededGaussian
from etl.schedule import due, night
from etl.state import Feeds, State, open_state, sqlite_url
from etl.steps.protect import Protected, protect
from layers.policy import Tier
from tests.year.sending import RENAMED

Closing = tuple[date, str, str]
"""The day, topic and tier of a run that measured."""


class TestNoise(SeededGaussian):
    """Noise from a seed that may be published, in a test's folder alone."""

    __test__ = False
    publishable = True


@dataclass
class Town:
    """A city folder and what is kept of it. `closings` are the runs that measured something, in their order."""

    folder: Path
    var: Path
    closings: list[Closing] = field(default_factory=list)
    ended: dict[tuple[date, str, str], int] = field(default_factory=dict)
    """How the last run of a topic in a tier ended that day."""
    approved: list[tuple[date, str]] = field(default_factory=list)
    """What the steward approved, and when."""

    def __post_init__(self) -> None:
        self.folders = Folders(self.var)
        self.folders.prepare(Tier.PARTNER)
        self.state: State = open_state(sqlite_url(self.folders.private))
        self._city: tuple[object, City] | None = None
        self._places: Places | None = None

    @property
    def city(self) -> City:
        """As declared now; read again when a declaration was changed."""
        stamp = [(path.name, path.stat().st_mtime_ns) for path in sorted(self.folder.glob("sources/*.toml"))]
        if self._city is None or self._city[0] != stamp:
            self._city = (stamp, load_city(self.folder, check_files=False))
        return self._city[1]

    def context(self, tier: str, moment: datetime) -> Context:
        self._places = self._places or load_places(self.city)
        return Context(self.city, self._places, self.folders, self.state, Silent(), moment, tier)

    @contextmanager
    def contexts(self, tier: str, moment: datetime) -> Iterator[Context]:
        yield self.context(tier, moment)

    def run(self, day: date, tier: str, *topics: str) -> None:
        """A person runs these topics on that day; all must pass."""
        with self.measuring(), self.folders.locked():
            context = self.context(tier, at(day))
            outcomes = run_topics(context, topics or context.city.topics_of(tier))
        assert [(o.topic, str(o.error)) for o in outcomes if o.error] == []

    def night(self, moment: datetime) -> None:
        """What the schedule does at a moment, and at every further attempt of it."""
        with self.measuring():
            done = night(self.contexts, moment)
            self._note(moment, done.outcomes)
            while done.again is not None:
                done = night(self.contexts, done.again)
                self._note(moment, done.outcomes)

    def due(self, first: date, last: date) -> Iterator[datetime]:
        """Every moment at which something is due between two nights."""
        yield from sorted({one.moment for one in due(self.city, at(first), at(last))})

    def decide(self, day: date, *, left_alone: tuple[str, ...] = ()) -> None:
        """The steward approves what changed, but for sources that are left alone, and what no person can approve."""
        context = self.context(Tier.PUBLIC, at(day))
        for held in Feeds(self.state.engine).held():
            if not held.obstacle and held.source not in left_alone:
                approve(context, held.source, by="A. Steward", reason="It is so.")
                self.approved.append((day, held.source))

    def map_column(self, day: date, source: str) -> None:
        """The steward writes the column's new name into the declaration."""
        context = self.context(Tier.PUBLIC, at(day))
        change = mapping.proposed(context.city, source, *RENAMED[source])
        mapping.write(context, change, by="A. Steward", reason="The agency renamed it.")

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Noise comes from topic, tier and day alone; every run that measures is noted. Disks are not waited for."""

        def seeded(events: Any, zones: Any, policy: Any, **said: Any) -> Protected:
            day, topic, tier = said["as_of"], policy.topic, str(policy.tier)
            noise = TestNoise(crc32(f"{day} {topic} {tier}".encode()))
            done = protect(events, zones, policy, **{**said, "bench": replace(said["bench"], sampler=noise)})
            if done.report.measured_now:
                self.closings.append((day, topic, tier))
            return done

        with mock.patch.object(etl.release.protection, "protect", seeded), mock.patch("os.fsync"):
            yield

    def _note(self, moment: datetime, outcomes: Any) -> None:
        day = self.city.today(moment)
        for tier, outcome in outcomes:
            self.ended[day, outcome.topic, tier] = outcome.error.exit_code if outcome.error else 0


def at(day: date) -> datetime:
    """Six in the morning of that day, in winter."""
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
