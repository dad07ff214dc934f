"""A year in a minute: every night agencies send late, corrected, sealed, doubled, renamed, broken or no records at all,
and in the end the city stands where a clean one stands that only ever saw sound feeds.

    exact releases       are, row by row, those of one clean full run on what the feeds say in the end
    protected releases   are those that the books of the agencies give, measured once on each closing day
    all releases         of both tiers, attacked together, tell nothing
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import polars as pl
import pytest

import etl.steps.audit
from etl.audit.report import collected
from etl.protect.ledger import Ledger
from etl.protect.measurements import Measurements
from etl.steps.audit import ATTACKS, audit_everything
from etl.steps.protect import MEASUREMENTS
from layers.policy import Tier
from layers.store.reader import Store
from tests.feeds.server import serving
from tests.year.agencies import Book, books
from tests.year.sending import Desk, Sender, write_csv, write_developments, write_sealed
from tests.year.simulated import Town, at
from tests.year.town import DEVELOPMENTS, Plan, draw_city, write_city

SOURCE_OF = {"evictions": "court", "service_requests": "requests_311", "shutoffs": "utility"}
SUNDAY = 7
EXACT = ("service_requests", "housing_supply", "households", "community_needs")


@dataclass(frozen=True)
class Story:
    """From which night to which, what goes wrong (night by number: `down="9-11"`), and when a steward maps a column."""

    first: date
    last: date
    plan: Plan
    troubles: Mapping[str, Mapping[str, str]]
    mapped: Mapping[int, str]
    at_once: Mapping[str, int] = field(default_factory=dict)
    """The night on which a source seals many records."""

    def night(self, number: int) -> date:
        return self.first + timedelta(days=number)

    def senders(self) -> dict[str, Sender]:
        """The agencies."""
        at_once = {name: self.night(number) for name, number in self.at_once.items()}
        found = books(self.first, self.last, months=self.plan.months, at_once=at_once)
        return {
            name: Sender(name, found[name], self._nights(self.troubles.get(name, {})), 10 if name == "court" else 0)
            for name in self.plan.crons
        }

    def _nights(self, said: Mapping[str, str]) -> dict[date, str]:
        spans = [(trouble, *part.partition("-")) for trouble, text in said.items() for part in text.split()]
        return {
            self.night(n): trouble for trouble, begin, _, end in spans for n in range(int(begin), int(end or begin) + 1)
        }


class Life:
    """A city that lives through a story, and the clean ones beside it."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story, self.folder, self.senders = story, folder, story.senders()
        self.drawn = draw_city(folder / "drawn", story.plan)
        self.town = self._lived()

    def _lived(self) -> Town:
        desk = Desk(self.senders.get("requests_311"))
        with serving(desk) as server:
            town = self._town("lived", portal=server.url)
            self._deliver(town, desk, self.story.first)
            for tier in Tier:
                town.run(self.story.first, tier)
            town.night(at(self.story.first))
            for moment in town.due(self.story.first, self.story.last):
                today = town.city.today(moment)
                self._deliver(town, desk, today)
                town.night(moment)
                self._decide(town, today)
            self._deliver(town, desk, self.story.last)
            for tier in self.tiers:
                town.run(self.story.last, tier)
        return town

    def _decide(self, town: Town, today: date) -> None:
        name = self.story.mapped.get((today - self.story.first).days)
        if name is not None and not self.senders[name].renamed:
            town.map_column(today, name)
            self.senders[name].renamed = True
        empty = [name for name, sender in self.senders.items() if sender.troubles.get(today) == "empty"]
        town.decide(today, left_alone=tuple(empty))

    def _town(self, name: str, *, portal: str | None = None) -> Town:
        folder = self.folder / name
        town = Town(write_city(folder / "city", self.story.plan, self.drawn, portal=portal), folder / "var")
        (town.folder / DEVELOPMENTS).rename(self.folder / "developments.geojson")
        return town

    def _deliver(self, town: Town, desk: Desk, night: date) -> None:
        desk.open(night)
        for name in self.senders.keys() - {"requests_311"}:
            self.senders[name].write(town.folder, night)
        court = self.senders["court"]
        write_sealed(town.folder, court.book, court.truth[night])
        write_developments(town.folder, self.folder / "developments.geojson", night)

    def measured_cleanly(self) -> Town:
        """A city that was given sound whole feeds, on the closing days alone; on the last day it ran once more."""
        other = self._town("clean")
        write_developments(other.folder, self.folder / "developments.geojson", self.story.last)
        for day, topic, tier in self.town.closings:
            self._sound(other, SOURCE_OF[topic], day)
            other.run(day, tier, topic)
        for name in self.senders:
            self._sound(other, name, self.story.last)
        for tier in self.tiers:
            other.run(self.story.last, tier, *self.protected)
        return other

    def read_once(self) -> Town:
        """A city that ran once, on what the feeds say in the end."""
        other = self._town("once")
        write_developments(other.folder, self.folder / "developments.geojson", self.story.last)
        for name in self.senders:
            self._sound(other, name, self.story.last)
        other.run(self.story.last, Tier.PUBLIC, *self.exact)
        return other

    @property
    def protected(self) -> list[str]:
        return [topic for topic, source in SOURCE_OF.items() if source in self.senders]

    @property
    def exact(self) -> list[str]:
        """Topics with exact figures, or counted by their agency, where any of them changes from night to night."""
        return list(EXACT) if "requests_311" in self.senders else []

    @property
    def tiers(self) -> list[Tier]:
        """Those that may still be published in the end: partners sign for a time."""
        return [tier for tier in Tier if tier is Tier.PUBLIC or self.story.plan.agreed_until > self.story.last]

    def _sound(self, town: Town, name: str, night: date) -> None:
        """The agency's book, as the program was last given it by that night, as one plain file."""
        sender: Sender = self.senders[name]
        book: Book = sender.book
        rows = book.on(sender.truth[night]).values()
        write_csv(town.folder / "feeds" / f"{name}.csv", book.columns, (list(row.values()) for row in rows))


def vectors(town: Town, topic: str, tier: str) -> dict[str, tuple[int, list[int]]]:
    """Every stored measurement: how many homes went in, and the noisy figures."""
    kept = Measurements(town.folders.private / MEASUREMENTS)
    sealed = Ledger(town.state.engine, lambda: at(date(2026, 1, 1))).sealed(topic, tier)
    found = {str(key): kept.read(key) for key in sorted(sealed)}
    return {name: (one.counted, one.cells["noisy"].to_list()) for name, one in found.items() if one is not None}


def rows(town: Town, topic: str, tier: str, *, exact: bool) -> pl.DataFrame:
    """What is published of a topic now: its exact rows, or its measured ones."""
    release = Store(town.folders.store(tier)).release(topic)
    regimes = {measure.name: str(measure.regime) for measure in release.manifest.measures}
    wanted = [name for name, regime in regimes.items() if (regime != "measured") == exact]
    return release.counts().filter(pl.col("measure").is_in(wanted))


@contextmanager
def unattacked() -> Iterator[None]:
    """Clean cities are there to be compared with, not to be published."""
    with mock.patch.object(etl.steps.audit, "ATTACKS", ATTACKS[-1:]):
        yield


def check(life: Life) -> None:
    """All that a life must come to."""
    town = life.town
    with unattacked():
        clean, once = life.measured_cleanly(), life.read_once() if life.exact else town
    for topic in life.protected:
        for tier in map(str, Tier):
            assert vectors(town, topic, tier), (topic, tier)
            assert vectors(town, topic, tier) == vectors(clean, topic, tier), (topic, tier)
        for tier in life.tiers:
            assert rows(town, topic, tier, exact=False).equals(rows(clean, topic, tier, exact=False)), (topic, tier)
    for topic in life.exact:
        assert rows(town, topic, Tier.PUBLIC, exact=True).equals(rows(once, topic, Tier.PUBLIC, exact=True)), topic
    assert audit_everything(collected(town.folders.public)).findings == ()


MONTH = Story(
    first=date(2026, 3, 5),
    last=date(2026, 4, 3),
    plan=Plan(
        months=10,
        crons={"court": "15 5 * * mon", "requests_311": "15 5 * * tue"},
        agreed_until=date(2026, 3, 12),
    ),
    troubles={
        "court": {"renamed": "4", "poisoned": "11", "empty": "18", "repeated": "25"},
        "requests_311": {"down": "5", "renamed": "12", "poisoned": "19", "repeated": "26"},
    },
    mapped={4: "court"},
)
"""Thirty nights around the closing of February; the court renames a column for good, the 311 center for a while."""

YEAR = Story(
    first=date(2025, 11, 1),
    last=date(2026, 10, 31),
    plan=Plan(
        months=22,
        crons={"court": "15 5 * * mon-fri", "requests_311": "15 5 * * *", "utility": "30 2 * * sun,wed"},
        agreed_until=date(2026, 12, 31),
    ),
    troubles={
        "court": {
            "renamed": "40-42 200-202", "down": "90-92 149-151 204-217", "empty": "121", "stale": "60 178 241-246",
            "poisoned": "75 180 300", "repeated": "30 181 320", "doubled": "261-262",
        },
        "requests_311": {
            "renamed": "70-72", "down": "20-22 150-152 280-291", "empty": "110", "poisoned": "33 210",
            "repeated": "99 340",
        },
        "utility": {
            "renamed": "100-102", "down": "59-61 250-254", "empty": "130 131", "stale": "29 220-222", "repeated": "158",
            "poisoned": "270",
        },
    },
    mapped={102: "utility", 202: "court"},
    at_once={"court": 165, "utility": 230},
)  # fmt: skip
"""A year in which twelve months, four quarters and the year 2025 close, whose key is then destroyed. The utility's hour
comes twice in the second night and never in that of 8 March; the longest outage lasts a fortnight."""

DAYS = Story(
    first=date(2026, 3, 29),
    last=date(2026, 4, 7),
    plan=Plan(months=9, crons={"court": "15 5 * * mon,wed,fri"}, agreed_until=date(2026, 12, 31)),
    troubles={"court": {"down": "3", "doubled": "5"}},
    mapped={},
    at_once={"court": 8},
)
"""Ten nights in which February closes for everybody and March for partners, with an outage and a hold in between."""


def test_ten_nights(tmp_path: Path) -> None:
    life = Life(DAYS, tmp_path)
    check(life)
    ended = {
        (day - DAYS.first).days: code
        for (day, topic, tier), code in life.town.ended.items()
        if (topic, tier) == ("evictions", Tier.PUBLIC)
    }
    assert ended == {1: 0, 3: 10, 5: 12, 8: 0}
    assert life.town.approved == [(DAYS.night(5), "court")]


@pytest.mark.slow
def test_a_month(tmp_path: Path) -> None:
    check(Life(MONTH, tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_a_year(tmp_path: Path) -> None:
    life = Life(YEAR, tmp_path)
    check(life)
    ended = {(day, topic) for day, topic, tier in life.town.ended if tier == Tier.PUBLIC}
    nights = [YEAR.night(n) for n in range(1, 365)]
    assert {day for day, topic in ended if topic == "service_requests"} >= set(nights)
    assert {day for day, topic in ended if topic == "shutoffs"} >= {n for n in nights if n.isoweekday() == SUNDAY}
    assert (YEAR.night(261), "court") in life.town.approved
