"""What a report is asked of: a place, a month, and one frozen release per topic."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from urllib.parse import quote

from layers.period import Grain, add_months, period_end
from layers.protection import Withdrawal
from layers.release import City, GeographyInfo, Manifest
from layers.store.reader import Release
from portal.errors import NotFound
from portal.language import _
from portal.queries.offer import CITY, spans
from portal.releases import Releases

TOPICS = ("service_requests", "evictions", "shutoffs", "housing_supply", "contact_center")
"""The topics of a report, in this order, where the city publishes them."""
DISTRICT = "district"
OF_CITY = frozenset({"contact_center"})
"""Topics that are told of the city as a whole alone."""
FORMAT = 3
"""Raised when the same releases give other files than before, so that nobody is handed the old ones by mistake."""

_MONTHLY = (
    ("service_requests", "requests"), ("evictions", "homes_filed"), ("shutoffs", "homes_scheduled"),
)  # fmt: skip


@dataclass(frozen=True)
class Pins:
    """One release per topic. Everything in a report comes from these and from releases older than they are."""

    by_topic: Mapping[str, Release]
    releases: Releases = field(compare=False, repr=False)
    """What is older is looked up there: what was corrected or taken back."""

    @classmethod
    def of(cls, releases: Releases, as_of: str | None = None) -> "Pins | None":
        """The current releases, those that `as_of` names (ids, comma separated) in their place.

        None where nothing is published. Raises Gone for a withdrawn release, NotFound for an unknown one.
        """
        found = {topic: release for topic in TOPICS if (release := releases.release(topic)) is not None}
        for wanted in as_of.split(",") if as_of else ():
            named = {topic: kept for topic in TOPICS if (kept := releases.release(topic, wanted)) is not None}
            if not named:
                releases.refuse_withdrawn(wanted)
                raise NotFound(_("There is no such release. The page of changes lists them all."))
            found |= named
        return cls(MappingProxyType(found), releases) if found else None

    def __hash__(self) -> int:
        return hash(self.text)

    @cached_property
    def text(self) -> str:
        """The release ids, as `as_of` names them."""
        return ",".join(self.by_topic[topic].id for topic in TOPICS if topic in self.by_topic)

    @cached_property
    def name(self) -> str:
        """Names the set of releases and what was taken back of older ones: `2026-11-15-1a2b3c4d5e`."""
        made_from = [f"{topic}={each.id}" for topic, each in sorted(self.by_topic.items())]
        gone = [f"{each.topic}-{each.release}" for each in self.taken_back]
        said = "\n".join([str(FORMAT), *made_from, *gone])
        return f"{self.as_of}-{hashlib.sha256(said.encode()).hexdigest()[:10]}"

    @cached_property
    def taken_back(self) -> tuple[Withdrawal, ...]:
        """Releases of these topics, older than these, that were withdrawn: the report says so."""
        stones = (
            stone
            for topic, release in self.by_topic.items()
            for stone in self.releases.store.withdrawals(topic)
            if stone.release[:10] <= release.id[:10]
        )
        return tuple(sorted(stones, key=lambda each: (each.withdrawn_on, each.topic, each.release)))

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        return tuple(self.by_topic[topic].manifest for topic in TOPICS if topic in self.by_topic)

    @cached_property
    def as_of(self) -> date:
        """The newest day that one of the sources speaks of."""
        return max(manifest.as_of for manifest in self.manifests)

    @cached_property
    def city(self) -> City:
        """As the newest of the releases describes it."""
        return max(self.manifests, key=lambda each: each.built_at).city

    def release(self, topic: str) -> Release | None:
        return self.by_topic.get(topic)

    def areas(self, kind: str) -> GeographyInfo | None:
        """The areas of a kind, as the newest release that has them describes them."""
        newest = sorted(self.manifests, key=lambda each: each.built_at, reverse=True)
        found = (geography for each in newest if (geography := each.geography(kind)) is not None)
        return next((geography for geography in found if geography.units), None)

    def months(self) -> tuple[date, ...]:
        """Months that can be reported on, newest first: those that are over and told in at least one topic."""
        return _months(self)


@lru_cache(maxsize=32)
def _months(pins: Pins) -> tuple[date, ...]:
    found: set[date] = set()
    for topic, measure in _MONTHLY:
        release = pins.release(topic)
        told = spans(release, measure, "all", CITY, Grain.MONTH) if release else ()
        found |= {span.start for span in told if span.told and span.finished}
    return tuple(sorted(found, reverse=True))


@dataclass(frozen=True, slots=True)
class Place:
    """A district, or the city (geography and unit `city`)."""

    geography: str
    unit: str
    name: str

    @property
    def whole(self) -> bool:
        return self.geography == CITY


@dataclass(frozen=True)
class Question:
    """A report that can be made. `month` is its first day."""

    pins: Pins
    place: Place
    month: date

    @property
    def months(self) -> tuple[date, date, date]:
        """The month and the two before it, oldest first."""
        return add_months(self.month, -2), add_months(self.month, -1), self.month

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that a report of this place speaks of, whether the city publishes them or not."""
        return tuple(topic for topic in TOPICS if self.place.whole or topic not in OF_CITY)

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """What the pinned releases of these topics say of themselves."""
        return tuple(each for each in self.pins.manifests if each.topic in self.topics)

    @property
    def end(self) -> date:
        """Last day of the month."""
        return period_end(self.month, Grain.MONTH)

    def last_told(self, release: Release, measure: str, grain: Grain, geography: str | None = None) -> date | None:
        """The newest period that was over by the end of the month and says something."""
        found = spans(release, measure, "all", geography or self.place.geography, grain)
        past = (s.start for s in found if s.told and s.finished and period_end(s.start, grain) <= self.end)
        return max(past, default=None)


def ask(pins: Pins, unit: str | None, month: date | None) -> Question | None:
    """The question about a district (None: the city) in a month (None: the newest). None where there is no such."""
    months = pins.months()
    place = place_of(pins, unit)
    if place is None or not months or (month is not None and month not in months):
        return None
    return Question(pins, place, month or months[0])


def place_of(pins: Pins, unit: str | None) -> Place | None:
    """The district of that id, or the city."""
    if unit is None:
        return Place(CITY, CITY, pins.city.name)
    areas = pins.areas(DISTRICT)
    found = next((each for each in areas.units if each.id == unit), None) if areas else None
    return Place(DISTRICT, found.id, found.name) if found else None


def places(pins: Pins) -> tuple[Place, ...]:
    """The city and all of its districts."""
    areas = pins.areas(DISTRICT)
    districts = tuple(Place(DISTRICT, each.id, each.name) for each in (areas.units if areas else ()))
    return (Place(CITY, CITY, pins.city.name), *districts)


def file_stem(place: Place, month: date, language: str) -> str:
    """`council-report-district-5-2026-09`, `council-report-city-2026-09-es`."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in place.unit)
    where = "city" if place.whole else f"district-{plain}"
    ending = "" if language == "en" else f"-{language}"
    return f"council-report-{where}-{month:%Y-%m}{ending}"


def address(place: Place, month: date, *, pins: Pins | None = None, ending: str = "") -> str:
    """Where the report stands: `/district/5/report?month=2026-09`; with `pins`, that of these very releases."""
    path = "/report" if place.whole else f"/district/{quote(place.unit)}/report"
    pinned = f"&as_of={pins.text}" if pins else ""
    return f"{path}{ending}?month={month:%Y-%m}{pinned}"
