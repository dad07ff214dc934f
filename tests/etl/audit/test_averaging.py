"""Averaging.

release   answer for zone1 b, 2025      the mean of k different answers has σ / √k
1         17
2         18                            a second answer: 71 % of the noise is left
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from etl.audit.attacks.averaging import run
from etl.audit.published import published
from tests.etl.audit.stores import CLEAN, ladder, public, release, told

FIRST, SECOND, THIRD = (f"2026-0{month}-15-00000000000{month}" for month in (4, 5, 6))
EDITION = {"table": "filings-year-zone1", "period": "2025-01-01", "edition": 2, "reason": "", "booked_by": "A. Clerk"}


def over_releases(folder: Path, *drawn: str, **declared: Any) -> set[tuple[str, str]]:
    for id_, rows in zip((FIRST, SECOND, THIRD), drawn, strict=False):
        release(folder, rows, id=id_, built_at=id_[:10], **declared)
    return told(run(public(folder)).findings)


def with_b(figure: str) -> str:
    return CLEAN.replace("zone1/b         2025     17", f"zone1/b         2025     {figure}")


def test_the_same_answers_in_every_release_pass(tmp_path: Path) -> None:
    assert over_releases(tmp_path, CLEAN, CLEAN, CLEAN + "    city            2026-02  .\n") == set()
    attempt = run(public(tmp_path))
    assert attempt.tried == 17
    assert "Averaging gains nothing beyond that." in attempt.best


def test_a_period_that_was_open_may_be_answered_later(tmp_path: Path) -> None:
    assert over_releases(tmp_path, CLEAN, CLEAN.replace("city            2026-01  .", "city    2026-01 13")) == set()


@pytest.mark.parametrize(
    ("answers", "learned"),
    [
        (("17", "18"), "2 different answers to one question; their mean has only 71 % of the declared noise."),
        (("17", "<"), "2 different answers to one question; their mean has only 71 % of the declared noise."),
        (("<", "5"), "2 different answers to one question; their mean has only 71 % of the declared noise."),
        (("17", "18", "15"), "3 different answers to one question; their mean has only 58 % of the declared noise."),
    ],
)
def test_a_second_answer_is_found(tmp_path: Path, answers: Sequence[str], learned: str) -> None:
    assert ("homes_filed, zone1 b, 2025", learned) in over_releases(tmp_path, *map(with_b, answers))


def test_a_booked_edition_allows_one_more_answer_and_no_second(tmp_path: Path) -> None:
    booked = {"editions": [EDITION]}
    assert over_releases(tmp_path / "one", with_b("17"), with_b("18"), protection=booked) == set()
    found = over_releases(tmp_path / "two", with_b("17"), with_b("18"), with_b("15"), protection=booked)
    assert "homes_filed, zone1 b, 2025" in {where for where, _ in found}


def test_an_edition_of_another_period_allows_nothing(tmp_path: Path) -> None:
    other = {"editions": [EDITION | {"period": "2024-01-01"}]}
    assert over_releases(tmp_path, with_b("17"), with_b("18"), protection=other) != set()


def test_another_floor_is_no_second_answer(tmp_path: Path) -> None:
    """zone1 c: 6 under a floor of 5, hidden under a floor of 11. The noise is the same."""
    drawn = "city 2025 46\nzone1/c 2025 {}\n"
    release(tmp_path, drawn.format(6), id=FIRST, protection={"floor": 5})
    release(tmp_path, drawn.format("<"), id=SECOND, protection={"floor": 11})
    assert told(run(public(tmp_path)).findings) == set()


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("zone1/b  2025-12  6", "homes_filed, zone1 b, Dec 2025"),
        ("zone1/b  2025-Q4  6", "homes_filed, zone1 b, Q4 2025"),
        ("district/1  2025  6 settled", "homes_filed, settled, district 1, 2025"),
        ("city  week:2025-12-01  6", "homes_filed, city, week of 1 Dec 2025"),
    ],
)
def test_a_figure_that_no_declared_table_measures_is_found(tmp_path: Path, row: str, where: str) -> None:
    assert (where, "No declared table measures this: nobody paid for its noise.") in over_releases(
        tmp_path, CLEAN + row
    )


def declared(**change: Any) -> list[dict[str, Any]]:
    tables = ladder("evictions", "homes_filed")
    tables[4] |= change
    return [{"name": "homes_filed", "kind": "count", "regime": "measured", "floor": 5, "tables": tables}]


def test_noise_smaller_than_its_price_is_found(tmp_path: Path) -> None:
    assert ("filings-year-zone1", "σ 1 costs a home's year ρ 0.5; declared are 0.2.") in over_releases(
        tmp_path, CLEAN, measures=declared(sigma=1.0)
    )


def test_a_ladder_that_costs_more_than_its_topic_is_found(tmp_path: Path) -> None:
    found = over_releases(tmp_path, CLEAN, measures=declared(sigma=0.8, share=0.78, rho=0.78))
    assert ("all tables", "They cost ρ 1.33; the topic declares 1.0.") in found


def test_answers_of_all_tiers_are_put_together(tmp_path: Path) -> None:
    """ρ 0.22 for the year and 0.08 for one month in each tier: σ = 1 / √(2 · 0.6) = 0.91 homes."""
    for tier in ("public", "partner"):
        release(tmp_path / tier, CLEAN, protection={"tier": tier})
    attempt = run(published({tier: [tmp_path / tier] for tier in ("public", "partner")}))
    assert attempt.findings == ()
    assert "leaves random noise of 0.91 homes; 0.50 is the least that was declared" in attempt.best


def test_nothing_published_is_nothing_to_average(tmp_path: Path) -> None:
    attempt = run(public(tmp_path))
    assert (attempt.tried, attempt.best) == (0, "There is no noisy figure to average.")
