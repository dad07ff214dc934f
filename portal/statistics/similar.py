"""Which places are most alike, by a few public attributes that are named beside the answer."""

from dataclasses import dataclass

import numpy as np

from portal.statistics.expectation import Floats

MOST = 3
"""Similar places that are named."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A place, by its position, and how far it is: 0 is the same in every attribute, 1 a usual difference in one."""

    place: int
    distance: float


def most_alike(attributes: Floats, place: int, *, most: int = MOST) -> list[Alike]:
    """The places nearest to one of them, nearest first. `attributes`: one row for each place, one column for each.

    Each attribute counts in standard deviations over all places, so that units do not matter; the distance is
    Euclidean. A place that lacks an attribute (nan) is never similar, and has none. An attribute in which all places
    are the same does not count.
    """
    whole = np.isfinite(attributes.sum(axis=1))
    if not whole[place] or attributes.shape[1] == 0:
        return []
    spread = attributes[whole].std(axis=0)
    scaled = (attributes - attributes[place])[:, spread > 0] / spread[spread > 0]
    distances = np.sqrt((scaled**2).sum(axis=1))
    others = [at for at in np.flatnonzero(whole).tolist() if at != place]
    ranked = sorted(others, key=lambda at: (float(distances[at]), at))[:most]
    return [Alike(at, float(distances[at])) for at in ranked]
