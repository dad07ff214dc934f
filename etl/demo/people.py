"""Names and telephone numbers for feeds; canary homes always have the same ones, so that tests can look for them."""

import numpy as np
import polars as pl

from etl.demo.names import CANARY_PEOPLE, CANARY_PHONES, FIRST_NAMES, LAST_NAMES
from etl.demo.plane import Ints


def with_people(frame: pl.DataFrame, canary: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """The frame with columns first, last, phone (10 digits) and email; `canary` numbers the canary homes, else null."""
    count = frame.height
    first = _canary_or(
        canary, [name for name, _ in CANARY_PEOPLE], _words(FIRST_NAMES, rng.integers(len(FIRST_NAMES), size=count))
    )
    last = _canary_or(
        canary, [name for _, name in CANARY_PEOPLE], _words(LAST_NAMES, rng.integers(len(LAST_NAMES), size=count))
    )
    digits = pl.Series(rng.integers(1_000, 9_000, count)).cast(pl.String).str.zfill(4)
    phone = _canary_or(canary, list(CANARY_PHONES), "865555" + digits)
    named = frame.with_columns(first=first, last=last, phone=phone)
    address = pl.format("{}.{}@example.org", pl.col("first").str.to_lowercase(), pl.col("last").str.to_lowercase())
    return named.with_columns(email=address)


def dashed(phone: pl.Expr) -> pl.Expr:
    """865-555-0123."""
    return pl.format("{}-{}-{}", phone.str.slice(0, 3), phone.str.slice(3, 3), phone.str.slice(6, 4))


def dotted(phone: pl.Expr) -> pl.Expr:
    """865.555.0123."""
    return pl.format("{}.{}.{}", phone.str.slice(0, 3), phone.str.slice(3, 3), phone.str.slice(6, 4))


def bracketed(phone: pl.Expr) -> pl.Expr:
    """(865) 555-0123."""
    return pl.format("({}) {}-{}", phone.str.slice(0, 3), phone.str.slice(3, 3), phone.str.slice(6, 4))


def _words(words: tuple[str, ...], index: Ints) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(index)


def _canary_or(canary: pl.Series, own: list[str], others: pl.Series) -> pl.Series:
    mapped = canary.replace_strict(list(range(len(own))), own, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(mapped, others)).to_series()
