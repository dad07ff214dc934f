"""Windows of four weeks, added up from the weeks of a release."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from layers.measures import Status

WEEKS = 4
_SPAN = timedelta(days=7 * (WEEKS - 1))
_WORST_LAST = (Status.ZERO, Status.VALUE, Status.HIDDEN, Status.NOT_COLLECTED, Status.NOT_REPORTED)
"""A window has the worst status of its weeks: one week without a figure, and there is no sum."""


def four_weeks(rows: pl.DataFrame, *, by: Sequence[str] = ()) -> pl.DataFrame:
    """Sums of four weeks, each named by its first Monday, from weekly exact counts (`period, status, value, …`).

    by: columns that tell series apart. Rows keep their order and their other columns; margins and flags, which exact
    counts have none of, are null.
    """
    rank = {status.value: place for place, status in enumerate(_WORST_LAST)}
    status = pl.col("status").replace_strict(rank, return_dtype=pl.Int8)
    value, period = pl.col("value"), pl.col("period")

    def ahead(each: pl.Expr, weeks: int) -> pl.Expr:
        shifted = each.shift(-weeks)
        return shifted.over(by) if by else shifted

    worst = pl.max_horizontal(*(ahead(status, week) for week in range(WEEKS)))
    summed = rows.with_columns(
        value=pl.sum_horizontal(*(ahead(value, week) for week in range(WEEKS)), ignore_nulls=False),
        status=worst,
        last=ahead(period, WEEKS - 1),
    ).filter((pl.col("last") - period) == _SPAN)
    names = {place: status for status, place in rank.items()}
    return summed.drop("last").with_columns(
        pl.col("status").replace_strict(names, return_dtype=pl.String),
        *(pl.lit(None, rows.schema[name]).alias(name) for name in ("low", "high", "flag") if name in rows.columns),
    )
