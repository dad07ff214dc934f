"""Counts, shares and durations of located events, for topics that concern no home."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import polars as pl

from etl.exact.plan import CELL_GEOGRAPHIES, CITY, Plan
from layers.grid import text_expr
from layers.keyset import KeyBlock, key_rows
from layers.period import Grain, add_months, period_expr

_KEY = ("category", "unit", "period")


def count_events(events: pl.DataFrame, plan: Plan, *, date_column: str) -> pl.DataFrame:
    """Rows of every declared table of the topic: contract columns without `topic`.

    `events` has one row per record: `category`, `date_column` (Datetime or Date), `closed` and `promised` (Datetime,
    nullable), `status`, the cell columns `h3_7` to `h3_9` (UInt64, nullable) and `area_<kind>` (String, nullable).
    A record without a place counts for the city alone.
    """
    ready = _prepared(events, plan, date_column)
    return pl.concat([_table(ready, plan, measure) for measure in plan.measure_names() if measure in _AGGREGATES])


def _prepared(events: pl.DataFrame, plan: Plan, date_column: str) -> pl.DataFrame:
    end = datetime.combine(plan.as_of + timedelta(days=1), time.min)
    days = (pl.col("closed") - pl.col(date_column)).dt.total_minutes() / (24 * 60)
    is_open = pl.col("closed").is_null() & (pl.col("status").fill_null("open") != "closed")
    due = pl.col("promised").is_not_null() & (pl.col("promised") < end)
    return events.filter(
        pl.col(date_column).dt.date().is_between(plan.covers_from, plan.covers_to)
    ).with_columns(
        _day=pl.col(date_column).dt.date(),
        _days=days,
        _open=is_open,
        _age=pl.when(is_open).then((pl.lit(end) - pl.col(date_column)).dt.total_days()),
        _on_time=pl.when(due).then((pl.col("closed") <= pl.col("promised")).fill_null(False)),
    )  # fmt: skip


_AGGREGATES: dict[str, Callable[[], pl.Expr]] = {
    "requests": pl.len,
    "open": lambda: pl.col("_open").sum(),
    "closed_on_time_share": lambda: pl.col("_on_time").mean(),
    "days_to_close_median": lambda: pl.col("_days").median(),
    "days_to_close_p90": lambda: pl.col("_days").quantile(0.9, interpolation="linear"),
    "oldest_open_days": lambda: pl.col("_age").max(),
}
_SUMMED = ("requests", "open")
_DECIMALS = 4
"""Of days and shares; more would be noise of the arithmetic, 60.099999999999994 days."""


def _table(events: pl.DataFrame, plan: Plan, measure: str) -> pl.DataFrame:
    return pl.concat([_block(events, plan, measure, block) for block in plan.blocks(measure)])


def _block(events: pl.DataFrame, plan: Plan, measure: str, block: KeyBlock) -> pl.DataFrame:
    figures = _figures(events, measure, block)
    keys = key_rows(block)
    joined = keys.join(figures, on=list(_KEY), how="left", maintain_order="left")
    return joined.with_columns(pl.col("value").cast(pl.Float64)).with_columns(
        _status(measure, plan), *_no_margin()
    ).with_columns(value=_shown_value(measure))  # fmt: skip


def _figures(events: pl.DataFrame, measure: str, block: KeyBlock) -> pl.DataFrame:
    """`category`, `unit`, `period`, `value`: for each category of the block, and for all together."""
    placed = events.select(
        _unit(block.geography), "category", "_day", "_days", "_open", "_age", "_on_time"
    ).filter(pl.col("unit").is_not_null())  # fmt: skip
    if block.grain is Grain.ROLLING_12M:
        return _rolling(_figures_of(placed, measure, Grain.MONTH, block), block)
    return _named(_figures_of(placed, measure, block.grain, block), block)


def _figures_of(placed: pl.DataFrame, measure: str, grain: Grain, block: KeyBlock) -> pl.DataFrame:
    dated = placed.with_columns(period=period_expr("_day", grain))
    aggregate = _AGGREGATES[measure]().alias("value")
    parts = [dated.group_by("unit", "period").agg(aggregate).with_columns(category=pl.lit("all"))]
    if len(block.categories) > 1:
        parts.append(dated.group_by("unit", "period", "category").agg(aggregate))
    return pl.concat([part.select("category", "unit", "period", "value") for part in parts], how="vertical_relaxed")


def _rolling(months: pl.DataFrame, block: KeyBlock) -> pl.DataFrame:
    """Sums over windows of twelve months; the window is named by its first day."""
    windows = pl.DataFrame(
        {
            "window": [start for start in block.periods for _ in range(12)],
            "period": [add_months(start, n) for start in block.periods for n in range(12)],
        },
        schema={"window": pl.Date, "period": pl.Date},
    )
    summed = months.join(windows, on="period").group_by("category", "unit", "window").agg(pl.col("value").sum())
    return _named(summed.rename({"window": "period"}), block)


def _named(figures: pl.DataFrame, block: KeyBlock) -> pl.DataFrame:
    """Cells as hex digits, only now that there are few; units that are no unit of the city are left out of the map."""
    if block.geography in CELL_GEOGRAPHIES:
        figures = figures.with_columns(unit=text_expr("unit"))
    return figures.filter(pl.col("unit").is_in(list(block.units)))


def _unit(geography: str) -> pl.Expr:
    if geography == CITY:
        return pl.lit(CITY).alias("unit")
    return pl.col(geography if geography in CELL_GEOGRAPHIES else f"area_{geography}").alias("unit")


def _status(measure: str, plan: Plan) -> pl.Expr:
    """Counts are `zero` where nothing happened; a share or a median of nothing does not exist."""
    future = pl.col("period") > pl.lit(plan.as_of)
    if measure in _SUMMED:
        known = pl.when(pl.col("value").fill_null(0) == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
    else:
        known = pl.when(pl.col("value").is_null()).then(pl.lit("not_collected")).otherwise(pl.lit("value"))
    return pl.when(future).then(pl.lit("not_reported")).otherwise(known).alias("status")


def _shown_value(measure: str) -> pl.Expr:
    value = pl.col("value").fill_null(0.0) if measure in _SUMMED else pl.col("value").round(_DECIMALS)
    return pl.when(pl.col("status").is_in(["value", "zero"])).then(value)


def _no_margin() -> tuple[pl.Expr, ...]:
    """An exact figure has no margin; the columns are there all the same."""
    null = pl.lit(None)
    return null.cast(pl.Float64).alias("low"), null.cast(pl.Float64).alias("high"), null.cast(pl.String).alias("flag")
