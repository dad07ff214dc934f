"""Figures that agree: drawn districts, invariants, and margins against simulation."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.protect.reconcile import Breakdown, fit_district, largest_remainder, margin, nearest_with_sum, sum_variance

cells = st.lists(st.integers(-40, 200), min_size=1, max_size=25)
sigmas = st.floats(0.5, 15)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_the_total_is_the_precision_weighted_mean() -> None:
    #  pieces 10 + 20 + 30 = 60, variance 3 · 4 = 12;   direct 72, variance 4
    #  (60/12 + 72/4) / (1/12 + 1/4) = 69
    fitted = fit_district([Breakdown(ints(10, 20, 30), 2.0), Breakdown(ints(72), 2.0)])
    assert fitted.total == 69
    assert fitted.variance == pytest.approx(3)
    assert [b.tolist() for b in fitted.breakdowns] == [[13, 23, 33], [69]]


def test_negative_pieces_become_nothing_and_the_others_pay() -> None:
    assert nearest_with_sum(np.array([-5.0, 1.0, 8.0]), 6.0).tolist() == [0.0, 0.0, 6.0]
    assert nearest_with_sum(np.array([-5.0, 4.0, 8.0]), 10.0).tolist() == [0.0, 3.0, 7.0]
    assert nearest_with_sum(np.array([3.0, 4.0]), 0.0).tolist() == [0.0, 0.0]


def test_largest_remainder() -> None:
    assert largest_remainder(np.array([1.5, 2.25, 0.25]), 4).tolist() == [2, 2, 0]
    assert largest_remainder(np.array([0.5, 0.5]), 1).tolist() == [1, 0]


def test_a_district_with_less_than_nothing_has_nothing() -> None:
    fitted = fit_district([Breakdown(ints(-3, 1), 1.0)])
    assert (fitted.total, fitted.breakdowns[0].tolist()) == (0, [0, 0])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(cells, sigmas), min_size=1, max_size=3))
def test_every_breakdown_adds_up_to_the_total(parts: list[tuple[list[int], float]]) -> None:
    fitted = fit_district([Breakdown(ints(*values), sigma) for values, sigma in parts])
    assert fitted.total >= 0
    for whole in fitted.breakdowns:
        assert int(whole.sum()) == fitted.total
        assert (whole >= 0).all()
    direct = min(len(values) * sigma**2 for values, sigma in parts)
    assert 0 < fitted.variance <= direct * (1 + 1e-9)


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


@pytest.mark.parametrize("taken", [1, 3, 8])
def test_margins_cover_at_least_nine_in_ten(taken: int) -> None:
    """Ten pieces of 40 homes (σ 3) and the district itself (σ 6); the sum of `taken` pieces, 2,000 times."""
    random = np.random.default_rng(5)
    truth, hits, runs = 40, 0, 2000
    variance = 0.0
    for _ in range(runs):
        pieces = np.rint(truth + 3 * random.standard_normal(10)).astype(np.int64)
        direct = np.rint(10 * truth + 6 * random.standard_normal(1)).astype(np.int64)
        fitted = fit_district([Breakdown(pieces, 3.0), Breakdown(direct, 6.0)])
        variance = sum_variance(float(taken), 10.0, 3.0, fitted.variance)
        wide = pl.select(margin(pl.lit(variance))).item()
        hits += abs(int(fitted.breakdowns[0][:taken].sum()) - taken * truth) <= wide
    assert 0.88 <= hits / runs <= 0.96
