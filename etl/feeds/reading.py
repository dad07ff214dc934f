"""From the text of a feed to typed columns under canonical names. The allow-list is the first thing done."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import polars as pl

from etl.city import Source
from etl.records import OVERFLOW, ROW, Ingested
from etl.values.codes import OTHER, UNMAPPED, YES_NO, canonical_exprs
from etl.values.dates import with_moments
from etl.values.durations import duration_expr
from etl.values.numbers import coordinate_expr, number_expr
from etl.values.text import filled_expr, joined_expr, without_float_tail, zip_expr
from layers.topics import AREA_FIELD_PREFIX, FieldType, GroupKind, Topic

COORDINATES = ("lat", "lng", "x", "y")
_RAW = "\x00raw."
_UNMAPPED = "\x00unmapped."
_DTYPES: Mapping[FieldType, type[pl.DataType] | pl.DataType] = {
    FieldType.TEXT: pl.String,
    FieldType.CHOICE: pl.String,
    FieldType.FLAG: pl.String,
    FieldType.NUMBER: pl.Float64,
    FieldType.DURATION: pl.Float64,
    FieldType.MOMENT: pl.Datetime("us"),
}


def raw(name: str) -> pl.Expr:
    """The trimmed text behind a canonical field."""
    return pl.col(_RAW + name)


def allowed(ingested: Ingested, source: Source) -> pl.LazyFrame:
    """Only the declared columns, trimmed, and `row`; nothing else of the feed is ever read."""
    names = ingested.frame.collect_schema().names()
    overflow = pl.col(OVERFLOW).is_not_null() if OVERFLOW in names else pl.lit(False)
    texts = (joined_expr(field.columns).alias(_RAW + name) for name, field in source.fields.items())
    return ingested.frame.select(pl.col(ROW), overflow.alias(OVERFLOW), *texts)


def ids_of(frame: pl.LazyFrame, source: Source) -> pl.Series:
    """The ids of a feed's rows, written as in its records."""
    ids = frame.select(id=joined_expr(source.fields["id"].columns)).collect(engine="streaming")["id"]
    return without_float_tail(ids.drop_nulls())


def typed(frame: pl.LazyFrame, source: Source, about: Topic, city_zone: ZoneInfo) -> pl.LazyFrame:
    """Every declared field beside its text, null where the text cannot be read.

    Coded fields are Categorical for now, so that each distinct code is kept, and looked up, once: see `decoded`.
    """
    moments = [f.name for f in about.fields if f.name in source.fields and f.type is FieldType.MOMENT]
    frame = frame.with_columns(_value(name, source, about).alias(name) for name in source.fields if name not in moments)
    return with_moments(
        frame,
        {name: _RAW + name for name in moments},
        formats=source.dates.formats,
        written_in=ZoneInfo(source.time_zone) if source.time_zone else city_zone,
        city=city_zone,
    )


def decoded(rows: pl.DataFrame, source: Source, about: Topic) -> pl.DataFrame:
    """Codes as canonical values and groups; ids as text; nulls for the topic's public fields that this source lacks.

    Beside each coded field stands a column of flags: which codes are in no list. See `unmapped`.
    """
    absent = [field for field in about.fields if not field.private and field.name not in source.fields]
    rows = rows.with_columns(pl.lit(None, _DTYPES[field.type]).alias(field.name) for field in absent)
    columns = []
    for name in coded_fields(source, about):
        value, lost = canonical_exprs(rows[name], _codes(name, source, about), _canonical(name, source, about))
        columns += [value.alias(name), lost.alias(_UNMAPPED + name)]
    ids = [name for name in source.fields if name in ("id", "account") or name.startswith(AREA_FIELD_PREFIX)]
    columns += [pl.lit(without_float_tail(rows[name])) for name in ids]
    category = pl.col("category").fill_null(_ungrouped(about)) if about.field("category") else pl.lit(None, pl.String)
    return rows.with_columns(columns).with_columns(category.alias("category"))


def unmapped(rows: pl.DataFrame, source: Source, about: Topic) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows without those flags, and how many rows each flags."""
    counts = {name: int(rows[_UNMAPPED + name].sum()) for name in coded_fields(source, about)}
    return rows.drop(_UNMAPPED + name for name in counts), {name: count for name, count in counts.items() if count}


def _ungrouped(about: Topic) -> str:
    return OTHER if all(group.kind is GroupKind.PLACE for group in about.groups) else UNMAPPED


def _value(name: str, source: Source, about: Topic) -> pl.Expr:
    field = about.field(name)
    if field is not None and field.type is FieldType.NUMBER:
        return coordinate_expr(raw(name), source.location.thousands) if name in COORDINATES else number_expr(raw(name))
    if field is not None and field.type is FieldType.DURATION:
        return duration_expr(raw(name), source.totals.times_in if source.totals else "seconds")
    if name == "zip":
        return zip_expr(raw(name))
    if name == "id":
        return raw(name)  # a row without one is rejected, whatever way of writing nothing stands there
    return raw(name).cast(pl.Categorical) if name in coded_fields(source, about) else filled_expr(raw(name))


def coded_fields(source: Source, about: Topic) -> list[str]:
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
