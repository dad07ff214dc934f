"""Figures that agree: drawn districts and invariants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.protect.reconcile import Breakdown, fit_total, largest_remainder, nearest_with_sum, sum_variance, to_total

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
