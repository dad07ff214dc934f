"""Count: located events of exact topics become rows; counts that an agency already made are taken as received."""

from collections.abc import Sequence

import polars as pl

from etl.exact.plan import Plan
from etl.exact.received import Received, count_received
from etl.exact.topic import exact_counts
from layers.topics import Topic


def count(events: pl.DataFrame, plan: Plan, homes: pl.DataFrame, topic: Topic) -> pl.DataFrame:
    """Rows of an exact topic in contract columns without `topic`, the key set complete."""
    return exact_counts(events, plan, homes, topic)


def accept(
    rows: pl.DataFrame, declared: Received, units: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, int]]:  # fmt: skip
    """Rows of a feed that is already counted, and how many blanks and unknown areas it had."""
    return count_received(rows, declared, units)


def private_counts(events: pl.DataFrame, date_column: str, kinds: Sequence[str]) -> pl.DataFrame:
    """Private: records by area, month and kind of area, for feeds that are not published.

    Columns `geography`, `unit` (null where the record names none), `month` (Date), `records`.
    """
    placed = [kind for kind in kinds if f"area_{kind}" in events.columns]
    month = pl.col(date_column).dt.truncate("1mo").cast(pl.Date).alias("month")
    parts = [
        events.group_by(pl.col(f"area_{kind}").alias("unit"), month)
        .agg(records=pl.len().cast(pl.Int64))
        .with_columns(geography=pl.lit(kind))
        for kind in placed
    ]
    schema = {"geography": pl.String, "unit": pl.String, "month": pl.Date, "records": pl.Int64}
    return pl.concat([p.select(list(schema)) for p in parts]) if parts else pl.DataFrame(schema=schema)
