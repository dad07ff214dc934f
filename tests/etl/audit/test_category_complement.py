"""All minus the shown categories.

                   with_lawyer   without_lawyer   together
settled                 6              12            18        each row and column adds up;
dismissed               <               9            11        what is left over for `<` is 2: noisy, no secret,
together                8              21            29        but a finding where counts are exact
"""

from pathlib import Path

import pytest

from etl.audit.attacks.category_complement import run
from etl.audit.categories import breakdowns
from layers.policy import PROTECTED_TOPICS, policy_for
from tests.etl.audit.stores import public, release, told

CROSSED = """
    district/1  2025  29
    district/1  2025  18  settled
    district/1  2025  11  dismissed
    district/1  2025  8   with_lawyer
    district/1  2025  21  without_lawyer
    district/1  2025  6   settled_with_lawyer
    district/1  2025  12  settled_without_lawyer
    district/1  2025  <   dismissed_with_lawyer
    district/1  2025  9   dismissed_without_lawyer
"""
PLAIN = """
    city  2025-03  30
    city  2025-03  18  restored
    city  2025-03  7   paid
    city  2025-03  5   arranged
"""


def attack(folder: Path, drawn: str, **declared: object) -> set[tuple[str, str]]:
    release(folder, drawn, **declared)  # type: ignore[arg-type] # whatever the test declares otherwise
    return told(run(public(folder)).findings)


@pytest.mark.parametrize(("drawn", "totals"), [(CROSSED, 7), (PLAIN, 1)])
def test_sums_pass(tmp_path: Path, drawn: str, totals: int) -> None:
    release(tmp_path, drawn)
    attempt = run(public(tmp_path))
    assert attempt.findings == ()
    assert attempt.tried == totals  # `all` in three ways, and each of the four values
    assert attempt.best.startswith(f"Each of {totals} totals fits the sum of its categories")


def test_a_total_that_is_not_the_sum_of_its_categories_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, PLAIN.replace("city  2025-03  30", "city  2025-03  32"))
    assert found == {("homes_filed, city, Mar 2025", "the parts add up to 30 or less, the total is 32 or more")}


def test_a_category_that_is_not_the_sum_of_its_crossings_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CROSSED.replace("18  settled", "19  settled"))
    where = "homes_filed, settled, district 1, 2025"
    assert (where, "the parts add up to 18 or less, the total is 19 or more") in found


def test_a_hidden_crossing_that_must_be_larger_than_the_floor_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CROSSED.replace("8   with_lawyer", "14  with_lawyer"))
    where = "homes_filed, with_lawyer, district 1, 2025"
    assert (where, "the parts add up to 10 or less, the total is 14 or more") in found


def test_a_category_without_a_figure_beside_a_told_total_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, PLAIN.replace("7   paid", ".   paid"))
    assert found == {("homes_filed, city, Mar 2025", "the total is told, but 1 of its 3 parts have no figure")}


def test_what_is_left_over_of_exact_counts_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, CROSSED, protection={"mode": "exact"})
    assert ("homes_filed, dismissed, district 1, 2025", "each of its 1 hidden parts lies between 2 and 2") in found


def test_categories_of_counts_as_received_need_not_add_up(tmp_path: Path) -> None:
    received = {"name": "homes_filed", "regime": "source", "floor": 5}
    assert attack(tmp_path, PLAIN.replace("city  2025-03  30", "city  2025-03  32"), measures=[received]) == set()


@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_an_intruder_reads_the_sums_of_every_ladder_off_the_names(topic: str) -> None:
    policy = policy_for(topic)
    for table in (t for t in policy.ladder if t.by and policy.family(t.family).measure):
        family = policy.family(table.family)
        sums = family.categories(table.by)
        leaves = set(family.leaves(table.by))
        for total, members in sums.items():
            ways: dict[str, set[str]] = {}
            for whole, way, part in breakdowns(sums):
                if whole == total:
                    ways.setdefault(way, set()).add(part)
            assert bool(ways) == (total not in leaves)
            assert all(set().union(*(sums[part] for part in parts)) == set(members) for parts in ways.values())


def test_the_demonstration_city_passes(demo_store: Path) -> None:
    attempt = run(public(demo_store))
    assert attempt.findings == ()
    assert attempt.tried > 100
