"""Validate: from a feed's text to typed records. What no field lists is never read; what is no record is rejected."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from etl.city import Source
from etl.errors import TooManyRejects
from etl.records import OVERFLOW, ROW, Ingested, Validated
from etl.values.codes import OTHER, YES_NO, canonical
from etl.values.dates import with_moments
from etl.values.numbers import coordinate_expr, number_expr
from etl.values.text import joined_expr, without_float_tail, zip_expr
from layers.topics import AREA_FIELD_PREFIX, FieldType, GroupKind, Topic, topic

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

NOT_THE_FEEDS_FAULT = ("sensitive_type",)
"""Reasons that the gate on rejects does not count: such rows are sound, and never published."""

END_FIELDS = ("closed", "disposition", "executed")
"""Moments that cannot lie before the event, nor after the day of the run."""

_COORDINATES = ("lat", "lng", "x", "y")
_RAW = "\x00raw."
_UNMAPPED = "\x00unmapped."
_REASON = "\x00reason"
_DTYPES: Mapping[FieldType, type[pl.DataType] | pl.DataType] = {
    FieldType.TEXT: pl.String,
    FieldType.CHOICE: pl.String,
    FieldType.FLAG: pl.String,
    FieldType.NUMBER: pl.Float64,
    FieldType.MOMENT: pl.Datetime("us"),
}


def validate(
    ingested: Ingested, source: Source, *, today: date, city_zone: ZoneInfo, previous_rows: int | None = None
) -> Validated:
    """Typed records of the topic, and the rejects with their reasons.

    Of the rows of one id the last sound one stands: a feed that tells of a record again tells what became of it.
    `previous_rows` is how many rows the feed had when it was last taken. Raises SchemaDrift when a declared column is
    missing, SourceUnreadable when the text cannot be read, and TooManyRejects when a limit of the source is passed.
    """
    about = topic(source.topic)
    ingested.require([column for field in source.fields.values() for column in field.columns])
    typed = _typed(ingested.frame.select(_allowed(ingested, source, about)), source, about, city_zone)
    judged = typed.with_columns(_reason(source, about, today))
    kept = judged.select(ROW, _REASON, *source.fields)
    return _divided(_decoded(ingested.collect(kept), source, about), source, about, previous_rows)


def _allowed(ingested: Ingested, source: Source, about: Topic) -> list[pl.Expr]:
    """The allow-list, before anything else: the declared columns as trimmed text, under their canonical names.

    Fields of few values are Categorical, so that each distinct code is kept and looked up once.
    """
    coded = _coded(source, about)
    texts = {name: joined_expr(field.columns) for name, field in source.fields.items()}
    names = ingested.frame.collect_schema().names()
    overflow = pl.col(OVERFLOW).is_not_null() if OVERFLOW in names else pl.lit(False)
    return [
        pl.col(ROW),
        overflow.alias(OVERFLOW),
        *((text.cast(pl.Categorical) if name in coded else text).alias(_RAW + name) for name, text in texts.items()),
    ]


def _typed(frame: pl.LazyFrame, source: Source, about: Topic, city_zone: ZoneInfo) -> pl.LazyFrame:
    moments = [f.name for f in about.fields if f.name in source.fields and f.type is FieldType.MOMENT]
    frame = frame.with_columns(_value(name, source, about).alias(name) for name in source.fields if name not in moments)
    return with_moments(
        frame,
        {name: _RAW + name for name in moments},
        formats=source.dates.formats,
        written_in=ZoneInfo(source.time_zone) if source.time_zone else city_zone,
        city=city_zone,
    )


def _value(name: str, source: Source, about: Topic) -> pl.Expr:
    """The typed value of a field that is no moment; codes stay as they are until the rows are in memory."""
    text = pl.col(_RAW + name)
    field = about.field(name)
    if field is not None and field.type is FieldType.NUMBER:
        return coordinate_expr(text, source.location.thousands) if name in _COORDINATES else number_expr(text)
    return zip_expr(text) if name == "zip" else text


def _decoded(rows: pl.DataFrame, source: Source, about: Topic) -> pl.DataFrame:
    """Codes as canonical values and groups; ids as text; nulls for the topic's public fields that this source lacks.

    Beside each coded field stands a column of flags: which codes are in no list.
    """
    absent = [field for field in about.fields if not field.private and field.name not in source.fields]
    rows = rows.with_columns(pl.lit(None, _DTYPES[field.type]).alias(field.name) for field in absent)
    columns = []
    for name in _coded(source, about):
        codes = rows[name]
        values = canonical(codes, _codes(name, source, about), _canonical(name, source, about))
        columns += [values, (codes.is_not_null() & values.is_null()).alias(_UNMAPPED + name)]
    ids = [name for name in source.fields if name in ("id", "account") or name.startswith(AREA_FIELD_PREFIX)]
    columns += [without_float_tail(rows[name]) for name in ids]
    rows = rows.with_columns(columns)
    category = pl.col("category").fill_null(OTHER) if about.field("category") else pl.lit(None, pl.String)
    rows = rows.with_columns(category.alias("category"))
    return rows.with_columns(_sensitive(source)) if _sensitive_groups(source) else rows


def _coded(source: Source, about: Topic) -> list[str]:
    """Declared fields whose codes must be in a list."""
    kinds = (FieldType.CHOICE, FieldType.FLAG)
    return [f.name for f in about.fields if f.name in source.fields and (f.type in kinds or f.name == "category")]


def _codes(name: str, source: Source, about: Topic) -> Mapping[str, Iterable[str]]:
    if name == "category":
        return source.categories
    field = about.field(name)
    return source.values.get(name, YES_NO if field and field.type is FieldType.FLAG else {})


def _canonical(name: str, source: Source, about: Topic) -> tuple[str, ...]:
    field = about.field(name)
    if name == "category" or field is None:
        return (*(group.key for group in source.plain_groups()), OTHER)
    return field.choices or tuple(YES_NO)


def _sensitive_groups(source: Source) -> list[str]:
    return [group.key for group in source.plain_groups() if group.kind is GroupKind.SENSITIVE]


def _sensitive(source: Source) -> pl.Expr:
    sensitive = pl.col(_REASON).is_null() & pl.col("category").is_in(_sensitive_groups(source))
    code = pl.lit(REASONS.index("sensitive_type"), pl.UInt8)
    return pl.when(sensitive).then(code).otherwise(pl.col(_REASON)).alias(_REASON)


def _reason(source: Source, about: Topic, today: date) -> pl.Expr:
    """The place in REASONS of the first reason that holds, null for a sound row."""
    tests: dict[str, Iterable[pl.Expr]] = {
        "junk_row": _junk(source),
        "blank_required": [pl.col(_RAW + name).is_null() for name in about.required_fields()],
        "bad_date": _unread(source, about, FieldType.MOMENT),
        "bad_number": _unread(source, about, FieldType.NUMBER, required=True),
        "future_date": _future(source, about, today),
        "closed_before_created": _ends_before(source, about),
    }
    reason = pl.lit(None, pl.UInt8)
    for name in reversed(REASONS):
        conditions = list(tests.get(name, []))
        if conditions:
            reason = (
                pl.when(pl.any_horizontal(conditions)).then(pl.lit(REASONS.index(name), pl.UInt8)).otherwise(reason)
            )
    return reason.alias(_REASON)


def _junk(source: Source) -> list[pl.Expr]:
    """A row with too many fields, a header told again, or at most one filled field: a total, a note, an empty line."""
    raw = {name: pl.col(_RAW + name) for name in source.fields}
    repeated = pl.all_horizontal(raw[name] == " ".join(field.columns) for name, field in source.fields.items())
    if len(raw) < 3:
        return [pl.col(OVERFLOW), repeated, pl.all_horizontal(text.is_null() for text in raw.values())]
    filled = pl.sum_horizontal(text.is_not_null().cast(pl.UInt8) for text in raw.values())
    return [pl.col(OVERFLOW), repeated, filled <= 1]


def _unread(source: Source, about: Topic, kind: FieldType, *, required: bool = False) -> list[pl.Expr]:
    names = [
        f.name for f in about.fields if f.name in source.fields and f.type is kind and (f.required or not required)
    ]
    return [pl.col(name).is_null() & pl.col(_RAW + name).is_not_null() for name in names]


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
    return [(end < begin) & ((end.dt.time() != time.min) | (end.dt.date() < begin.dt.date())) for end in ends]


def _divided(rows: pl.DataFrame, source: Source, about: Topic, previous_rows: int | None) -> Validated:
    """Sound rows and rejects; of sound rows with one id all but the last are rejects too."""
    rejected = rows.filter(pl.col(_REASON).is_not_null())
    sound = rows.filter(pl.col(_REASON).is_null()) if rejected.height else rows
    parts = [rejected.select(ROW, _REASON)]
    if sound["id"].n_unique() < sound.height:
        last = sound.select(pl.col("id").is_last_distinct()).to_series()
        parts.append(sound.filter(~last).select(ROW, pl.lit(REASONS.index("duplicate"), pl.UInt8).alias(_REASON)))
        sound = sound.filter(last)
    rejects = pl.concat(parts).sort(ROW).select(
        pl.col(ROW),
        pl.lit(source.id).alias("source"),
        pl.col(_REASON).replace_strict(dict(enumerate(REASONS)), return_dtype=pl.String).alias("reason"),
    )  # fmt: skip
    flags = [_UNMAPPED + name for name in _coded(source, about)]
    unmapped = {name: int(sound[_UNMAPPED + name].sum()) for name in _coded(source, about)}
    found = Validated(
        records=sound.drop(_REASON, *flags).lazy(),
        rejects=rejects,
        rows=rows.height,
        unmapped={name: count for name, count in unmapped.items() if count},
    )
    _require_quality(found, source, previous_rows)
    return found


def _require_quality(found: Validated, source: Source, previous_rows: int | None) -> None:
    limits = source.limits
    if found.rows < max(limits.min_rows, 1):
        raise TooManyRejects(
            f"Source {source.id} has {found.rows:,} rows; at least {max(limits.min_rows, 1):,} are due."
        )
    if previous_rows and found.rows < previous_rows * (1 - limits.max_shrink_share):
        raise TooManyRejects(f"Source {source.id} has shrunk from {previous_rows:,} to {found.rows:,} rows.")
    faults = {reason: count for reason, count in found.rejected().items() if reason not in NOT_THE_FEEDS_FAULT}
    share = sum(faults.values()) / found.rows
    if share > limits.max_reject_share:
        by_reason = ", ".join(f"{reason} {count:,}" for reason, count in faults.items())
        raise TooManyRejects(
            f"Source {source.id}: {share:.1%} of {found.rows:,} rows were rejected, at most "
            f"{limits.max_reject_share:.1%} may be ({by_reason})."
        )
