"""Keyed hashes: what stands for an id or a home once its words are gone. Without the key they tell nothing."""

import hmac
from typing import Any

import polars as pl
import polars_hash  # noqa: F401 - registers the hashes as expressions

_HEX_DIGITS_OF_U64 = 16
EVENT = "event"
"""The purpose of the hash that names an event in the vault."""


def keyed_expr(text: pl.Expr, key: bytes, purpose: str) -> pl.Expr:
    """HMAC-SHA256 of each text, its first 64 bits as UInt64; null for null.

    `purpose` keeps apart what must not be joined: one text hashed for two purposes gives two unrelated numbers.
    """
    hashes: Any = text
    digest: pl.Expr = hashes.chash.hmac_sha256(key=_derived(key, purpose).hex())
    return digest.str.head(_HEX_DIGITS_OF_U64).str.to_integer(base=16, dtype=pl.UInt64)


def seeded_expr(text: pl.Expr, key: bytes, purpose: str) -> pl.Expr:
    """A fast seeded hash (XXH3, 64 bits) of each text, for rows that concern no home; null for null."""
    hashes: Any = text
    seeded: pl.Expr = hashes.nchash.xxh3_64(seed=int.from_bytes(_derived(key, purpose)[:8], "big"))
    return seeded


def event_keys(ids: pl.Series, key: bytes) -> pl.Series:
    """Every key that events of these ids may be kept under, two each: which one it is depends on whether the record
    concerned a home when it was located."""
    text = ids.to_frame("id").select(
        home=keyed_expr(pl.col("id"), key, EVENT), place=seeded_expr(pl.col("id"), key, EVENT)
    )
    return pl.concat([text["home"], text["place"]]).drop_nulls().rename("key")


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode(), "sha256")
