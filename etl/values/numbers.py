"""Numbers as agencies write them."""

import polars as pl

MOST = 1_000_000_000
_GROUPED = r"^-?\d{1,3}(,\d{3})+(\.\d+)?$"


def coordinate_expr(text: pl.Expr, thousands: str = "") -> pl.Expr:
    """Float64; null where the text is no number. `thousands` is a separator to be taken out first."""
    plain = text.str.replace_all(thousands, "", literal=True) if thousands else text
    return plain.cast(pl.Float64, strict=False)


def number_expr(text: pl.Expr) -> pl.Expr:
    """Float64; null where the text is no number of things. `24,440` is read: its commas stand where thousands end.

    A feed's numbers are all of things one can count: less than none, or more than a billion, is a fault of the feed.
    """
    plain = pl.when(text.str.contains(_GROUPED)).then(text.str.replace_all(",", "", literal=True)).otherwise(text)
    number = plain.cast(pl.Float64, strict=False)
    return pl.when(number.is_between(0, MOST)).then(number)
