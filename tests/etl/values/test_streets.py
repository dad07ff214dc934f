"""Addresses: one house, one key, however it was typed."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.values.streets import WORDS, apartment_expr, street_expr

WRITTEN: tuple[tuple[str | None, str | None], ...] = (
    ("85 CLARKSON AVENUE", "85 CLARKSON AVE"),
    ("85 Clarkson Ave.", "85 CLARKSON AVE"),
    ("85  clarkson av, Apt 4B", "85 CLARKSON AVE"),
    ("85 CLARKSON AVE #4-B", "85 CLARKSON AVE"),
    ("85 CLARKSON AVE#4B", "85 CLARKSON AVE"),
    ("0085 CLARKSON AVE UNIT 4, BROOKLYN, NY", "85 CLARKSON AVE"),
    ("85 CLARKSON AVE 2ND FLOOR", "85 CLARKSON AVE"),
    ("12 North First Street", "12 N 1ST ST"),
    ("12 N 1 ST ST", "12 N 1ST ST"),
    ("12 NORTHEAST TENTH BOULEVARD", "12 NE 10TH BLVD"),
    ("12 Saint Johns Place", "12 ST JOHNS PL"),
    ("12 1/2 St. John's Pl", "12 1/2 ST JOHNS PL"),
    ("5 ÉCOLE Street", "5 ECOLE ST"),
    ("10-12 Main St", "10-12 MAIN ST"),
    ("4700 W 77TH ST, CHICAGO, IL, 60652", "4700 W 77TH ST"),
    ("APT 5", "APT 5"),
    ("----", None),
    ("   ", None),
    ("", None),
    (None, None),
)
"""Addresses as people type them, and their keys; the search of the map makes the same of them."""


def _street(address: str | None) -> str | None:
    frame = pl.DataFrame({"address": [address]}, schema={"address": pl.String})
    key: str | None = frame.select(street_expr(pl.col("address"))).item()
    return key


def _apartment(apartment: str | None, address: str | None) -> str | None:
    frame = pl.DataFrame({"a": [apartment], "b": [address]}, schema={"a": pl.String, "b": pl.String})
    key: str | None = frame.select(apartment_expr(pl.col("a"), pl.col("b"))).item()
    return key


@pytest.mark.parametrize(("address", "key"), WRITTEN)  # fmt: skip
def test_street(address: str | None, key: str | None) -> None:
    assert _street(address) == key


@pytest.mark.parametrize(
    ("apartment", "address", "key"),
    [
        ("4B", "85 CLARKSON AVE", "4B"),
        ("Apt. 04-b", "85 CLARKSON AVE", "4B"),
        ("# 4B", "85 CLARKSON AVE", "4B"),
        (None, "85 CLARKSON AVE APT 4B", "4B"),
        ("", "85 CLARKSON AVE #4B, BROOKLYN", "4B"),
        ("4B", "85 CLARKSON AVE APT 9", "4B"),
        (None, "85 CLARKSON AVE", None),
        ("-", "85 CLARKSON AVE", None),
        (None, None, None),
    ],
)
def test_apartment(apartment: str | None, address: str | None, key: str | None) -> None:
    assert _apartment(apartment, address) == key


_PARTS = st.sampled_from(
    [
        *sorted({*WORDS, *WORDS.values()}),
        "APT",
        "UNIT",
        "#",
        "4B",
        "MAIN",
        "1",
        "2",
        "10",
        "ST",
        "TH",
        "1/2",
        ",",
        ".",
        "-",
        "007",
        "é",
    ]
)
TYPED = st.one_of(
    st.lists(_PARTS, max_size=8).map(" ".join), st.lists(_PARTS, max_size=6).map("".join), st.text(max_size=20)
)


@given(TYPED)
def test_normalizing_twice_changes_nothing(address: str) -> None:
    once = _street(address)
    assert _street(once) == once


@given(TYPED)
def test_case_and_outer_blanks_do_not_matter(address: str) -> None:
    if address.isascii():
        assert _street(f"  {address.lower()} ") == _street(address.upper())


def test_no_short_word_is_a_long_one() -> None:
    assert not set(WORDS) & set(WORDS.values())
