"""Areas: council districts, neighborhoods, ZIPs and tracts, each set of one vintage.

Every set is read from a boundary file of any format and any coordinate system that GDAL knows, and kept in WGS 84.
Beside ``etl.steps.locate`` this is the only importer of geopandas and shapely; both stay inside.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from math import isnan
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import polars as pl
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

WGS84 = "EPSG:4326"
METERS_PER_DEGREE = 111_320.0
VINTAGE_STEP = 1e-6  # degrees: finer differences between two files are not another vintage

Box = tuple[float, float, float, float]

MANY_POINTS = 200_000
"""Once so many points were asked for, a raster is worth its making."""
RASTER = 128
POINTS_AT_ONCE = 65_536
_NOWHERE, _MIXED = -1, -2
_TURN = Lock()  # GEOS prepares a shape when it is first asked for, which two threads must not do at once
_HAIR = 1e-9

_NOT_PLAIN = re.compile(r"^[=@]|^[+-](?!\d+$)|[<>\x00-\x1f\x7f\u202a-\u202e]")
_BOUNDARY_SUFFIXES = (".shp", ".gpkg", ".geojson", ".json", ".fgb", ".kml", ".gml", ".tab", ".parquet")


class AreaError(ValueError):
    """A boundary file cannot be used as areas; the message names the file and what to change."""


@dataclass(frozen=True, slots=True)
class Area:
    """One area: its id and name, a point inside it (degrees), and its box (west, south, east, north)."""

    id: str
    name: str
    lat: float
    lng: float
    bbox: Box


@dataclass(slots=True)
class _Asked:
    """How many points were asked for, and the raster once there were many. It changes no answer, only how fast."""

    points: int = 0
    shape_of: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class AreaSet:
    """All areas of one kind and vintage, ordered by id; the shapes are kept inside."""

    kind: str
    title: str
    plural: str
    vintage: str
    valid_from: date
    valid_to: date | None
    source: str
    areas: tuple[Area, ...]
    _shapes: np.ndarray = field(repr=False, compare=False)
    _asked: _Asked = field(default_factory=_Asked, repr=False, compare=False)

    @property
    def bounds(self) -> Box:
        """The box around all areas: west, south, east, north, in degrees."""
        west, south, east, north = shapely.total_bounds(self._shapes).tolist()
        return west, south, east, north

    def assign(self, lat: np.ndarray, lng: np.ndarray) -> pl.Series:
        """The id of the area each point lies in, null where it lies in none (or has no coordinates).

        A point on a border belongs to every area that touches it; the lowest id takes it, so that the answer never
        depends on the order of a file.
        """
        found = _first_containing(self._shapes, self._asked, np.asarray(lat, np.float64), np.asarray(lng, np.float64))
        ids = pl.Series([area.id for area in self.areas], dtype=pl.String)
        ids.append(pl.Series([None], dtype=pl.String))
        places = np.where(found < 0, np.uint32(len(self.areas)), found.astype(np.uint32))
        return ids.gather(pl.Series(places)).alias(f"area_{self.kind}")

    def geojson(self, *, precision: int = 5, simplify_m: float = 0.0) -> dict[str, Any]:
        """The shapes as an RFC 7946 FeatureCollection: WGS 84, right-hand rule, ``precision`` decimals of a degree.

        ``simplify_m`` meters of simplification keep shared borders shared, so that neighbors never gap or overlap.
        """
        shapes = _rounded(_simplified(self._shapes, simplify_m) if simplify_m > 0 else self._shapes, precision)
        features = [
            {
                "type": "Feature",
                "id": area.id,
                "bbox": _rounded_box(area.bbox, precision),
                "properties": {"id": area.id, "name": area.name, "kind": self.kind},
                "geometry": _as_mapping(shape),
            }
            for area, shape in zip(self.areas, shapes, strict=True)
        ]
        return {"type": "FeatureCollection", "bbox": _rounded_box(self.bounds, precision), "features": features}


def load_area_set(
    path: Path,
    *,
    kind: str,
    title: str,
    plural: str,
    id_field: str,
    name_field: str | None = None,
    name_format: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    valid_from: date,
    valid_to: date | None = None,
    source: str = "",
) -> AreaSet:
    """Read a boundary file of any format GDAL knows (also inside gzip or zip) as areas in WGS 84.

    ``crs`` overrides the file's own; features of one id become one area; invalid shapes are repaired. Features without
    an id or without a surface are left out. Raises ``AreaError`` where nothing usable remains.
    """
    frame = _read(path, layer)
    _require_columns(path, frame, [id_field, *([name_field] if name_field else [])])
    frame = _to_wgs84(path, frame, crs)
    ids = [clean_id(value) for value in frame[id_field]]
    names = [_name(frame[name_field].iloc[n] if name_field else None, name_format, ids[n]) for n in range(len(ids))]
    features = [
        (key, name, shape)
        for key, name, shape in zip(ids, names, frame.geometry.to_numpy(), strict=True)
        if key and shape is not None and not shape.is_empty
    ]
    _require_plain(path, [text for key, name, _ in features for text in (key, name)])
    vintage = f"{valid_from.year}-{_content_hash(features)}"
    areas, shapes = _areas(features)
    if not areas:
        raise AreaError(f"{path.name}: no feature has both an id in {id_field!r} and a surface. Name another id_field.")
    return AreaSet(kind, title, plural, vintage, valid_from, valid_to, source, areas, shapes)


def clean_id(value: object) -> str:
    """An id as text: trimmed, and without the ``.0`` that numeric columns get; "" where there is none."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return ""
    text = str(value).strip()
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text)


def by_id(key: str) -> tuple[bool, int, str]:
    """The order of ids: numbers by their value, then texts."""
    number = int(key) if key.isascii() and key.isdigit() else -1
    return (number < 0, number, key)


def _read(path: Path, layer: str | None) -> "gpd.GeoDataFrame":
    if not path.is_file() and not path.is_dir():
        raise AreaError(f"{path.name}: the boundary file does not exist. Correct the path of this area kind.")
    import geopandas as gpd  # and with it pandas: most of a second, which a command without maps need not wait for
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        return gpd.read_file(_gdal_path(path), layer=layer, engine="pyogrio")
    except (DataSourceError, DataLayerError, BadZipFile) as error:
        raise AreaError(
            f"{path.name}: not readable as boundaries{f' (layer {layer!r})' if layer else ''}. "
            "Give a GeoJSON, shapefile, GeoPackage or another GDAL format, and the right layer."
        ) from error


def _gdal_path(path: Path) -> str:
    full = str(path.resolve())
    if path.suffix == ".gz":
        return f"/vsigzip/{full}"
    if path.suffix != ".zip":
        return full
    with ZipFile(path) as archive:
        members = sorted(n for n in archive.namelist() if n.lower().endswith(_BOUNDARY_SUFFIXES))
    if not members:
        raise AreaError(f"{path.name}: holds no boundary file. Put a shapefile, GeoJSON or GeoPackage into the zip.")
    return f"/vsizip/{full}/{members[0]}"


def _require_columns(path: Path, frame: "gpd.GeoDataFrame", wanted: list[str]) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        has = ", ".join(str(name) for name in frame.columns if name != "geometry")
        raise AreaError(f"{path.name}: has no field {', '.join(missing)}. Its fields are: {has}.")


def _require_plain(path: Path, texts: list[str]) -> None:
    """Ids and names go into tables and addresses: no spreadsheet may take one for a formula, no page for markup."""
    if any(_NOT_PLAIN.search(text) for text in texts):
        raise AreaError(
            f"{path.name}: an id or a name begins with =, +, - or @, or holds < or > or a control "
            "character. Correct it in the file, or name another id_field or name_field."
        )


def _to_wgs84(path: Path, frame: "gpd.GeoDataFrame", crs: str | None) -> "gpd.GeoDataFrame":
    if crs:
        frame = frame.set_crs(crs, allow_override=True)
    if frame.crs is None:
        raise AreaError(f"{path.name}: names no coordinate system. Declare crs, for example crs = 'EPSG:4326'.")
    if frame.empty:
        raise AreaError(f"{path.name}: holds no feature. Give the full boundary file.")
    frame = frame.to_crs(WGS84)
    west, south, east, north = frame.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise AreaError(f"{path.name}: its coordinates are not in {crs or 'the system it names'}. Declare its crs.")
    return frame


def _name(value: object, name_format: str | None, key: str) -> str:
    name = clean_id(value) or key
    return name_format.format(id=key, name=name) if name_format else name


def _content_hash(features: Iterable[tuple[str, str, Any]]) -> str:
    digest = hashlib.sha256()
    for key, name, shape in sorted(features, key=lambda f: (by_id(f[0]), f[1], shapely.bounds(f[2]).tolist())):
        steps = np.rint(shapely.get_coordinates(shape) / VINTAGE_STEP).astype("<i8")
        digest.update(f"{key}\0{name}\0{len(steps)}\0".encode())
        digest.update(steps.tobytes())
    return digest.hexdigest()[:6]


def _areas(features: list[tuple[str, str, Any]]) -> tuple[tuple[Area, ...], np.ndarray]:
    parts: dict[str, list[Any]] = {}
    names: dict[str, str] = {}
    for key, name, shape in features:
        parts.setdefault(key, []).append(_surface(shape))
        names[key] = min(name, names.get(key, name))
    merged = {key: shapely.union_all(shapes) if len(shapes) > 1 else shapes[0] for key, shapes in parts.items()}
    kept = sorted((key for key, shape in merged.items() if shape.area > 0), key=by_id)
    shapes = np.array([merged[key] for key in kept], dtype=object)
    return tuple(_area(key, names[key], merged[key]) for key in kept), shapes


def _area(key: str, name: str, shape: Any) -> Area:
    inside = shapely.point_on_surface(shape)
    west, south, east, north = shapely.bounds(shape).tolist()
    return Area(key, name, lat=inside.y, lng=inside.x, bbox=(west, south, east, north))


def _surface(shape: Any) -> Any:
    """The shape in two dimensions and valid, its polygons only."""
    flat = shapely.force_2d(shape)
    return _polygons(flat if shapely.is_valid(flat) else shapely.make_valid(flat))


def _polygons(shape: Any) -> Any:
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = [part for part in parts if isinstance(part, shapely.Polygon) and not part.is_empty]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _first_containing(shapes: np.ndarray, asked: _Asked, lat: np.ndarray, lng: np.ndarray) -> np.ndarray:
    """Position of the first shape each point intersects, -1 for none.

    Of many points most lie deep inside a shape: a raster tells which, and only the others are tried one by one.
    """
    with _TURN:
        asked.points += len(lat)
        if asked.points < MANY_POINTS:
            return _tried(shapes, lat, lng)
        if asked.shape_of is None:
            asked.shape_of = _raster(shapes)
    shape_of, bounds = asked.shape_of, shapely.total_bounds(shapes)
    found = np.empty(len(lat), dtype=np.int32)
    for start in range(0, len(lat), POINTS_AT_ONCE):
        part = slice(start, start + POINTS_AT_ONCE)
        found[part] = shape_of[_squares(bounds, lat[part], lng[part])]
    mixed = np.flatnonzero(found == _MIXED)
    with _TURN:
        found[mixed] = _tried(shapes, lat[mixed], lng[mixed])
    return found


def _squares(bounds: np.ndarray, lat: np.ndarray, lng: np.ndarray) -> np.ndarray:
    """The raster's square of each point; the last, extra square for those beyond it or nowhere."""
    west, south, east, north = bounds
    within = (lng >= west) & (lng <= east) & (lat >= south) & (lat <= north)
    column, row = (lng - west) * (RASTER / (east - west)), (lat - south) * (RASTER / (north - south))
    if not within.all():
        column, row = np.where(within, column, 0), np.where(within, row, 0)
    last = RASTER - 1
    square = np.minimum(row.astype(np.int32), last) * RASTER + np.minimum(column.astype(np.int32), last)
    return square if within.all() else np.where(within, square, RASTER * RASTER)


def _raster(shapes: np.ndarray) -> np.ndarray:
    """For each square of a raster over all shapes: the shape that holds all of it, or _MIXED, or _NOWHERE.

    One more stands at the end, for what lies beyond.

    Squares are taken a hair too large, so that a point on their edge never depends on rounding.
    """
    west, south, east, north = shapely.total_bounds(shapes)
    xs, ys = np.linspace(west, east, RASTER + 1), np.linspace(south, north, RASTER + 1)
    left, bottom = (grid.ravel() for grid in np.meshgrid(xs[:-1], ys[:-1]))
    right, top = (grid.ravel() for grid in np.meshgrid(xs[1:], ys[1:]))
    squares = shapely.STRtree(shapely.box(left - _HAIR, bottom - _HAIR, right + _HAIR, top + _HAIR))
    _, touched = squares.query(shapes, predicate="intersects")
    holding, held = squares.query(shapes, predicate="contains_properly")
    shape_of = np.full(RASTER * RASTER + 1, _NOWHERE, dtype=np.int32)
    shape_of[touched] = _MIXED
    alone = np.bincount(touched, minlength=RASTER * RASTER)[held] == 1
    shape_of[held[alone]] = holding[alone]
    return shape_of


def _tried(shapes: np.ndarray, lat: np.ndarray, lng: np.ndarray) -> np.ndarray:
    """Like `_first_containing`, exactly.

    One pass over the points sorted by longitude: each shape looks only at the points inside its box, prepared once.
    """
    order = np.argsort(lng, kind="stable")
    xs, ys = lng[order], lat[order]  # NaN sorts last and is in no slice
    found = np.full(len(lat), _NOWHERE, dtype=np.int64)
    shapely.prepare(shapes)
    for place in range(len(shapes) - 1, -1, -1):
        west, south, east, north = shapely.bounds(shapes[place])
        first, last = np.searchsorted(xs, west, "left"), np.searchsorted(xs, east, "right")
        near = first + np.flatnonzero((ys[first:last] >= south) & (ys[first:last] <= north))
        inside = near[shapely.intersects_xy(shapes[place], xs[near], ys[near])]
        found[order[inside]] = place
    return found


def _simplified(shapes: np.ndarray, meters: float) -> np.ndarray:
    """Shapes simplified together in a plane of meters around their middle, shared borders once."""
    _west, south, _east, north = shapely.total_bounds(shapes)
    scale = np.array([METERS_PER_DEGREE * np.cos(np.radians((south + north) / 2)), METERS_PER_DEGREE])
    plane = shapely.transform(shapes, lambda xy: xy * scale)
    simple = shapely.coverage_simplify(plane, meters)
    lost = shapely.is_empty(simple)
    simple[lost] = plane[lost]
    return np.asarray(shapely.transform(simple, lambda xy: xy / scale))


def _rounded(shapes: np.ndarray, precision: int) -> np.ndarray:
    """Coordinates rounded in place, so that shared vertices stay shared; what collapses is repaired or kept."""
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, precision))
    broken = np.flatnonzero(~shapely.is_valid(rounded))
    for place in broken:
        repaired = _polygons(shapely.make_valid(rounded[place]))
        rounded[place] = shapes[place] if repaired.is_empty else repaired
    return np.asarray(shapely.orient_polygons(rounded, exterior_cw=False))


def _as_mapping(shape: Any) -> dict[str, Any]:
    mapping: dict[str, Any] = shapely.geometry.mapping(shape)
    return mapping


def _rounded_box(box: Box, precision: int) -> list[float]:
    return [round(side, precision) for side in box]
