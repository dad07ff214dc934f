"""One point for a shape as ArcGIS or GeoJSON writes it: a point itself; of a line or polygon one that lies on it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import dist, isfinite
from typing import Any

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from etl.errors import SourceUnreadable

Position = tuple[float, float]
Path = Sequence[Position]

WGS84 = "OGC:CRS84"
"""Longitude, latitude."""


class NoPoint(SourceUnreadable):
    """A shape is a line, a polygon or several points, and nobody declared that one point may stand for it."""

    def __init__(self) -> None:
        super().__init__(
            "The feed holds shapes that are no points.",
            'Say `shapes = "representative"` in [connector] if one point may stand for each; the last release stays '
            "up.",
        )


def esri_position(geometry: Mapping[str, Any] | None, *, representative: bool) -> Position | None:
    """The point of an ArcGIS geometry in its own coordinates; None where there is none. Raises NoPoint."""
    if not geometry:
        return None
    if "x" in geometry:
        return _finite((geometry["x"], geometry.get("y")))
    points, paths, rings = (geometry.get(part) or () for part in ("points", "paths", "rings"))
    return _position(_path(points), _paths(paths), _paths(rings), representative=representative)


def geojson_position(geometry: Mapping[str, Any] | None, *, representative: bool) -> Position | None:
    """The point of a GeoJSON geometry in its own coordinates; None where there is none. Raises NoPoint."""
    if not geometry:
        return None
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point":
        return _finite(given)
    if kind == "MultiPoint":
        return _position(_path(given or []), (), (), representative=representative)
    if kind in ("LineString", "MultiLineString"):
        return _position((), _paths([given] if kind == "LineString" else given), (), representative=representative)
    if kind in ("Polygon", "MultiPolygon"):
        rings = given if kind == "Polygon" else [ring for polygon in given or () for ring in polygon]
        return _position((), (), _paths(rings), representative=representative)
    raise NoPoint


def _position(points: Path, paths: Sequence[Path], rings: Sequence[Path], *, representative: bool) -> Position | None:
    if len(points) == 1 and not paths and not rings:
        return points[0]
    if not points and not paths and not rings:
        return None
    if not representative:
        raise NoPoint
    if rings:
        return _inside(rings)
    return _midway(max(paths, key=_length)) if paths else _most_central(points)


def _finite(given: Any) -> Position | None:
    """The first two numbers; ArcGIS writes an empty point as "NaN" or null."""
    try:
        position = float(given[0]), float(given[1])
    except (TypeError, ValueError, LookupError):
        return None
    return position if isfinite(position[0]) and isfinite(position[1]) else None


def _path(given: Sequence[Any]) -> list[Position]:
    return [position for each in given if (position := _finite(each)) is not None]


def _paths(given: Sequence[Any] | None) -> list[Path]:
    return [path for each in given or () if (path := _path(each))]


def _length(path: Path) -> float:
    return sum(dist(a, b) for a, b in pairwise(path))


def _midway(path: Path) -> Position:
    """The point half-way along a line."""
    left = _length(path) / 2
    for a, b in pairwise(path):
        step = dist(a, b)
        if step > 0 and step >= left:
            return a[0] + (b[0] - a[0]) * left / step, a[1] + (b[1] - a[1]) * left / step
        left -= step
    return path[0]


def _most_central(points: Path) -> Position:
    center = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    return min(points, key=lambda point: dist(point, center))


def _inside(rings: Sequence[Path]) -> Position:
    """The middle of the widest stretch of a level line that lies inside the rings, holes being outside.

    The level is half-way between the two heights of corners that enclose the middle, so that it meets no corner. A
    polygon without height gives its most central corner.
    """
    heights = sorted({y for ring in rings for _, y in ring})
    if len(heights) < 2:
        return _most_central([point for ring in rings for point in ring])
    middle = (heights[0] + heights[-1]) / 2
    below = max((y for y in heights if y <= middle), default=heights[0])
    above = min((y for y in heights if y > middle), default=heights[-1])
    level = (below + above) / 2
    crossings = sorted(x for ring in rings for x in _crossings(ring, level))
    stretches = list(zip(crossings[::2], crossings[1::2], strict=False))
    if not stretches:
        return _most_central([point for ring in rings for point in ring])
    left, right = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    return (left + right) / 2, level


def _crossings(ring: Path, level: float) -> list[float]:
    closed = [*ring, ring[0]]
    return [
        ax + (level - ay) * (bx - ax) / (by - ay)
        for (ax, ay), (bx, by) in pairwise(closed)
        if (ay > level) != (by > level)
    ]


def to_wgs84(positions: Sequence[Position | None], crs: Any, *, axes_as_named: bool = False) -> list[Position | None]:
    """The positions as lng and lat. `crs` is anything pyproj knows; None stands for WGS 84.

    `axes_as_named` is whether coordinates come in the order that the coordinate system names (latitude first for
    EPSG:4326), as OGC services do; else x comes first. What cannot be converted is None. Raises SourceUnreadable for a
    coordinate system that nobody knows, and for degrees that are none.
    """
    known = [position for position in positions if position is not None]
    if crs is not None and known:
        known = _converted(known, crs, axes_as_named=axes_as_named)
    elif any(abs(lng) > 180 or abs(lat) > 90 for lng, lat in known):
        raise SourceUnreadable(
            "The server gives coordinates that are no degrees and does not say in which system they are.",
            "Declare the coordinate system as `crs` in [connector]; the last release stays up.",
        )
    converted = iter(known)
    placed = [None if position is None else next(converted) for position in positions]
    return [p if p is not None and isfinite(p[0]) and isfinite(p[1]) else None for p in placed]


def _converted(positions: Sequence[Position], crs: Any, *, axes_as_named: bool) -> list[Position]:
    change = _transformer(crs, axes_as_named)
    x, y = change.transform([p[0] for p in positions], [p[1] for p in positions])
    return list(zip(map(float, x), map(float, y), strict=True))


@lru_cache(maxsize=8)
def _transformer(crs: Any, axes_as_named: bool) -> Transformer:
    """A number is EPSG's, or else Esri's own."""
    for name in (f"EPSG:{crs}", f"ESRI:{crs}") if isinstance(crs, int) else (crs,):
        try:
            return Transformer.from_crs(CRS.from_user_input(name), WGS84, always_xy=not axes_as_named)
        except CRSError:
            continue
    raise SourceUnreadable(
        f"The server's coordinate system {str(crs)[:80]!r} is unknown here.",
        "Ask the agency for one with an EPSG number; the last release stays up.",
    )
