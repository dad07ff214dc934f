"""One district's figures made to agree: the closed form of weighted least squares, then whole numbers.

Each *breakdown* of a district tells its homes apart completely (by piece, by category, or not at all), so each adds up
to the same total. The total is fitted and rounded first; then every breakdown is brought to it, and so all are sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", float, pl.Expr)

CONFIDENCE, LEAST_CONFIDENCE = 0.90, 0.89
_Z, _LEAST_Z = (NormalDist().inv_cdf(0.5 + each / 2) for each in (CONFIDENCE, LEAST_CONFIDENCE))
_ROUNDING = 1 / 12
"""Variance of rounding to a whole number."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What one measured table says of one district and period: the noisy sum of its cells, and their noise."""

    noisy_sum: float
    cells: int
    sigma: float

    @property
    def variance(self) -> float:
        """Variance of the sum."""
        return self.cells * self.sigma**2


@dataclass(frozen=True, slots=True)
class Total:
    """A district's total: the linear estimate, its variance, and the whole number that is published."""

    mean: float
    variance: float
    whole: int


def fit_total(breakdowns: Sequence[Breakdown]) -> Total:
    """The precision-weighted mean of the breakdowns' sums; rounded, and not below 0."""
    precision = sum(1 / b.variance for b in breakdowns)
    mean = sum(b.noisy_sum / b.variance for b in breakdowns) / precision
    return Total(mean, 1 / precision, max(0, round(mean)))


def to_total(values: Floats, total: int) -> Ints:
    """Whole numbers with the sum `total`, none below 0: the nearest point, by largest remainder."""
    return largest_remainder(nearest_with_sum(values, total), total)


def nearest_with_sum(values: Floats, total: float) -> Floats:
    """The nearest point to `values` (least squares) with no negative entry and the sum `total`."""
    if total <= 0:
        return np.zeros_like(values)
    falling = np.sort(values)[::-1]
    excess = (np.cumsum(falling) - total) / np.arange(1, len(values) + 1)
    kept = int(np.flatnonzero(falling > excess)[-1])
    nearest: Floats = np.maximum(values - excess[kept], 0.0)
    return nearest


def largest_remainder(values: Floats, total: int) -> Ints:
    """Whole numbers with the sum `total`: each value's floor, plus one for the largest remainders, first come first."""
    whole = np.floor(values + 1e-9).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(values - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


def sum_variance(cells: Number, of: Number, sigma: Number, total_variance: Number) -> Number:
    """Variance of the fitted sum of `cells` of the `of` cells of a district's breakdown, from the linear estimator."""
    return cells * sigma**2 - cells**2 * sigma**2 / of + total_variance * cells**2 / of**2


def margin(variance: pl.Expr) -> pl.Expr:
    """Half the width, in whole homes, of the range that holds the true figure with 90 % confidence.

    Of all whole numbers the one that comes nearest to 90 %, though never one below 89 %.
    """
    spread = (variance + _ROUNDING).sqrt()
    nearest, least = (_Z * spread - 0.5).round(), (_LEAST_Z * spread - 0.5).ceil()
    return pl.max_horizontal(nearest, least, pl.lit(0.0))
