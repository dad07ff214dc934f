"""Where a place stands among others: a range of ranks, as narrow as the published ranges allow and no narrower."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from portal.queries.change import Z90
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


def is_rankable(rate: Figure) -> bool:
    """False for places too small to rank: the figure is not shown, or too uncertain."""
    return rate.value is not None and rate.flag != "unrankable"


def range_of(rate: Figure, count: Figure) -> tuple[float, float]:
    """The range of a rate for ranking, also of one too small to rank: it may still stand above others.

    A protected rate has its published range (90 %), also where it is hidden. An exact one is as uncertain as chance
    makes a count of that size: √count ± 1.645 / 2, squared (the transform that steadies the variance of a Poisson
    count: Bartlett 1936).
    """
    if rate.low is not None and rate.high is not None:
        return rate.low, rate.high
    if rate.value is None or not count.value:
        return ANYWHERE
    root, scale = math.sqrt(count.value), rate.value / count.value
    return max(root - Z90 / 2, 0) ** 2 * scale, (root + Z90 / 2) ** 2 * scale
