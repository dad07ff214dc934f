"""Sticky noise. With fresh noise of scale s two figures are equal with a chance of at most 2 / (s√2π).

σ 10, q = 0.08:    months of district 1    47 47 47 47 47 47 47 47 47 47 47 47   11 repeats of 11: not by chance
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from etl.audit.attacks.sticky_noise import log_chance, run
from etl.audit.finding import Finding
from etl.audit.published import published
from etl.protect.mechanism import SeededGaussian
from etl.protect.reconcile import Breakdown, fit_total, to_total
from tests.etl.audit.stores import counts, public, release

MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
SIGMA = 10.0
CATEGORIES = ("paid", "arranged", "restored", "disconnected")


def measures(*names: str, by: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Measures of districts by month, σ 10."""
    table = {"family": "f", "grain": "month", "geography": "district", "share": 1.0, "rho": 0.02, "by": list(by)}
    return [
        {"name": name, "kind": "count", "regime": "measured", "floor": 5, "tables": [table | {"sigma": SIGMA}]}
        for name in names or ("homes_filed",)
    ]


def district(number: int, values: Iterable[int | str], category: str = "") -> str:
    return "".join(f"district/{number} {m} {v} {category}\n" for m, v in zip(MONTHS, values, strict=False))


def fresh(seed: int, truth: int = 47, number: int = 12) -> list[int]:
    """Figures with noise of their own, and the same true count beneath all."""
    return SeededGaussian(seed)([truth] * number, SIGMA)


def attack(folder: Path, drawn: str, **declared: Any) -> tuple[Finding, ...]:
    release(folder, drawn, measures=measures(), zones=None, **declared)
    return run(public(folder)).findings


def test_the_same_true_counts_under_fresh_noise_pass(tmp_path: Path) -> None:
    drawn = "".join(district(number, fresh(number)) for number in range(1, 13))
    assert attack(tmp_path, drawn) == ()
    attempt = run(public(tmp_path))
    assert 250 < attempt.tried <= 12 * 11 * 2  # each but the smallest with the next month, and with the next district
    assert "Comparing them removes no noise." in attempt.best


def test_equal_figures_where_nothing_happens_pass(tmp_path: Path) -> None:
    """Hidden next to hidden, and small figures that are equal because little happened."""
    drawn = "".join(district(number, ["<", 6, "<", 5, 5, "<", 5, 6, 5, "<", 5, 5]) for number in range(1, 13))
    assert attack(tmp_path, drawn) == ()


def test_the_same_noise_in_every_period_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, district(1, [47] * 12))
    assert [finding.where for finding in found] == ["homes_filed, district 1, Jan 2025"]
    assert found[0].learned == (
        "11 of 11 figures are the same in one period and the next; with fresh noise at most about 1 would be."
    )


def test_an_edition_that_is_repeated_later_passes(tmp_path: Path) -> None:
    january = "".join(district(n, [30 + 2 * n]) for n in range(1, 13))
    booked = {"editions": [{"table": "f-month-district", "period": "2025-01-01", "edition": 2}]}
    for number in (1, 2):
        release(
            tmp_path, january, id=f"2026-0{number}-15-00000000000{number}", measures=measures(), zones=None,
            built_at=f"2026-0{number}-15", protection=booked,
        )  # fmt: skip
    assert run(public(tmp_path)).findings == ()


def test_a_few_repeats_are_chance(tmp_path: Path) -> None:
    assert attack(tmp_path, district(1, [47, 47, 47, 47, 61, 38, 38, 52, 45, 33, 58, 49])) == ()


def test_noise_that_is_a_function_of_the_month_is_found(tmp_path: Path) -> None:
    drawn = "".join(district(number, [41]) for number in range(1, 13))
    assert [f.learned.split(";")[0] for f in attack(tmp_path, drawn)] == [
        "11 of 11 figures are the same in one place and the next"
    ]


def test_partner_figures_equal_to_public_ones_are_found(tmp_path: Path) -> None:
    for tier in ("public", "partner"):
        release(tmp_path / tier, district(1, fresh(1)), measures=measures(), zones=None, protection={"tier": tier})
    stores = {tier: [tmp_path / tier] for tier in ("public", "partner")}
    found = run(published(stores)).findings
    assert [f.learned.split(";")[0] for f in found] == ["12 of 12 figures are the same in one tier and the other"]


def test_sums_of_partner_figures_equal_to_public_ones_are_found(tmp_path: Path) -> None:
    """Partners are told zones, the public is told districts: partners add up.

    zone2 A 20 21 …    district 1 (public) 42 44 …    the same noise, divided
    zone2 B 22 23 …
    """
    zones = "cell zone1 zone2 neighborhood district homes\nc1 a A N1 1 500\nc2 b B N1 1 500"
    whole = fresh(1)
    parts = [(v // 2, v - v // 2) for v in whole]
    drawn = "".join(f"zone2/A {m} {a}\nzone2/B {m} {b}\n" for m, (a, b) in zip(MONTHS, parts, strict=True))
    release(tmp_path / "public", district(1, whole), measures=measures(), zones=zones)
    release(tmp_path / "partner", drawn, measures=measures(), zones=zones, protection={"tier": "partner"})
    found = run(published({tier: [tmp_path / tier] for tier in ("public", "partner")})).findings
    assert "12 of 12 figures are the same in one tier and the other" in {f.learned.split(";")[0] for f in found}


def test_fresh_noise_in_both_tiers_passes(tmp_path: Path) -> None:
    for seed, tier in enumerate(("public", "partner")):
        rows = "".join(district(number, fresh(10 * number + seed)) for number in range(1, 6))
        release(tmp_path / tier, rows, measures=measures(), zones=None, protection={"tier": tier})
    assert run(published({tier: [tmp_path / tier] for tier in ("public", "partner")})).findings == ()


def test_one_noise_for_all_categories_is_found(tmp_path: Path) -> None:
    drawn = "".join(district(n, [40 + 3 * n, 70 - 2 * n], c) for c in CATEGORIES for n in range(1, 4))
    found = attack(tmp_path, drawn)
    assert [f.learned.split(";")[0] for f in found] == ["18 of 18 figures are the same in one category and the next"]


def test_a_category_that_is_the_sum_of_another_alone_passes(tmp_path: Path) -> None:
    """`paid` is `paid_early` + `paid_late`; nobody paid late, so the two are equal by arithmetic."""
    shown = "".join(district(1, fresh(1), name) for name in ("paid", "early", "paid_early"))
    empty = "".join(district(1, ["<"] * 12, name) for name in ("late", "paid_late"))
    assert attack(tmp_path, shown + empty) == ()


def test_one_noise_for_two_measures_is_found(tmp_path: Path) -> None:
    both = [counts(district(1, fresh(3)), measure=name) for name in ("homes_filed", "homes_disposed")]
    release(tmp_path, pl.concat(both), measures=measures("homes_filed", "homes_disposed"), zones=None)
    assert [f.learned.split(";")[0] for f in run(public(tmp_path)).findings] == [
        "12 of 12 figures are the same in one measure and another"
    ]


def test_a_figure_that_follows_its_records_from_release_to_release_is_found(tmp_path: Path) -> None:
    first = "".join(district(number, fresh(number, number=3)) for number in (1, 2))
    release(tmp_path, first, id="2026-04-15-000000000001", measures=measures(), zones=None, built_at="2026-04-15")
    later = first.replace("district/1 2025-02", "district/9 2025-02").splitlines()
    moved = next(line for line in first.splitlines() if "district/1 2025-02" in line).split()
    rows = [line for line in later if "district/9" not in line] + [f"district/1 2025-02 {int(moved[2]) - 1}"]
    release(
        tmp_path, "\n".join(rows), id="2026-05-15-000000000002", measures=measures(), zones=None, built_at="2026-05-15"
    )
    found = [f for f in run(public(tmp_path)).findings if "its records changed" in f.learned]
    assert [f.where for f in found] == ["homes_filed, district 1, Feb 2025"]
    assert found[0].learned.startswith("It went from one release to another by 1 while 1 others of its table stayed")


def test_an_edition_with_the_old_noise_is_found(tmp_path: Path) -> None:
    """Every district's January was booked again, and nothing changed: no noise was drawn."""
    january = "".join(district(n, [30 + 2 * n]) for n in range(1, 13))
    booked = {"editions": [{"table": "f-month-district", "period": "2025-01-01", "edition": 2}]}
    release(tmp_path, january, id="2026-04-15-000000000001", measures=measures(), zones=None, built_at="2026-04-15")
    release(
        tmp_path,
        january,
        id="2026-05-15-000000000002",
        measures=measures(),
        zones=None,
        built_at="2026-05-15",
        protection=booked,
    )
    assert [f.learned.split(";")[0] for f in run(public(tmp_path)).findings] == [
        "12 of 12 figures are the same in one edition and the next"
    ]


@pytest.mark.parametrize(
    ("sigma", "of_district", "cells", "truth"), [(1.58, 5.0, 10, 3), (1.58, 5.0, 1, 4), (2.77, 5.77, 12, 4)]
)
def test_fitted_figures_repeat_no_more_often_than_the_bound_says(
    sigma: float, of_district: float, cells: int, truth: int
) -> None:
    """The bound is about reconciled figures, cut at zero and rounded: simulated where counts are small."""
    scale = 1 / np.sqrt(1 / sigma**2 + 1 / of_district**2)
    draw = SeededGaussian(1)

    def fitted() -> np.ndarray[Any, Any]:
        fine = np.array(draw([truth] * cells, sigma), dtype=np.float64)
        district = float(draw([truth * cells], of_district)[0])
        total = fit_total([Breakdown(float(fine.sum()), cells, sigma), Breakdown(district, 1, of_district)])
        return to_total(fine + (total.mean - fine.sum()) / cells, total.whole)

    pairs = [(fitted(), fitted()) for _ in range(800)]
    clear = np.concatenate([a >= 2 * scale for a, _ in pairs])
    same = np.concatenate([a == b for a, b in pairs])
    assert clear.sum() > 200
    assert same[clear].mean() < 2 / (scale * np.sqrt(2 * np.pi))


def test_the_bound_of_chance() -> None:
    assert log_chance(3, 10, 0.5) == 0.0
    assert log_chance(10, 10, 0.5) == pytest.approx(10 * np.log(0.5))
    assert log_chance(60, 100, 0.5) == pytest.approx(-2.0136, abs=1e-3)
