"""Homogeneity. H = 100 homes, so places with fewer than 200 are small.

zone1 a   150 homes   139 ± 3   at least 136, 91 %: everybody knows of everybody     found
zone1 a   150 homes   130 ± 3   at least 127, 85 %                                   passes
zone1 b   400 homes   395 ± 3   98 %, but a complex of that size is no home          passes
"""

from pathlib import Path
from typing import Any

import pytest

from etl.audit.attacks.homogeneity import run
from tests.etl.audit.stores import CLEAN, public, release, told

ACCEPTED = {"what": "high_share", "default": "0.9", "declared": "1", "approved_by": "A. Clerk"}


def attack(folder: Path, drawn: str, **declared: Any) -> set[tuple[str, str]]:
    release(folder, drawn, **declared)
    return told(run(public(folder)).findings)


def test_ordinary_figures_pass(tmp_path: Path) -> None:
    assert attack(tmp_path, CLEAN) == set()
    attempt = run(public(tmp_path))
    assert attempt.tried == 16
    assert attempt.best == "In the smallest places a figure proves at most that it happened to 3% of the homes."


@pytest.mark.parametrize(
    ("row", "where", "learned"),
    [
        ("zone1/a 2025 139", "homes_filed, zone1 a, 2025", "It happened to at least 136 of the 150 homes there."),
        ("zone1/c 2025 102", "homes_filed, zone1 c, 2025", "It happened to at least 99 of the 110 homes there."),
        ("zone2/B 2025-Q1 110", "homes_filed, zone2 B, Q1 2025", "It happened to at least 107 of the 110 homes there."),
    ],
)
def test_a_figure_of_nearly_everybody_in_a_small_place_is_found(
    tmp_path: Path, row: str, where: str, learned: str
) -> None:
    assert attack(tmp_path, row) == {(where, learned)}


@pytest.mark.parametrize("row", ["zone1/a 2025 137", "zone1/a 2025 150±20", "zone1/b 2025 395", "zone2/A 2025 549"])
def test_less_than_nearly_everybody_or_a_complex_passes(tmp_path: Path, row: str) -> None:
    assert attack(tmp_path, row) == set()


def test_one_category_that_holds_a_small_place_is_found(tmp_path: Path) -> None:
    drawn = "zone1/a 2025 60±1\nzone1/a 2025 59±1 disconnected\nzone1/a 2025 < paid\n"
    assert attack(tmp_path, drawn) == {
        ("homes_filed, disconnected, zone1 a, 2025", "At least 58 of at most 61 homes are in this category.")
    }


def test_certainly_empty_other_categories_are_found_in_places_of_any_size(tmp_path: Path) -> None:
    drawn = "city 2025 30\ncity 2025 30 disconnected\ncity 2025 0±0 paid\ncity 2025 0±0 arranged\n"
    assert attack(tmp_path / "a", drawn) == {
        (
            "homes_filed, disconnected, city, 2025",
            "Every other category is certainly empty: all homes there are in this one.",
        )
    }
    assert attack(tmp_path / "b", drawn.replace("0±0 paid", "< paid")) == set()


@pytest.mark.parametrize(
    ("change", "finds"),
    [
        ({}, False),
        ({"declared": "0.95"}, False),
        ({"declared": "0.8"}, True),
        ({"approved_by": ""}, True),
    ],
)
def test_another_share_counts_where_a_person_answers_for_it(
    tmp_path: Path, change: dict[str, str], finds: bool
) -> None:
    """At least 136 of 150 homes: 91 %."""
    found = attack(tmp_path, "zone1/a 2025 139", protection={"deviations": [ACCEPTED | change]})
    assert bool(found) is finds
    assert run(public(tmp_path)).best.endswith("that it happened to 91% of the homes.")
