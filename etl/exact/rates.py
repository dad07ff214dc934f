"""Rates per 1,000 homes: rows computed from published counts and public homes only."""

import polars as pl

from layers.keyset import KeyBlock, key_rows
from layers.measures import rate_name
from layers.tables import MIN_DENOMINATOR


def rate_rows(counts: pl.DataFrame, blocks: list[KeyBlock], homes: pl.DataFrame, *, measure: str) -> pl.DataFrame:
    """Rows of `<measure>_per_1000` for the declared `blocks`, in contract columns without `topic`.

    `homes` has `geography`, `unit`, `homes` (public). Where a unit has fewer than MIN_DENOMINATOR homes, or none is
    known, no rate is `collected`; every other status is that of the count.
    """
    keys = pl.concat([key_rows(block) for block in blocks])
    figures = counts.filter(pl.col("measure") == measure).select(
        "geography", "grain", "category", "unit", "period", "status", "value"
    )
    joined = keys.join(figures, on=["geography", "grain", "category", "unit", "period"], how="left").join(
        homes.select("geography", "unit", "homes"), on=["geography", "unit"], how="left"
    )
    enough = pl.col("homes").fill_null(0) >= MIN_DENOMINATOR
    told = pl.col("status").is_in(["value", "zero"])
    return joined.with_columns(
        measure=pl.lit(rate_name(measure)),
        status=pl.when(told & ~enough).then(pl.lit("not_collected")).otherwise(pl.col("status")),
        value=pl.when(told & enough).then((pl.col("value") / pl.col("homes") * 1000).round(4)),
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        flag=pl.lit(None, pl.String),
    ).drop("homes")
