"""Reading the city's street file: lines of any format and coordinate system that GDAL knows, brought to WGS 84.

With `layers.areas` it is what knows map files of shapes; beyond this module lines are plain arrays.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import shapely

from etl.city.models import Streets as Declared
from etl.errors import DeclarationError
from etl.location.streets import Streets
from etl.values.streets import loose_expr, street_expr
from etl.values.text import zip_expr
from layers.areas import WGS84

if TYPE_CHECKING:
    import geopandas as gpd

_SIDES = ("left", "right")


def read_streets(path: Path, declared: Declared) -> Streets:
    """The streets of a file. Raises DeclarationError that names what is wrong with it."""
    lines = _lines(path, declared)
    shapes = np.asarray(lines.geometry.values)
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    parts, of = shapely.get_parts(shapes[kept], return_index=True)
    if len(parts) and not (shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING).all():
        raise _wrong("its shapes are not lines.", "Name the file of street centerlines.")
    rows = _texts(lines, declared)[np.flatnonzero(kept)[of]].with_row_index("segment")
    points, line = shapely.get_coordinates(parts, return_index=True)
    starts = np.searchsorted(line, np.arange(len(parts) + 1))
    sides = pl.concat(_side(rows, side) for side in _SIDES)
    return Streets(sides, rows["name"], points[:, 0].copy(), points[:, 1].copy(), starts)


def _lines(path: Path, declared: Declared) -> "gpd.GeoDataFrame":
    location = (
        f"zip://{path}" if path.suffix.lower() == ".zip" else f"/vsigzip/{path}" if path.suffix == ".gz" else path
    )
    import geopandas as gpd  # only where a city declares a street file: see layers.areas
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        lines = gpd.read_file(location, layer=declared.layer)
    except (DataSourceError, DataLayerError, ValueError):
        raise _wrong(f"{path.name} is no readable map file, or lacks the layer.", "Check the file.") from None
    missing = [name for name in _columns(declared) if name not in lines.columns]
    if missing:
        raise _wrong(f"{path.name} has no column {', '.join(map(repr, missing))}.", "Name the columns it has.")
    if declared.crs is not None:
        lines = lines.set_crs(declared.crs, allow_override=True)
    if lines.crs is None:
        raise _wrong(f"{path.name} states no coordinate system.", "Add streets.crs.")
    return lines.to_crs(WGS84)


def _columns(declared: Declared) -> list[str]:
    ranges = [getattr(declared, f"{side}_{end}") for side in _SIDES for end in ("from", "to")]
    zips = [name for name in (declared.left_zip, declared.right_zip) if name is not None]
    return [*declared.name_fields, *ranges, *zips]


def _texts(lines: "gpd.GeoDataFrame", declared: Declared) -> pl.DataFrame:
    """`name` (loose key) and the ranges and ZIP codes of both sides, as text."""
    text = pl.DataFrame({name: [_text(value) for value in lines[name]] for name in _columns(declared)})
    parts = [pl.col(name) for name in declared.name_fields]
    name = loose_expr(street_expr(pl.concat_str(parts, separator=" ", ignore_nulls=True)))
    sides = [
        pl.col(getattr(declared, f"{side}_{end}")).cast(pl.String).alias(f"{side}_{end}")
        for side in _SIDES
        for end in ("from", "to")
    ]
    zips = [_zip(getattr(declared, f"{side}_zip")).alias(f"{side}_zip") for side in _SIDES]
    return text.select(name.alias("name"), *sides, *zips)


def _zip(column: str | None) -> pl.Expr:
    return pl.lit(None, pl.String) if column is None else zip_expr(pl.col(column).cast(pl.String))


def _side(rows: pl.DataFrame, side: str) -> pl.DataFrame:
    """The segments that have house numbers on this side."""
    ends = {"first": pl.col(f"{side}_from"), "last": pl.col(f"{side}_to")}
    numbers = {
        name: text.str.replace(r"\.0$", "")
        .str.extract(r"^(\d+(?:-\d+)?)$")
        .str.replace("-", "")
        .str.to_integer(strict=False)
        for name, text in ends.items()
    }
    hyphens = ends["first"].str.contains(r"^\d+-\d+$").fill_null(False)
    told = rows.select("segment", "name", pl.col(f"{side}_zip").alias("zip"), **numbers, hyphens=hyphens)
    return told.filter(pl.all_horizontal(pl.col("name", "first", "last").is_not_null()) & (pl.col("last") > 0))


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value).strip() or None  # noqa: PLR0124 - NaN is no text


def _wrong(what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("city.toml", "streets", what, remedy)
