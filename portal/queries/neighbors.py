"""Which published places touch: cells by the grid, zones by their cells, areas by a shared point of their outlines."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import polars as pl

from layers.grid import cell_number, neighbor_pairs, text_expr
from layers.store.reader import Release
from portal.queries.offer import CELLS

PAIRS: dict[str, pl.DataType] = {"here": pl.String(), "there": pl.String()}
_DIGITS = 5
"""Decimals at which two corners are the same point: about a meter."""


@lru_cache(maxsize=64)
def touching_pairs(release: Release, geography: str, units: tuple[str, ...]) -> pl.DataFrame:
    """`here, there`: every ordered pair of touching places among `units`."""
    if geography in CELLS:
        return _cells(units)
    pairs = _zones(release, geography) if geography.startswith("zone") else _areas(release, geography)
    known = list(units)
    return pairs.filter(pl.col("here").is_in(known) & pl.col("there").is_in(known))


def _cells(units: tuple[str, ...]) -> pl.DataFrame:
    cells = pl.Series("cell", [cell_number(unit) for unit in units], dtype=pl.UInt64)
    return neighbor_pairs(cells).select(text_expr("cell").alias("here"), text_expr("neighbor").alias("there"))


def _zones(release: Release, geography: str) -> pl.DataFrame:
    """Zones touch where a cell of one touches a cell of the other."""
    zones = release.zones
    if zones is None or geography not in zones.columns:
        return pl.DataFrame(schema=PAIRS)
    of_cell = zones.select("cell", zone=geography)
    pairs = _cells(tuple(zones["cell"]))
    here, there = of_cell.rename({"cell": "here", "zone": "zone_here"}), of_cell.rename({"cell": "there"})
    joined = pairs.join(here, on="here").join(there, on="there")
    return _different(joined.select(pl.col("zone_here").alias("here"), pl.col("zone").alias("there")))


def _areas(release: Release, geography: str) -> pl.DataFrame:
    info = release.manifest.geography(geography)
    path = release.folder.parents[2] / "geo" / f"{geography}.{info.vintage}.geojson" if info else None
    if path is None or not path.is_file():
        return pl.DataFrame(schema=PAIRS)
    corners = pl.DataFrame(
        [(str(each["id"]), x, y) for each in json.loads(path.read_bytes())["features"] for x, y in _corners(each)],
        schema={"unit": pl.String, "x": pl.Float64, "y": pl.Float64},
        orient="row",
    ).unique()
    shared = corners.join(corners, on=["x", "y"])
    return _different(shared.select(pl.col("unit").alias("here"), pl.col("unit_right").alias("there")))


def _corners(feature: dict[str, Any]) -> Iterator[tuple[float, float]]:
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    for polygon in polygons:
        for ring in polygon:
            for x, y, *_ in ring:
                yield round(x, _DIGITS), round(y, _DIGITS)


def _different(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter(pl.col("here") != pl.col("there")).unique().sort("here", "there")
