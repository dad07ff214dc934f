"""Where a place stands among others: a range of ranks, as narrow as the published ranges allow and no narrower."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from layers.measures import Kind
from layers.release import MeasureInfo
from portal.queries.change import Z90, is_of_counted, is_stock
from portal.queries.figure import Figure


@dataclass(frozen=True, slots=True)
class Standing:
    """Rank 1 is the highest figure. The place may be anywhere from `best` to `worst` of `of` places."""

    best: int
    worst: int
    of: int

    @property
    def known(self) -> bool:
        """False where it may be any rank at all: then none is told."""
        return self.of > 1 and (self.best, self.worst) != (1, self.of)


def standings(ranges: Mapping[str, tuple[float, float]]) -> dict[str, Standing]:
    """Place → standing, from the ranges (low, high) in which the figures lie.

    Another place comes before only where its whole range lies above; places whose ranges touch are in no order.
    """
    of = len(ranges)
    return {
        place: Standing(
            best=1 + sum(other_low > high for other_low, _ in ranges.values()),
            worst=of - sum(other_high < low for _, other_high in ranges.values()),
            of=of,
        )
        for place, (low, high) in ranges.items()
    }


ANYWHERE = (-math.inf, math.inf)
"""The range of a place of which nothing is known."""


STARRED = ("caution", "unrankable")
"""Flags of figures whose margin is wide: a star stands beside them."""


def is_rankable(rate: Figure) -> bool:
    """False for places too small to rank: the figure is not shown, or starred."""
    return rate.value is not None and rate.flag not in STARRED


def has_ranges(measure: MeasureInfo) -> bool:
    """Whether what margins and chance leave open is known of figures of a measure."""
    if measure.kind is Kind.SHARE:
        return measure.over is not None and is_of_counted(measure)
    return measure.kind in (Kind.COUNT, Kind.RATE) and not is_stock(measure)


def range_in(figure: Figure, measure: MeasureInfo, *, among: int) -> tuple[float, float]:
    """The range of any figure beside so many others of its measure; ANYWHERE where nothing bounds it."""
    if not has_ranges(measure):
        return ANYWHERE
    if measure.kind is Kind.SHARE:
        return _share_range(figure, among)
    if measure.kind is Kind.COUNT and figure.value == 0 and figure.high is None:
        return 0.0, (_joint(among) / 2) ** 2
    return range_of(figure, figure if measure.kind is Kind.COUNT else figure.counted(), among=among)


def _share_range(figure: Figure, among: int) -> tuple[float, float]:
    """Of a share of so many cases: Wilson, "Probable Inference" (1927), with half a case for whole numbers."""
    if figure.value is None or not figure.of:
        return ANYWHERE
    z, n, share = _joint(among), figure.of, figure.value

    def end(side: int) -> float:
        edge = min(max(share + side / (2 * n), 0.0), 1.0)
        spread = z * math.sqrt(edge * (1 - edge) / n + z * z / (4 * n * n))
        return (edge + z * z / (2 * n) + side * spread) / (1 + z * z / n)

    return end(-1), end(1)


def as_high(ranges: Sequence[tuple[float, float]], named: Collection[int]) -> int:
    """How many others may be as high as the lowest of those named."""
    least = min((ranges[at][0] for at in named), default=math.inf)
    return sum(high >= least for at, (_low, high) in enumerate(ranges) if at not in named)


def as_low(ranges: Sequence[tuple[float, float]], named: Collection[int]) -> int:
    """How many others may be as low as the highest of those named."""
    return as_high([(-high, -low) for low, high in ranges], named)


def range_of(rate: Figure, count: Figure, *, among: int) -> tuple[float, float]:
    """The range of a rate for ranking among so many places, also of one too small to rank: it may still stand above.

    A protected rate has its published range, also where it is hidden, and the chance of its count on top. An exact one
    is as uncertain as chance makes a count of that size: √count ± z/2, squared (the transform that steadies the
    variance of a Poisson count: Bartlett 1936). Ranges are so wide that all hold together in 90 of 100 cases, so all
    ranks made of them do: Klein, Wright and Wieczorek, "A joint confidence region for an overall ranking of
    populations" (2020).
    """
    z, scale = _joint(among), _per_event(rate, count)
    if rate.low is not None and rate.high is not None:
        chance = z * scale * math.sqrt(max(count.value if count.value is not None else count.high or 0.0, 0.0))
        if rate.value is None:
            return rate.low, rate.high + chance
        below, above = ((rate.value - rate.low) * z / Z90, (rate.high - rate.value) * z / Z90)
        return max(rate.value - math.hypot(below, chance), 0.0), rate.value + math.hypot(above, chance)
    if rate.value is None or not count.value:
        return ANYWHERE
    root = math.sqrt(count.value)
    return max(root - z / 2, 0) ** 2 * scale, (root + z / 2) ** 2 * scale


@lru_cache(maxsize=256)
def _joint(among: int) -> float:
    """Standard deviations on both sides that hold so many figures at once with 90 %."""
    return NormalDist().inv_cdf((1 + 0.9 ** (1 / max(among, 1))) / 2)


def _per_event(rate: Figure, count: Figure) -> float:
    """How much one event adds to the rate; 0 where that is not told."""
    for one, other in ((rate.value, count.value), (rate.high, count.high)):
        if one is not None and other:
            return one / other
    return 0.0
