"""A table brought to two sets of totals at once (districts and categories): nearest point, then whole numbers.

The nearest point is a sparse quadratic program, solved by Clarabel's interior point method. Whole numbers with the same
totals are a transportation problem: it always has an answer between the floors and ceilings of a real one (Bacharach
1966; controlled rounding, Cox 1987), and the simplex method of HiGHS ends in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from etl.protect.reconcile import Floats, Ints

_NEAR = 1e-6
"""How far from a whole number still counts as one: far above the solver's accuracy, far below a home."""


@dataclass(frozen=True, slots=True)
class Margins:
    """For each cell the number of the group that it belongs to, and each group's total."""

    group: Ints
    totals: Ints


class NoFit(ArithmeticError):
    """The solver found no answer, though totals that agree always have one."""


def to_margins(values: Floats, margins: Sequence[Margins]) -> Ints:
    """The whole numbers near `values`, none below 0, with all these totals.

    Raises NoFit, never for totals that agree (each set has the same sum and none is below 0).
    """
    groups = sparse.vstack([_indicator(m.group, len(m.totals)) for m in margins]).tocsc()
    totals = np.concatenate([m.totals for m in margins]).astype(np.float64)
    return _controlled(_nearest(values, groups, totals), groups, totals)


def _indicator(group: Ints, size: int) -> sparse.csc_matrix:
    cells = len(group)
    return sparse.csc_matrix((np.ones(cells), (group, np.arange(cells))), shape=(size, cells))


def _nearest(values: Floats, groups: sparse.csc_matrix, totals: Floats) -> Floats:
    """Least squares under the totals, no cell below 0."""
    import clarabel

    cells = len(values)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    cones = [clarabel.ZeroConeT(len(totals)), clarabel.NonnegativeConeT(cells)]
    constraints = sparse.vstack([groups, -sparse.identity(cells)]).tocsc()
    bounds = np.concatenate([totals, np.zeros(cells)])
    unit = sparse.identity(cells, format="csc")
    solution = clarabel.DefaultSolver(unit, -values, constraints, bounds, cones, settings).solve()
    if str(solution.status) not in ("Solved", "AlmostSolved"):
        raise NoFit(f"no table has these totals: {solution.status}")
    nearest: Floats = np.maximum(np.asarray(solution.x), 0.0)
    return nearest


def _controlled(nearest: Floats, groups: sparse.csc_matrix, totals: Floats) -> Ints:
    """Each cell up or down to a whole number, so that all totals stay; up rather where its remainder is large."""
    from scipy.optimize import linprog  # slow to load, and most commands solve nothing

    low = np.floor(nearest + _NEAR)
    high = np.maximum(np.ceil(nearest - _NEAR), low)
    found = linprog(low - nearest, A_eq=groups, b_eq=totals, bounds=np.column_stack([low, high]), method="highs-ds")
    if found.status != 0:
        raise NoFit(f"no whole numbers have these totals: {found.message}")
    whole: Ints = np.rint(found.x).astype(np.int64)
    return whole
