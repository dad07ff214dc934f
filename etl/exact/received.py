"""Counts that the agency already made: published as received, at its own geography, under regime `source`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from etl.exact.threshold import guarded
from etl.exactmode.figure import FIGURE, NOTHING_KEPT
from layers.keyset import KeyBlock, key_rows
from layers.measures import RATE_SUFFIX, Kind
from layers.period import Grain, period_range
from layers.tables import MIN_DENOMINATOR
from layers.topics import Topic


@dataclass(frozen=True, slots=True)
class Received:
    """What a counted feed declares: its measure, geography, grain, categories and the threshold it publishes above."""

    measure: str
    geography: str
    grain: Grain
    categories: tuple[str, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A feed's counts as they may be published: contract rows without `topic`, and what the steward is told.

    `kept` is what later releases are held to (the columns of NOTHING_KEPT), None where no threshold is declared.
    """

    rows: pl.DataFrame
    blank: int
    unknown_areas: int
    corrected: int = 0
    """Figures that the feed tells otherwise than they were published, and that stay as they were."""
    kept: pl.DataFrame | None = None


def count_received(
    rows: pl.DataFrame, declared: Received, units: Sequence[str], kept: pl.DataFrame = NOTHING_KEPT
) -> Taken:
    """The counts of a feed, hidden where the declared threshold asks for it.

    `rows` has `unit`, `period` (Date) and a Float64 column per category, null where the source was blank. A blank, or a
    unit the source does not name, is `not_reported`: never zero. The city's row is the sum, and exists only for
    periods in which every unit reported. `kept` is what was published before, which binds where there is a threshold;
    then counts must be whole. Raises CannotComplete where what was published already says too much.
    """
    long = rows.unpivot(on=list(declared.categories), index=["unit", "period"], variable_name="category")
    unknown = long.filter(~pl.col("unit").is_in(list(units)))
    known = long.filter(pl.col("unit").is_in(list(units))).group_by("unit", "period", "category").agg(_sum_or_null())
    block = KeyBlock(
        declared.measure, Kind.COUNT, declared.geography, declared.grain, units, _periods(long, declared),
        declared.categories,
    )  # fmt: skip
    places = key_rows(block).join(known, on=["unit", "period", "category"], how="left")
    counts = pl.concat([places, _city(places)])
    told = (int(known["value"].null_count()), unknown.select("unit").n_unique())
    if not declared.threshold:
        return Taken(_with_status(counts), *told)
    reported = counts.drop_nulls("value").select(*FIGURE, count=pl.col("value").cast(pl.Int64))
    figures, corrected = guarded(reported, kept, declared.threshold)
    return Taken(_with_status(_as_guarded(counts, figures)), *told, corrected, figures)


def _sum_or_null() -> pl.Expr:
    """A unit that the feed names twice in a period is added up; one blank among them leaves the sum unknown."""
    return pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum()).alias("value")


def _periods(long: pl.DataFrame, declared: Received) -> list[date]:
    first, last = long["period"].min(), long["period"].max()
    if not isinstance(first, date) or not isinstance(last, date):
        return []
    return period_range(first, last, declared.grain)


def _as_guarded(counts: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """The counts that are shown, and `hidden`: those that are not. What was published stays, even where it is blank."""
    told = figures.select(*FIGURE, "shown", shown_count=pl.col("count").cast(pl.Float64))
    joined = counts.join(told, on=list(FIGURE), how="left", maintain_order="left")
    return joined.with_columns(value="shown_count", hidden=~pl.col("shown")).drop("shown", "shown_count")


def _with_status(counts: pl.DataFrame) -> pl.DataFrame:
    """Contract columns. A hidden count may be any: it may have been hidden to protect another."""
    value = pl.col("value")
    hidden = pl.col("hidden").fill_null(value=False) if "hidden" in counts.columns else pl.lit(value=False)
    status = (
        pl.when(hidden).then(pl.lit("hidden"))
        .when(value.is_null()).then(pl.lit("not_reported"))
        .when(value == 0).then(pl.lit("zero"))
        .otherwise(pl.lit("value"))
    )  # fmt: skip
    return counts.with_columns(
        status=status,
        low=pl.when(hidden).then(0.0),
        high=pl.lit(None, pl.Float64),
        flag=pl.lit(None, pl.String),
    ).drop("hidden", strict=False)


def _city(places: pl.DataFrame) -> pl.DataFrame:
    city = places.group_by("category", "period", "measure", "kind", "grain").agg(
        value=pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum())
    )
    return city.with_columns(unit=pl.lit("city"), geography=pl.lit("city")).select(places.columns)


def with_rates(rows: pl.DataFrame, about: Topic, homes: pl.DataFrame) -> pl.DataFrame:
    """The rows, and below them their rates per 1,000 homes where the geography's homes are known.

    `homes` has `geography`, `unit`, `homes` (public). Statuses are those of the counts; where there are too few homes,
    or none are known, no rate is `collected`. A rate of a hidden count is hidden, without a range.
    """
    divided = [m.name for m in about.measures if m.denominator]
    known = homes["geography"].unique().to_list()
    counts = rows.filter(pl.col("measure").is_in(divided) & pl.col("geography").is_in(known))
    if counts.is_empty():
        return rows
    joined = counts.join(homes.select("geography", "unit", "homes"), on=["geography", "unit"], how="left")
    enough = pl.col("homes").fill_null(0) >= MIN_DENOMINATOR
    told = pl.col("status").is_in(["value", "zero"])
    rates = joined.with_columns(
        measure=pl.col("measure") + RATE_SUFFIX,
        kind=pl.lit(Kind.RATE.value),
        status=pl.when(told & ~enough).then(pl.lit("not_collected")).otherwise(pl.col("status")),
        value=pl.when(told & enough).then((pl.col("value") / pl.col("homes") * 1000).round(4)),
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
    )
    return pl.concat([rows, rates.select(rows.columns)])


def values_of(counted: Mapping[str, str]) -> tuple[str, ...]:
    """Categories of a counted feed, `all` first."""
    return ("all", *(name for name in counted if name != "all"))
