"""GeoJSON, shapefile, GeoPackage: fields as columns, points as `x`, `y` (as in the file) and `lng`, `lat` (WGS 84)."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from etl.city.connectors import GeofileConnector
from etl.city.fileformats import GeofileFormat
from etl.errors import SourceUnreadable
from etl.fetch.connector import Fetched, Request, as_text, column_names, local_files, numbered

if TYPE_CHECKING:
    import pyarrow as pa

_SIDECARS = (".dbf", ".shx", ".prj", ".cpg")
_MAP_FILES = (".shp", ".gpkg", ".geojson", ".json", ".fgb", ".kml", ".gml")
_FORMATS = frozenset(
    {
        *("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG", "ESRI Shapefile", "GPKG", "SQLite"),
        *("FlatGeobuf", "KML", "LIBKML", "GML", "OpenFileGDB", "MapInfo File"),
    }
)
"""GDAL's names of formats that hold what they tell. Others, such as its VRT, tell what stands in any other file."""
_NO_NETWORK = {"GDAL_HTTP_PROXY": "127.0.0.1:1", "GDAL_HTTP_CONNECTTIMEOUT": "1", "GDAL_HTTP_MAX_RETRY": "0"}
"""GDAL fetches the coordinate system that a GeoJSON names by a link, from wherever it says."""
_LITTLE_ENDIAN_POINT = (b"\x01\x01\x00\x00\x00", b"\x01\xe9\x03\x00\x00", b"\x01\x01\x00\x00\x80")
_POINT_BYTES = 21


class GeoFile:
    """`kind = "geofile"`."""

    kind = "geofile"

    def fetch(self, declared: GeofileConnector, request: Request) -> Fetched:
        """The files that the path means; a shapefile with the files beside it that belong to it."""
        files = local_files(declared.path, request.city_folder).files
        beside = [part for file in files if file.suffix.lower() == ".shp" for part in _sidecars(file)]
        return Fetched((*files, *(part for part in beside if part not in files)))

    def read(self, declared: GeofileFormat, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The features of every file; shapes that are no points give null coordinates."""
        main = [file for file in files if file.suffix.lower() not in _SIDECARS]
        return numbered([_features(file, declared) for file in main])


def _sidecars(file: Path) -> list[Path]:
    return [part for part in sorted(file.parent.glob(f"{file.stem}.*")) if part.suffix.lower() in _SIDECARS]


def _features(file: Path, declared: GeofileFormat) -> pl.LazyFrame:
    if file.stat().st_size == 0:
        raise SourceUnreadable(f"{file.name} is empty.", "Ask the agency to send it again; the last release stays up.")
    import pyarrow as pa  # the readers of map files are slow to load, and most feeds are none
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    pyogrio.set_gdal_config_options(_NO_NETWORK)
    path = _gdal_path(file)
    try:
        _require_known(file.name, pyogrio.read_info(path, layer=declared.layer)["driver"])
        about, table = pyogrio.read_arrow(path, layer=declared.layer, datetime_as_string=True)
    except (DataSourceError, DataLayerError, ValueError, LookupError):
        raise SourceUnreadable(f"{file.name} is no readable map file, or lacks the layer.") from None
    shapes = about["geometry_name"] or "wkb_geometry"
    has_shapes = shapes in table.column_names
    _require_text(file.name, table)
    plain = _without_extensions(table.drop_columns([shapes]) if has_shapes else table)
    fields = pl.DataFrame(pl.from_arrow(plain))
    fields.columns = column_names(fields.columns)
    text = as_text(fields.lazy()).collect()
    if not has_shapes:
        return text.lazy()
    chunks = [getattr(chunk, "storage", chunk) for chunk in table.column(shapes).chunks]
    binary = pa.concat_arrays(chunks) if chunks else pa.array([], pa.binary())  # a file without a feature
    points = _points(pl.Series(binary, dtype=pl.Binary), about["crs"])
    return text.with_columns(points.select(name for name in points.columns if name not in text.columns)).lazy()


def _require_known(name: str, driver: str) -> None:
    if driver not in _FORMATS:
        raise SourceUnreadable(
            f"{name} is of a kind that may lead to other files, which is not followed.",
            "Ask the agency for GeoJSON, a shapefile or a GeoPackage; the last release stays up.",
        )


def _require_text(name: str, table: "pa.Table") -> None:
    """GDAL passes on bytes that are no UTF-8; Polars panics at them."""
    import pyarrow as pa

    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        raise SourceUnreadable(
            f"{name} is damaged, or is not UTF-8 text.",
            "Ask the agency to write it as UTF-8; the last release stays up.",
        ) from None


def _without_extensions(table: "pa.Table") -> "pa.Table":
    """What is nested in GeoJSON comes as text that says of itself that it is JSON, which Polars does not take."""
    import pyarrow as pa

    columns = [
        pa.chunked_array([getattr(chunk, "storage", chunk) for chunk in column.chunks], kind.storage_type)
        if isinstance(kind := column.type, pa.BaseExtensionType)
        else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names) if columns else table


def _gdal_path(file: Path) -> str:
    if file.suffix.lower() == ".gz":
        return f"/vsigzip/{file.resolve()}"
    if not zipfile.is_zipfile(file):
        return str(file.resolve())
    try:
        with zipfile.ZipFile(file) as archive:
            members = sorted(name for name in archive.namelist() if name.lower().endswith(_MAP_FILES))
    except (zipfile.BadZipFile, NotImplementedError, ValueError):  # NotImplementedError: packed in an unknown way
        raise SourceUnreadable(f"{file.name} is damaged or cut off.") from None
    if not members:
        raise SourceUnreadable(f"{file.name} holds no map file.")
    return f"/vsizip/{file.resolve()}/{members[0]}"


def _points(shapes: pl.Series, crs: Any) -> pl.DataFrame:
    """Columns x, y, lng, lat as text, read straight from the points' well-known binary."""
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    binary = shapes.to_frame("shape").with_row_index("place")
    points = binary.filter(pl.col("shape").bin.slice(0, 5).is_in(list(_LITTLE_ENDIAN_POINT)))
    packed = b"".join(points.select(pl.col("shape").bin.slice(0, _POINT_BYTES)).to_series().to_list())
    numbers = np.frombuffer(packed, dtype=np.dtype([("head", "V5"), ("x", "<f8"), ("y", "<f8")]))
    places = points["place"].to_numpy()
    x[places], y[places] = numbers["x"], numbers["y"]
    lng, lat = _wgs84(x, y, crs)
    return pl.DataFrame({"x": x, "y": y, "lng": lng, "lat": lat}).select(
        pl.when(pl.col(name).is_finite()).then(pl.col(name).cast(pl.String)).alias(name)
        for name in ("x", "y", "lng", "lat")
    )


def _wgs84(x: np.ndarray, y: np.ndarray, crs: Any) -> tuple[np.ndarray, np.ndarray]:
    if crs is None:
        return np.full(len(x), np.nan), np.full(len(y), np.nan)
    import pyproj

    lng, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.asarray(lng), np.asarray(lat)
