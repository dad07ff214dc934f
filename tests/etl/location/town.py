"""A few streets: name, first and last number on the left and on the right, ZIP code, line."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

Number = int | str | None
Line = tuple[str, tuple[Number, Number, Number, Number], str, list[tuple[float, float]]]

WEST, MIDDLE, EAST = -83.950, -83.948, -83.946
SOUTH, MAIN, NORTH = 36.008, 36.010, 36.012
LINES: list[Line] = [
    ("North Main Street", (101, 199, 100, 198), "37901", [(WEST, MAIN), (MIDDLE, MAIN)]),
    ("North Main Street", (201, 299, 200, 298), "37901", [(MIDDLE, MAIN), (EAST, MAIN)]),
    ("3rd Ave", (101, 199, 100, 198), "37901", [(WEST, SOUTH), (WEST, MAIN)]),
    ("3rd Ave", (201, 299, 200, 298), "37901", [(WEST, MAIN), (WEST, NORTH)]),
    ("4th Ave", ("12-01", "12-99", "12-00", "12-98"), "37901", [(MIDDLE, MAIN), (MIDDLE, NORTH)]),
    ("Oak Ct", (None, None, 1, 9), "37901", [(WEST, 36.05), (MIDDLE, 36.05)]),
    ("Oak Ct", (None, None, 1, 9), "37902", [(WEST, 36.08), (MIDDLE, 36.08)]),
]


def street_file(folder: Path, lines: Sequence[Line] = LINES) -> Path:
    """Street centerlines in feet, as a GeoPackage."""
    ends = ("LFROMADD", "LTOADD", "RFROMADD", "RTOADD")
    rows = [
        {"FULLNAME": name, "ZIPL": code, "ZIPR": code}
        | {end: None if number is None else str(number) for end, number in zip(ends, numbers, strict=True)}
        for name, numbers, code, _ in lines
    ]
    shapes = [shapely.LineString(line) for *_, line in lines]
    path = folder / "streets.gpkg"
    gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326").to_crs("EPSG:2274").to_file(path)
    return path
