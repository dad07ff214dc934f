"""H3 cells of very many points in one city: most lie deep inside a cell, and a raster over the city tells which.

A square of the raster has a cell where all of it lies inside that cell, well away from its border. What lies in any
other square, or beyond the raster, is asked of the grid itself. The raster changes no answer, only how fast it comes.
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
SQUARES = 512
"""Squares along each side of the raster."""
POINTS_AT_ONCE = 65_536
MARGIN = 1e-3
"""How far inside a cell a square must lie, in lengths of the cell's edge. Edges are great circles, which between two
corners leave the straight line of a plate carree by far less: by the share length × tan(latitude) / 8 earth radii."""

_COARSEST, _FARTHEST_LAT, _FARTHEST_LNG = 6, 80.0, 179.0
"""Where that share is below a seventh of the margin, and no cell lies on both ends of the plate."""
_FEWEST_PER_CELL = 20
"""With fewer squares per cell, more than half of them would lie on a border."""
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


def _looked_up(points: pl.DataFrame, squares: np.ndarray, cells: np.ndarray, resolution: int) -> pl.Series:
    found = cells[squares]
    unknown = np.flatnonzero(found == _UNKNOWN)
    (asked,) = _plain(points[unknown], [resolution])
    if asked.null_count():
        return pl.Series(found).scatter(unknown, asked)
    found[unknown] = asked.to_numpy()
    return pl.Series(found)


@dataclass(slots=True)
class _Raster:
    """The cells of the squares over a box, by resolution, each made when it is first asked for."""

    box: Box
    asked: int = 0
    _cells: dict[int, np.ndarray | None] = field(default_factory=dict)

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

    def cells(self, resolution: int) -> np.ndarray | None:
        """The cell of each square, _UNKNOWN where it may hold points of several; None where that would be most."""
        with _TURN:
            if resolution not in self._cells:
                self._cells[resolution] = _cells_of_squares(self.box, resolution)
            return self._cells[resolution]


@lru_cache(maxsize=4)
def _raster(box: Box) -> _Raster:
    return _Raster(box)


def _cells_of_squares(box: Box, resolution: int) -> np.ndarray | None:
    west, south, east, north = box
    plain = max(-south, north) <= _FARTHEST_LAT and max(-west, east) <= _FARTHEST_LNG
    if resolution < _COARSEST or not plain or not (west < east and south < north):
        return None
    width, height = (east - west) / SQUARES, (north - south) / SQUARES
    lng = np.tile(west + (np.arange(SQUARES) + 0.5) * width, SQUARES)
    lat = np.repeat(south + (np.arange(SQUARES) + 0.5) * height, SQUARES)
    (middles,) = _plain(pl.DataFrame({"lat": lat, "lng": lng}), [resolution])
    cells, which = np.unique(middles.to_numpy(), return_inverse=True)
    if len(cells) * _FEWEST_PER_CELL > len(which):
        return None
    inside = _inside(cells, which, lat, lng, (height, width))
    return np.append(np.where(inside, cells[which], _UNKNOWN), np.uint64(_UNKNOWN)).astype(np.uint64)


def _inside(
    cells: np.ndarray, which: np.ndarray, lat: np.ndarray, lng: np.ndarray, size: tuple[float, float]
) -> np.ndarray:
    """Whether all of the square around each point lies on the inner side of every edge of its cell, past the margin.

    What lies on the inner side of all edges of a simple polygon lies in it, convex or not.
    """
    stretch = cos(radians(float(lat.mean())))
    outlines = [corners(int(cell)) for cell in cells]
    missing = [(np.nan, np.nan)] * _SIDES  # a pentagon, or bent where it crosses an edge of the icosahedron
    points = np.array([outline if len(outline) == _SIDES else missing for outline in outlines])
    ys, xs = points[:, :, 0], points[:, :, 1] * stretch
    inside = np.ones(len(which), dtype=bool)
    for side in range(_SIDES):
        x, y = xs[:, side], ys[:, side]
        along, up = xs[:, (side + 1) % _SIDES] - x, ys[:, (side + 1) % _SIDES] - y
        length = np.hypot(along, up)
        right, above = -up / length, along / length
        reach = np.abs(above) * size[0] / 2 + np.abs(right) * size[1] * stretch / 2 + MARGIN * length
        least = right * x + above * y + reach
        inside &= right[which] * (lng * stretch) + above[which] * lat > least[which]
    return inside
