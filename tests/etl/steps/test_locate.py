"""Locate: where a record counts, how that was found out, and that nothing which names or places it goes on.

The city of these tests:

    36.10 ┌──────────┬──────────┐
          │ district │ district │      ZIP 37901 is the southern half of both
          │    1     │    2     │
    36.00 └──────────┴──────────┘
       -84.00     -83.90     -83.80
"""

from typing import Any

import polars as pl
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.city.source import Location
from etl.records import WAYS, Located
from etl.steps.locate import Directory, build_directory, locate
from etl.values.points import with_points
from layers.areas import AreaSet
from layers.grid import RESOLUTIONS, cell_expr
from tests.etl.declared import KEY, city_areas, every_year, source, validated

REQUEST = {"id": "id", "created": "day", "category": "type", "lat": "lat", "lng": "lng", "address": "at", "zip": "zip"}
CASE = {"id": "id", "filed": "day", "party": "who", "address": "at", "apartment": "apt", "zip": "zip"}
CATEGORIES = {"potholes": ["Pothole"], "heat_and_hot_water": ["No Heat"]}
CITY_HALL = {"lat": 36.06, "lng": -83.91, "meaning": "City Hall"}


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> tuple[AreaSet, AreaSet]:
    return city_areas(tmp_path_factory.mktemp("areas"))


@pytest.fixture(scope="module")
def directory() -> Directory:
    return build_directory(
        pl.DataFrame(
            [
                ("12 NORTH MAIN STREET", "37901", 36.01, -83.95, 1.0),
                ("30 OAK AVE APT 1", "37901", 36.02, -83.85, 1.0),
                ("30 OAK AVE APT 2", "37901", 36.02, -83.85, 1.0),
                ("7 TWICE RD", "37901", 36.03, -83.85, 1.0),
                ("7 TWICE RD", "37902", 36.09, -83.85, 1.0),
                ("9 NOWHERE LN", "37901", None, None, 1.0),
            ],
            schema=["address", "zip", "lat", "lng", "units"],
            orient="row",
        )
    )


def _located(
    areas: tuple[AreaSet, AreaSet],
    rows: list[dict[str, str | None]],
    *,
    fields: dict[str, str] = REQUEST,
    directory: Directory | None = None,
    **said: Any,
) -> Located:
    declared = source(fields, **{"categories": CATEGORIES, **said})
    full = [
        {**dict.fromkeys(fields.values()), "id": str(n), "day": "03/04/2025", "type": "Pothole", **row}
        for n, row in enumerate(rows)
    ]
    records = validated(declared, full).records
    return locate(
        records,
        declared,
        area_sets=areas,
        city_area="district",
        directory=directory,
        key=KEY,
        home_keys=every_year(KEY),
    )


@pytest.mark.parametrize(
    ("row", "located", "district", "zip_code"),
    [
        pytest.param({"lat": "36.01", "lng": "-83.95"}, "coordinates", "1", "37901", id="in district 1, south"),
        pytest.param({"lat": "36.09", "lng": "-83.85"}, "coordinates", "2", None, id="in district 2, north"),
        pytest.param({"lat": "36.09", "lng": "-83.90"}, "coordinates", "1", None, id="on the border"),
        pytest.param({"lat": "0", "lng": "0.0"}, "null_island", None, None, id="null island"),
        pytest.param({"lat": "-83.95", "lng": "36.01"}, "swapped", None, None, id="swapped: told, not repaired"),
        pytest.param({"lat": "36.0600001", "lng": "-83.91"}, "default_point", None, None, id="City Hall"),
        pytest.param({"lat": "40.0", "lng": "-74.0"}, "outside", None, None, id="another city"),
        pytest.param({"lat": "36.01"}, "none", None, None, id="half a point"),
        pytest.param({"lat": "NaN", "lng": "inf"}, "none", None, None, id="no numbers"),
        pytest.param({}, "none", None, None, id="nothing"),
        pytest.param({"at": "12 N Main St", "zip": "37901"}, "address", "1", "37901", id="address and ZIP"),
        pytest.param(
            {"at": "12 N. MAIN ST., Apt 3", "zip": None}, "address", "1", "37901", id="address the city has once"
        ),
        pytest.param({"at": "7 Twice Road", "zip": "37902"}, "address", "2", None, id="address told by its ZIP"),
        pytest.param({"at": "7 Twice Road"}, "none", None, None, id="address the city has twice"),
        pytest.param({"at": "12 N Main St", "zip": "37902"}, "none", None, None, id="address with another ZIP"),
        pytest.param({"at": "9 Nowhere Ln", "zip": "37901"}, "none", None, None, id="address without a point"),
        pytest.param(
            {"lat": "0", "lng": "0", "at": "12 N Main St"}, "address", "1", "37901", id="bad point, good address"
        ),
        pytest.param(
            {"lat": "36.09", "lng": "-83.85", "at": "12 N Main St"}, "coordinates", "2", None, id="both: the point"
        ),
    ],
)
def test_one_record(
    areas: tuple[AreaSet, AreaSet],
    directory: Directory,
    row: dict[str, str | None],
    located: str,
    district: str | None,
    zip_code: str | None,
) -> None:
    found = _located(areas, [row], directory=directory, location={"default_points": [CITY_HALL]})
    (event,) = found.events.to_dicts()
    assert (event["located"], event["area_district"], event["area_zip"]) == (located, district, zip_code)
    assert found.located == {located: 1}
    assert (event["h3_9"] is None) == (located not in ("coordinates", "address"))


@pytest.mark.parametrize(
    ("told", "located", "district"),
    [("1", "area", "1"), ("01", "area", "1"), ("district 2", "area", "2"), ("9", "none", None), (None, "none", None)],
)
def test_an_area_that_the_source_names_comes_last(
    areas: tuple[AreaSet, AreaSet], told: str | None, located: str, district: str | None
) -> None:
    fields = {**REQUEST, "area.district": "ward"}
    rows: list[dict[str, str | None]] = [{"ward": told}, {"ward": told, "lat": "36.09", "lng": "-83.85"}]
    found = _located(areas, rows, fields=fields)
    events = found.events.select("located", "area_district", pl.col("cell").is_null()).rows()
    assert events == [(located, district, True), ("coordinates", "2", False)]


def test_faults_of_coordinates_are_counted_even_where_an_address_helped(
    areas: tuple[AreaSet, AreaSet], directory: Directory
) -> None:
    rows: list[dict[str, str | None]] = [
        {"lat": "0", "lng": "0", "at": "12 N Main St"},
        {"lat": "-83.95", "lng": "36.01"},
        {"lat": "36.01", "lng": "-83.95"},
    ]
    found = _located(areas, rows, directory=directory)
    assert found.located == {"coordinates": 1, "address": 1, "swapped": 1}
    assert found.faults == {"null_island": 1, "swapped": 1}
    assert set(found.located) <= set(WAYS)


def test_cells_come_straight_from_the_point(areas: tuple[AreaSet, AreaSet]) -> None:
    found = _located(areas, [{"lat": "36.0123", "lng": "-83.9456"}])
    point = pl.DataFrame({"lat": [36.0123], "lng": [-83.9456]})
    for resolution in RESOLUTIONS:
        assert found.events[f"h3_{resolution}"].item() == point.select(cell_expr("lat", "lng", resolution)).item()
    assert found.events["cell"].item() == found.events["h3_9"].item()


@pytest.mark.parametrize("topic", ["service_requests", "evictions"])
def test_nothing_that_names_or_places_a_record_goes_on(
    areas: tuple[AreaSet, AreaSet], directory: Directory, topic: str
) -> None:
    rows: list[dict[str, str | None]] = [
        {"at": "12 N Main St", "zip": "37901", "who": "CANARYROSE", "lat": "36.01", "lng": "-83.95"}
    ]
    fields = REQUEST if topic == "service_requests" else CASE
    said = {"categories": CATEGORIES if topic == "service_requests" else {}, "topic": topic}
    events = _located(areas, rows, fields=fields, directory=directory, **said).events
    assert not {
        "id",
        "lat",
        "lng",
        "x",
        "y",
        "address",
        "apartment",
        "zip",
        "party",
        "account",
        "street",
        "unit",
    } & set(events.columns)
    assert not any(c.startswith(("found_", "home_l", "area.", "\x00", "_")) or c == "row" for c in events.columns)
    assert "CANARYROSE" not in str(events.to_dicts())
    assert "MAIN" not in str(events.to_dicts())


def _homes(areas: tuple[AreaSet, AreaSet], directory: Directory | None, *rows: tuple[str | None, ...]) -> list[int]:
    told = [dict(zip(("at", "apt", "who"), row, strict=True)) | {"zip": "37901"} for row in rows]
    events = _located(areas, told, fields=CASE, directory=directory, topic="evictions", categories={}).events
    assert events["home"].null_count() == 0
    return list(events["home"])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            ("12 N Main St", None, "Ann"), ("12 North Main Street", "2", "Bo"), True, id="a house is one home"
        ),
        pytest.param(("30 Oak Ave", "1", "Ann"), ("30 OAK AVENUE APT 01", None, "Bo"), True, id="one apartment"),
        pytest.param(("30 Oak Ave", "1", "Ann"), ("30 Oak Ave", "2", "Ann"), False, id="two apartments"),
        pytest.param(
            ("30 Oak Ave", None, "Ann Lee"), ("30 Oak Ave", None, "ANN  LEE."), True, id="unknown apartment: the party"
        ),
        pytest.param(
            ("30 Oak Ave", None, "Ann"), ("30 Oak Ave", None, "Bo"), False, id="unknown apartment: two parties"
        ),
        pytest.param(("1 Elsewhere", "1", "Ann"), ("1 Elsewhere", "1", "Bo"), True, id="an address the city lacks"),
        pytest.param((None, None, "Ann"), (None, None, "Bo"), False, id="no address"),
    ],
)
def test_which_records_are_of_one_home(
    areas: tuple[AreaSet, AreaSet],
    directory: Directory,
    one: tuple[str | None, ...],
    other: tuple[str | None, ...],
    same: bool,
) -> None:
    first, second = _homes(areas, directory, one, other)
    assert (first == second) is same


def test_homes_and_keys_are_hashed_with_the_key_and_for_their_purpose(
    areas: tuple[AreaSet, AreaSet], directory: Directory
) -> None:
    declared = source(CASE, topic="evictions")
    rows = [{"id": "A-1", "day": "03/04/2025", "who": "Ann", "at": "12 N Main St", "apt": None, "zip": "37901"}]
    records = validated(declared, rows).records
    events = [
        locate(
            records,
            declared,
            area_sets=areas,
            city_area="district",
            directory=directory,
            key=key,
            home_keys=every_year(key),
        ).events
        for key in (KEY, KEY, b"another key")
    ]
    numbers = [(e["home"].item(), e["key"].item()) for e in events]
    assert numbers[0] == numbers[1]
    assert not set(numbers[0]) & set(numbers[2])
    assert numbers[0][0] != numbers[0][1]
    assert events[0]["home"].dtype == events[0]["key"].dtype == pl.UInt64


def test_a_home_has_the_cell_of_its_address_point(areas: tuple[AreaSet, AreaSet], directory: Directory) -> None:
    row = {"type": "No Heat", "lat": "36.09", "lng": "-83.85", "at": "12 N Main St", "zip": "37901"}
    event = _located(areas, [row, {**row, "type": "Pothole"}], directory=directory).events.to_dicts()
    address = pl.DataFrame({"lat": [36.01], "lng": [-83.95]}).select(cell_expr("lat", "lng", 9)).item()
    assert event[0]["cell"] == address
    assert event[0]["home"] is not None
    assert event[1]["cell"] == event[1]["h3_9"] != address
    assert event[1]["home"] is None
    assert event[0]["key"] != event[1]["key"]


def test_a_city_without_an_address_file(areas: tuple[AreaSet, AreaSet]) -> None:
    found = _located(areas, [{"at": "12 N Main St", "lat": "36.01", "lng": "-83.95"}, {"at": "12 N Main St"}])
    assert found.located == {"coordinates": 1, "none": 1}


EPSG = ("EPSG:4326", "EPSG:4269", "EPSG:2274", "EPSG:3857", "EPSG:26917")


@settings(max_examples=50, deadline=None)
@given(lat=st.floats(35.5, 36.5), lng=st.floats(-84.5, -83.0), crs=st.sampled_from(EPSG))
def test_any_coordinate_system_comes_back_to_the_same_point(lat: float, lng: float, crs: str) -> None:
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lng, lat)
    found = with_points(pl.DataFrame({"x": [x], "y": [y]}), Location(crs=crs))
    assert found["lat"].item() == pytest.approx(lat, abs=1e-7)
    assert found["lng"].item() == pytest.approx(lng, abs=1e-7)
    assert found.columns == ["lat", "lng"]


def test_micro_degrees_and_thousands(areas: tuple[AreaSet, AreaSet]) -> None:
    micro = _located(areas, [{"lat": "36010000.0000", "lng": "-83950000"}], location={"lat_lng_scale": 1e-6})
    assert micro.located == {"coordinates": 1}
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2274", always_xy=True).transform(-83.95, 36.01)
    fields = {"id": "id", "created": "day", "category": "type", "x": "x", "y": "y"}
    feet = _located(
        areas, [{"x": f"{x:,.2f}", "y": f"{y:,.2f}"}], fields=fields, location={"crs": "EPSG:2274", "thousands": ","}
    )
    assert feet.located == {"coordinates": 1}
    assert feet.events["h3_9"].item() == micro.events["h3_9"].item()


def test_x_and_y_fill_what_latitude_and_longitude_leave_open(areas: tuple[AreaSet, AreaSet]) -> None:
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2274", always_xy=True).transform(-83.85, 36.09)
    fields = {**REQUEST, "x": "x", "y": "y"}
    rows: list[dict[str, str | None]] = [
        {"lat": "36.01", "lng": "-83.95", "x": str(x), "y": str(y)},
        {"x": str(x), "y": str(y)},
    ]
    found = _located(areas, rows, fields=fields, location={"crs": "EPSG:2274"})
    assert found.events["area_district"].to_list() == ["1", "2"]
