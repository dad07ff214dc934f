"""Linear programming on exact counts: what it must find, and what it must let pass."""

from pathlib import Path

import polars as pl
import pytest

from etl.audit.attacks import linear_program
from etl.audit.finding import Attempt
from tests.etl.audit import stores

ZONES = """
    cell  zone1  zone2  neighborhood  district  homes
    c1    a      A      N1            1         300
    c2    b      A      N1            1         300
    c3    c      B      N2            2         300
    c4    d      B      N2            2         300
"""

CLEAN = """
    city            2025     90
    district/1      2025     40
    district/2      2025     50
    neighborhood/N1 2025     40
    neighborhood/N2 2025     50
    zone2/A         2025     40
    zone2/B         2025     50
    zone1/a         2025     <
    zone1/b         2025     <
    zone1/c         2025     28
    zone1/d         2025     22
"""
"""Zone a has 2 homes, hidden below 5; b was hidden to protect it."""

SINGLE_CHILD = CLEAN.replace("zone1/b         2025     <", "zone1/b         2025     38")

TWO_WAY = """
    city            2025     60
    city            2025     30  paid
    city            2025     30  restored
    district/1      2025     25
    district/1      2025     <   paid
    district/1      2025     <   restored
    district/2      2025     35
    district/2      2025     <   paid
    district/2      2025     12  restored
"""
"""In each district two categories are hidden beside each other, but the city tells what is left: 30 - 12 = 18."""

YEAR_AGAINST_QUARTERS = """
    city            2025     40
    city            2025-Q1  10
    city            2025-Q2  15
    city            2025-Q3  12
    city            2025-Q4  <
"""
"""A home of the year is a home of one of its quarters, so at least 40 - 37 = 3 homes were counted in the last."""

SMALL_SUM = """
    city            2025     90
    district/1      2025     62
    district/2      2025     28
    neighborhood/N1 2025     62
    neighborhood/N2 2025     28
    zone2/A         2025     62
    zone2/B         2025     28
    zone1/a         2025     30
    zone1/b         2025     32
    zone1/c         2025     <
    zone1/d         2025     26
"""


def _attack(tmp_path: Path, *drawn: str, regime: str = "exact", mode: str = "exact", zones: str = ZONES) -> Attempt:
    for number, each in enumerate(drawn):
        counts = stores.counts(each).with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))
        stores.release(
            tmp_path,
            counts,
            id=f"2026-04-1{number}-000000000001",
            zones=zones,
            measures=[{"name": "homes_filed", "kind": "count", "regime": regime, "floor": 5, "tables": []}],
            protection={"mode": mode},
        )
    return linear_program.run(stores.public(tmp_path))


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        (SINGLE_CHILD, ("homes_filed, zone1 a, 2025", "is 2")),
        (SMALL_SUM, ("homes_filed, zone1 c, 2025", "is 2")),
        (YEAR_AGAINST_QUARTERS, ("homes_filed, city, Q4 2025", "is no less than 3 and no more than 40")),
    ],
)
def test_a_planted_leak_is_found(tmp_path: Path, drawn: str, found: tuple[str, str]) -> None:
    attempt = _attack(tmp_path, drawn)
    assert [(f.where, f.learned.removeprefix("The hidden count ").split(";")[0]) for f in attempt.findings] == [found]


def test_a_table_of_two_ways_is_solved_in_both(tmp_path: Path) -> None:
    assert not _attack(tmp_path, TWO_WAY).findings  # 18, 7, 23: none of them small
    leak = TWO_WAY.replace("30  paid", "27  paid").replace("30  restored", "33  restored")
    leak = leak.replace("12  restored", "32  restored").replace("35", "35")
    attempt = _attack(tmp_path / "leak", leak)
    assert stores.told(attempt.findings) == {
        ("homes_filed, paid, district 2, 2025", "The hidden count is 3; nothing may be known but that it is below 5."),
        (
            "homes_filed, restored, district 1, 2025",
            "The hidden count is 1; nothing may be known but that it is below 5.",
        ),
    }


def test_what_was_shown_in_any_release_is_known(tmp_path: Path) -> None:
    later = CLEAN.replace("zone1/b         2025     <", "zone1/b         2025     38")
    assert not _attack(tmp_path / "one", CLEAN).findings
    assert _attack(tmp_path / "both", later, CLEAN).findings


def test_counts_that_were_received_with_a_threshold_are_solved_too(tmp_path: Path) -> None:
    drawn = "city 2025 30\nzip/1 2025 12\nzip/2 2025 15\nzip/3 2025 <"
    assert stores.places(_attack(tmp_path, drawn, regime="source", mode="measured").findings) == {
        "homes_filed, zip 3, 2025"
    }


def test_clean_releases_and_measured_ones_pass(tmp_path: Path) -> None:
    attempt = _attack(tmp_path / "clean", CLEAN)
    assert (attempt.tried, attempt.findings) == (2, ())
    measured = _attack(tmp_path / "measured", SINGLE_CHILD, regime="measured", mode="measured")
    assert (measured.tried, measured.findings) == (0, ())
