"""An area in figures: each measure now, a year before, and in the city."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from layers.measures import Kind, rate_name
from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.queries.basis import basis_of, with_basis
from portal.queries.change import Change, change_in
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.names import with_names
from portal.queries.offer import CITY, is_protected, last_told, measure_of, offer_of, spans
from portal.queries.series import figure_at, series


@dataclass(frozen=True, slots=True)
class Headline:
    """One measure at one place in one period, compared."""

    topic: str
    measure: MeasureInfo
    grain: Grain
    period: date | None
    now: Figure
    before: Figure
    city: Figure
    rate: Figure
    city_rate: Figure
    change: Change


def headline(
    release: Release, measure: MeasureInfo, geography: str, unit: str, *, grain: Grain, period: date | None,
    category: str = "all",
) -> Headline:  # fmt: skip
    """One measure now and in the same period a year before, there and in the city, as count and as rate."""

    def at(name: str, places: str, where: str, when: date | None) -> Figure:
        return figure_at(series(release, name, category, places, where, grain), when)

    earlier = same_period_last_year(period, grain) if period else None
    now = at(measure.name, geography, unit, period)
    before = at(measure.name, geography, unit, earlier)
    rate = rate_name(measure.name)
    return Headline(
        topic=release.topic,
        measure=measure,
        grain=grain,
        period=period,
        now=now,
        before=before,
        city=at(measure.name, CITY, CITY, period),
        rate=at(rate, geography, unit, period),
        city_rate=at(rate, CITY, CITY, period),
        change=change_in(measure, now, before),
    )


def default_grain(release: Release, measure: MeasureInfo, geography: str) -> Grain | None:
    """Months; of protected measures the finest grain at which half of the places show. None without a table."""
    offered = [
        g for g in (Grain.MONTH, Grain.QUARTER, Grain.YEAR) if g in offer_of(release).grains(measure.name, geography)
    ]
    if not is_protected(measure):
        return offered[0] if offered else None
    for grain in offered:
        last = last_told(spans(release, measure.name, "all", geography, grain))
        if last and last.shown >= 0.5:
            return grain
    return offered[-1] if offered else None


def last_period(release: Release, measure: str, geography: str, grain: Grain) -> date | None:
    """The newest period that is over and told."""
    last = last_told(spans(release, measure, "all", geography, grain))
    return last.start if last else None


@lru_cache(maxsize=512)
def top_categories(
    release: Release, measure: MeasureInfo, geography: str, unit: str, *, grain: Grain, period: date, most: int = 10
) -> pl.DataFrame:
    """The categories with the highest figures: `category, title, status, value, low, high, flag, before_…`."""
    rows = release.counts(
        measure=measure.name, geography=geography, unit=unit, grain=grain,
        period=[period, same_period_last_year(period, grain)], columns=("category", "period", *FIGURE_COLUMNS),
    ).filter(pl.col("category") != "all")  # fmt: skip
    single = rows.filter(pl.col("category").is_in([g.key for g in release.manifest.groups]))
    now = single.filter(pl.col("period") == period).drop("period")
    before = single.filter(pl.col("period") != period).select(
        "category", *(pl.col(c).alias(f"before_{c}") for c in FIGURE_COLUMNS)
    )
    titles = {key: release.manifest.group_title(key) for key in now["category"]}
    return (
        now.join(before, on="category", how="left")
        .with_columns(title=pl.col("category").replace_strict(titles, default="", return_dtype=pl.String))
        .sort("value", "title", descending=[True, False], nulls_last=True)
        .head(most)
    )


def neighborhoods_of(release: Release, district: str) -> list[str]:
    """Ids of the neighborhoods with homes in the district."""
    info = release.manifest.geography("neighborhood")
    return [unit.id for unit in info.units if district in unit.within] if info else []


@lru_cache(maxsize=512)
def neighborhood_figures(
    release: Release, measure: MeasureInfo, district: str, *, grain: Grain, period: date
) -> pl.DataFrame:
    """`unit, name, status, value, low, high, flag, before_…` of each neighborhood of a district, by name."""
    rows = release.counts(
        measure=measure.name, category="all", geography="neighborhood", grain=grain,
        unit=neighborhoods_of(release, district) or [""], period=[period, same_period_last_year(period, grain)],
        columns=("unit", "period", *FIGURE_COLUMNS),
    )  # fmt: skip
    now = rows.filter(pl.col("period") == period).drop("period")
    before = rows.filter(pl.col("period") != period).select(
        "unit", *(pl.col(c).alias(f"before_{c}") for c in FIGURE_COLUMNS)
    )
    joined = now.join(before, on="unit", how="left", maintain_order="left")
    return with_names(release, "neighborhood", joined).sort("name")


@lru_cache(maxsize=1024)
def category_figures(
    release: Release, measure: str, geography: str, unit: str, *, grain: Grain, period: date
) -> dict[str, Figure]:
    """Category → figure, for example how long its requests took."""

    def read(name: str) -> pl.DataFrame:
        return release.counts(
            measure=name, geography=geography, unit=unit, grain=grain, period=period,
            columns=("category", *FIGURE_COLUMNS),
        )  # fmt: skip

    names = basis_of(release, measure, "all", geography, grain)
    rows = with_basis(read(measure), [read(name) for name in names], "category")
    return {row["category"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}


def counts_of(release: Release) -> list[MeasureInfo]:
    """The counts a release leads with: no rates, no durations."""
    return [m for m in release.manifest.measures if m.kind is Kind.COUNT and measure_of(release.manifest, m.name)]
