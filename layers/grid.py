"""H3 cells: the only module that knows the grid library.

Cells are unsigned 64-bit integers inside data frames and 15 hex digits in anything published.
Coordinates are WGS 84 degrees, always in the order lat, lng.
"""

from collections.abc import Iterable
from typing import Any

import h3.api.basic_int as h3
import polars as pl
import polars_h3 as plh3

RESOLUTIONS: tuple[int, ...] = (7, 8, 9)
"""The resolutions at which exact topics are published, coarse to fine."""


def cell_expr(lat: str, lng: str, resolution: int) -> pl.Expr:
    """UInt64 cell of each point; null where a coordinate is null.

    `lat` and `lng` name Float64 columns in degrees.
    """
    cell: pl.Expr = plh3.latlng_to_cell(lat, lng, resolution)
    return cell


def parent_expr(cell: str, resolution: int) -> pl.Expr:
    """UInt64 parent, by index, of the cell column named `cell`."""
    above: pl.Expr = plh3.cell_to_parent(cell, resolution)
    return above


def text_expr(cell: str) -> pl.Expr:
    """The published form of a cell column: 15 hex digits."""
    digits: pl.Expr = plh3.int_to_str(cell)
    return digits


def lat_expr(cell: str) -> pl.Expr:
    """Latitude of the middle of each cell, degrees."""
    degrees: pl.Expr = plh3.cell_to_lat(cell)
    return degrees


def lng_expr(cell: str) -> pl.Expr:
    """Longitude of the middle of each cell, degrees."""
    degrees: pl.Expr = plh3.cell_to_lng(cell)
    return degrees


def cell_number(text: str) -> int:
    """The cell that 15 hex digits name. Raises ValueError when they name none."""
    number = int(text, 16)
    if not h3.is_valid_cell(number):
        raise ValueError(f"{text} is not an H3 cell")
    return number


def cell_text(cell: int) -> str:
    """The published form of one cell: 15 hex digits."""
    return str(h3.int_to_str(cell))


def resolution_of(cell: int) -> int:
    """How fine a cell is: 0 (largest) to 15."""
    return int(h3.get_resolution(cell))


def parent(cell: int, resolution: int) -> int:
    """The coarser cell that holds `cell` by index."""
    return int(h3.cell_to_parent(cell, resolution))


def neighbors(cell: int) -> list[int]:
    """The cells that share an edge with `cell` (six, five beside a pentagon), ascending."""
    return sorted(c for c in h3.grid_disk(cell, 1) if c != cell)


def neighbor_pairs(cells: pl.Series) -> pl.DataFrame:
    """Every ordered pair of touching cells among `cells`: columns `cell`, `neighbor` (UInt64)."""
    known = cells.unique().alias("neighbor").to_frame()
    return (
        cells.unique()
        .alias("cell")
        .to_frame()
        .with_columns(neighbor=plh3.grid_disk("cell", 1))
        .explode("neighbor")
        .filter(pl.col("cell") != pl.col("neighbor"))
        .join(known, on="neighbor", how="semi")
        .sort("cell", "neighbor")
    )


def center(cell: int) -> tuple[float, float]:
    """(lat, lng) of the middle of a cell, degrees."""
    lat, lng = h3.cell_to_latlng(cell)
    return lat, lng


def corners(cell: int) -> tuple[tuple[float, float], ...]:
    """(lat, lng) of the corners of a cell, degrees, counterclockwise: six of nearly every one."""
    return tuple(h3.cell_to_boundary(cell))


def cells_touching(geometry: dict[str, Any], resolution: int) -> set[int]:
    """Every cell that shares a point with a GeoJSON Polygon or MultiPolygon: each point inside lies in one of them."""
    shape = h3.geo_to_h3shape(geometry)
    return set(h3.h3shape_to_cells_experimental(shape, resolution, contain="overlap"))


def cell_features(cells: Iterable[int]) -> list[dict[str, Any]]:
    """GeoJSON features of single cells, ascending; `id` is the published form of the cell."""
    return [
        {
            "type": "Feature",
            "id": cell_text(cell),
            "properties": {},
            "geometry": outline([cell]),
        }
        for cell in sorted(cells)
    ]


def outline(cells: Iterable[int]) -> dict[str, Any]:
    """GeoJSON geometry of the union of `cells` (one resolution), RFC 7946 axis order and winding."""
    members = list(cells)
    if len(members) == 1:
        ring = [[round(lng, 5), round(lat, 5)] for lat, lng in h3.cell_to_boundary(members[0])]
        return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    shape = h3.cells_to_h3shape(members, tight=False)
    polygons = [_rings(polygon) for polygon in shape.polys]
    return {"type": "MultiPolygon", "coordinates": polygons}


def _rings(polygon: Any) -> list[list[list[float]]]:
    loops = [polygon.outer, *polygon.holes]
    return [[[round(lng, 5), round(lat, 5)] for lat, lng in [*loop, loop[0]]] for loop in loops]
