"""Lengths of time as agencies write them."""

from typing import Literal

import polars as pl

from etl.values.numbers import number_expr

SECONDS_IN = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
_CLOCK = r"^(?:(\d+):)?(\d{1,2}|\d+):(\d{2}(?:\.\d+)?)$"


def duration_expr(text: pl.Expr, unit: Literal["seconds", "minutes", "hours"] = "seconds") -> pl.Expr:
    """Seconds, Float64; null where the text is no length of time.

    A number is of `unit`; `1:02:03` is hours, minutes and seconds, `2:03` minutes and seconds.
    """
    found = text.str.extract_groups(_CLOCK)
    hours, minutes, seconds = (found.struct.field(str(n)).cast(pl.Float64, strict=False) for n in (1, 2, 3))
    clock = hours.fill_null(0.0) * 3600 + minutes * 60 + seconds
    return pl.coalesce(number_expr(text) * SECONDS_IN[unit], clock)
