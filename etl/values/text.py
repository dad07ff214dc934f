"""Text as people typed it: trimmed, with the many ways of writing nothing made null."""

from collections.abc import Sequence

import polars as pl

BLANKS: tuple[str, ...] = ("", "NULL", "Null", "null", "None", "NaN", "nan", "N/A", "n/a", "#N/A", "(null)", "(blank)")
"""Texts that mean that there is no value."""

_ZIP_DIGITS = 5
_FLOAT_TAIL = ".0"


def trimmed_expr(column: str) -> pl.Expr:
    """The column without blanks around it. It may still be one of BLANKS: see `blank_expr` and `filled_expr`."""
    return pl.col(column).cast(pl.String).str.strip_chars()


def blank_expr(text: pl.Expr) -> pl.Expr:
    """Whether a trimmed text means that there is no value."""
    return text.is_null() | text.is_in(BLANKS)


def filled_expr(text: pl.Expr) -> pl.Expr:
    """The trimmed text; null where it means that there is no value."""
    return pl.when(~text.is_in(BLANKS)).then(text)


def joined_expr(columns: Sequence[str]) -> pl.Expr:
    """The columns trimmed; several are joined with a space, blank ones left out, null where all are blank."""
    if len(columns) == 1:
        return trimmed_expr(columns[0])
    joined = pl.concat_str([filled_expr(trimmed_expr(column)) for column in columns], separator=" ", ignore_nulls=True)
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
