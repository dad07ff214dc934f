"""What each release said anew about a place: a period that closed, and periods told before that it corrects.

Releases follow each other every night. A closed period is news on the day it was first told; corrections are gathered
by calendar week, from the last release of a week to the last of the next, so that a late record is not news every day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from layers.period import Grain
from layers.release import Manifest, MeasureInfo
from layers.store.reader import Release
from portal.queries.figure import Figure
from portal.queries.offer import last_told, measure_of, spans
from portal.queries.series import series
from portal.queries.summary import default_grain
from portal.releases import Releases

WEEKS = 13
"""How far back news go."""
LEADS = {
    "service_requests": "requests",
    "evictions": "homes_filed",
    "shutoffs": "homes_scheduled",
}
"""The measure whose periods are news; of other topics the first."""


class Kind(StrEnum):
    """An update adds a period; a correction changes figures that were told before."""

    UPDATE = "update"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Revised:
    """A figure of a finished period, before and after."""

    period: date
    before: Figure
    after: Figure


@dataclass(frozen=True, slots=True)
class News:
    """What one release said anew. An update has one period; a correction the figures it changed, newest first."""

    kind: Kind
    topic: str
    measure: MeasureInfo
    geography: str
    unit: str
    grain: Grain
    release: str
    at: datetime
    period: date
    figure: Figure
    revised: tuple[Revised, ...] = ()
    category: str = "all"


def news_of(
    releases: Releases, topic: str, geography: str, unit: str, *, category: str = "all"
) -> tuple[News, ...]:  # fmt: skip
    """News of a topic about a place, newest first. Empty where the topic says nothing about it."""
    found = [each for name in _weekly(releases, topic) if (each := releases.release(topic, name)) is not None]
    news: list[News] = []
    for old, new in pairwise([None, *found]):
        if new is not None:
            news += news_between(old, new, geography, unit, category=category)
    return tuple(sorted(news, key=lambda each: (each.at, each.period), reverse=True))


def _weekly(releases: Releases, topic: str) -> list[str]:
    """The last release of each calendar week, oldest first. A release's name begins with its day."""
    last: dict[tuple[int, int], str] = {}
    for name in releases.store.releases(topic):
        try:
            day = date.fromisoformat(name[:10])
        except ValueError:
            continue
        last[day.isocalendar()[:2]] = name
    return list(last.values())[-WEEKS:]


def news_between(
    old: Release | None, new: Release, geography: str, unit: str, *, measure: str | None = None, category: str = "all"
) -> tuple[News, ...]:
    """What `new` says of a measure (the topic's leading one) that `old` did not. Without `old`, its last closed period
    alone."""
    return _news_between(old, new, geography, unit, measure or lead_of(new.manifest), category)


def lead_of(manifest: Manifest) -> str:
    """The measure whose periods are news, where nobody chose another."""
    return LEADS.get(manifest.topic, manifest.measures[0].name)


@lru_cache(maxsize=2048)
def _news_between(
    old: Release | None, new: Release, geography: str, unit: str, name: str, category: str
) -> tuple[News, ...]:
    measure = measure_of(new.manifest, name)
    grain = default_grain(new, measure, geography) if measure else None
    if measure is None or grain is None:
        return ()
    after = _told(new, measure.name, geography, unit, grain, category)
    before = _told(old, measure.name, geography, unit, grain, category) if old else {}
    asked = (new.topic, measure, geography, unit, grain, new.id, new.manifest.built_at)
    fresh = [period for period in sorted(after) if period not in before]
    if old is None or not before:
        fresh = fresh[-1:]
    updates = [News(Kind.UPDATE, *asked, period, after[period], category=category) for period in fresh]
    revised = tuple(
        Revised(period, before[period], after[period])
        for period in sorted(after, reverse=True)
        if period in before and _differ(before[period], after[period])
    )
    if not revised:
        return tuple(updates)
    return (*updates, News(Kind.CORRECTION, *asked, revised[0].period, revised[0].after, revised, category))


def _told(
    release: Release, measure: str, geography: str, unit: str, grain: Grain, category: str
) -> dict[date, Figure]:  # fmt: skip
    """Finished periods in which anything was told at all → this place's figure."""
    told = spans(release, measure, category, geography, grain)
    last = last_told(told)
    ready = {span.start for span in told if span.told and span.finished} if last else set()
    rows = series(release, measure, category, geography, unit, grain)
    return {row["period"]: Figure.of_row(row) for row in rows.iter_rows(named=True) if row["period"] in ready}


def _differ(before: Figure, after: Figure) -> bool:
    return (before.status, before.value) != (after.status, after.value)
