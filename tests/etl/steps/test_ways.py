"""Ways of placing a record, from the surest to the roughest, and which of them is good enough for what.

Two districts meet at longitude -83.90; ZIP code 37901 is their southern half.

                 district 1        ┊        district 2
                                   ┊
         100 … 198 W ELM ST        ┊
        ───────────────────────    ┊               BORDER AVE runs along -83.90 itself, 100 … 198
                       100 … 198 CROSS ST
                    ───────────────┊────────────
        W ELM ST and PINE ST cross at -83.95
"""

from typing import Any

import polars as pl
import pytest

from etl.city.models import Streets as Declared
from etl.location.cache import AddressCache
from etl.location.finder import Finder
from etl.location.postal import FACTS, Postal, parser_version
from etl.location.streetfile import read_streets
from etl.records import Located
from etl.steps.locate import Directory, build_directory, locate
from layers.areas import AreaSet
from tests.etl.declared import KEY, TODAY, city_areas, every_year, source, validated
from tests.etl.location.town import Line, street_file

REQUEST = {"id": "id", "created": "day", "category": "type", "lat": "lat", "lng": "lng", "address": "at", "zip": "zip"}
CASE = {"id": "id", "filed": "day", "party": "who", "address": "at", "apartment": "apt", "zip": "zip"}
CATEGORIES = {"potholes": ["Pothole"], "heat_and_hot_water": ["No Heat"]}
STREETS: list[Line] = [
    ("W Elm St", (101, 199, 100, 198), "37901", [(-83.950, 36.02), (-83.948, 36.02)]),
    ("Pine St", (101, 199, 100, 198), "37901", [(-83.950, 36.02), (-83.950, 36.03)]),
    ("Border Ave", (101, 199, 100, 198), "37901", [(-83.900, 36.02), (-83.900, 36.03)]),
    ("Cross St", (101, 199, 100, 198), "37901", [(-83.902, 36.04), (-83.898, 36.04)]),
]
POINTS = [
    ("12 N Main St", "37901", 36.010, -83.950, 1.0),
    ("73-42 68 Ave", "37901", 36.011, -83.850, 4.0),
    ("1201 Lake Rd", "37901", 36.012, -83.850, 1.0),
    ("1299 Lake Rd", "37901", 36.014, -83.850, 1.0),
]


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> tuple[AreaSet, AreaSet]:
    return city_areas(tmp_path_factory.mktemp("areas"))


@pytest.fixture(scope="module")
def directory() -> Directory:
    return build_directory(pl.DataFrame(POINTS, schema=["address", "zip", "lat", "lng", "units"], orient="row"))


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    streets = read_streets(street_file(tmp_path_factory.mktemp("streets"), STREETS), Declared(path="streets.gpkg"))
    return Finder(streets, Postal(KEY, AddressCache(None, FACTS, parser_version(), TODAY)))


def located(
    areas: tuple[AreaSet, AreaSet], directory: Directory | None, finder: Finder, *rows: dict[str, str], **said: Any
) -> Located:
    known = said.pop("known", None)
    topic = said.get("topic", "service_requests")
    fields = CASE if topic == "evictions" else said.pop("fields", REQUEST)
    declared = source(fields, **{"categories": {} if topic == "evictions" else CATEGORIES, **said})
    full = [
        {**dict.fromkeys(fields.values()), "id": str(n), "day": "03/04/2025", "type": "Pothole", **row}
        for n, row in enumerate(rows)
    ]
    return locate(
        validated(declared, full).records,
        declared,
        area_sets=areas,
        city_area="district",
        directory=directory,
        finder=finder,
        suspected=known,
        key=KEY,
        home_keys=every_year(KEY),
    )


@pytest.mark.parametrize(
    ("address", "way", "of_a_place", "of_a_home"),
    [
        #            what is typed                 way                     district and cell    of a home
        pytest.param("12 North Main Street", "address", ("1", True), ("1", True), id="as in the file"),
        pytest.param("73-42 68TH AVENUE", "address_normalized", ("2", True), ("2", True), id="an ordinal"),
        pytest.param(
            "12 N MAIN STREET SPRINGFIELD TN 37901", "address_normalized", ("1", True), ("1", True), id="with a city"
        ),
        pytest.param("12 N Main St 2B", "address_normalized", ("1", True), ("1", True), id="a bare apartment"),
        pytest.param("150 W Elm St", "interpolated", ("1", True), ("1", False), id="along the street"),
        pytest.param(
            "150 W ELM STREET SPRINGFIELD TN 37901", "interpolated", ("1", True), ("1", False), id="street, with a city"
        ),
        pytest.param("W Elm St & Pine St", "intersection", ("1", True), ("1", False), id="a crossing"),
        pytest.param("100 block of W Elm St", "block", ("1", True), ("1", False), id="a block of the streets"),
        pytest.param("12XX Lake Rd", "block", ("2", True), ("2", False), id="a block of address points"),
        pytest.param("150 Border Ave", "interpolated", ("1", True), (None, False), id="a street on the border"),
        pytest.param("100 Blk Cross St", "block", ("1", True), (None, False), id="a block in two districts"),
        pytest.param("9 Nowhere Ln", "none", (None, False), (None, False), id="nowhere"),
    ],
)  # fmt: skip
def test_one_address(
    areas: tuple[AreaSet, AreaSet],
    directory: Directory,
    finder: Finder,
    address: str,
    way: str,
    of_a_place: tuple[str | None, bool],
    of_a_home: tuple[str | None, bool],
) -> None:
    """A place is where its street says; a home has a cell only from its address point, and of a street only the area
    that the whole block lies in."""
    row = {"at": address}
    events = located(areas, directory, finder, row, {**row, "type": "No Heat"}).events
    place, home = ((e["area_district"], e["cell"] is not None) for e in events.to_dicts())
    assert place == of_a_place
    assert home == of_a_home
    assert events["located"].to_list() == [way, way]
    case = located(areas, directory, finder, row, topic="evictions").events.to_dicts()[0]
    assert (case["area_district"], case["cell"] is not None) == of_a_home


def test_ways_are_tried_from_the_surest_on(
    areas: tuple[AreaSet, AreaSet], directory: Directory, finder: Finder
) -> None:
    """Of a home on Border Ave the whole block lies in one ZIP code; its district is the one that the source names."""
    fields = {**REQUEST, "area.district": "ward"}
    rows = [
        {"lat": "36.09", "lng": "-83.85", "at": "12 N Main St", "ward": "1"},
        {"at": "12 N Main St", "ward": "2"},
        {"at": "150 W Elm St", "ward": "2"},
        {"at": "9 Nowhere Ln", "ward": "2"},
        {"at": "150 Border Ave", "ward": "2", "type": "No Heat"},
    ]
    events = located(areas, directory, finder, *rows, fields=fields).events
    assert events["located"].to_list() == ["coordinates", "address", "interpolated", "area", "interpolated"]
    assert events["area_district"].to_list() == ["2", "1", "1", "2", "2"]


@pytest.mark.parametrize(
    ("accept", "ways"),
    [
        (["coordinates", "address", "address_normalized", "interpolated"], ["coordinates", "address", "interpolated"]),
        (["coordinates", "address"], ["coordinates", "address", "none"]),
        (["address"], ["address", "address", "none"]),
        (["interpolated"], ["none", "none", "interpolated"]),
    ],
)
def test_only_accepted_ways_place_a_record(
    areas: tuple[AreaSet, AreaSet], directory: Directory, finder: Finder, accept: list[str], ways: list[str]
) -> None:
    rows = [
        {"lat": "36.09", "lng": "-83.85", "at": "12 N Main St"},
        {"at": "12 N Main St"},
        {"at": "150 W Elm St"},
    ]
    found = located(areas, directory, finder, *rows, location={"accept": accept})
    assert found.events["located"].to_list() == ways


def test_numbers_ending_in_00_are_blocks_where_the_source_says_so(areas: tuple[AreaSet, AreaSet]) -> None:
    """1200 Lake Rd is a house of the file; where 00 stands for the block, a record is in the block's middle."""
    points = [*POINTS, ("1200 Lake Rd", "37901", 36.013, -83.850, 1.0)]
    homes = build_directory(pl.DataFrame(points, schema=["address", "zip", "lat", "lng", "units"], orient="row"))
    row = {"at": "1200 Lake Rd", "type": "No Heat"}
    house = located(areas, homes, Finder(), row).events.to_dicts()[0]
    block = located(areas, homes, Finder(hundreds=True), row, location={"hundred_blocks": True}).events.to_dicts()[0]
    assert (house["located"], house["cell"] is None) == ("address", False)
    assert (block["located"], block["cell"] is None, block["area_district"]) == ("block", True, "2")


# ---- what is wrong with coordinates

FEET = ("2635000.5", "601000.25")
"""A point of EPSG:2274 (feet) in district 1, given as longitude and latitude."""


@pytest.mark.parametrize(
    ("said", "swapped", "projected"),
    [
        ({}, "swapped", "projected"),
        ({"repair": ["swapped"]}, "repaired_swapped", "projected"),
        ({"repair": ["projected"], "projected_crs": "EPSG:2274"}, "swapped", "repaired_projected"),
        ({"repair": ["projected"], "projected_crs": "EPSG:2263"}, "swapped", "projected"),  # lies elsewhere in it
    ],
)
def test_coordinates_are_repaired_by_declaration_only(
    areas: tuple[AreaSet, AreaSet], said: dict[str, Any], swapped: str, projected: str
) -> None:
    rows = [{"lat": "-83.95", "lng": "36.01"}, {"lat": _feet()[1], "lng": _feet()[0]}, {"lat": "40", "lng": "-74"}]
    found = located(areas, None, Finder(), *rows, location=said)
    assert found.events["located"].to_list() == [swapped, projected, "outside"]
    repaired = [way.startswith("repaired") for way in (swapped, projected)]
    assert [area == "1" for area in found.events["area_district"]] == [*repaired, False]
    assert found.faults == {swapped: 1, projected: 1, "outside": 1}


def _feet() -> tuple[str, str]:
    import pyproj

    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2274", always_xy=True).transform(-83.95, 36.01)
    return f"{x:.2f}", f"{y:.2f}"


# ---- default points that nobody declared

HALL = {"lat": "36.06", "lng": "-83.91"}


def scattered(n: int) -> list[dict[str, str]]:
    return [{"lat": f"{36.01 + k / 10000:.4f}", "lng": "-83.95", "at": f"{k} Oak Ave"} for k in range(n)]


@pytest.mark.parametrize(
    ("at_hall", "others", "addresses", "found"),
    [
        pytest.param(40, 300, "{} Elm St", True, id="many addresses at one point"),
        pytest.param(40, 300, "400 Main St", False, id="one address: a busy place"),
        pytest.param(20, 300, "{} Elm St", False, id="too few to tell"),
        pytest.param(40, 300, "", True, id="no address there, though others have one"),
    ],
)
def test_a_default_point_is_found(
    areas: tuple[AreaSet, AreaSet], at_hall: int, others: int, addresses: str, found: bool
) -> None:
    rows = [*({**HALL, "at": addresses.format(k)} for k in range(at_hall)), *scattered(others)]
    done = located(areas, None, Finder(), *rows)
    assert done.located == (
        {"default_point_found": at_hall, "coordinates": others} if found else {"coordinates": at_hall + others}
    )
    assert done.suspected.rows() == ([(36.06, -83.91, at_hall)] if found else [])


def test_their_addresses_still_place_them(areas: tuple[AreaSet, AreaSet], directory: Directory) -> None:
    rows = [*({**HALL, "at": f"{k} Elm St"} for k in range(39)), {**HALL, "at": "12 N Main St"}, *scattered(300)]
    done = located(areas, directory, Finder(), *rows)
    assert done.located == {"coordinates": 300, "address": 1, "default_point_found": 39}
    assert done.faults == {"default_point_found": 40}


@pytest.mark.parametrize(("at_hall", "found"), [(10, False), (40, True)])
def test_without_any_address_only_a_large_share_tells(
    areas: tuple[AreaSet, AreaSet], at_hall: int, found: bool
) -> None:
    rows = [*(dict(HALL) for _ in range(at_hall)), *({**row, "at": ""} for row in scattered(300))]
    done = located(areas, None, Finder(), *rows, location={"default_records": 5})
    assert done.suspected.is_empty() is not found


def test_records_about_homes_never_decide_it_for_each_other(areas: tuple[AreaSet, AreaSet]) -> None:
    """In a feed of both, only records that concern no home tell; then it holds for all."""
    homes = [{**HALL, "at": f"{k} Elm St", "type": "No Heat"} for k in range(40)]
    places = [{**HALL, "at": f"{k} Elm St"} for k in range(40)]
    assert located(areas, None, Finder(), *homes, *scattered(300)).located == {"coordinates": 340}
    both = located(areas, None, Finder(), *homes, *places, *scattered(300)).located
    assert both == {"coordinates": 300, "default_point_found": 80}


def test_a_point_found_before_is_none_for_the_few_records_that_changed(areas: tuple[AreaSet, AreaSet]) -> None:
    rows = [{**HALL, "at": "1 Elm St"}, *scattered(2)]
    whole = located(areas, None, Finder(), *({**HALL, "at": f"{k} Elm St"} for k in range(40)), *scattered(300))
    changed = located(areas, None, Finder(), *rows, known=whole.suspected)
    assert changed.located == {"coordinates": 2, "default_point_found": 1}
    assert changed.suspected.equals(whole.suspected)
