"""Counts that the agency already made: published as received, at its own geography, under regime `source`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

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


def count_received(rows: pl.DataFrame, declared: Received, units: Sequence[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Contract rows without `topic`, and how many cells of the feed were blank or named an unknown area.

    `rows` has `unit`, `period` (Date) and a Float64 column per category, null where the source was blank. A blank, or a
    unit the source does not name, is `not_reported`: never zero. The city's row is the sum, and exists only for
    periods in which every unit reported.
    """
    long = rows.unpivot(on=list(declared.categories), index=["unit", "period"], variable_name="category")
    unknown = long.filter(~pl.col("unit").is_in(list(units)))
    known = long.filter(pl.col("unit").is_in(list(units))).group_by("unit", "period", "category").agg(_sum_or_null())
    block = KeyBlock(
        declared.measure, Kind.COUNT, declared.geography, declared.grain, units, _periods(long, declared),
        declared.categories,
    )  # fmt: skip
    places = key_rows(block).join(known, on=["unit", "period", "category"], how="left")
    tally = {"blank": int(known["value"].null_count()), "unknown_area": unknown.select("unit").n_unique()}
    return pl.concat([_with_status(places, declared), _city(places, declared)]), tally


def _sum_or_null() -> pl.Expr:
    """A unit that the feed names twice in a period is added up; one blank among them leaves the sum unknown."""
    return pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum()).alias("value")


def _periods(long: pl.DataFrame, declared: Received) -> list[date]:
    first, last = long["period"].min(), long["period"].max()
    if not isinstance(first, date) or not isinstance(last, date):
        return []
    return period_range(first, last, declared.grain)


def _with_status(places: pl.DataFrame, declared: Received) -> pl.DataFrame:
    value = pl.col("value")
    hidden = (value > 0) & (value < declared.threshold)
    status = (
        pl.when(value.is_null()).then(pl.lit("not_reported"))
        .when(hidden).then(pl.lit("hidden"))
        .when(value == 0).then(pl.lit("zero"))
        .otherwise(pl.lit("value"))
    )  # fmt: skip
    return places.with_columns(
        status=status,
        low=pl.when(hidden).then(0.0),
        high=pl.when(hidden).then(float(declared.threshold - 1)),
        flag=pl.lit(None, pl.String),
    ).with_columns(value=pl.when(pl.col("status").is_in(["value", "zero"])).then(value))


def _city(places: pl.DataFrame, declared: Received) -> pl.DataFrame:
    hides = (pl.col("value") > 0) & (pl.col("value") < declared.threshold)
    complete = (pl.col("value").null_count() == 0) & ~hides.any()
    city = places.group_by("category", "period", "measure", "kind", "grain").agg(
        value=pl.when(complete).then(pl.col("value").sum())
    )
    named = city.with_columns(unit=pl.lit("city"), geography=pl.lit("city")).select(places.columns)
    return _with_status(named, Received(declared.measure, "city", declared.grain, declared.categories, 0))


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
