"""The city at a glance: what each topic's leading figures say now, and what moved most."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from layers.measures import Kind
from layers.period import Grain, same_period_last_year
from layers.release import Manifest, MeasureInfo
from layers.store.reader import Release
from portal.queries.change import Change, Direction, change_in, hold_together
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.offer import CITY
from portal.queries.summary import Headline, default_grain, headline, last_period
from portal.releases import Releases

LEADING: dict[str, tuple[str, ...]] = {
    "service_requests": ("requests", "days_to_close_median"),
    "evictions": ("homes_filed",),
    "shutoffs": ("homes_scheduled",),
    "housing_supply": ("units",),
}
"""The measures that stand for a topic on the start page; where a city has none of them, its first count does."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A category whose change stands out."""

    category: str
    title: str
    now: Figure
    change: Change


def city_headlines(releases: Releases) -> list[Headline]:
    """The leading figures of the city as a whole, each for its last period that is over."""
    found = []
    for topic, names in LEADING.items():
        release = releases.release(topic)
        measures = _leading(release.manifest, names) if release else []
        found += [told for each in measures if release and (told := city_headline(release, each))]
    return found


def untold_topics(releases: Releases, found: list[Headline]) -> list[Manifest]:
    """Leading topics that are published but have no whole period to tell of."""
    told = {each.topic for each in found}
    return [manifest for manifest in releases.manifests() if manifest.topic in LEADING and manifest.topic not in told]


def _leading(manifest: Manifest, names: tuple[str, ...]) -> list[MeasureInfo]:
    preferred = [measure for name in names if (measure := manifest.measure(name))]
    return preferred or [each for each in manifest.measures if each.kind is Kind.COUNT][:1]


def city_headline(release: Release, measure: MeasureInfo) -> Headline | None:
    """One figure of the city as a whole. None where the release has no table of it."""
    grain = default_grain(release, measure, CITY)
    if grain is None:
        return None
    period = last_period(release, measure.name, CITY, grain)
    return headline(release, measure, CITY, CITY, grain=grain, period=period) if period else None


def movers(release: Release, measure: MeasureInfo, grain: Grain, period: date) -> list[Mover]:
    """The category that rose most and the one that fell most, of those whose changes hold together."""
    before = same_period_last_year(period, grain)
    rows = release.counts(
        measure=measure.name, geography=CITY, grain=grain, period=[before, period],
        columns=("category", "period", *FIGURE_COLUMNS),
    ).filter(pl.col("category").is_in([group.key for group in release.manifest.groups]))  # fmt: skip
    figures = {(row["category"], row["period"]): Figure.of_row(row) for row in rows.iter_rows(named=True)}
    found = []
    for (category, when), now in figures.items():
        earlier = figures.get((category, before))
        if when == period and earlier is not None:
            change = change_in(measure, now, earlier)
            found.append(Mover(category, release.manifest.group_title(category), now, change))
    held = [each for each, holds in zip(found, hold_together([one.change for one in found]), strict=True) if holds]
    risen = [each for each in held if each.change.direction is Direction.ROSE]
    fallen = [each for each in held if each.change.direction is Direction.FELL]
    most = sorted(risen, key=lambda each: -(each.change.difference or 0))[:1]
    least = sorted(fallen, key=lambda each: each.change.difference or 0)[:1]
    return most + least
