"""Places on a map. Shapes travel by address, once; a change of question sends values only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zlib import crc32

import polars as pl
from dash import Patch

from portal.charts.palette import (
    BIVARIATE_TOKENS,
    CODE,
    LOWEST,
    OUTLINE,
    RAMP_TOKENS,
    STATUS_TOKENS,
    ramp_step,
)
from portal.queries.heat import classes_of

STYLE = "/assets/map-style.json"
"""An empty ground: its color is the page's, so that nothing is drawn by anybody else."""

_CODE = {status.value: code for status, code in CODE.items()}
_OUTLINE = {status.value: width for status, width in OUTLINE.items()}
_POINT_SIZES = (7.0, 26.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the places: where the map opens, outlines of areas, names.

    shapes: address of the places' GeoJSON. outlines: address of lines drawn over them, or None.
    names: `name, lat, lng` rows. cells: the cell geographies that zooming may change between.
    """

    shapes: str
    geography: str
    lat: float
    lng: float
    zoom: float
    outlines: str | None = None
    names: Sequence[tuple[str, float, float]] = ()
    cells: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None
    """South, west, north, east: fitted to the reader's screen."""
    keep: str = "city"
    """While this stays the same, the map keeps the reader's own view."""


@dataclass(frozen=True, slots=True)
class Places:
    """What is drawn: a unit, a code (CODE or a class) and a text for each place."""

    units: list[str]
    codes: list[int]
    widths: list[float]
    texts: list[str]
    tokens: tuple[str, ...]
    unit: str | None = None
    points: pl.DataFrame | None = field(default=None, compare=False)
    outlined: Mapping[str, Sequence[str]] = field(default_factory=dict, compare=False)
    """Kind of hot spot → units that are outlined as it."""
    ring: Sequence[Sequence[float]] = field(default=(), compare=False)
    """A drawn outline, as GeoJSON has one."""

    @property
    def key(self) -> str:
        """Names the set of places: while it stays, only values need to travel."""
        return f"{len(self.units)}-{crc32(','.join(self.units).encode()):08x}-{len(self.tokens)}"


def heat_places(
    rows: pl.DataFrame,
    breaks: tuple[float, ...],
    texts: list[str],
    *,
    unit: str | None = None,
    points: pl.DataFrame | None = None,
) -> Places:
    """Places in classes of one ramp. `rows`: `unit, status, value`."""
    steps = [ramp_step(place, len(breaks) + 1) for place in range(len(breaks) + 1)]
    classes, statuses = classes_of(rows["value"].to_list(), breaks), rows["status"].to_list()
    codes = [
        _CODE[status] if status != "value" or place is None else steps[place]
        for status, place in zip(statuses, classes, strict=True)
    ]
    return Places(rows["unit"].to_list(), codes, _widths(statuses), texts, RAMP_TOKENS, unit, points)


def bivariate_places(rows: pl.DataFrame, texts: list[str], *, unit: str | None = None) -> Places:
    """Places in 3 × 3 classes. `rows`: `unit, status, concern_class, supply_class`."""
    codes = [
        _CODE.get(status, LOWEST) if concern is None else 3 * concern + supply
        for status, concern, supply in rows.select("status", "concern_class", "supply_class").iter_rows()
    ]
    return Places(rows["unit"].to_list(), codes, _widths(rows["status"].to_list()), texts, BIVARIATE_TOKENS, unit)


def map_figure(ground: Ground, places: Places) -> dict[str, Any]:
    """The whole figure: places, names, developments."""
    return {
        "data": [_choropleth(ground, places), _names(ground), *_points(places.points)],
        "layout": {
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "map": {
                "style": STYLE,
                "center": {"lat": ground.lat, "lon": ground.lng},
                "zoom": ground.zoom,
                "layers": [_outlines(ground.outlines)] if ground.outlines else [],
            },
            "meta": _meta(ground, places),
        },
    }


def map_patch(ground: Ground, places: Places) -> Patch:
    """The same figure as a change of one that shows the same places: values, texts, outlines."""
    patch = Patch()
    patch["data"][0]["z"] = places.codes
    patch["data"][0]["text"] = places.texts
    patch["data"][0]["marker"]["line"]["width"] = places.widths
    for at, trace in enumerate(_points(places.points)):
        patch["data"][2 + at] = trace
    patch["layout"]["meta"] = _meta(ground, places)
    return patch


def zoom_for(south: float, west: float, north: float, east: float, *, wide: int = 560, high: int = 440) -> float:
    """The zoom at which a box fills so many pixels (Web Mercator, tiles of 512 pixels)."""
    across = math.log2(wide * 360 / (512 * max(east - west, 1e-4)))
    stretch = math.cos(math.radians((south + north) / 2))
    down = math.log2(high * 360 * stretch / (512 * max(north - south, 1e-4)))
    return round(min(across, down), 2)


def _meta(ground: Ground, places: Places) -> dict[str, Any]:
    return {
        "keep": ground.keep,
        "unit": places.unit,
        "spots": {kind: list(units) for kind, units in places.outlined.items()},
        "ring": list(places.ring),
        "geography": ground.geography,
        "cells": list(ground.cells),
        "center": {"lat": ground.lat, "lon": ground.lng},
        "zoom": ground.zoom,
        "box": ground.box,
    }


def _choropleth(ground: Ground, places: Places) -> dict[str, Any]:
    return {
        "type": "choroplethmap",
        "geojson": ground.shapes,
        "locations": places.units,
        "z": places.codes,
        "zmin": LOWEST - 0.5,
        "zmax": len(places.tokens) - 0.5,
        "showscale": False,
        "text": places.texts,
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"opacity": 1, "line": {"width": places.widths, "color": "#5b6875"}},
        "meta": {"tokens": {"scale": [*STATUS_TOKENS, *places.tokens], "line": "--an-cell"}},
    }


def _names(ground: Ground) -> dict[str, Any]:
    return {
        "type": "scattermap",
        "mode": "text",
        "text": [name for name, _, _ in ground.names],
        "lat": [lat for _, lat, _ in ground.names],
        "lon": [lng for _, _, lng in ground.names],
        "textfont": {"size": 12},
        "hoverinfo": "skip",
        "meta": {"tokens": {"text": "--an-ink"}},
    }


def _points(points: pl.DataFrame | None) -> list[dict[str, Any]]:
    """Developments: a dark rim under a light disk, larger for more units. Both are there, hidden, without any."""
    return _no_points() if points is None else _disks(points, shown=points.height > 0)


@cache
def _no_points() -> list[dict[str, Any]]:
    return _disks(pl.DataFrame({"lat": [0.0], "lng": [0.0], "units": [0.0], "text": [""]}), shown=False)


def _disks(frame: pl.DataFrame, *, shown: bool) -> list[dict[str, Any]]:
    sizes = _sizes(frame["units"])
    common = {"type": "scattermap", "mode": "markers", "lat": frame["lat"].to_list(), "lon": frame["lng"].to_list()}
    rim = {"size": [round(size + 3, 1) for size in sizes], "opacity": 1}
    disk = {"size": sizes, "opacity": 1}
    text = frame["text"].to_list() if "text" in frame.columns else []
    return [
        {**common, "visible": shown, "marker": rim, "hoverinfo": "skip", "meta": _marker("--an-supply-rim")},
        {
            **common,
            "visible": shown,
            "marker": disk,
            "text": text,
            "hovertemplate": "%{text}<extra></extra>",
            "meta": _marker("--an-supply"),
        },
    ]  # fmt: skip


def _marker(token: str) -> dict[str, Any]:
    return {"tokens": {"marker": token}}


def _sizes(units: pl.Series) -> list[float]:
    low, high = _POINT_SIZES
    most = float(units.max() or 1) or 1.0  # type: ignore[arg-type]  # a column of numbers
    return [round(low + (high - low) * (value / most) ** 0.5, 1) for value in units.fill_null(0.0)]


def _outlines(address: str) -> dict[str, Any]:
    return {"sourcetype": "geojson", "source": address, "type": "line", "color": "#5b6875", "line": {"width": 1.6}}


def _widths(statuses: Sequence[str]) -> list[float]:
    return [_OUTLINE[status] for status in statuses]
