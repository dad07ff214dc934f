"""Counting a register: homes and affordable developments are things that stand there, not events."""

import polars as pl

from etl.exact.plan import CELL_GEOGRAPHIES, CITY, Plan
from layers.grid import text_expr
from layers.keyset import key_rows


def count_register(things: pl.DataFrame, plan: Plan, sums: dict[str, str | None]) -> pl.DataFrame:
    """Rows of every declared table: contract columns without `topic`, one period, the year of the as-of day.

    `things` has one row per address or development with cells, areas and `category`. `sums` maps a measure to the
    column it sums (null where the source gave no number), or to None where it counts the rows themselves. A measure
    whose column is absent from `things` is `not_collected`.
    """
    parts = [
        _block(things, block.geography, sums[measure]).pipe(_complete, key_rows(block), things, sums[measure])
        for measure in plan.measure_names()
        if measure in sums
        for block in plan.blocks(measure)
    ]
    return pl.concat(parts)


def _block(things: pl.DataFrame, geography: str, column: str | None) -> pl.DataFrame:
    value = pl.len() if column is None else pl.col(column).sum() if column in things.columns else pl.lit(None)
    placed = things.with_columns(unit_expr(geography)).filter(pl.col("unit").is_not_null())
    total = placed.group_by("unit").agg(value.alias("value")).with_columns(category=pl.lit("all"))
    each = placed.group_by("unit", "category").agg(value.alias("value"))
    return pl.concat([f.select("unit", "category", pl.col("value").cast(pl.Float64)) for f in (total, each)])


def _complete(figures: pl.DataFrame, keys: pl.DataFrame, things: pl.DataFrame, column: str | None) -> pl.DataFrame:
    known = column is None or (column in things.columns and things[column].null_count() < things.height)
    joined = keys.join(figures, on=["unit", "category"], how="left")
    if not known:
        status, value = pl.lit("not_collected"), pl.lit(None, pl.Float64)
    else:
        value = pl.col("value").fill_null(0.0)
        status = pl.when(value == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
    null = pl.lit(None)
    return joined.with_columns(
        status=status,
        value=value,
        low=null.cast(pl.Float64),
        high=null.cast(pl.Float64),
        flag=null.cast(pl.String),
    )


def unit_expr(geography: str) -> pl.Expr:
    """The unit of a geography in which a row with cells and areas lies, as `unit`."""
    if geography == CITY:
        return pl.lit(CITY).alias("unit")
    if geography in CELL_GEOGRAPHIES:
        return text_expr(geography).alias("unit")
    return pl.col(f"area_{geography}").alias("unit")


def homes_by_unit(addresses: pl.DataFrame, geographies: list[str]) -> pl.DataFrame:
    """Public homes of every unit of these geographies: `geography`, `unit`, `homes`, `renter_households` (Int64)."""
    frames = [
        addresses.with_columns(unit_expr(geography))
        .filter(pl.col("unit").is_not_null())
        .group_by("unit")
        .agg(
            homes=pl.col("units").sum().cast(pl.Int64),
            renter_households=pl.col("renter_units").sum().cast(pl.Int64)
            if "renter_units" in addresses.columns
            else pl.lit(None, pl.Int64),
        )
        .with_columns(geography=pl.lit(geography))
        for geography in geographies
    ]
    return pl.concat([f.select("geography", "unit", "homes", "renter_households") for f in frames])
