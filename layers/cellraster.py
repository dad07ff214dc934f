"""H3 cells of very many points in one city: most lie deep inside a cell, and a raster over the city tells which.

A square of the raster has a cell where all of it lies inside that cell, well away from its border. A point in any other
square may lie well inside the cell of the square's middle. What does not, or lies beyond the raster, is asked of the
grid itself. The raster changes no answer, only how fast it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import cos, radians
from threading import Lock

import numpy as np
import polars as pl

from layers.grid import cell_expr, corners

Box = tuple[float, float, float, float]

MANY_POINTS = 200_000
"""Once so many points of a city were asked for, a raster is worth its making."""
SQUARES = 384
"""Squares along each side of the raster."""
POINTS_AT_ONCE = 65_536
MARGIN = 1e-3
"""How far inside a cell a square or a point must lie, in lengths of its edge. Edges are great circles, which leave the
straight line of a plate carree by far less: by the share length × tan(latitude) / 8 earth radii."""

_COARSEST, _FARTHEST_LAT, _FARTHEST_LNG = 6, 75.0, 179.0
"""Where that share is below a third of the margin, and no cell lies on both ends of the plate."""
_FEWEST_PER_CELL = 6
"""With fewer squares per cell the raster tells too little to be worth its making."""
_SIDES = 6
_UNKNOWN = 0  # no cell has this number
_TURN = Lock()


def cells_of(lat: pl.Series, lng: pl.Series, resolutions: Sequence[int], box: Box) -> list[pl.Series]:
    """The UInt64 cell of each point at each resolution, null where a coordinate is null: what `cell_expr` gives.

    Float64 degrees. `box` (west, south, east, north) is where most of them are expected: the city's frame.
    """
    points = pl.DataFrame({"lat": lat, "lng": lng})
    raster = _raster(box)
    raster.asked += points.height
    many = raster.asked >= MANY_POINTS
    told = {each: cells for each in resolutions if many and (cells := raster.cells(each)) is not None}
    others = [each for each in resolutions if each not in told]
    plain = dict(zip(others, _plain(points, others), strict=True)) if others else {}
    squares = raster.squares(lat.to_numpy(), lng.to_numpy()) if told else np.empty(0)
    return [_looked_up(points, squares, told[each], each) if each in told else plain[each] for each in resolutions]


def _plain(points: pl.DataFrame, resolutions: Sequence[int]) -> list[pl.Series]:
    columns = [cell_expr("lat", "lng", resolution).alias(str(resolution)) for resolution in resolutions]
    return points.lazy().select(columns).collect(engine="streaming").get_columns()


def _looked_up(points: pl.DataFrame, squares: np.ndarray, cells: "_Cells", resolution: int) -> pl.Series:
    found = cells.told(squares, points["lat"].to_numpy(), points["lng"].to_numpy())
    unknown = np.flatnonzero(found == _UNKNOWN)
    (asked,) = _plain(points[unknown], [resolution])
    if asked.null_count():
        return pl.Series(found).scatter(unknown, asked)
    found[unknown] = asked.to_numpy()
    return pl.Series(found)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a raster. A square, or a point, lies in a cell if it lies on the inner side of all of its edges,
    past the margin: what lies so in a simple polygon lies in it, convex or not."""

    numbers: np.ndarray
    """UInt64, one more at the end for no cell."""
    edges: np.ndarray
    """By side, then by cell: `right`, `above`, `least` of the line; inside of it right × lng + above × lat > least."""
    near: np.ndarray
    """The place in `numbers` of the cell in the middle of each square, one square more at the end for elsewhere."""
    cell: np.ndarray
    """The cell that all of a square lies in, or _UNKNOWN."""

    def told(self, squares: np.ndarray, lat: np.ndarray, lng: np.ndarray) -> np.ndarray:
        """The cell of each point as far as the raster tells, else _UNKNOWN."""
        found: np.ndarray = self.cell[squares]
        others = np.flatnonzero(found == _UNKNOWN)
        for start in range(0, len(others), POINTS_AT_ONCE):
            part = others[start : start + POINTS_AT_ONCE]
            near = self.near[squares[part]]
            inside = _inside(self.edges, near, lat[part], lng[part])
            found[part] = np.where(inside, self.numbers[near], np.uint64(_UNKNOWN))
        return found


@dataclass(slots=True)
class _Raster:
    """The cells of the squares over a box, by resolution, each made when it is first asked for."""

    box: Box
    asked: int = 0
    _cells: dict[int, _Cells | None] = field(default_factory=dict)

    def squares(self, lat: np.ndarray, lng: np.ndarray) -> np.ndarray:
        """The square of each point; the last, extra one for those beyond the box or nowhere."""
        west, south, east, north = self.box
        found = np.empty(len(lat), dtype=np.int32)
        for start in range(0, len(lat), POINTS_AT_ONCE):
            part = slice(start, start + POINTS_AT_ONCE)
            column = (lng[part] - west) * (SQUARES / (east - west))
            row = (lat[part] - south) * (SQUARES / (north - south))
            within = (column >= 0) & (column < SQUARES) & (row >= 0) & (row < SQUARES)
            if not within.all():
                column, row = np.where(within, column, 0), np.where(within, row, SQUARES)
            found[part] = row.astype(np.int32) * SQUARES + column.astype(np.int32)
        return found

    def cells(self, resolution: int) -> _Cells | None:
        """The cells of its squares; None where most would hold points of several."""
        with _TURN:
            if resolution not in self._cells:
                self._cells[resolution] = _cells_of_squares(self.box, resolution)
            return self._cells[resolution]


@lru_cache(maxsize=4)
def _raster(box: Box) -> _Raster:
    return _Raster(box)


def _cells_of_squares(box: Box, resolution: int) -> _Cells | None:
    west, south, east, north = box
    plain = max(-south, north) <= _FARTHEST_LAT and max(-west, east) <= _FARTHEST_LNG
    if resolution < _COARSEST or not plain or not (west < east and south < north):
        return None
    width, height = (east - west) / SQUARES, (north - south) / SQUARES
    lng = np.tile(west + (np.arange(SQUARES) + 0.5) * width, SQUARES)
    lat = np.repeat(south + (np.arange(SQUARES) + 0.5) * height, SQUARES)
    (middles,) = _plain(pl.DataFrame({"lat": lat, "lng": lng}), [resolution])
    numbers, near = np.unique(middles.to_numpy(), return_inverse=True)
    if len(numbers) * _FEWEST_PER_CELL > len(near):
        return None
    edges = _edges(numbers, stretch=cos(radians((south + north) / 2)))
    reach = np.abs(edges[:, :, 0]) * width / 2 + np.abs(edges[:, :, 1]) * height / 2
    narrower = np.dstack([edges[:, :, :2], edges[:, :, 2] + reach])
    cell = np.where(_inside(narrower, near, lat, lng), numbers[near], np.uint64(_UNKNOWN))
    nothing = np.uint64(_UNKNOWN)
    return _Cells(np.append(numbers, nothing), edges, np.append(near, len(numbers)), np.append(cell, nothing))


def _edges(numbers: np.ndarray, stretch: float) -> np.ndarray:
    """The lines of the cells' edges, the margin inside of them; one cell more at the end in which nothing lies.

    `stretch` is how much shorter a degree of longitude is than one of latitude.
    """
    nowhere = [(np.nan, np.nan)] * _SIDES  # a pentagon too, or a cell bent where it crosses an edge of the icosahedron
    outlines = [*(corners(int(number)) for number in numbers), nowhere]
    points = np.array([outline if len(outline) == _SIDES else nowhere for outline in outlines])
    y, x = points[:, :, 0].T, points[:, :, 1].T * stretch
    along, up = np.roll(x, -1, axis=0) - x, np.roll(y, -1, axis=0) - y
    length = np.hypot(along, up)
    right, above = -up / length, along / length
    return np.dstack([right * stretch, above, right * x + above * y + MARGIN * length])


def _inside(edges: np.ndarray, near: np.ndarray, lat: np.ndarray, lng: np.ndarray) -> np.ndarray:
    """Whether each point lies on the inner side of all edges of the cell at its place."""
    inside = np.ones(len(near), dtype=bool)
    for side in edges:
        right, above, least = (side[:, part][near] for part in range(3))
        np.logical_and(inside, right * lng + above * lat > least, out=inside)
    return inside
