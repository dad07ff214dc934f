"""A geography's shapes as SVG paths on a fixed frame. Shape files never change, so corners are computed once.

Path data is in whole tenths of a pixel (`TENTHS` on the path brings it to size), each corner relative to the one
before: a picture of three thousand cells stays under 150 kB without packing.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Corners = tuple[tuple[int, int], ...]
"""Of one ring, in tenths of a pixel, without the last, which is the first again."""
TENTHS = 'transform="scale(.1)"'


@dataclass(frozen=True, slots=True)
class Frame:
    """A box of degrees (south, west, north, east) fitted into a picture's rectangle of pixels, north up."""

    box: tuple[float, float, float, float]
    left: float
    top: float
    width: float
    height: float

    def at(self, lat: float, lng: float) -> Point:
        """Pixels of a place. Longitude shrinks by the cosine of the middle latitude: true at a city's size."""
        south, west, north, east = self.box
        shrink = math.cos(math.radians((south + north) / 2))
        scale = min(self.width / max((east - west) * shrink, 1e-6), self.height / max(north - south, 1e-6))
        x = self.left + (self.width - (east - west) * shrink * scale) / 2 + (lng - west) * shrink * scale
        y = self.top + (self.height - (north - south) * scale) / 2 + (north - lat) * scale
        return x, y


def proportion(box: tuple[float, float, float, float]) -> float:
    """Width of a box (south, west, north, east) on the ground per height."""
    south, west, north, east = box
    return max((east - west) * math.cos(math.radians((south + north) / 2)), 1e-6) / max(north - south, 1e-6)


@lru_cache(maxsize=24)
def corners(file: Path, frame: Frame) -> dict[str, tuple[Corners, ...]]:
    """Unit → its rings."""
    features = json.loads(file.read_bytes())["features"]
    return {str(each["id"]): tuple(_ring(ring, frame) for ring in _rings(each["geometry"])) for each in features}


def path_data(rings: Iterable[Corners]) -> str:
    """All of these rings as the data of one path, in tenths of a pixel."""
    parts, begun = [], (0, 0)
    for ring in rings:
        steps = [coordinate for a, b in pairwise((begun, *ring)) for coordinate in (b[0] - a[0], b[1] - a[1])]
        parts.append(f"m{_numbers(steps)}z")
        begun = ring[0]  # where a closed ring ends
    return "".join(parts)


@lru_cache(maxsize=24)
def box_of(file: Path) -> tuple[float, float, float, float]:
    """South, west, north, east of all shapes of a file."""
    features = json.loads(file.read_bytes())["features"]
    points = [point for each in features for ring in _rings(each["geometry"]) for point in ring]
    lngs, lats = [p[0] for p in points], [p[1] for p in points]
    return min(lats), min(lngs), max(lats), max(lngs)


def outer_edges(file: Path, frame: Frame, units: Iterable[str]) -> str:
    """Path data of the edges that belong to one of these shapes only: neighbors read as one group. In tenths."""
    wanted, found = set(units), {}
    for each in json.loads(file.read_bytes())["features"]:
        if str(each["id"]) in wanted:
            for ring in _rings(each["geometry"]):
                for edge in pairwise((round(x, _SAME), round(y, _SAME)) for x, y, *_ in ring):
                    key = tuple(sorted(edge))
                    found[key] = None if key in found else edge
    lines = [[_tenths(frame.at(lat, lng)) for lng, lat in edge] for edge in found.values() if edge]
    return "".join(f"M{_numbers(a)}l{_numbers((b[0] - a[0], b[1] - a[1]))}" for a, b in lines)


_SAME = 5
"""Decimals at which two corners are the same point: about a meter."""


def _rings(geometry: dict[str, Any]) -> Iterable[Sequence[Sequence[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return (ring for polygon in polygons for ring in polygon)


def _ring(ring: Sequence[Sequence[float]], frame: Frame) -> Corners:
    found = [_tenths(frame.at(lat, lng)) for lng, lat, *_ in ring[:-1]]
    return tuple(each for at, each in enumerate(found) if at == 0 or each != found[at - 1])


def _tenths(point: Point) -> tuple[int, int]:
    return round(point[0] * 10), round(point[1] * 10)


def _numbers(whole: Iterable[int]) -> str:
    """Parted where no sign parts them already."""
    return "".join(f" {each}" if at and each >= 0 else str(each) for at, each in enumerate(whole))
