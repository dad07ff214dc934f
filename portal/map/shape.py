"""An outline that somebody drew: how an address holds it, and which points lie within."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt

from portal.errors import BadQuestion
from portal.language import _

SCALE = 10_000
"""Steps per degree: four decimals, about ten meters."""
MOST_CORNERS = 50
_MOST_LAT, _MOST_LNG = 90 * SCALE, 180 * SCALE
_Corner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon without holes. `corners`: (lat, lng) in whole steps of 1/SCALE degree, the last joined to the first."""

    corners: tuple[_Corner, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """The shape of an address: the first corner, then the difference of each to the one before, `_` between all.

        Raises BadQuestion where the corners are none on earth, too few or too many, or where lines cross.
        """
        numbers = [int(part) for part in text.split("_")]
        steps = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0).tolist()
        return cls.of([(lat, lng) for lat, lng in steps])

    @classmethod
    def of(cls, corners: Sequence[_Corner]) -> Self:
        """A shape with these corners; one that repeats the corner before it is dropped. Raises BadQuestion."""
        kept = [corner for at, corner in enumerate(corners) if corner != corners[at - 1]]
        if len(kept) < 3 or not any(_turn(kept[0], kept[1], each) for each in kept):
            raise BadQuestion(_("A shape needs three corners that do not lie on one line."))
        if len(kept) > MOST_CORNERS:
            raise BadQuestion(_("A shape may have up to {most} corners.", most=MOST_CORNERS))
        if any(abs(lat) > _MOST_LAT or abs(lng) > _MOST_LNG for lat, lng in kept):
            raise BadQuestion(_("A corner of this shape is no place on earth: latitude up to 90, longitude up to 180."))
        if _crosses(kept):
            raise BadQuestion(_("The lines of this shape cross. Draw it so that its outline does not cross itself."))
        return cls(tuple(kept))

    @property
    def text(self) -> str:
        """How an address holds it."""
        steps = zip(self.corners, ((0, 0), *self.corners), strict=False)
        return "_".join(str(part) for here, before in steps for part in (here[0] - before[0], here[1] - before[1]))

    @property
    def ring(self) -> list[list[float]]:
        """Its outline as GeoJSON has one: `[lng, lat]`, closed."""
        closed = (*self.corners, self.corners[0])
        return [[lng / SCALE, lat / SCALE] for lat, lng in closed]

    def holds(self, lats: npt.NDArray[np.float64], lngs: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether each point (degrees) lies within.

        Even-odd rule with half-open edges, each computed from its southern end: of two shapes that share an edge
        exactly one holds a point on it.
        """
        y, x = lats * SCALE, lngs * SCALE
        inside = np.zeros(y.shape, dtype=bool)
        for (south, left), (north, right) in (sorted(edge) for edge in _edges(self.corners)):
            if south != north:
                at = left + (right - left) * (y - south) / (north - south)
                inside ^= (y >= south) & (y < north) & (x < at)
        return inside


def _edges(corners: Sequence[_Corner]) -> list[tuple[_Corner, _Corner]]:
    return list(zip(corners, (*corners[1:], corners[0]), strict=True))


def _crosses(corners: Sequence[_Corner]) -> bool:
    """Whether two edges that are no neighbors meet, or two neighbors lie on each other."""
    edges, count = _edges(corners), len(corners)
    for (n, one), (m, other) in combinations(enumerate(edges), 2):
        if m - n in (1, count - 1):
            first, middle, last = (one[0], one[1], other[1]) if m - n == 1 else (other[0], other[1], one[1])
            if _turn(first, middle, last) == 0 and _ahead(first, middle, last) < 0:
                return True
        elif _meet(one, other):
            return True
    return False


def _meet(one: tuple[_Corner, _Corner], other: tuple[_Corner, _Corner]) -> bool:
    a, b = (_sign(_turn(*one, corner)) for corner in other)
    c, d = (_sign(_turn(*other, corner)) for corner in one)
    if a != b and c != d:
        return True
    touching = [(one, corner) for corner, turn in zip(other, (a, b), strict=True) if turn == 0]
    touching += [(other, corner) for corner, turn in zip(one, (c, d), strict=True) if turn == 0]
    return any(_between(edge, corner) for edge, corner in touching)


def _between(edge: tuple[_Corner, _Corner], point: _Corner) -> bool:
    (a, b), (c, d) = edge
    return min(a, c) <= point[0] <= max(a, c) and min(b, d) <= point[1] <= max(b, d)


def _turn(a: _Corner, b: _Corner, c: _Corner) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _ahead(a: _Corner, b: _Corner, c: _Corner) -> int:
    return (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])


def _sign(number: int) -> int:
    return int(math.copysign(1, number)) if number else 0
