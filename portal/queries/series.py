"""One place over time: its figures, the same periods of earlier years, its rolling average."""

from datetime import date
from functools import lru_cache

import polars as pl

from layers.period import Grain, next_period, period_end, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.queries.basis import BASIS_COLUMNS, basis_of, with_basis
from portal.queries.change import PARTIAL
from portal.queries.figure import FIGURE_COLUMNS, NOTHING, Figure, figure_of
from portal.queries.offer import Span, last_told
from portal.queries.rolling import four_weeks
from portal.statistics.baseline import may_be_averaged

WINDOW: dict[Grain, int] = {
    Grain.DAY: 28, Grain.WEEK: 8, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.YEAR: 3, Grain.ROLLING_12M: 1,
    Grain.ROLLING_4W: 1,
}  # fmt: skip
"""How many periods a rolling average holds: a whole year of months and quarters, so that the season cancels out."""


@lru_cache(maxsize=1024)
def series(release: Release, measure: str, category: str, geography: str, unit: str, grain: Grain) -> pl.DataFrame:
    """`period, status, value, low, high, flag, of, of_margin`, oldest first. A period without a row is there as
    `not_collected`."""
    if grain is Grain.ROLLING_4W:
        return four_weeks(series(release, measure, category, geography, unit, Grain.WEEK))
    rows = release.counts(
        measure=measure, category=category, geography=geography, unit=unit, grain=grain,
        columns=("period", *FIGURE_COLUMNS),
    ).sort("period")  # fmt: skip
    if rows.is_empty():
        return rows
    whole = pl.DataFrame({"period": _every(rows["period"].min(), rows["period"].max(), grain)})
    filled = whole.join(rows, on="period", how="left").sort("period")
    told = filled.with_columns(pl.col("status").fill_null("not_collected"))
    names = basis_of(release, measure, category, geography, grain)
    return with_basis(told, [series(release, name, category, geography, unit, grain) for name in names], "period")


def _every(first: object, last: object, grain: Grain) -> list[date]:
    starts: list[date] = []
    if isinstance(first, date) and isinstance(last, date):
        start = first
        while start <= last:
            starts.append(start)
            start = next_period(start, grain)
    return starts


def with_unfinished(rows: pl.DataFrame, grain: Grain, until: date, since: date | None = None) -> pl.DataFrame:
    """Adds `unfinished`: the period goes on after the last day the sources speak for, began before the first, or was
    not reported whole."""
    ends = [period_end(start, grain) for start in rows["period"]]
    late = pl.Series("unfinished", [end > until for end in ends], dtype=pl.Boolean)
    early = pl.col("period") < since if since else pl.lit(False)
    parts = (pl.col("flag") == PARTIAL).fill_null(value=False) if "flag" in rows.columns else pl.lit(False)
    return rows.with_columns(late | early | parts)


def with_rolling(rows: pl.DataFrame, grain: Grain, measure: MeasureInfo) -> pl.DataFrame:
    """Adds `rolling`: the mean of the window that ends here, null where a figure is missing or not finished.

    Windows that overlap are smooth already, and get none; nor do medians and shares, which have no mean.
    """
    if WINDOW[grain] == 1 or not may_be_averaged(measure):
        return rows.with_columns(rolling=pl.lit(None, pl.Float64))
    whole = pl.col("value") if "unfinished" not in rows.columns else pl.when(~pl.col("unfinished")).then("value")
    return rows.with_columns(rolling=whole.rolling_mean(WINDOW[grain], min_samples=WINDOW[grain]))


def with_year_before(rows: pl.DataFrame, grain: Grain) -> pl.DataFrame:
    """Adds the columns of a figure, as `before_…`, of the same period a year earlier."""
    earlier = pl.Series("earlier", [same_period_last_year(start, grain) for start in rows["period"]], dtype=pl.Date)
    before = rows.select(
        pl.col("period").alias("earlier"), *(pl.col(c).alias(f"before_{c}") for c in (*FIGURE_COLUMNS, *BASIS_COLUMNS))
    )
    return rows.with_columns(earlier).join(before, on="earlier", how="left", maintain_order="left").drop("earlier")


def by_year(rows: pl.DataFrame, grain: Grain) -> pl.DataFrame:
    """`year, place, value, status, unfinished`: `place` numbers the periods within a year from 1."""
    place = {
        Grain.MONTH: pl.col("period").dt.month(),
        Grain.QUARTER: pl.col("period").dt.quarter(),
        Grain.WEEK: pl.col("period").dt.week(),
        Grain.DAY: pl.col("period").dt.ordinal_day(),
    }.get(grain, pl.lit(1))
    year = pl.col("period").dt.iso_year() if grain is Grain.WEEK else pl.col("period").dt.year()
    return rows.with_columns(year=year, place=place.cast(pl.Int32))


def figure_at(rows: pl.DataFrame, period: date | None) -> Figure:
    """The figure of one period."""
    return NOTHING if period is None else figure_of(rows.filter(pl.col("period") == period))


def latest(found: tuple[Span, ...]) -> date | None:
    """The newest period that is over and told."""
    last = last_told(found)
    return last.start if last else None
