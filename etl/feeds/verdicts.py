"""Why a row is no record: the reasons, and how each is told from the row's columns."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import polars as pl

from etl.city import Source
from etl.feeds.reading import raw
from etl.records import OVERFLOW
from etl.values.text import blank_expr
from layers.topics import FieldType, GroupKind, Topic

REASONS: tuple[str, ...] = (
    "junk_row",
    "blank_required",
    "bad_date",
    "bad_number",
    "future_date",
    "closed_before_created",
    "sensitive_type",
    "duplicate",
)
"""Why a row is rejected, in the order in which they are tried: the first that holds is told."""

_UNREAD = "\x00unread."

REASON = "\x00reason"
"""The column with the place in REASONS of what is wrong with a row; null for a sound one."""

END_FIELDS = ("closed", "disposition", "executed")
"""Moments that cannot lie before the event, nor after the day of the run."""

_FEWEST_FIELDS_TO_TELL = 3


def reason_expr(source: Source, about: Topic, today: date) -> pl.Expr:
    """The first reason that can be told from a row's texts and typed values, as the column REASON."""
    tests: dict[str, Iterable[pl.Expr]] = {
        "junk_row": _junk(source),
        "blank_required": [blank_expr(raw(name)) for name in about.required_fields()],
        "bad_date": _unread(source, about, FieldType.MOMENT),
        "bad_number": _unread(source, about, FieldType.NUMBER, required=True),
        "future_date": _future(source, about, today),
        "closed_before_created": _ends_before(source, about),
    }
    reason = pl.lit(None, pl.UInt8)
    for name in reversed(REASONS):
        if conditions := list(tests.get(name, [])):
            reason = pl.when(pl.any_horizontal(conditions)).then(place(name)).otherwise(reason)
    return reason.alias(REASON)


def unread_exprs(source: Source, about: Topic) -> list[pl.Expr]:
    """Per date and number, a column that says where its text could not be read. See `unread_columns`."""
    return [
        (pl.col(field.name).is_null() & ~blank_expr(raw(field.name))).alias(_UNREAD + field.name)
        for field in about.fields
        if field.name in source.fields and field.type in (FieldType.MOMENT, FieldType.NUMBER, FieldType.DURATION)
    ]


def unread_columns(columns: Iterable[str]) -> dict[str, str]:
    """Those columns, by the field that they are about."""
    return {name.removeprefix(_UNREAD): name for name in columns if name.startswith(_UNREAD)}


def with_sensitive(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Sound rows of a sensitive group get that reason: they are never published."""
    groups = [group.key for group in source.plain_groups() if group.kind is GroupKind.SENSITIVE]
    if not groups:
        return rows
    sensitive = pl.col(REASON).is_null() & pl.col("category").is_in(groups)
    return rows.with_columns(pl.when(sensitive).then(place("sensitive_type")).otherwise(REASON).alias(REASON))


def place(reason: str) -> pl.Expr:
    """How a reason stands in the column REASON."""
    return pl.lit(REASONS.index(reason), pl.UInt8)


def _junk(source: Source) -> list[pl.Expr]:
    """A row with too many fields, a header told again, or at most one filled field: a total, a note, an empty line."""
    repeated = pl.all_horizontal(raw(name) == " ".join(field.columns) for name, field in source.fields.items())
    blanks = [blank_expr(raw(name)) for name in source.fields]
    if len(blanks) < _FEWEST_FIELDS_TO_TELL:
        return [pl.col(OVERFLOW), repeated, pl.all_horizontal(blanks)]
    return [pl.col(OVERFLOW), repeated, pl.sum_horizontal(blank.cast(pl.UInt8) for blank in blanks) >= len(blanks) - 1]


def _unread(source: Source, about: Topic, kind: FieldType, *, required: bool = False) -> list[pl.Expr]:
    fields = [f for f in about.fields if f.name in source.fields and f.type is kind and (f.required or not required)]
    return [pl.col(field.name).is_null() & ~blank_expr(raw(field.name)) for field in fields]


def _future(source: Source, about: Topic, today: date) -> list[pl.Expr]:
    end = datetime.combine(today + timedelta(days=1), time.min)
    names = [name for name in (about.event_date, *END_FIELDS) if name in source.fields]
    return [pl.col(str(name)) >= pl.lit(end) for name in names]


def _ends_before(source: Source, about: Topic) -> list[pl.Expr]:
    """An end that is a mere day is compared by its day."""
    if about.event_date is None:
        return []
    begin = pl.col(about.event_date)
    ends = [pl.col(name) for name in END_FIELDS if name in source.fields]
    return [(end < begin) & (end != begin.dt.truncate("1d")) for end in ends]
