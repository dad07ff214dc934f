"""Measures of which small figures are hidden: contacts of a language, answers to the survey and what they said."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from etl.totals.asked import DECIMALS, WHOLE_GRAINS, Parts, Question, series_of_parts
from etl.totals.formulas import Formula
from etl.totals.series import ALL, Series, period_of, summed
from etl.totals.small import guarded, periods_of_months
from etl.totals.sums import NO_FIGURES, early_expr, finished, with_status
from layers.period import Grain, period_end


@dataclass(frozen=True)
class Guarded:
    """A count whose small figures are hidden, and the share that is of it, if any. `by` is empty where no feed tells
    channel or language."""

    count: Formula
    share: Formula | None
    by: str
    counts: Series | None
    tops: Series | None

    def figures(self, asked: Question, outer: pl.DataFrame | None) -> tuple[pl.DataFrame, int]:
        """What may be told, as of `etl.totals.small`; how many figures stay as they were published. `outer`: the
        figures of the same answers told otherwise, whose whole everybody knows where they show it."""
        kept = asked.kept(self.count.measure)
        if self.counts is None:
            return kept, 0
        reported = periods_of_months(_months(self.counts, self.tops, asked))
        wholes = reported.filter(category=ALL) if outer is None else outer.filter(pl.col("category") == ALL)
        known, untold = (wholes.select("grain", "period").rows() if self.by == "language" else []), set[int]()
        if outer is not None:
            known = wholes.filter("shown").select("grain", "period").rows()
            untold = set(wholes.filter(~pl.col("shown"))["period"].dt.year().to_list())
        return guarded(reported, kept, asked.threshold, known=known, untold=untold)

    def rows(self, figures: pl.DataFrame, asked: Question) -> Iterator[pl.DataFrame]:
        """Contract rows of the count, and of the share: hidden wherever the count under it is."""
        categories = (ALL, *(asked.categories.get(self.by, ()) if self.by else ()))
        for formula, told in ((self.count, self.counts), (self.share, self.tops)):
            for grain in WHOLE_GRAINS if formula is not None else ():
                assert formula is not None
                keys = asked.keys(formula, grain, categories)
                if told is None or self.counts is None:
                    yield with_status(keys, NO_FIGURES)
                else:
                    yield _rows(keys, figures, _dues(self.counts, grain), share=formula is self.share)


def guarded_of(count: Formula, share: Formula | None, parts: Parts) -> Guarded:
    """A guarded count from what feeds tell of it; without a channel it is told of the whole, without a language not."""
    by = str(count.by) if parts.get((count.parts[0], str(count.by))) else ""
    there = bool(by) or count.by == "channel"
    counts = series_of_parts(count.parts, parts, by) if there else None
    tops = series_of_parts(share.parts, parts, by) if there and share is not None else None
    return Guarded(count, share, by, counts, tops)


def _months(counts: Series, tops: Series | None, asked: Question) -> pl.DataFrame:
    """`category`, `period`, `count`, `part` of every month that is over and told of; a category from the year on in
    which it was first told."""
    told = summed(counts, Grain.MONTH).select("category", "period", count="value")
    if tops is None:
        table = told.with_columns(part=pl.lit(None, pl.Float64))
    else:
        part = summed(tops, Grain.MONTH).select("category", "period", part="value")
        table = told.join(part, on=["category", "period"], how="left")
    ready = table.join(_over(counts, asked), on="period", how="semi")
    year = pl.col("period").dt.year()
    begins = ready.filter(pl.col("count") > 0).group_by("category").agg(begins=year.min())
    alive = ready.filter(pl.col("category") != ALL).join(begins, on="category").filter(year >= pl.col("begins"))
    whole = ready.group_by("period").agg(pl.col("count", "part").sum()).with_columns(category=pl.lit(ALL))
    columns = ("category", "period", "count", "part")
    return pl.concat([whole.select(columns), alive.select(columns)]).with_columns(
        pl.col("count", "part").fill_null(0.0).round().cast(pl.Int64)
    )


def _over(counts: Series, asked: Question) -> pl.DataFrame:
    """Column `period`: the months that are over, of which something was told, and to whose end the feed has come."""
    told = pl.col("value").is_not_null()
    latest = counts.rows.filter(told)["start"].max()
    months = counts.rows.with_columns(period=period_of(counts.grain, Grain.MONTH)).group_by("period").agg(
        told=told.any(), last=pl.col("start").max()
    )  # fmt: skip
    come = months.filter(pl.col("told"), pl.col("last") <= pl.lit(latest, pl.Date))["period"].to_list()
    over = [m for m in come if asked.first <= m and period_end(m, Grain.MONTH) <= asked.last]
    return pl.DataFrame({"period": over}, schema={"period": pl.Date})


def _dues(counts: Series, grain: Grain) -> pl.DataFrame:
    """`period`, and how many days, weeks or months of it were due, and told of in some category."""
    days = counts.rows.group_by("start").agg(value=pl.when(pl.col("value").is_not_null().any()).then(1.0))
    return summed(Series(counts.grain, days.with_columns(category=pl.lit(ALL))), grain).select("period", "told", "due")


def _rows(keys: pl.DataFrame, figures: pl.DataFrame, dues: pl.DataFrame, *, share: bool) -> pl.DataFrame:
    first = figures.group_by("category").agg(first=pl.col("period").min())
    known = figures.select("grain", "period", "category", "count", "part", "shown")
    joined = (
        keys.join(known, on=["grain", "period", "category"], how="left")
        .join(dues, on="period", how="left")
        .join(first, on="category", how="left")
    )
    size = {"month": "1mo", "quarter": "1q", "year": "1y"}[str(keys["grain"].first())]
    joined = joined.with_columns(begins=pl.col("first").dt.truncate(size))  # its first period may not be whole
    divided = pl.when(pl.col("count") > 0).then(pl.col("part") / pl.col("count")).round(DECIMALS)
    figure = divided if share else pl.col("count").cast(pl.Float64)
    status = (
        pl.when(pl.col("shown").is_null() & early_expr()).then(pl.lit("not_collected"))
        .when(pl.col("shown").is_null()).then(pl.lit("not_reported"))
        .when(~pl.col("shown")).then(pl.lit("hidden"))
        .when(figure.is_null()).then(pl.lit("not_collected"))
        .when(figure == 0).then(pl.lit("zero"))
        .otherwise(pl.lit("value"))
    )  # fmt: skip
    low = pl.when((pl.col("status") == "hidden") & pl.lit(not share)).then(0.0)
    return joined.with_columns(status=status).with_columns(low=low.cast(pl.Float64)).pipe(finished, figure)
