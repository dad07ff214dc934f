"""Boundary files of the demo city: three as GeoJSON in degrees, two as zipped shapefiles in state-plane feet."""

import json
from pathlib import Path

import numpy as np

from etl.demo.files import write_geojson, write_shapefile_zip
from etl.demo.geography import AreaLayer, Geography, shapes_as_geojson, shapes_in_feet
from etl.demo.plane import STATE_PLANE


def write_boundaries(folder: Path, geography: Geography) -> None:
    """Writes the five boundary files."""
    _write_geojson(folder / "council_districts.geojson", geography.district, {"DISTRICT": geography.district.ids})
    before = geography.district_before
    _write_geojson(folder / "council_districts_2013.geojson", before, {"DISTRICT": before.ids})
    _write_geojson(folder / "zip_codes.geojson", geography.zip, {"ZIP": geography.zip.ids})
    columns = {"NHOOD_ID": geography.neighborhood.ids, "NHOOD_NAME": geography.neighborhood.names}
    _write_shapefile(folder / "neighborhoods.zip", geography.neighborhood, columns)
    _write_shapefile(
        folder / "tracts.zip", geography.tract, {"GEOID": geography.tract.ids, "NAME": geography.tract.names}
    )


def _write_geojson(path: Path, layer: AreaLayer, columns: dict[str, tuple[str, ...]]) -> None:
    shapes = [json.loads(text) for text in shapes_as_geojson(layer)]
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    write_geojson(
        path,
        [{"type": "Feature", "properties": row, "geometry": shape} for row, shape in zip(rows, shapes, strict=True)],
    )


def _write_shapefile(path: Path, layer: AreaLayer, columns: dict[str, tuple[str, ...]]) -> None:
    wkb: np.ndarray = shapes_in_feet(layer)
    write_shapefile_zip(path, path.stem, wkb, columns, crs=STATE_PLANE)
