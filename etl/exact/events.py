"""Counts, shares and durations of located events, for topics that concern no home."""

from collections.abc import Callable

import polars as pl

from etl.exact.pieces import days_to_close, end_of, is_open, on_time
from etl.exact.plan import CELL_GEOGRAPHIES, CITY, Plan
from etl.exact.tables import rolling, rows_of_block
from layers.grid import text_expr
from layers.keyset import KeyBlock
from layers.period import Grain, period_expr


def count_events(events: pl.DataFrame, plan: Plan, *, date_column: str) -> pl.DataFrame:
    """Rows of every declared table of the topic: contract columns without `topic`.

    `events` has one row per record: `category`, `date_column` (Datetime or Date), `closed` and `promised` (Datetime,
    nullable), `status`, the cell columns `h3_7` to `h3_9` (UInt64, nullable) and `area_<kind>` (String, nullable).
    A record without a place counts for the city alone. This is what the figures mean; `etl.exact.counting` gives the
    same rows period by period, without ever holding all events.
    """
    ready = _prepared(events, plan, date_column)
    return pl.concat([_table(ready, plan, measure) for measure in plan.measure_names() if measure in _AGGREGATES])


def _prepared(events: pl.DataFrame, plan: Plan, date_column: str) -> pl.DataFrame:
    end = end_of(plan)
    moment = pl.col(date_column)
    agency = pl.col("category").cast(pl.String).replace_strict(plan.agency_of(), default=None, return_dtype=pl.String)
    return events.filter(moment.dt.date().is_between(plan.covers_from, plan.covers_to)).with_columns(
        _agency=agency,
        _day=moment.dt.date(),
        _days=days_to_close(date_column),
        _open=is_open(),
        _age=pl.when(is_open()).then((pl.lit(end) - moment).dt.total_days()),
        _on_time=on_time(end),
    )


_AGGREGATES: dict[str, Callable[[], pl.Expr]] = {
    "requests": pl.len,
    "open": lambda: pl.col("_open").sum(),
    "due": lambda: pl.col("_on_time").count(),
    "closed_on_time_share": lambda: pl.col("_on_time").mean(),
    "days_to_close_median": lambda: pl.col("_days").median(),
    "days_to_close_p90": lambda: pl.col("_days").quantile(0.9, interpolation="linear"),
    "oldest_open_days": lambda: pl.col("_age").max(),
}


def _table(events: pl.DataFrame, plan: Plan, measure: str) -> pl.DataFrame:
    return pl.concat([_block(events, plan, measure, block) for block in plan.blocks(measure)])


def _block(events: pl.DataFrame, plan: Plan, measure: str, block: KeyBlock) -> pl.DataFrame:
    return rows_of_block(_figures(events, measure, block), plan, block)


def _figures(events: pl.DataFrame, measure: str, block: KeyBlock) -> pl.DataFrame:
    """`category`, `unit`, `period`, `value`: for each category of the block, and for all together."""
    placed = events.select(
        _unit(block.geography), "category", "_agency", "_day", "_days", "_open", "_age", "_on_time"
    ).filter(pl.col("unit").is_not_null())  # fmt: skip
    if block.grain is Grain.ROLLING_12M:
        return _named(rolling(_figures_of(placed, measure, Grain.MONTH, block), block), block)
    return _named(_figures_of(placed, measure, block.grain, block), block)


def _figures_of(placed: pl.DataFrame, measure: str, grain: Grain, block: KeyBlock) -> pl.DataFrame:
    dated = placed.with_columns(period=period_expr("_day", grain))
    aggregate = _AGGREGATES[measure]().alias("value")
    parts = [dated.group_by("unit", "period").agg(aggregate).with_columns(category=pl.lit("all"))]
    if len(block.categories) > 1:
        parts.append(dated.group_by("unit", "period", "category").agg(aggregate))
        answered = dated.filter(pl.col("_agency").is_not_null()).rename({"category": "_own", "_agency": "category"})
        parts.append(answered.group_by("unit", "period", "category").agg(aggregate))
    return pl.concat([part.select("category", "unit", "period", "value") for part in parts], how="vertical_relaxed")


def _named(figures: pl.DataFrame, block: KeyBlock) -> pl.DataFrame:
    """Cells as hex digits, only now that there are few."""
    return figures.with_columns(unit=text_expr("unit")) if block.geography in CELL_GEOGRAPHIES else figures


def _unit(geography: str) -> pl.Expr:
    if geography == CITY:
        return pl.lit(CITY).alias("unit")
    return pl.col(geography if geography in CELL_GEOGRAPHIES else f"area_{geography}").alias("unit")
