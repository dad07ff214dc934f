"""Small numbers of callers of a language or of survey answers: hidden, with others that would tell them, for good.

The months of a year add up to its quarters and to the year, and categories to their whole, so both are attacked
together: see `etl.exactmode.complete`. To it the months are the zones of a year. What was published once stays as it
was published, as in `etl.exact.threshold`; so a figure is told when its period is over and wholly told of, not before.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.exactmode.complete import CannotComplete, complete
from etl.protect.measurements import replace_private
from etl.protect.partitions import Partitions
from layers.period import Grain, period_range

FOLDER = "totals"
"""Under the private folder."""
ALL = "all"
KEY = ("grain", "period", "category")
KEPT = {
    "grain": pl.String(),
    "period": pl.Date(),
    "category": pl.String(),
    "count": pl.Int64(),
    "part": pl.Int64(),
    "threshold": pl.Int64(),
    "shown": pl.Boolean(),
    "small": pl.Boolean(),
}
"""What was published of one count: `part` is the part of it that a share is of; both are null where it is hidden."""
NOTHING_KEPT = pl.DataFrame(schema=KEPT)
_GEOGRAPHY = {Grain.MONTH: "zone1", Grain.QUARTER: "zone2", Grain.YEAR: "city"}
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
_Periods = Collection[tuple[str, date]]


def periods_of_months(months: pl.DataFrame) -> pl.DataFrame:
    """Months, and the quarters and years of which every month is there: `grain`, `period`, `category`, `count`, `part`.

    `months` has `category`, `period`, `count` and `part` (Int64), and every category in each month.
    """
    parts = []
    for grain, size in _MONTHS.items():
        start = pl.col("period").dt.truncate({1: "1mo", 3: "1q", 12: "1y"}[size])
        sums = months.group_by("category", period=start).agg(
            pl.col("count").sum(), pl.col("part").sum(), months=pl.len()
        )
        whole = sums.filter(pl.col("months") == size)
        parts.append(whole.select(pl.lit(grain.value).alias("grain"), "period", "category", "count", "part"))
    return pl.concat(parts).sort(KEY)


def guarded(
    reported: pl.DataFrame, kept: pl.DataFrame, threshold: int, *, known: _Periods = (), untold: Collection[int] = ()
) -> tuple[pl.DataFrame, int]:
    """Every figure that was or may be published, in the columns of KEPT; how many the feed tells otherwise now.

    `reported` is as of `periods_of_months`. Of the periods in `known` everybody knows the whole, from elsewhere; in
    the years `untold` nothing new is told at all.
    """
    told = reported.join(kept.select(*KEY, was="count", was_threshold="threshold", small="small", shown="shown"),
                         on=list(KEY), how="left")  # fmt: skip
    before = pl.col("shown").is_not_null()
    small = pl.col("count") < pl.col("was_threshold")
    otherwise = before & pl.when("shown").then(pl.col("count") != pl.col("was")).otherwise(small != pl.col("small"))
    fresh = told.filter(~before).select(*KEY, "count", "part").with_columns(threshold=pl.lit(threshold, pl.Int64))
    corrected = int(told.select(otherwise.sum()).item())
    return pl.concat([kept, _judged(fresh, kept, known, untold)]).sort(KEY), corrected


def _judged(fresh: pl.DataFrame, kept: pl.DataFrame, known: _Periods, untold: Collection[int]) -> pl.DataFrame:
    small = pl.col("count") < pl.col("threshold")
    open_ = fresh.filter(~pl.col("period").dt.year().is_in(list(untold)))
    shut = fresh.join(open_, on=list(KEY), how="anti").with_columns(shown=pl.lit(value=False), small=small)
    try:
        done = _completed(open_, kept, known)
    except CannotComplete:  # what was published says too much already: nothing new is told
        done = open_.with_columns(shown=pl.lit(value=False), small=small)
    return pl.concat([done.select(list(KEPT)), shut.select(list(KEPT))]).with_columns(
        pl.when("shown").then(name).alias(name) for name in ("count", "part")
    )


def _completed(fresh: pl.DataFrame, kept: pl.DataFrame, known: _Periods) -> pl.DataFrame:
    public = pl.DataFrame(list(known), schema={"grain": pl.String, "period": pl.Date}, orient="row").with_columns(
        category=pl.lit(ALL), public=pl.lit(value=True)
    )
    marked = fresh.join(public, on=list(KEY), how="left").with_columns(
        frozen=pl.col("public").fill_null(value=False) & (pl.col("count") >= pl.col("threshold"))
    )
    asked = pl.concat([
        kept.with_columns(frozen=pl.lit(value=True)).drop("part"),
        marked.select(*KEY, "count", "threshold", shown=pl.when("frozen").then(True),
                      small=pl.when("frozen").then(False), frozen="frozen").select(_ASKED),
    ], how="diagonal").select(_ASKED)  # fmt: skip
    figures = asked.with_columns(_place(), measure=pl.lit("count"), unit=pl.col("period").cast(pl.String))
    named = figures.with_columns(
        unit=pl.when(pl.col("geography") == "city").then(pl.lit("city")).otherwise("unit"),
        grain=pl.lit("year"),
        period=pl.col("period").dt.truncate("1y"),
        told_grain="grain",
        told_period="period",
    )
    years = {year: _zones(year) for year in named["period"].dt.year().unique().to_list()}
    answered = complete(named, Partitions(years)) if named.height else named
    found = answered.select(grain="told_grain", period="told_period", category="category", shown="shown", small="small")
    return fresh.join(found, on=list(KEY))


_ASKED = (*KEY, "count", "threshold", "frozen", "shown", "small")


def _place() -> pl.Expr:
    grains = {grain.value: place for grain, place in _GEOGRAPHY.items()}
    return pl.col("grain").replace_strict(grains, return_dtype=pl.String).alias("geography")


def _zones(year: int) -> pl.DataFrame:
    """The months of a year as parts of its quarters."""
    months = period_range(date(year, 1, 1), date(year, 12, 31), Grain.MONTH)
    return pl.DataFrame({"zone1": months}).select(
        pl.col("zone1").cast(pl.String), zone2=pl.col("zone1").dt.truncate("1q").cast(pl.String)
    )


def read_kept(private: Path, topic: str, measure: str) -> pl.DataFrame:
    """What was published of a count so far. Raises StorageFailed where that cannot be read."""
    path = private / FOLDER / topic / f"{measure}.parquet"
    if not path.exists():
        return NOTHING_KEPT
    try:
        return pl.read_parquet(path).select(pl.col(n).cast(t) for n, t in KEPT.items())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(f"What was published of {measure} before cannot be read.") from error


def keep_published(private: Path, topic: str, measure: str, figures: pl.DataFrame) -> None:
    """Keep what `guarded` gave, for good; called when the audit has passed, before it is published."""
    replace_private(figures, private / FOLDER / topic / f"{measure}.parquet")
