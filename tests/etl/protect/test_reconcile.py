"""Figures that agree: drawn districts and invariants."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.protect.reconcile import (
    Breakdown,
    fit_total,
    largest_remainder,
    margin,
    nearest_with_sum,
    sum_variance,
    to_total,
)

cells = st.lists(st.integers(-40, 200), min_size=1, max_size=25)
sigmas = st.floats(0.5, 15)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_the_total_is_the_precision_weighted_mean() -> None:
    #  three pieces with the sum 60, variance 3 · 4 = 12;   direct 72, variance 4
    #  (60/12 + 72/4) / (1/12 + 1/4) = 69
    total = fit_total([Breakdown(60, 3, 2.0), Breakdown(72, 1, 2.0)])
    assert total.mean == pytest.approx(69)
    assert total.variance == pytest.approx(3)
    assert total.whole == 69


def test_negative_pieces_become_nothing_and_the_others_pay() -> None:
    assert nearest_with_sum(np.array([-5.0, 1.0, 8.0]), 6.0).tolist() == [0.0, 0.0, 6.0]
    assert nearest_with_sum(np.array([-5.0, 4.0, 8.0]), 10.0).tolist() == [0.0, 3.0, 7.0]
    assert nearest_with_sum(np.array([3.0, 4.0]), 0.0).tolist() == [0.0, 0.0]


def test_largest_remainder() -> None:
    assert largest_remainder(np.array([1.5, 2.25, 0.25]), 4).tolist() == [2, 2, 0]
    assert largest_remainder(np.array([0.5, 0.5]), 1).tolist() == [1, 0]


def test_a_district_with_less_than_nothing_has_nothing() -> None:
    assert fit_total([Breakdown(-2, 2, 1.0)]).whole == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(-400, 900), st.integers(1, 25), sigmas), min_size=1, max_size=3))
def test_a_total_is_at_least_as_sure_as_each_breakdown(parts: list[tuple[int, int, float]]) -> None:
    total = fit_total([Breakdown(float(values), number, sigma) for values, number, sigma in parts])
    assert total.whole >= 0
    assert 0 < total.variance <= min(number * sigma**2 for _, number, sigma in parts) * (1 + 1e-9)


@settings(max_examples=200, deadline=None)
@given(cells, st.integers(0, 500))
def test_parts_brought_to_a_total_add_up_to_it(values: list[int], total: int) -> None:
    whole = to_total(np.array(values, dtype=np.float64), total)
    assert int(whole.sum()) == total
    assert (whole >= 0).all()


@settings(max_examples=100, deadline=None)
@given(cells, st.integers(1, 500))
def test_the_projection_is_the_nearest_point(values: list[int], total: int) -> None:
    """Optimal: where it is positive it has moved by one common step, and elsewhere the step would lead below 0."""
    start = np.array(values, dtype=np.float64)
    found = nearest_with_sum(start, float(total))
    assert found.sum() == pytest.approx(total)
    step = (start - found)[found > 0]
    assert step == pytest.approx(step[0])
    assert (start[found == 0] <= step[0] + 1e-6).all()


@given(st.integers(1, 20), sigmas, st.floats(0.1, 400))
def test_the_variance_of_all_cells_is_that_of_the_total(of: int, sigma: float, total: float) -> None:
    assert sum_variance(float(of), float(of), sigma, total) == pytest.approx(total)


def test_the_variance_of_some_cells() -> None:
    #  3 of 4 cells at sigma 2, total variance 5:   3·4 − 9·4/4 + 5·9/16
    assert sum_variance(3.0, 4.0, 2.0, 5.0) == pytest.approx(12 - 9 + 45 / 16)


@pytest.mark.parametrize(
    ("variance", "homes"),
    [
        (0.05, 1),  # 1.645 · √(1/20 + 1/12) − 0.5 = 0.10 → 0, below 89 %: 1.598 · 0.37 − 0.5 = 0.08 → 1
        (148.76, 20),  # 1.645 · √(148.76 + 1/12) − 0.5 = 19.57 → 20, though 19 would be 89 % already
        (0.0, 0),  # only rounding: ±0 holds it
        (1.0, 2),  # 1.645 · √(1 + 1/12) − 0.5 = 1.21 → 1, below 89 %: 1.598 · 1.04 − 0.5 = 1.16 → 2
        (4.0, 3),  # 1.645 · √(4 + 1/12) − 0.5 = 2.82
        (2.0, 2),  # 1.645 · √(2 + 1/12) − 0.5 = 1.87
        (23.0, 8),  # 1.645 · √(23 + 1/12) − 0.5 = 7.40 → 7, below 89 %: 1.598 · 4.80 − 0.5 = 7.18 → 8
        (9.0, 5),  # 1.645 · √(9 + 1/12) − 0.5 = 4.46 → 4, below 89 %: 1.598 · 3.01 − 0.5 = 4.32 → 5
        (100.0, 16),  # 1.645 · √(100 + 1/12) − 0.5 = 15.96
    ],
)
def test_the_margin_is_the_nearest_to_ninety_percent_and_never_below_89(variance: float, homes: int) -> None:
    assert pl.select(margin(pl.lit(variance))).item() == homes


def test_the_whole_total_is_the_nearest_to_its_mean() -> None:
    assert [fit_total([Breakdown(value, 1, 1.0)]).whole for value in (0.4, 0.6, 2.5001, 41.49)] == [0, 1, 3, 41]
    assert Breakdown(0, 3, 2.0).variance == 12


def test_a_value_that_is_whole_but_for_the_computer_stays() -> None:
    assert largest_remainder(np.array([2 - 1e-12, 3 + 1e-12]), 5).tolist() == [2, 3]
    assert largest_remainder(np.array([0.3, 0.9, 0.8, 0.0]), 2).tolist() == [0, 1, 1, 0]
    assert largest_remainder(np.array([1.2, 1.2, 1.2, 0.4]), 4).tolist() == [1, 1, 1, 1]
    assert largest_remainder(np.array([0.5, 0.5, 0.5, 0.5]), 2).tolist() == [1, 1, 0, 0], "first come first"


def test_many_equal_remainders_are_still_first_come_first() -> None:
    whole = largest_remainder(np.full(60, 0.5), 30)
    assert whole.tolist() == [1] * 30 + [0] * 30
    assert whole.dtype == np.int64
