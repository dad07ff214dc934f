"""What a release can answer: which measures it has for which places, grains and categories, read from its rows."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TypeVar

import polars as pl

from layers.measures import Kind, Regime, rate_name
from layers.period import Grain, period_end
from layers.release import GeographyInfo, Manifest, MeasureInfo
from layers.store.reader import Release
from layers.topics import topic

CELLS: tuple[str, ...] = ("h3_7", "h3_8", "h3_9")
CITY = "city"
RATE_ENDING = rate_name("")
TOLD = frozenset({"value", "zero", "hidden"})
"""Statuses that say something was counted there and then."""

Key = TypeVar("Key", bound=Hashable)
_GRAIN_ORDER = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.ROLLING_12M)


@dataclass(frozen=True)
class Offer:
    """The tables of a release: (measure, geography, grain, category)."""

    tables: frozenset[tuple[str, str, str, str]]

    def measures(self) -> set[str]:
        return set(self._geographies)

    def geographies(self, measure: str) -> set[str]:
        return set(self._geographies.get(measure, ()))

    def grains(self, measure: str, geography: str, category: str = "all") -> list[Grain]:
        """Fine to coarse, rolling windows last."""
        found = self._grains.get((measure, geography, category), ())
        return [grain for grain in _GRAIN_ORDER if grain in found]

    def categories(self, measure: str, geography: str) -> set[str]:
        return set(self._categories.get((measure, geography), ()))

    @cached_property
    def _geographies(self) -> dict[str, set[str]]:
        return _by((measure, geography) for measure, geography, _, _ in self.tables)

    @cached_property
    def _grains(self) -> dict[tuple[str, str, str], set[str]]:
        return _by(((m, g, c), t) for m, g, t, c in self.tables)

    @cached_property
    def _categories(self) -> dict[tuple[str, str], set[str]]:
        return _by(((m, g), c) for m, g, _, c in self.tables)


def _by(pairs: Iterable[tuple[Key, str]]) -> dict[Key, set[str]]:
    """A page asks what is offered a hundred times: the tables, looked through once."""
    found: dict[Key, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """One period of a table: whether anything was told, how much of it showed, and whether it is over."""

    start: date
    told: bool
    shown: float
    """Share of its units that show a value or zero."""
    finished: bool


@lru_cache(maxsize=64)
def offer_of(release: Release) -> Offer:
    """The tables of a release."""
    return Offer(frozenset(release.contents))


def told_days(release: Release) -> tuple[date, date]:
    """The last and the first day that the sources speak for. A register has no unfinished period: it speaks of the
    days on which it was read, not of whole years. What an agency counted by period may end within one.
    """
    about = topic(release.topic)
    counted = all(measure.regime is Regime.SOURCE for measure in about.measures)
    if about.event_date is None and not counted:
        return date.max, date.min
    return release.manifest.covers_to, release.manifest.covers_from


@lru_cache(maxsize=2048)
def spans(release: Release, measure: str, category: str, geography: str, grain: Grain) -> tuple[Span, ...]:
    """The periods of one table, oldest first. A period is finished once the sources speak for all of its days."""
    if grain is Grain.ROLLING_4W:
        return _windows(spans(release, measure, category, geography, Grain.WEEK))
    info = measure_of(release.manifest, measure)
    until, _since = told_days(release)
    rows = release.counts(
        measure=measure, category=category, geography=geography, grain=grain, columns=("period", "status")
    ).lazy()
    if info is None or not is_protected(info):  # how much of an exact table shows is not asked
        rows = rows.unique()
    shown, told = pl.col("status").is_in(["value", "zero"]), pl.col("status").is_in(list(TOLD))
    by_period = rows.group_by("period").agg(shown.mean().alias("shown"), told.any().alias("told")).sort("period")
    return tuple(
        Span(start, told=said, shown=share, finished=period_end(start, grain) <= until)
        for start, share, said in by_period.collect().iter_rows()
    )


def _windows(weeks: tuple[Span, ...]) -> tuple[Span, ...]:
    """Windows of four weeks: told and over where all of their weeks are."""
    runs = zip(weeks, weeks[1:], weeks[2:], weeks[3:], strict=False)
    return tuple(
        Span(run[0].start, all(w.told for w in run), min(w.shown for w in run), all(w.finished for w in run))
        for run in runs
    )


def last_told(found: tuple[Span, ...]) -> Span | None:
    """The newest period that is over and says something."""
    return next((span for span in reversed(found) if span.told and span.finished), None)


def measure_of(manifest: Manifest, name: str) -> MeasureInfo | None:
    """The measure, also of a rate that the manifest does not list by itself."""
    listed = manifest.measure(name)
    base = manifest.measure(name.removesuffix(RATE_ENDING))
    if listed or base is None or name == base.name:
        return listed
    per = f"per 1,000 {(base.denominator or 'homes').replace('_', ' ')}"
    return base.model_copy(
        update={"name": name, "title": f"{base.title} {per}", "unit": per, "kind": Kind.RATE, "decimals": 1}
    ).model_copy(update={"extensive": False})


def is_rate(measure: str) -> bool:
    """Whether a measure's name is that of a rate per 1,000."""
    return measure.endswith(RATE_ENDING)


def base_of(measure: str) -> str:
    """The count that a rate is computed from; a count is its own."""
    return measure.removesuffix(RATE_ENDING)


def geographies_of(manifest: Manifest) -> list[GeographyInfo]:
    """Geographies that can be drawn or are refused with a reason, in a fixed order: cells, zones, areas."""
    order = {"h3_7": 0, "h3_8": 0, "h3_9": 0, "zone1": 1, "zone2": 2, "district": 3, "neighborhood": 4}
    drawn = [g for g in manifest.geographies if g.name != CITY and (g.shapes or g.why_not)]
    return sorted(drawn, key=lambda g: (order.get(g.name, 5), g.name))


def is_protected(measure: MeasureInfo) -> bool:
    """Whether the measure is published with noise, under a floor, and with margins."""
    return measure.regime is Regime.MEASURED
