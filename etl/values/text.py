"""Text as people typed it: trimmed, with the many ways of writing nothing made null."""

from collections.abc import Sequence

import polars as pl

BLANKS: tuple[str, ...] = ("", "NULL", "Null", "null", "None", "NaN", "nan", "N/A", "n/a", "#N/A", "(null)", "(blank)")
"""Texts that mean that there is no value."""

_ZIP_DIGITS = 5
_FLOAT_TAIL = ".0"


def text_expr(column: str) -> pl.Expr:
    """The column trimmed; null where it is blank."""
    trimmed = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(~trimmed.is_in(BLANKS)).then(trimmed)


def joined_expr(columns: Sequence[str]) -> pl.Expr:
    """The trimmed columns with a space between, blank ones left out; null where all are blank."""
    if len(columns) == 1:
        return text_expr(columns[0])
    joined = pl.concat_str([text_expr(column) for column in columns], separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def without_float_tail(ids: pl.Series) -> pl.Series:
    """Ids without the `.0` that a spreadsheet gives to numbers. Most feeds have none: then nothing is done."""
    if not ids.str.ends_with(_FLOAT_TAIL).any():
        return ids
    return ids.str.replace(r"^(-?\d+)\.0$", "${1}")


def zip_expr(text: pl.Expr) -> pl.Expr:
    """The five digits of a ZIP code: without the extension, with lost leading zeros; null for anything else."""
    digits = text.str.extract(r"^(\d{3,5})(?:\.0|-\d{0,4}|\d{4})?$")
    return digits.str.zfill(_ZIP_DIGITS)
