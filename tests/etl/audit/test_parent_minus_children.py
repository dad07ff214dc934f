"""Parent minus children.

           city 46
     ┌────────┴────────┐
district 1: 25    district 2: 21          measured: a total is the sum of its parts, or somebody gave two answers
  A 19   B 6          C 21                exact: what is left over for hidden parts must not narrow them
 a <  b 17
"""

from pathlib import Path

import polars as pl
import pytest

from etl.audit.attacks.parent_minus_children import run
from etl.audit.published import Published
from tests.etl.audit.stores import CLEAN, YEARS, ZONES, counts, public, release, told, zones_frame

EXACT = {"mode": "exact"}


def attack(folder: Path, drawn: str, **declared: object) -> set[tuple[str, str]]:
    release(folder, drawn, **declared)  # type: ignore[arg-type] # whatever the test declares otherwise
    return told(run(public(folder)).findings)


def test_sums_pass(tmp_path: Path) -> None:
    release(tmp_path, CLEAN)
    attempt = run(public(tmp_path))
    assert attempt.findings == ()
    assert attempt.tried == 21  # totals, once for each level of parts below them
    assert attempt.best.startswith("Each of 21 totals fits the sum of its parts")


def test_a_total_that_is_not_the_sum_of_its_parts_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CLEAN.replace("district/2      2025     21", "district/2      2025     22"))
    assert ("homes_filed, district 2, 2025", "the parts add up to 21 or less, the total is 22 or more") in found
    assert ("homes_filed, city, 2025", "the parts add up to 47 or more, the total is 46 or less") in found


def test_a_hidden_part_that_must_be_larger_than_the_floor_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CLEAN.replace("zone1/b         2025     17", "zone1/b         2025     14"))
    assert ("homes_filed, zone2 A, 2025", "the parts add up to 18 or less, the total is 19 or more") in found


def test_a_hidden_part_that_must_be_less_than_nothing_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CLEAN.replace("zone1/b         2025     17", "zone1/b         2025     20"))
    assert ("homes_filed, zone2 A, 2025", "the parts add up to 20 or more, the total is 19 or less") in found


def test_a_hidden_total_of_a_shown_part_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CLEAN.replace("zone2/B         2025     6", "zone2/B         2025     <"))
    assert ("homes_filed, zone2 B, 2025", "the parts add up to 6 or more, the total is 4 or less") in found


def test_a_part_that_crosses_a_border_bounds_both_sides(tmp_path: Path) -> None:
    found = attack(tmp_path, CLEAN.replace("district/1      2025-12  9", "district/1      2025-12  7"))
    assert ("homes_filed, district 1, Dec 2025", "the parts add up to 8 or more, the total is 7 or less") in found


def test_an_open_total_of_told_parts_is_found(tmp_path: Path) -> None:
    drawn = CLEAN.replace("district/1      2026-01  .", "district/1      2026-01  9")
    found = attack(tmp_path, drawn.replace("district/2      2026-01  .", "district/2      2026-01  <"))
    assert ("homes_filed, city, Jan 2026", "the total is not told, but all 2 parts are: they add up to it") in found


def test_what_is_left_over_of_measured_figures_is_no_secret(tmp_path: Path) -> None:
    """Zone a can be derived: 19 less 17. It is a noisy figure like all others."""
    assert attack(tmp_path, CLEAN) == set()


def test_what_is_left_over_of_exact_counts_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CLEAN, protection=EXACT)
    assert ("homes_filed, zone2 A, 2025", "each of its 1 hidden parts lies between 2 and 2") in found


@pytest.mark.parametrize(
    ("hidden", "left", "learned"),
    [
        ("ab", 8, None),
        ("ab", 3, "each of its 2 hidden parts lies between 0 and 3"),
        ("ab", 17, "each of its 2 hidden parts lies between 7 and 10"),
        ("abc", 17, None),
        ("abc", 25, "each of its 3 hidden parts lies between 5 and 10"),
    ],
)
def test_bounds_of_several_hidden_exact_counts(tmp_path: Path, hidden: str, left: int, learned: str | None) -> None:
    """Floor 11: the page says 0 to 10 of each; an intruder must not know better."""
    if learned is None:
        left = max(left, 10)
    zones = ["    cell zone1 zone2 neighborhood district homes", *(f"    {z} {z} Z N 1 300" for z in "abcd")]
    shown = [z for z in "abcd" if z not in hidden]
    lines = [*(f"    zone1/{z} 2025 <" for z in hidden), *(f"    zone1/{z} 2025 20" for z in shown)]
    drawn = "\n".join([*lines, f"    city 2025 {left + 20 * len(shown)}"])
    found = attack(tmp_path, drawn, zones="\n".join(zones), protection={**EXACT, "floor": 11})
    assert found == ({("homes_filed, city, 2025", learned)} if learned else set())


@pytest.mark.parametrize(
    ("total", "learned"),
    [(30, None), (10, None), (4, "each of its 2 hidden parts lies between 0 and 4")],
)
def test_an_exact_count_may_be_hidden_to_protect_another(tmp_path: Path, total: int, learned: str | None) -> None:
    """Floor 11, no upper end: one of two hidden counts is small, nobody can tell which. Less than 10 in all tells."""
    zones = "cell zone1 zone2 neighborhood district homes\n a a Z N 1 300\n b b Z N 1 300"
    table = counts(f"zone1/a 2025 <\n zone1/b 2025 <\n city 2025 {total}", floor=11)
    unbounded = table.with_columns(high=pl.when(pl.col("status") == "hidden").then(None).otherwise("high"))
    exact = [{"name": "homes_filed", "regime": "exact"}]
    release(tmp_path, unbounded, zones=zones, measures=exact, protection={**EXACT, "floor": 11})
    found = told(run(public(tmp_path)).findings)
    assert found == ({("homes_filed, city, 2025", learned)} if learned else set())


def test_a_partition_that_changes_with_the_year_is_followed(tmp_path: Path) -> None:
    """The figures are of 2025 and stand on its zones; those of 2026 would contradict them."""
    folder = release(tmp_path, CLEAN, zones=ZONES.replace("c3    b      A", "c3    b      B"), protection=YEARS)
    zones_frame(ZONES).write_parquet(folder / "zones-2025.parquet")
    assert run(public(tmp_path)).findings == ()
    (folder / "zones-2025.parquet").unlink()
    assert run(Published(public(tmp_path).releases)).findings


def test_the_demonstration_city_passes(demo_store: Path) -> None:
    attempt = run(public(demo_store))
    assert attempt.findings == ()
    assert attempt.tried > 1000
