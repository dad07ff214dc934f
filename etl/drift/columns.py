"""The columns of a feed as received, told from a sample of its rows: enough to know one again under another name."""

from collections.abc import Collection, Mapping
from hmac import digest

import polars as pl

from etl.drift.profile import Column
from etl.records import ROW, Ingested
from etl.values.text import BLANKS

SAMPLE = 5_000
"""Rows from the beginning of the feed; of two feeds of one source they are mostly the same rows."""

_NUMBER = r"^[-+]?\d[\d,]*(\.\d+)?$|^[-+]?\.\d+$"
_DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$"
_SHAPE = 12
_COMMON = 0.01


def sampled_columns(ingested: Ingested, declared: Collection[str], key: bytes) -> tuple[Column, ...]:
    """Every column of the feed. `declared` names those whose names may be kept; `key` keys the marks of all names.

    Raises SourceUnreadable.
    """
    names = ingested.columns()
    frame = ingested.collect(ingested.frame.select(ROW, *names).head(SAMPLE))
    return tuple(_column(place, name, frame[name], name in declared, key) for place, name in enumerate(names, start=1))


def unread_columns(ingested: Ingested, declared: Collection[str], key: bytes) -> tuple[Column, ...]:
    """Every column of the feed by its name alone, as if nothing stood in it."""
    nothing = pl.Series([], dtype=pl.String)
    return tuple(
        _column(place, name, nothing, name in declared, key) for place, name in enumerate(ingested.columns(), start=1)
    )


def mark_of(name: str, key: bytes) -> str:
    """The keyed hash of a column's name."""
    return digest(key, b"column\0" + name.strip().encode(), "sha256").hex()[:16]


def likeness(one: Column, other: Column) -> float:
    """How alike two columns are written, 0 to 1: one minus the distance of their shapes and of their blanks."""
    shapes = {*one.shapes, *other.shapes}
    distance = sum(abs(one.shapes.get(s, 0.0) - other.shapes.get(s, 0.0)) for s in shapes) / 2
    return max(0.0, 1 - distance - abs(one.blank - other.blank))


def _column(place: int, name: str, values: pl.Series, declared: bool, key: bytes) -> Column:
    text = values.cast(pl.String).str.strip_chars()
    filled = text.filter(~text.is_in(BLANKS).fill_null(True))
    rows, number = len(text), len(filled)
    return Column(
        place=place,
        mark=mark_of(name, key),
        name=name if declared else None,
        blank=round(1 - number / rows, 4) if rows else 1.0,
        numbers=_share(filled, _NUMBER),
        dates=_share(filled, _DATE),
        shapes=_shapes(filled),
    )


def _share(filled: pl.Series, pattern: str) -> float:
    return round(float(filled.str.contains(pattern).mean() or 0), 4)  # type: ignore[arg-type]  # a mean of booleans


def _shapes(filled: pl.Series) -> Mapping[str, float]:
    """Letters as A, digits as 9, runs as one, at most 12 characters: nothing of a value is left but how it is built."""
    shape = (
        filled.str.slice(0, 200)
        .str.replace_all(r"\p{L}+", "A")
        .str.replace_all(r"\d+", "9")
        .str.replace_all(r"[^A9 .,:/()#@_-]+", "?")
        .str.replace_all(r"(A[ .,]*){2,}", "A A")
        .str.slice(0, _SHAPE)
    )
    counts = shape.value_counts().sort("count", descending=True).head(20).rows()
    return {str(s): round(n / len(filled), 4) for s, n in counts if n >= _COMMON * len(filled)} if len(filled) else {}
