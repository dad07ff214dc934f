"""Districts and categories brought to their totals at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from etl.protect.twoway import Margins, NoFit, to_margins


def grid(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


def fitted(values: np.ndarray, rows: list[int], columns: list[int]) -> np.ndarray:
    place, leaf = np.indices(values.shape)
    margins = (Margins(place.ravel(), np.array(rows)), Margins(leaf.ravel(), np.array(columns)))
    return to_margins(values.ravel(), margins).reshape(values.shape)


def test_a_table_that_fits_stays() -> None:
    #            a   b   sum
    #  north     3   5    8
    #  south     4   0    4
    assert fitted(grid((3, 5), (4, 0)), [8, 4], [7, 5]).tolist() == [[3, 5], [4, 0]]


def test_less_than_nothing_is_paid_for_where_both_totals_stay() -> None:
    #            a    b    sum            a   b
    #  north    10   −2     8     →       8   0
    #  south     1    5     6             3   3      the city has 11 of a and 3 of b
    assert fitted(grid((10, -2), (1, 5)), [8, 6], [11, 3]).tolist() == [[8, 0], [3, 3]]


def test_halves_go_up_and_down_so_that_all_totals_stay() -> None:
    whole = fitted(grid((0.5, 0.5), (0.5, 0.5)), [1, 1], [1, 1])
    assert sorted(whole.ravel().tolist()) == [0, 0, 1, 1]
    assert whole.sum(axis=0).tolist() == whole.sum(axis=1).tolist() == [1, 1]


def test_totals_that_disagree_have_no_answer() -> None:
    with pytest.raises(NoFit):
        fitted(grid((1, 1), (1, 1)), [2, 2], [1, 1])


def test_the_reason_for_no_answer_is_told_without_a_figure() -> None:
    with pytest.raises(NoFit, match=r"^no table has these totals: .*Infeasible$"):
        fitted(grid((1, 1), (1, 1)), [2, 2], [1, 1])


def test_a_half_goes_to_the_larger_remainder() -> None:
    #            a     b    sum
    #  north    2.9   1.1    4
    #  south    1.1   2.9    4
    assert fitted(grid((2.9, 1.1), (1.1, 2.9)), [4, 4], [4, 4]).tolist() == [[3, 1], [1, 3]]
    assert fitted(grid((0.1, 0.9), (0.9, 0.1)), [1, 1], [1, 1]).tolist() == [[0, 1], [1, 0]]


def test_a_group_without_cells_has_nothing() -> None:
    groups = Margins(np.array([0, 0]), np.array([3, 0])), Margins(np.array([0, 1]), np.array([1, 2, 0]))
    whole = to_margins(np.array([1.2, 1.8]), groups)
    assert whole.tolist() == [1, 2]
    assert whole.dtype == np.int64


def test_the_solver_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    fitted(grid((10, -2), (1, 5)), [8, 6], [11, 3])
    assert capfd.readouterr() == ("", "")


shapes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))


def drawn(shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A noisy table, and another whose totals it is to have."""
    random = np.random.default_rng(shape[2])
    truth = random.poisson(3, shape[:2])
    return truth + random.normal(0, 4, shape[:2]), truth


@settings(max_examples=100, deadline=None)
@given(shapes)
def test_both_sets_of_totals_hold_and_nothing_is_below_zero(shape: tuple[int, int, int]) -> None:
    values, truth = drawn(shape)
    whole = fitted(values, truth.sum(axis=1).tolist(), truth.sum(axis=0).tolist())
    assert (whole.sum(axis=1) == truth.sum(axis=1)).all()
    assert (whole.sum(axis=0) == truth.sum(axis=0)).all()
    assert (whole >= 0).all()


@settings(max_examples=25, deadline=None)
@given(st.tuples(st.integers(2, 3), st.integers(2, 3), st.integers(0, 2**32 - 1)))
def test_it_is_the_nearest_table_but_for_rounding(shape: tuple[int, int, int]) -> None:
    """Beside a second solver (sequential quadratic programming): no cell is a whole home or more away."""
    values, truth = drawn(shape)
    rows, columns = truth.sum(axis=1), truth.sum(axis=0)
    place, leaf = np.indices(values.shape)
    sums = np.array([place.ravel() == n for n in range(shape[0])] + [leaf.ravel() == n for n in range(shape[1])])
    totals = np.concatenate([rows, columns])
    other = minimize(
        lambda x: float(((x - values.ravel()) ** 2).sum()),
        truth.ravel().astype(float),
        jac=lambda x: 2 * (x - values.ravel()),
        bounds=[(0, None)] * values.size,
        constraints=LinearConstraint(sums[:-1].astype(float), totals[:-1], totals[:-1]),
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    whole = fitted(values, rows.tolist(), columns.tolist())
    assert np.abs(whole.ravel() - other.x).max() < 1 + 1e-3
