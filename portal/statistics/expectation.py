"""What the season and the other periods make one expect of a figure, and how far off chance alone puts it.

A linear model of level, trend and season is fitted to the whole run of figures; every period is then compared with what
the *other* periods predict for it (its deletion residual), so that no figure vouches for itself. Past outliers count
less, as in Farrington et al., "A Statistical Algorithm for the Early Detection of Outbreaks of Infectious Disease"
(1996). Counts are fitted as square roots, whose chance variation does not grow with their size, and times as
logarithms, as they vary by shares of themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from layers.measures import Kind
from layers.period import Grain, period_end

Floats = npt.NDArray[np.float64]

YEARS = 3
"""Full years without a gap that the season needs."""
CYCLE: dict[Grain, int] = {Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4}
"""Periods in a year, of the grains that have a season: longer periods have none, and rolling windows overlap."""
HARMONICS: dict[Grain, int] = {Grain.WEEK: 4, Grain.MONTH: 3, Grain.QUARTER: 2}
CONFIDENCE = 0.99
"""Share of periods that lie in the expected range while nothing changes."""
INNER = 0.80
"""The same of the inner range, which the rule about runs uses."""
LEAST_MEAN = 5.0
"""Counts that are smaller on average are too coarse for a range."""
_FAR = 2.58
"""Studentized residuals beyond this make a past figure count less."""
_ROOT = 3 / 8
_INSTANT = 0.05
"""Added to times before their logarithm: half of the last digit that is told."""
_MOST_LOG = 50.0
_Z90, _Z99, _Z80 = 1.6449, 2.5758, 1.2816


@dataclass(frozen=True, slots=True)
class Expected:
    """One number for each period: the middle, the outer range (99 %) and the inner range (80 %)."""

    middle: Floats
    low: Floats
    high: Floats
    inner_low: Floats
    inner_high: Floats


def whole_run(shown: Sequence[bool], grain: Grain) -> int:
    """How many figures stand without a gap at the end of the series; 0 where that is not enough for a season."""
    run = 0
    for each in reversed(shown):
        if not each:
            break
        run += 1
    return run if grain in CYCLE and run >= YEARS * CYCLE[grain] else 0


def expected_range(
    values: Floats, starts: Sequence[date], grain: Grain, *, kind: Kind, margins: Floats | None = None
) -> Expected | None:
    """The expected range of each of a gapless run of figures. None where they are too few, too small or all alike.

    margins: half of the published 90 % range of each protected figure. The scatter of the figures holds the usual
    noise already; what a figure has beyond it is added (by squares), and no range is narrower than its own noise.
    """
    if whole_run([True] * values.size, grain) == 0 or (kind is Kind.COUNT and values.mean() < LEAST_MEAN):
        return None
    scale = _per_day(starts, grain) if kind is Kind.COUNT else np.ones(values.size)
    fitted = _deleted(_fitted_as(values * scale, kind), _design(starts, grain))
    if fitted is None:
        return None
    predicted, spread, freedom = fitted
    noise = np.zeros(values.size) if margins is None else margins / _Z90
    beyond = np.sqrt(np.maximum(noise**2 - (noise**2).mean(), 0.0))

    def ends(share: float, z: float) -> tuple[Floats, Floats, Floats]:
        reach = spread * _quantile(share, freedom)
        middle, low, high = (_back(each, kind) / scale for each in (predicted, predicted - reach, predicted + reach))
        least = 0.0 if kind in (Kind.COUNT, Kind.DURATION) else -np.inf
        below, above = (np.maximum(np.hypot(each, z * beyond), z * noise) for each in (middle - low, high - middle))
        return middle, np.maximum(middle - below, least), middle + above

    middle, low, high = ends(CONFIDENCE, _Z99)
    _, inner_low, inner_high = ends(INNER, _Z80)
    return Expected(middle, low, high, inner_low, inner_high)


def _deleted(values: Floats, design: Floats) -> tuple[Floats, Floats, int] | None:
    """What all other periods predict for each, the standard error of that prediction, and its degrees of freedom.

    The closed form of leaving each figure out in turn; tests hold it to statsmodels' OLSInfluence, which is not loaded:
    docs/portal.md says why.
    """
    if np.ptp(values) < 1e-9:
        return None
    freedom = values.size - design.shape[1] - 1
    weights = np.ones(values.size)
    for _ in range(2):
        gone, spread = _left_out(values, design, weights, freedom)
        weights = np.minimum(1.0, (_FAR / np.maximum(np.abs(gone) / spread, 1e-9)) ** 2)
    return values - gone, spread, freedom


def _left_out(values: Floats, design: Floats, weights: Floats, freedom: int) -> tuple[Floats, Floats]:
    """Deletion residuals of a weighted fit and their standard errors."""
    root = np.sqrt(weights)
    basis, _ = np.linalg.qr(design * root[:, None])
    residual = values * root - basis @ (basis.T @ (values * root))
    leverage = np.minimum((basis**2).sum(axis=1), 1 - 1e-9)
    variance = np.maximum(((residual**2).sum() - residual**2 / (1 - leverage)) / freedom, 1e-12)
    return residual / (1 - leverage) / root, np.sqrt(variance * (1 + leverage / weights / (1 - leverage)))


def _design(starts: Sequence[date], grain: Grain) -> Floats:
    """Level, trend, and the season as waves of a year, half a year and so on."""
    phase = np.array([(start.timetuple().tm_yday - 1) / 365.25 for start in starts])
    columns = [np.ones(len(starts)), np.linspace(-1, 1, len(starts))]
    for wave in range(1, HARMONICS[grain] + 1):
        columns += [np.sin(2 * np.pi * wave * phase), np.cos(2 * np.pi * wave * phase)]
    if grain is Grain.QUARTER:
        columns.pop(-2)  # twice a year, quarters see only the cosine
    return np.column_stack(columns)


def _per_day(starts: Sequence[date], grain: Grain) -> Floats:
    """Makes long and short months comparable."""
    days = np.array([(period_end(start, grain) - start).days + 1 for start in starts], dtype=np.float64)
    found: Floats = days.mean() / days
    return found


def _fitted_as(values: Floats, kind: Kind) -> Floats:
    if kind is Kind.COUNT:
        return np.sqrt(values + _ROOT)
    return np.log(np.maximum(values, 0.0) + _INSTANT) if kind is Kind.DURATION else values


def _back(values: Floats, kind: Kind) -> Floats:
    if kind is Kind.COUNT:
        return np.maximum(np.maximum(values, 0.0) ** 2 - _ROOT, 0.0)
    return np.maximum(np.exp(np.minimum(values, _MOST_LOG)) - _INSTANT, 0.0) if kind is Kind.DURATION else values


def _quantile(share: float, freedom: int) -> float:
    from scipy.special import stdtrit  # not needed before the first range

    return float(stdtrit(freedom, (1 + share) / 2))
