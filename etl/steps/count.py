"""Count: located events of exact topics become rows; counts that an agency already made are taken as received."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from etl.engine import Runs
from etl.exact.counting import Held, Tally, counted
from etl.exact.plan import Plan
from etl.exact.received import Received, Taken, count_received
from etl.exact.register import count_register
from etl.exact.topic import REGISTERS, with_rates
from layers.topics import Topic


def count_stock(things: pl.DataFrame, plan: Plan, homes: pl.DataFrame, topic: Topic) -> pl.DataFrame:
    """Rows of a topic of things that stand there, in contract columns without `topic`, the key set complete."""
    return with_rates(count_register(things, plan, REGISTERS[topic.name]), plan, homes, topic)


def count_periods(
    held: Mapping[str, Sequence[Held]],
    plan: Plan,
    homes: pl.DataFrame,
    topic: Topic,
    *,
    runs: Runs,
    categories: Sequence[str] | None,
    ground: str,
    folder: Path,
) -> tuple[pl.DataFrame, Tally]:
    """Rows of a topic of events, in contract columns without `topic`, the key set complete; how much was counted now.

    `held` are the files of located events by month; `categories`, `ground` and `folder` as for `counted`.
    """
    rows, tally = counted(
        plan, held, runs, date_column=str(topic.event_date), categories=categories, ground=ground, folder=folder
    )
    return with_rates(rows, plan, homes, topic), tally


def accept(rows: pl.DataFrame, declared: Received, units: Sequence[str], kept: pl.DataFrame) -> Taken:
    """What may be published of a feed that is already counted, bound by what was `kept` of it."""
    return count_received(rows, declared, units, kept)


def private_counts(events: pl.DataFrame | pl.LazyFrame, date_column: str, kinds: Sequence[str]) -> pl.DataFrame:
    """Private: records by area, month and kind of area, for feeds that are not published.

    Columns `geography`, `unit` (null where the record names none), `month` (Date), `records`.
    """
    events = events.lazy()
    known = events.collect_schema().names()
    placed = [kind for kind in kinds if f"area_{kind}" in known]
    month = pl.col(date_column).dt.truncate("1mo").cast(pl.Date).alias("month")
    parts = [
        events.group_by(pl.col(f"area_{kind}").alias("unit"), month)
        .agg(records=pl.len().cast(pl.Int64))
        .with_columns(geography=pl.lit(kind))
        for kind in placed
    ]
    schema = {"geography": pl.String, "unit": pl.String, "month": pl.Date, "records": pl.Int64}
    counted = [part.select(list(schema)).collect(engine="streaming") for part in parts]
    return pl.concat(counted) if counted else pl.DataFrame(schema=schema)
