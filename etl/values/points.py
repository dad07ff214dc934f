"""Coordinates as agencies write them, as latitude and longitude of WGS 84, and what is no location."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyproj

from etl.city.source import DefaultPoint, Location
from etl.records import DEFAULT_POINT, LOCATED, NONE, NULL_ISLAND, OK, OUTSIDE, PROJECTED, REPAIRED, SWAPPED

WGS84 = "EPSG:4326"
NULL_ISLAND_DEGREES = 0.01
"""Coordinates this close to 0, 0 are a blank that became a number."""
SAME_POINT_DEGREES = 0.00002
"""About two meters: a default point is recognized however it was rounded."""

_MOST_DEGREES = 400
"""Beyond it, both numbers can be no degrees, neither swapped nor of another city."""

Box = tuple[float, float, float, float]


def with_points(records: pl.DataFrame, location: Location) -> pl.DataFrame:
    """The records with `lat`, `lng` (Float64 degrees of WGS 84, null where there are none); x and y are used up.

    `lat` and `lng` count first; where they are null, `x` and `y` in the declared coordinate system do. If only `lat`
    and `lng` are declared, that system is theirs.
    """
    has_xy = {"x", "y"} <= set(records.columns)
    if not {"lat", "lng"} <= set(records.columns):
        nothing = pl.lit(None, pl.Float64)
        records = records.with_columns(nothing.alias("lat"), nothing.alias("lng"))
    elif location.lat_lng_scale != 1.0:
        records = records.with_columns(pl.col("lat", "lng") * location.lat_lng_scale)
    if has_xy:
        given = _to_wgs84(records["x"], records["y"], location.crs)
        records = records.with_columns(pl.coalesce("lat", given[0]), pl.coalesce("lng", given[1])).drop("x", "y")
    elif location.crs.upper() != WGS84:
        records = records.with_columns(*_to_wgs84(records["lng"], records["lat"], location.crs))
    return records


def fault_expr(bounds: Box, default_points: Sequence[DefaultPoint]) -> pl.Expr:
    """How the columns `lat` and `lng` may be used: `coordinates`, `none`, or the name of their fault.

    `bounds` (west, south, east, north) is the city's frame. Swapped coordinates are those that would lie in it the
    other way around; projected ones are no degrees at all. They are told, and repaired only by `repaired_points`.
    """
    lat, lng = pl.col("lat"), pl.col("lng")
    missing = ~(lat.is_finite() & lng.is_finite()).fill_null(False)
    null_island = (lat.abs() < NULL_ISLAND_DEGREES) & (lng.abs() < NULL_ISLAND_DEGREES)
    defaults = [_same(lat, point.lat) & _same(lng, point.lng) for point in default_points]
    return (
        pl.when(missing).then(_way(NONE))
        .when(null_island).then(_way(NULL_ISLAND))
        .when(pl.any_horizontal(defaults) if defaults else pl.lit(False)).then(_way(DEFAULT_POINT))
        .when(_within(lat, lng, bounds)).then(_way(OK))
        .when(_within(lng, lat, bounds)).then(_way(SWAPPED))
        .when((lat.abs() > _MOST_DEGREES) & (lng.abs() > _MOST_DEGREES)).then(_way(PROJECTED))
        .otherwise(_way(OUTSIDE))
    )  # fmt: skip


def repaired_points(records: pl.DataFrame, location: Location, bounds: Box) -> pl.DataFrame:
    """The records with `lat`, `lng` and `located` of those put right whose fault is declared in `location.repair`.

    A repaired point that does not lie in `bounds` stays the fault that it was.
    """
    for fault in location.repair:
        wrong = records["located"] == fault
        if wrong.any():
            right = _repaired(records.filter(wrong), fault, location, bounds)
            records = _put_in(records, wrong, right)
    return records


def _repaired(wrong: pl.DataFrame, fault: str, location: Location, bounds: Box) -> pl.DataFrame:
    """`lat`, `lng`, `located` as they should be."""
    if fault == SWAPPED:
        points = wrong.select(lat="lng", lng="lat", located=_way(REPAIRED[SWAPPED]))
    else:
        lat, lng = _to_wgs84(wrong["lng"], wrong["lat"], location.projected_crs or location.crs)
        points = pl.DataFrame([lat, lng]).with_columns(located=_way(REPAIRED[PROJECTED]))
    inside = _within(pl.col("lat"), pl.col("lng"), bounds).fill_null(False)
    before = wrong.select(pl.col("lat", "lng", "located").name.suffix("_before"))
    return points.hstack(before).select(
        pl.when(inside).then(name).otherwise(f"{name}_before").alias(name) for name in points.columns
    )


def _put_in(records: pl.DataFrame, where: pl.Series, values: pl.DataFrame) -> pl.DataFrame:
    """The records with some columns' values replaced in the rows of `where`, in their order."""
    at = where.arg_true()
    return records.with_columns(records[name].scatter(at, values[name]) for name in values.columns)


def _way(name: str) -> pl.Expr:
    return pl.lit(name, LOCATED)


def _same(value: pl.Expr, point: float) -> pl.Expr:
    return (value - point).abs() < SAME_POINT_DEGREES


def _within(lat: pl.Expr, lng: pl.Expr, bounds: Box) -> pl.Expr:
    west, south, east, north = bounds
    return lat.is_between(south, north) & lng.is_between(west, east)


def _to_wgs84(x: pl.Series, y: pl.Series, crs: str) -> tuple[pl.Series, pl.Series]:
    """`lat`, `lng` of points in any coordinate system; null where there is no point or none on earth."""
    places = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lng, lat = places.transform(_numbers(x), _numbers(y))
    return _series("lat", lat), _series("lng", lng)


def _numbers(values: pl.Series) -> np.ndarray:
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy(writable=True)


def _series(name: str, values: np.ndarray) -> pl.Series:
    return pl.Series(name, np.where(np.isfinite(values), values, np.nan), nan_to_null=True)
