"""Places that are higher than their surroundings, more than chance and noise alone would make them.

Two published statistics: Getis-Ord Gi* (Ord and Getis 1995), the sum over a place and those that touch it, and local
Moran's I (Anselin 1995), which tells whether a high place stands among high or among low ones. Each find has to pass
two questions, and the worse answer counts: would figures dealt out to places at random often do the same, and would
noise and chance often do it if all places were truly alike. Many places are asked at once, so finds are those of
Benjamini and Hochberg. Tests hold statistics and chances to PySAL's, which is not loaded: docs/portal.md says why.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from portal.statistics.discovery import LEVEL, discoveries
from portal.statistics.expectation import Floats

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEAST_PLACES = 20
"""With fewer places there is no telling what chance would do."""
DEALS = 50_000
"""Random deals of the figures; the smallest chance that can be told is one in so many."""
_SEED = 311


class Spot(StrEnum):
    """What a place is, beside the others."""

    NONE = ""
    HOT = "hot"
    """It and the places around it are together higher than the rest."""
    CORE = "core"
    """Hot, and high among places that are high by themselves."""
    LONE = "lone"
    """High among places that are low."""


@dataclass(frozen=True, slots=True)
class Spots:
    """One entry for each place: what it is, its Gi* in standard deviations, its local Moran's I, and how often noise
    and chance do as much by themselves."""

    kinds: list[Spot]
    gi: Floats
    moran: Floats
    chances: Floats


@dataclass(frozen=True, slots=True)
class Touching:
    """Ordered pairs of places that touch (`here[n]` touches `there[n]`), as positions; both directions are in it."""

    here: Ints
    there: Ints

    def sums(self, values: Floats) -> Floats:
        """For each place the sum over those that touch it."""
        found = np.bincount(self.here, weights=values[self.there], minlength=values.size)
        return found.astype(np.float64)

    def counts(self, places: int) -> Ints:
        found: Ints = np.bincount(self.here, minlength=places)
        return found


def hot_spots(
    values: Floats,
    touching: Touching,
    variances: Floats,
    *,
    certain: Bools | None = None,
    level: float = LEVEL,
    deals: int = DEALS,
) -> Spots:
    """The spots among places with figures.

    variances: of each figure, by noise and chance, if all places were truly alike. certain: False for figures too
    uncertain to be named; they count as surroundings alone. Places that touch none (their neighbors are hidden, or
    there are none) are never found. Without LEAST_PLACES places, or where all are alike, nothing is found.
    """
    places = values.size
    if places < LEAST_PLACES or np.ptp(values) <= 0:
        return Spots([Spot.NONE] * places, np.zeros(places), np.zeros(places), np.ones(places))
    near = touching.counts(places)
    asked = (near > 0) & (values > values.mean()) & (True if certain is None else certain)
    around = touching.sums(values)
    dealt = _deals(values, int(near.max()) + 1, deals)
    together = _chance_high(around + values, near + 1, dealt)
    hot = np.where(asked, np.maximum(together, _noise_together(values, touching, variances)), 1.0)
    high = np.where(asked, np.maximum(_chance_high(around, near, dealt), hot), 1.0)
    low = np.where(asked, np.maximum(_chance_low(around, near, dealt), _noise_alone(values, touching, variances)), 1.0)
    is_hot, is_lone = np.split(discoveries(np.concatenate([hot, low]), level=level), 2)  # whatever is outlined, at once
    flags = is_hot.tolist(), discoveries(high, level=level).tolist(), is_lone.tolist()
    kinds = [_kind(*each) for each in zip(*flags, strict=True)]
    return Spots(kinds, gi_star(values, touching), local_moran(values, touching), np.where(is_hot, hot, low))


def _kind(hot: bool, high: bool, low: bool) -> Spot:
    if hot:
        return Spot.CORE if high else Spot.HOT
    return Spot.LONE if low else Spot.NONE


def gi_star(values: Floats, touching: Touching) -> Floats:
    """Getis-Ord Gi* with equal weights, the place itself included, in standard deviations."""
    places = values.size
    weight = touching.counts(places) + 1.0
    spread = np.sqrt(values.var() * (places * weight - weight**2) / (places - 1))
    found: Floats = (touching.sums(values) + values - weight * values.mean()) / np.maximum(spread, 1e-12)
    return found


def local_moran(values: Floats, touching: Touching) -> Floats:
    """Local Moran's I with row-standardized weights; 0 for a place that touches none."""
    centered = values - values.mean()
    near = np.maximum(touching.counts(values.size), 1)
    found: Floats = (values.size - 1) * centered * touching.sums(centered) / near / (centered**2).sum()
    return found


# ---- would figures dealt out at random do the same? ----


def _deals(values: Floats, most: int, deals: int) -> Floats:
    """Sums of the first 1, 2, … `most` figures of random deals without repetition, each column ascending."""
    dice = np.random.default_rng(_SEED)
    most = min(most, values.size)
    drawn = dice.integers(0, values.size, (deals, most))
    doubtful = np.arange(deals)
    while doubtful.size:
        ranked = np.sort(drawn[doubtful], axis=1)
        doubtful = doubtful[(ranked[:, 1:] == ranked[:, :-1]).any(axis=1)]
        drawn[doubtful] = dice.integers(0, values.size, (doubtful.size, most))
    return np.sort(np.cumsum(values[drawn], axis=1), axis=0)


def _chance_high(sums: Floats, sizes: Ints, dealt: Floats) -> Floats:
    """How often so many random figures add up to at least as much."""
    return _chance(sums, sizes, dealt, high=True)


def _chance_low(sums: Floats, sizes: Ints, dealt: Floats) -> Floats:
    """How often so many random figures add up to at most as much."""
    return _chance(sums, sizes, dealt, high=False)


def _chance(sums: Floats, sizes: Ints, dealt: Floats, *, high: bool) -> Floats:
    found = np.ones(sums.size)
    for size in np.unique(sizes[sizes > 0]):
        of_size = sizes == size
        column = dealt[:, min(int(size), dealt.shape[1]) - 1]
        if high:
            as_extreme = column.size - np.searchsorted(column, sums[of_size] - 1e-9, side="left")
        else:
            as_extreme = np.searchsorted(column, sums[of_size] + 1e-9, side="right")
        found[of_size] = (as_extreme + 1) / (column.size + 1)
    return found


# ---- would noise and chance do it, if all places were alike? ----


def _noise_together(values: Floats, touching: Touching, variances: Floats) -> Floats:
    """The chance that noise puts a place and its neighbors so far above all others."""
    inside = touching.counts(values.size) + 1.0
    outside = np.maximum(values.size - inside, 1.0)
    sums, noise = touching.sums(values) + values, touching.sums(variances) + variances
    gap = sums / inside - (values.sum() - sums) / outside
    return _tail(gap, noise / inside**2 + np.maximum(variances.sum() - noise, 0) / outside**2)


def _noise_alone(values: Floats, touching: Touching, variances: Floats) -> Floats:
    """The chance that noise puts a place so far above its neighbors."""
    near = np.maximum(touching.counts(values.size), 1).astype(np.float64)
    gap = values - touching.sums(values) / near
    return _tail(gap, variances + touching.sums(variances) / near**2)


def _tail(gap: Floats, variance: Floats) -> Floats:
    from scipy.special import ndtr  # not needed before the first map of hot spots

    found: Floats = ndtr(-gap / np.sqrt(np.maximum(variance, 1e-12)))
    return found
