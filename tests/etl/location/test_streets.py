"""Where along its street a house, a block or a crossing lies.

The streets of these tests; numbers stand on their side of the line, and rise to the east and to the north:

              36.012 ┼ 3RD AVE          ┼ 4TH AVE (ranges written 12-01 to 12-99)
                     │                  │
             201..299│200..298          │
                     │   101 … 199      │    201 … 299         (odd: north side, left)
              36.010 ┼──────────────────┼──────────────────────┼  N MAIN ST
                     │   100 … 198      │    200 … 298         (even: south side, right)
             101..199│100..198          │
              36.008 ┼                  ┼
                  -83.950            -83.948                -83.946

OAK CT (1 to 9, right side only) lies far off in two ZIP codes: at 36.05 in 37901 and at 36.08 in 37902.
"""

from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.city.models import Streets as Declared
from etl.errors import DeclarationError
from etl.location.streetfile import read_streets
from etl.location.streets import REACH_M, ROUGH, Streets
from etl.values.streets import street_expr
from tests.etl.location.town import EAST, MAIN, MIDDLE, WEST, street_file


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Streets:
    return read_streets(street_file(tmp_path_factory.mktemp("streets")), Declared(path="streets.gpkg"))


def found(streets: Streets, *addresses: tuple[str, str | None], hundreds: bool = False) -> pl.DataFrame:
    frame = pl.DataFrame(addresses, schema={"address": pl.String, "zip": pl.String}, orient="row")
    keyed = frame.with_row_index("at").with_columns(street=street_expr(pl.col("address")))
    return streets.found(keyed, hundreds=hundreds)


@pytest.mark.parametrize(
    ("address", "zip_code", "way", "lat", "lng"),
    [
        pytest.param("100 N Main St", "37901", "interpolated", MAIN, WEST, id="the first house"),
        pytest.param("149 North Main Street", None, "interpolated", MAIN, -83.94902, id="nearly the middle"),
        pytest.param("150 N MAIN ST APT 2", None, "interpolated", MAIN, -83.94898, id="the other side"),
        pytest.param("298 N Main St", None, "interpolated", MAIN, EAST, id="the last house"),
        pytest.param("250 Third Ave", None, "interpolated", 36.01102, WEST, id="to the north"),
        pytest.param("3 Oak Ct", "37902", "interpolated", 36.08, -83.9495, id="its ZIP code tells which"),
        pytest.param("3 Oak Ct", None, None, None, None, id="twice in the city: nowhere"),
        pytest.param("4 Oak Ct", "37901", None, None, None, id="no even numbers there"),
        pytest.param("300 N Main St", None, None, None, None, id="beyond the last house"),
        pytest.param("100 S Main St", None, None, None, None, id="another street"),
        pytest.param("100 N Main St", "37999", None, None, None, id="another ZIP code"),
        pytest.param("12-50 4th Ave", None, "interpolated", 36.01102, MIDDLE, id="a number with a hyphen"),
        pytest.param("150-152 N Main St", None, "interpolated", MAIN, -83.94898, id="two numbers: the first"),
        pytest.param("1200 BLOCK OF N MAIN ST", None, None, None, None, id="a block that is not there"),
        pytest.param("100 Block of N Main St", None, "block", MAIN, -83.949, id="a block"),
        pytest.param("200 BLK N MAIN ST", None, "block", MAIN, -83.947, id="a block, shorter"),
        pytest.param("2XX N Main St", None, "block", MAIN, -83.947, id="a block, masked"),
        pytest.param("N Main St & 3rd Ave", None, "intersection", MAIN, WEST, id="a crossing"),
        pytest.param("Third Avenue AT North Main Street", None, "intersection", MAIN, WEST, id="the other way around"),
        pytest.param("4TH AVE/N MAIN ST", "37901", "intersection", MAIN, MIDDLE, id="with a stroke"),
        pytest.param("4th Ave and North Main St, Springfield", None, "intersection", MAIN, MIDDLE, id="and a city"),
        pytest.param("N Main St @ 4 Ave", "37902", None, None, None, id="a crossing in another ZIP code"),
        pytest.param("3rd Ave & 4th Ave", None, None, None, None, id="they do not cross"),
        pytest.param("3rd Ave & 3rd Ave", None, None, None, None, id="one street"),
        pytest.param("N Main St", None, None, None, None, id="no number"),
        pytest.param("----", None, None, None, None, id="nothing"),
    ],
)  # fmt: skip
def test_one_address(
    streets: Streets, address: str, zip_code: str | None, way: str | None, lat: float | None, lng: float | None
) -> None:
    places = found(streets, (address, zip_code))
    assert places.columns == list(ROUGH)
    if way is None:
        assert places.is_empty()
        return
    (place,) = places.to_dicts()
    assert (place["at"], place["rough_way"]) == (0, way)
    assert (place["rough_lat"], place["rough_lng"]) == (pytest.approx(lat, abs=3e-5), pytest.approx(lng, abs=3e-5))


def test_a_number_ending_in_00_is_a_block_only_where_that_is_declared(streets: Streets) -> None:
    one = found(streets, ("200 N Main St", None))
    block = found(streets, ("200 N Main St", None), hundreds=True)
    assert (one["rough_way"].item(), block["rough_way"].item()) == ("interpolated", "block")
    assert one["rough_lng"].item() == pytest.approx(MIDDLE, abs=1e-5)
    assert block["rough_lng"].item() == pytest.approx(-83.947, abs=3e-5)


def test_the_reach_of_a_place_is_its_block_on_both_sides(streets: Streets) -> None:
    (place,) = found(streets, ("102 N Main St", None)).to_dicts()
    north, south = max(place["reach_lat"]), min(place["reach_lat"])
    assert north - MAIN == pytest.approx(REACH_M / 111_320, rel=0.01)
    assert MAIN - south == pytest.approx(REACH_M / 111_320, rel=0.01)
    assert WEST < min(place["reach_lng"]) < -83.9498
    assert -83.9482 < max(place["reach_lng"]) < MIDDLE


@settings(max_examples=20, deadline=None)
@given(number=st.integers(1, 400))
def test_a_house_lies_on_its_street_between_its_neighbors(streets: Streets, number: int) -> None:
    """Every number of a range is found, on the line, and in the order of the numbers of its side."""
    places = found(streets, (f"{number} N Main St", None), (f"{number + 2} N Main St", None))
    lngs = places.sort("at")["rough_lng"].to_list()
    assert places.height == (100 <= number <= 299) + (100 <= number + 2 <= 299)
    for lat, lng in places.select("rough_lat", "rough_lng").iter_rows():
        assert lat == pytest.approx(MAIN, abs=1e-7)
        assert WEST - 1e-9 <= lng <= EAST + 1e-9
    assert lngs == sorted(lngs)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"left_from": "NOPE"}, "no column 'NOPE'"),
        ({"layer": "nope"}, "no readable map file"),
        ({"crs": "EPSG:4326"}, None),  # a wrong one: numbers of feet taken for degrees lie nowhere near
    ],
)
def test_a_street_file_that_is_not_as_declared(tmp_path: Path, said: dict[str, str], told: str | None) -> None:
    declared = Declared(path="streets.gpkg", **said)
    if told is None:
        assert read_streets(street_file(tmp_path), declared).ys.max() > 90
        return
    with pytest.raises(DeclarationError, match=told):
        read_streets(street_file(tmp_path), declared)


def test_areas_are_no_streets(tmp_path: Path) -> None:
    row = dict.fromkeys(("FULLNAME", "LFROMADD", "LTOADD", "RFROMADD", "RTOADD", "ZIPL", "ZIPR"), "1")
    gpd.GeoDataFrame([row], geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326").to_file(tmp_path / "x.gpkg")
    with pytest.raises(DeclarationError, match="not lines"):
        read_streets(tmp_path / "x.gpkg", Declared(path="x.gpkg"))
