"""A geography's shapes as SVG paths on a fixed frame. Shape files never change, so paths are made once."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]


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
def paths(file: Path, frame: Frame) -> dict[str, str]:
    """Unit → path data, in whole tenths of a pixel, each point relative to the one before."""
    features = json.loads(file.read_bytes())["features"]
    return {str(each["id"]): "".join(_ring(ring, frame) for ring in _rings(each["geometry"])) for each in features}


@lru_cache(maxsize=24)
def box_of(file: Path) -> tuple[float, float, float, float]:
    """South, west, north, east of all shapes of a file."""
    features = json.loads(file.read_bytes())["features"]
    points = [point for each in features for ring in _rings(each["geometry"]) for point in ring]
    lngs, lats = [p[0] for p in points], [p[1] for p in points]
    return min(lats), min(lngs), max(lats), max(lngs)


def outer_edges(file: Path, frame: Frame, units: Iterable[str]) -> str:
    """Path data of the edges that belong to one of these shapes only: neighbors read as one group."""
    wanted, found = set(units), {}
    for each in json.loads(file.read_bytes())["features"]:
        if str(each["id"]) in wanted:
            for ring in _rings(each["geometry"]):
                for edge in pairwise((round(x, _SAME), round(y, _SAME)) for x, y, *_ in ring):
                    key = tuple(sorted(edge))
                    found[key] = None if key in found else edge
    lines = [tuple(frame.at(lat, lng) for lng, lat in edge) for edge in found.values() if edge]
    return "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for (a, b), (c, d) in lines)


_SAME = 5
"""Decimals at which two corners are the same point: about a meter."""


def _rings(geometry: dict[str, Any]) -> Iterable[Sequence[Sequence[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return (ring for polygon in polygons for ring in polygon)


def _ring(ring: Sequence[Sequence[float]], frame: Frame) -> str:
    tenths = [(round(x * 10), round(y * 10)) for x, y in (frame.at(lat, lng) for lng, lat in ring)]
    parts, before = [f"M{_number(tenths[0][0])} {_number(tenths[0][1])}l"], tenths[0]
    for point in tenths[1:-1]:
        if point != before:
            parts.append(f"{_number(point[0] - before[0])} {_number(point[1] - before[1])} ")
            before = point
    return "".join(parts).rstrip().rstrip("l") + "z"


def _number(tenths: int) -> str:
    whole, rest = divmod(abs(tenths), 10)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{whole}" if rest == 0 else f"{sign}{whole or ''}.{rest}"
