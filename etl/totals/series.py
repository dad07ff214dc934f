"""What a feed of totals says over time, and how it adds up: sums of what was reported, and how much of it was.

A day, week or month that is due and is not there is missing, never zero. A coarser period is the sum of the finer ones
that were reported; how many were due stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from layers.period import Grain, add_months, period_range

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL = "all"
ORDER = (Grain.DAY, Grain.WEEK, Grain.MONTH)
"""The grains in which totals are reported, fine to coarse."""
SCHEMA = {"category": pl.String(), "start": pl.Date(), "value": pl.Float64()}
SUMS = {"category": pl.String(), "period": pl.Date(), "value": pl.Float64(), "told": pl.Int64(), "due": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Span:
    """Which days, weeks or months of a feed are due: all that touch `first` to `last`, but on closed days."""

    grain: Grain
    first: date
    last: date
    closed_on: tuple[str, ...] = ()
    closed: tuple[date, ...] = ()

    def due(self) -> pl.DataFrame:
        """Column `start`: from the year before `first` to the year after `last`, so that every period is whole."""
        first, last = date(self.first.year - 1, 1, 1), date(self.last.year + 1, 12, 31)
        starts = pl.DataFrame({"start": period_range(first, last, self.grain)}, schema={"start": pl.Date})
        if self.grain is not Grain.DAY:
            return starts
        off = [WEEKDAYS.index(day) + 1 for day in self.closed_on]
        return starts.filter(~pl.col("start").dt.weekday().is_in(off), ~pl.col("start").is_in(list(self.closed)))


@dataclass(frozen=True, slots=True)
class Series:
    """One part of what is reported, in the columns of SCHEMA: a row for every category and start that is due, with a
    null where it was not reported. Before `first` the feed speaks of nothing."""

    grain: Grain
    rows: pl.DataFrame
    first: date = date.min


def series_of(rows: pl.DataFrame, span: Span, by: str | None = None) -> Series:
    """A series from a feed's rows: `start`, `value` (null where blank) and `by`, the column of categories.

    Without `by` everything is `all`. A row that is blank leaves its start unknown. A category that has no row where
    others have one is 0 between its first and its last; before and after it is not reported.
    """
    due = span.due()
    if by is None:
        told = rows.group_by("start").agg(_sum()).with_columns(category=pl.lit(ALL))
        return Series(span.grain, _filled(due.with_columns(category=pl.lit(ALL)), told), span.first)
    told = rows.group_by(pl.col(by).alias("category"), "start").agg(_sum())
    lives = told.group_by("category").agg(first=pl.col("start").min(), last=pl.col("start").max())
    there = rows.select("start").unique().with_columns(there=pl.lit(value=True))
    keys = due.join(lives, how="cross").join(there, on="start", how="left")
    known = told.with_columns(told=pl.lit(value=True))
    found = keys.join(known, on=["category", "start"], how="left")
    silent = pl.col("there").fill_null(value=False) & pl.col("told").is_null()
    zero = silent & pl.col("start").is_between("first", "last")
    value = pl.when(zero).then(0.0).otherwise("value").alias("value")
    return Series(span.grain, found.with_columns(value).select(list(SCHEMA)), span.first)


def together(parts: Sequence[Series]) -> Series:
    """Several feeds' series of one part: added up in the coarsest of their grains, unknown where one of them is.

    A feed that began later than another is no part of the time before.
    """
    grain = max((part.grain for part in parts), key=ORDER.index)
    first = min(part.first for part in parts)
    ends = {Grain.DAY: pl.col("start"), Grain.WEEK: pl.col("start") + timedelta(days=6)}
    end = ends.get(grain, pl.col("start").dt.month_end())
    rows = pl.concat(lifted(part, grain).rows.filter((end >= part.first) | (end < first)) for part in parts)
    return Series(grain, rows.group_by("category", "start").agg(_sum()).select(list(SCHEMA)), first)


def lifted(part: Series, grain: Grain) -> Series:
    """The series in a coarser grain: a sum stands only where all of it was reported."""
    if part.grain is grain:
        return part
    sums = summed(part, grain)
    whole = pl.when(pl.col("told") == pl.col("due")).then("value")
    return Series(grain, sums.select("category", start="period", value=whole), part.first)


def pairs(over: Series, under: Series) -> tuple[Grain, pl.DataFrame]:
    """The coarser of the two grains, and both where both were reported: `category`, `start`, `over`, `under`."""
    grain = max(over.grain, under.grain, key=ORDER.index)
    one, other = lifted(over, grain).rows, lifted(under, grain).rows
    both = one.rename({"value": "over"}).join(other.rename({"value": "under"}), on=["category", "start"])
    known = pl.col("over").is_not_null() & pl.col("under").is_not_null()
    return grain, both.with_columns(pl.when(known).then(name).alias(name) for name in ("over", "under"))


def grains_of(grain: Grain) -> tuple[Grain, ...]:
    """The grains in which what is reported by `grain` can be told."""
    further = (Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.ROLLING_12M)
    return further if grain is Grain.MONTH else (Grain.WEEK, *further)


def summed(part: Series, target: Grain) -> pl.DataFrame:
    """Sums by period of `target`, in the columns of SUMS: `told` of the `due` parts were reported."""
    if target is Grain.ROLLING_12M:
        return _windows(summed(part, Grain.MONTH))
    within = part.rows.with_columns(period=period_of(part.grain, target))
    return within.group_by("category", "period").agg(
        pl.col("value").sum(), told=pl.col("value").count().cast(pl.Int64), due=pl.len().cast(pl.Int64)
    ).select(list(SUMS))  # fmt: skip


def period_of(grain: Grain, target: Grain) -> pl.Expr:
    """The first day of the period of `target` for which a `start` counts; a week is in its Thursday's (ISO 8601)."""
    start = pl.col("start")
    if grain is target:
        return start
    day = start + timedelta(days=3) if grain is Grain.WEEK else start
    return day.dt.truncate({"week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}[target]).cast(pl.Date)


def _windows(months: pl.DataFrame) -> pl.DataFrame:
    starts = months["period"].unique().sort().to_list()
    inside = pl.DataFrame(
        [(start, add_months(start, n)) for start in starts for n in range(12)],
        schema={"window": pl.Date, "period": pl.Date}, orient="row",
    )  # fmt: skip
    found = months.join(inside, on="period").group_by("category", "window").agg(
        pl.col("value").sum(), pl.col("told").sum(), pl.col("due").sum()
    )  # fmt: skip
    return found.rename({"window": "period"}).select(list(SUMS))


def _sum() -> pl.Expr:
    """The sum, unknown where one of them is."""
    return pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum()).alias("value")


def _filled(keys: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    return keys.join(told, on=["category", "start"], how="left").select(list(SCHEMA))
