"""Reading a feed of totals through the gates of every feed: its columns, its rows, what changed in them."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.drift.gate import Examined
from etl.drift.onfeed import FeedGate
from etl.errors import SchemaDrift
from etl.feeds.feed import judged_feed, received, seal
from etl.state import SourceRun
from etl.totals.series import Series, Span, series_of
from layers.period import Grain, period_expr, period_start
from layers.topics import FieldType, topic
from layers.topics.contact_center import NOT_STATED

AVERAGES = {
    "answer_time": ("answer_time_average", "answered"),
    "wait_time": ("wait_time_average", "offered"),
    "talk_time": ("talk_time_average", "answered"),
}
"""Totals that a system may tell as an average instead: which field that is, and what it is to be multiplied by."""
TOGETHER = (("survey_answers", "satisfied"), ("checked", "resolved"), ("services", "services_online"))
"""A count and the part of it that a share is of: where a row tells one alone, it tells neither."""
_WHOLE = ("handled", "survey_answers", "satisfied")

Key = tuple[str, str]
"""A part, and what it is told by: `channel`, `language`, or nothing."""


@dataclass(frozen=True, slots=True)
class TotalsFeed:
    """One feed of totals: its parts over time, the categories it declares, and how many rows it has."""

    source: Source
    snapshot: str
    seen: Examined
    series: dict[Key, Series]
    categories: dict[str, tuple[str, ...]]
    span: Span


def read_totals(context: Context, source: Source) -> tuple[TotalsFeed, SourceRun]:
    """Ingest and validate a feed of totals. Raises whatever holds the run (exit codes 10 to 12)."""
    totals = source.totals
    assert totals is not None
    with received(context, source) as ingested:
        gate = FeedGate(context, source, ingested, seal(ingested))
        gate.columns()
        validated = judged_feed(context, source, ingested)
        gate.records(validated)
        rows = pl.concat(list(validated.parts()))
        snapshot = seal(ingested)
    rejects = validated.rejected()
    context.progress.step(source.topic, "count", rows=validated.rows, rejected=validated.rejects.height)
    last = min(context.last_day(source), context.as_of - timedelta(days=1))  # today is not over
    span = Span(Grain(totals.grain), source.covers.from_, last, totals.closed_on, totals.closed)
    ready = _ready(rows, source, span)
    feed = TotalsFeed(source, snapshot, gate.seen, _series(ready, source, span), _categories(ready, source), span)
    return feed, SourceRun(source.id, snapshot, validated.rows, rows.height, rejects, {})


def parts_of(source: Source) -> tuple[str, ...]:
    """The parts that a source tells; an average tells the total that it is of, where it has the calls as well."""
    numbers = [f.name for f in topic(source.topic).fields if f.type in (FieldType.NUMBER, FieldType.DURATION)]
    averages = {average: (total, calls) for total, (average, calls) in AVERAGES.items()}
    told = [n for n in numbers if n in source.fields and n not in averages]
    told += [total for average, (total, calls) in averages.items() if {average, calls} <= set(source.fields)]
    return tuple(dict.fromkeys(told))


def _ready(rows: pl.DataFrame, source: Source, span: Span) -> pl.DataFrame:
    """`start`, `channel`, `language` and one Float64 column for each part, of rows in the days that the feed covers."""
    assert source.totals is not None
    exprs = []
    for part in parts_of(source):
        value = pl.col(part)
        if part in AVERAGES and AVERAGES[part][0] in source.fields:
            average, calls = AVERAGES[part]
            spread = pl.when(pl.col(calls) == 0).then(0.0).otherwise(pl.col(average) * pl.col(calls))
            value = pl.coalesce(value, spread) if part in source.fields else spread
        exprs.append(value.alias(part))
    for whole, part in TOGETHER:
        if {whole, part} <= set(source.fields):
            both = pl.col(whole).is_not_null() & pl.col(part).is_not_null()
            exprs = [e for e in exprs if e.meta.output_name() not in (whole, part)]
            exprs += [pl.when(both).then(whole).alias(whole), pl.when(both).then(part).alias(part)]
    channel = pl.col("channel").fill_null(NOT_STATED) if "channel" in source.fields else pl.lit(source.totals.channel)
    ready = rows.select(
        period_expr("day", span.grain).alias("start"),
        channel.cast(pl.String).alias("channel"),
        pl.col("language").fill_null(NOT_STATED),
        *exprs,
    ).filter(pl.col("start").is_between(period_start(span.first, span.grain), span.last))
    _refuse_parts(ready, source)
    return ready


def _refuse_parts(rows: pl.DataFrame, source: Source) -> None:
    """What may be hidden must be whole numbers: what others tell of a hidden one is reckoned in whole ones."""
    told = [name for name in _WHOLE if name in rows.columns]
    if told and rows.select(pl.any_horizontal((pl.col(n) != pl.col(n).floor()) for n in told).any()).item():
        raise SchemaDrift(
            f"Source {source.id}: {' or '.join(told)} must be whole numbers, and some are not.",
            "Compare the columns with [fields] of its declaration.",
        )


def _by(source: Source) -> tuple[str, ...]:
    assert source.totals is not None
    channel = ("channel",) if "channel" in source.fields or source.totals.channel else ()
    return (*channel, *(("language",) if "language" in source.fields else ()))


def _series(rows: pl.DataFrame, source: Source, span: Span) -> dict[Key, Series]:
    found: dict[Key, Series] = {}
    for part in parts_of(source):
        told = rows.select("start", "channel", "language", value=pl.col(part))
        found[part, ""] = series_of(told, span)
        for by in _by(source):
            found[part, by] = series_of(told, span, by)
    return found


def _categories(rows: pl.DataFrame, source: Source) -> dict[str, tuple[str, ...]]:
    """The categories that are declared, and `not_stated` where some rows have none of them."""
    assert source.totals is not None
    found = {}
    for by in _by(source):
        own = (source.totals.channel,) if by == "channel" and source.totals.channel else tuple(source.values[by])
        unstated = (NOT_STATED,) if by in source.fields and (rows[by] == NOT_STATED).any() else ()
        found[by] = (*(name for name in own if name), *unstated)
    return found
