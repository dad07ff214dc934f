"""The columns of exact figures that small counts are hidden in: as counted, and as they are published and kept."""

import polars as pl

_KEY = {
    "measure": pl.String(),
    "grain": pl.String(),
    "period": pl.Date(),
    "geography": pl.String(),
    "unit": pl.String(),
    "category": pl.String(),
}
FIGURE = tuple(_KEY)
"""The key of a figure."""
NOTHING_COUNTED = pl.DataFrame(schema={**_KEY, "count": pl.Int64()})
"""Figures as they were counted, one row each; here none."""
NOTHING_KEPT = pl.DataFrame(
    schema={
        **NOTHING_COUNTED.schema,
        "threshold": pl.Int64(),
        "frozen": pl.Boolean(),
        "shown": pl.Boolean(),
        "small": pl.Boolean(),
    }
)
"""What is published or was, one row a figure; here nothing. `count` is null where it is hidden, `frozen` whether it was
published before. Private: `small` says which hidden counts are below the threshold."""


def not_yet_hidden(counted: pl.DataFrame, threshold: int) -> pl.DataFrame:
    """Counted figures in the columns of NOTHING_KEPT, before anything is hidden of them."""
    return counted.with_columns(
        threshold=pl.lit(threshold, pl.Int64),
        frozen=pl.lit(value=False),
        shown=pl.lit(None, pl.Boolean),
        small=pl.lit(None, pl.Boolean),
    ).select(NOTHING_KEPT.columns)
