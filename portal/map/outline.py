"""The city drawn as lines: its districts as links, its neighborhoods behind them. Plain SVG, no script, no tiles."""

import json
import math
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from layers.release import GeographyInfo
from portal.frame.markup import Html
from portal.language import _, link
from portal.words.released import told

WIDTH = 520.0
_PAD = 6.0
MOST_CHARACTERS = 40_000
MOST_ZONE_CHARACTERS = 250_000
MOST_LABELS = 20
"""More districts than that get small numbers."""
Point = tuple[float, float]


def city_outline(folder: Path, front: GeographyInfo, behind: GeographyInfo | None) -> Html | None:
    """An SVG whose shapes of `front` link to their pages; None where the shapes are not in the store."""
    files = [_file(folder, each) for each in (front, behind) if each is not None]
    if not files[0].is_file():
        return None
    names = tuple((unit.id, unit.name, unit.lat, unit.lng) for unit in front.units)
    back = str(files[1]) if len(files) > 1 and files[1].is_file() else None
    words = _("{place} map: choose one", place=told(front.title))
    return _drawn(str(files[0]), back, words, names, tuple(link(f"/district/{quote(unit.id)}") for unit in front.units))


def zone_outline(folder: Path, zones: GeographyInfo, over: GeographyInfo | None, kept: frozenset[str]) -> Html | None:
    """An SVG of the zones named in `kept`, with the borders of `over` on them; None where the shapes are missing."""
    path, border = _file(folder, zones), _file(folder, over) if over is not None else None
    if not path.is_file():
        return None
    words = _("The zones of the city; the table below says the same in words")
    return _zones_drawn(str(path), str(border) if border is not None and border.is_file() else None, kept, words)


@lru_cache(maxsize=4)
def _zones_drawn(zones: str, over: str | None, kept: frozenset[str], words: str) -> Html:
    shapes = [(unit, rings) for unit, rings in _features(zones) if unit in kept]
    borders = _features(over) if over else []
    plane = _Plane([point for _, rings in (*shapes, *borders) for ring in rings for point in ring])
    fine = "".join(path for _, path in _paths(plane, shapes, step=0.5, most=MOST_ZONE_CHARACTERS))
    coarse = "".join(f'<path d="{path}"/>' for _, path in _paths(plane, borders, step=1.0)) if borders else ""
    return Html(
        f'<svg class="outline zones" viewBox="0 0 {WIDTH:.0f} {plane.height:.0f}" role="img" '
        f'aria-label="{escape(words)}">'
        f'<path class="zone" d="{fine}"/><g class="borders">{coarse}</g></svg>'
    )


def _file(folder: Path, geography: GeographyInfo) -> Path:
    return folder / "geo" / f"{geography.name}.{geography.vintage}.geojson"


@lru_cache(maxsize=8)
def _drawn(
    front: str,
    behind: str | None,
    words: str,
    names: tuple[tuple[str, str, float, float], ...],
    addresses: tuple[str, ...],
) -> Html:
    """Kept by file name, which names the vintage."""
    shapes = _features(front)
    plane = _Plane([point for _, rings in shapes for ring in rings for point in ring])
    parts = dict(_paths(plane, shapes, step=1.0))
    back = "".join(f'<path d="{path}"/>' for _, path in _paths(plane, _features(behind), step=1.5)) if behind else ""
    links = "".join(
        f'<a href="{escape(address)}" aria-label="{escape(name)}"><path d="{parts[unit]}"/>'
        f"{_label(plane.at((lng, lat)), unit)}</a>"
        for (unit, name, lat, lng), address in zip(names, addresses, strict=True)
        if unit in parts
    )
    kind = "outline crowded" if len(parts) > MOST_LABELS else "outline"
    return Html(
        f'<svg class="{kind}" viewBox="0 0 {WIDTH:.0f} {plane.height:.0f}" role="group" '
        f'aria-label="{escape(words)}"><g class="behind" aria-hidden="true">{back}</g>'
        f'<g class="front">{links}</g></svg>'
    )


def _paths(
    plane: "_Plane", shapes: list[tuple[str, list[list[Point]]]], step: float, most: int = MOST_CHARACTERS
) -> list[tuple[str, str]]:
    """Paths whose points are at least `step` apart, farther apart where there are so many that it would be heavy."""
    while True:
        paths = [(unit, plane.path(rings, step)) for unit, rings in shapes]
        if sum(len(path) for _, path in paths) <= most or step > WIDTH / 20:
            return paths
        step *= 1.4


def _label(at: Point, text: str) -> str:
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" aria-hidden="true">{escape(text)}</text>'


def _features(path: str) -> list[tuple[str, list[list[Point]]]]:
    collection = json.loads(Path(path).read_bytes())
    return [(str(each["id"]), _rings(each["geometry"])) for each in collection["features"]]


def _rings(geometry: dict[str, Any]) -> list[list[Point]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]


class _Plane:
    """Degrees to drawing units: north up, as wide as the drawing, undistorted in the middle of the city."""

    def __init__(self, points: list[Point]) -> None:
        lngs, lats = [p[0] for p in points], [p[1] for p in points]
        self._west, self._north = min(lngs), max(lats)
        squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
        self._x = (WIDTH - 2 * _PAD) / ((max(lngs) - min(lngs)) * squeeze or 1) * squeeze
        self._y = self._x / squeeze
        self.height = (max(lats) - min(lats)) * self._y + 2 * _PAD

    def at(self, point: Point) -> Point:
        return _PAD + (point[0] - self._west) * self._x, _PAD + (self._north - point[1]) * self._y

    def path(self, rings: list[list[Point]], step: float) -> str:
        """The rings as an SVG path; a ring smaller than the eye can see is left out."""
        kept = [self._steps(ring, step) for ring in rings]
        return "".join(f"M{'L'.join(steps)}Z" for steps in kept if len(steps) > 2)

    def _steps(self, ring: list[Point], step: float) -> list[str]:
        kept: list[Point] = []
        for point in map(self.at, ring):
            if not kept or math.dist(kept[-1], point) >= step:
                kept.append(point)
        return [f"{x:.1f},{y:.1f}" for x, y in kept]
