"""A feed that its agency already counted: from its columns to rows of a release, as received."""

from functools import partial

import polars as pl

from etl.city import Source
from etl.city.source import Counted
from etl.context import Context
from etl.errors import SchemaDrift
from etl.exact.received import Received, values_of
from etl.exact.threshold import keep_published, read_kept
from etl.exactmode.figure import NOTHING_KEPT
from etl.feeds.feed import received
from etl.feeds.mainmeasure import main_measure
from etl.records import ROW, Ingested
from etl.release.draft import Accepted
from etl.state import SourceRun
from etl.steps.count import accept
from etl.values.numbers import number_expr
from layers.period import Grain, period_expr
from layers.release import nothing
from layers.topics import topic


def read_counted(context: Context, source: Source) -> tuple[Accepted, SourceRun]:
    """Ingest a counted feed and take its counts as they are. Raises SchemaDrift where a declared column is missing."""
    counted = source.counted
    assert counted is not None
    declared = Received(
        measure=counted.measure or main_measure(topic(source.topic)),
        geography=counted.geography,
        grain=Grain(counted.period.grain),
        categories=values_of(counted.values),
        threshold=counted.threshold,
    )
    with received(context, source) as ingested:
        raw, rows = _read(source, counted, ingested)
        snapshot = "-".join(s.keyed[:16] for s in ingested.snapshots)
    units = context.places.units[counted.geography]
    private = context.folders.private
    before = read_kept(private, source.topic, source.id) if declared.threshold else NOTHING_KEPT
    taken = accept(rows.drop(ROW), declared, units, before)
    stays = {"published_before_and_corrected_since": taken.corrected} if taken.corrected else {}
    context.progress.step(source.topic, "count", rows=taken.rows.height, **stays)
    keep = nothing if taken.kept is None else partial(keep_published, private, source.topic, source.id, taken.kept)
    accepted = Accepted(source, snapshot, declared, taken.rows, keep)
    rejects = {"unknown_area": taken.unknown_areas} if taken.unknown_areas else {}
    return accepted, SourceRun(source.id, snapshot, raw.height, rows.height, rejects, {"area": rows.height})


def counts_seen(context: Context, source: Source, ingested: Ingested) -> SourceRun:
    """What some rows of a counted feed tell. Raises as `read_counted`."""
    counted = source.counted
    assert counted is not None
    raw, rows = _read(source, counted, ingested)
    unknown = rows.filter(~pl.col("unit").is_in(list(context.places.units[counted.geography]))).height
    rejects = {"unknown_area": unknown} if unknown else {}
    return SourceRun(source.id, "", raw.height, rows.height, rejects, {"area": rows.height})


def _read(source: Source, counted: Counted, ingested: Ingested) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The feed's text, and its counts. Raises SchemaDrift."""
    raw = ingested.table(_columns(counted))
    rows = _typed(raw, counted)
    _refuse_unreadable(source, counted, raw, rows)
    _refuse_parts(source, counted, rows)
    return raw, rows


def _columns(counted: Counted) -> list[str]:
    period = [counted.period.column] if counted.period.column else []
    return [counted.unit, *period, *counted.values.values()]


def _typed(raw: pl.DataFrame, counted: Counted) -> pl.DataFrame:
    """`row`, `unit`, `period` and one Float64 column per category, of the rows that name a unit and a period."""
    grain = Grain(counted.period.grain)
    given = counted.period
    day = pl.lit(given.fixed, pl.Date) if given.column is None else _day(pl.col(given.column.strip()))
    numbers = [number_expr(pl.col(c.strip())).alias(name) for name, c in counted.values.items()]
    return (
        raw.select(pl.col(ROW), _area_id(counted.unit).alias("unit"), day.alias("day"), *numbers)
        .with_columns(period=period_expr("day", grain))
        .filter(pl.col("unit").is_not_null() & pl.col("period").is_not_null())
        .drop("day")
    )


def _area_id(column: str) -> pl.Expr:
    """An area's id without the `.0` that numeric columns get."""
    return pl.col(column.strip()).str.replace(r"^(-?\d+)\.0+$", "${1}")


def _day(text: pl.Expr) -> pl.Expr:
    """A year, a month (2019-07) or a day (2019-07-01) as its first day."""
    whole = text.str.replace(r"\.0+$", "")
    return pl.coalesce(
        (whole + "-01-01").str.to_date("%Y-%m-%d", strict=False),
        (whole + "-01").str.to_date("%Y-%m-%d", strict=False),
        whole.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
    )


def _refuse_unreadable(source: Source, counted: Counted, raw: pl.DataFrame, rows: pl.DataFrame) -> None:
    """A column of counts in which text stands where numbers should is another column than was declared."""
    for name, column in counted.values.items():
        filled = raw.height - raw[column.strip()].null_count()
        read = rows.height - rows[name].null_count()
        if filled and read < filled * (1 - source.limits.max_reject_share):
            raise SchemaDrift(
                f"Source {source.id}: the column of category {name} holds text where counts should be.",
                "Name the right column in [counted.values].",
            )


def _refuse_parts(source: Source, counted: Counted, rows: pl.DataFrame) -> None:
    """A threshold is for numbers of things: what others tell of a hidden one is reckoned in whole ones."""
    names = list(counted.values)
    uneven = pl.any_horizontal((pl.col(n) < 0) | (pl.col(n) != pl.col(n).floor()) for n in names)
    if counted.threshold and rows.select(uneven.any()).item():
        raise SchemaDrift(
            f"Source {source.id}: counts with a threshold must be whole numbers, and some are not.",
            "Ask the agency for counts as whole numbers, or publish them as given: threshold = 0.",
        )
