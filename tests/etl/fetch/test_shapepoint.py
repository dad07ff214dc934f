"""A point that stands for a shape lies on it, in whichever of the two ways the shape is written."""

from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping

from etl.errors import SourceUnreadable
from etl.fetch.shapepoint import NoPoint, esri_position, geojson_position, to_wgs84

NUMBERS = st.integers(-50, 50)
CORNERS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=8, unique=True)


def _esri_rings(polygon: Any) -> dict[str, Any]:
    parts = getattr(polygon, "geoms", [polygon])
    return {"rings": [list(ring.coords) for part in parts for ring in (part.exterior, *part.interiors)]}


@given(CORNERS, CORNERS, st.sampled_from(["whole", "with holes", "in parts"]))
def test_the_point_of_a_polygon_lies_in_it(one: list[Any], other: list[Any], form: str) -> None:
    """Stars, rings and islands: the even-odd rule of the shape is shapely's."""
    first, second = shapely.convex_hull(shapely.MultiPoint(one)), shapely.convex_hull(shapely.MultiPoint(other))
    polygon = {"whole": first, "with holes": first - second, "in parts": first | second}[form]
    if polygon.area < 1e-6 or polygon.geom_type not in ("Polygon", "MultiPolygon"):
        return
    found = geojson_position(mapping(polygon), representative=True)
    assert found == pytest.approx(esri_position(_esri_rings(polygon), representative=True))
    assert polygon.distance(shapely.Point(found)) < 1e-9


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=8, unique=True))
def test_the_point_of_a_line_lies_half_way_along_it(corners: list[Any]) -> None:
    line = shapely.LineString(corners)
    found = geojson_position(mapping(line), representative=True)
    assert found == pytest.approx(esri_position({"paths": [corners]}, representative=True))
    assert found == pytest.approx(line.interpolate(0.5, normalized=True).coords[0])


EMPTY: list[dict[str, Any] | None] = [
    None,
    {},
    {"x": "NaN", "y": "NaN"},
    {"x": None},
    {"rings": []},
    {"points": []},
]


@pytest.mark.parametrize("geometry", EMPTY)
def test_an_empty_shape_has_no_point(geometry: dict[str, Any] | None) -> None:
    assert esri_position(geometry, representative=False) is None


@pytest.mark.parametrize(
    ("geometry", "representative", "expected"),
    [
        ({"type": "Point", "coordinates": [1, 2, 3]}, False, (1, 2)),
        ({"type": "Point", "coordinates": []}, False, None),
        ({"type": "Point", "coordinates": [1]}, False, None),
        ({"type": "Point", "coordinates": None}, False, None),
        ({"type": "MultiPoint", "coordinates": [[1, 2]]}, False, (1, 2)),
        ({"type": "MultiPoint", "coordinates": [[0, 0], [9, 9], [1, 1]]}, True, (1, 1)),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [3, 1], [1, 1]]]}, True, (2, 1)),
        ({"type": "LineString", "coordinates": [[1, 1], [1, 1]]}, True, (1, 1)),
    ],
)
def test_points_as_geojson_writes_them(geometry: Any, representative: bool, expected: Any) -> None:
    assert geojson_position(geometry, representative=representative) == expected


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_what_is_no_point_is_refused_unless_declared(geometry: Any) -> None:
    with pytest.raises(NoPoint):
        geojson_position(geometry, representative=False)


def test_axes_come_as_the_coordinate_system_names_them_or_x_first() -> None:
    assert to_wgs84([(36.0, -84.0), None], "EPSG:4326", axes_as_named=True) == [(-84.0, 36.0), None]
    assert to_wgs84([(-84.0, 36.0)], "EPSG:4326") == [(-84.0, 36.0)]


def test_coordinates_that_are_no_degrees_are_refused_where_nobody_says_what_they_are() -> None:
    with pytest.raises(SourceUnreadable, match="no degrees"):
        to_wgs84([(2580838.0, 600000.0)], None)
