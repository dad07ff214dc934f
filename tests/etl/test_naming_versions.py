"""Addresses that are written otherwise than in the address file, and the homes they name, year by year.

The address file:  12 N MAIN ST (one home), 30 OAK AVE (four), 73-42 68 AVE (one); all in 37901.

What is typed                             names, in a year begun before      names, in a year begun since
12 N Main St                              12 N MAIN ST                       12 N MAIN ST
12 N MAIN STREET SPRINGFIELD TN 37901     another home                       12 N MAIN ST
30 Oak Ave 2B                             another home                       30 OAK AVE #2B
73-42 68TH AVE                            another home                       73-42 68 AVE
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from etl.errors import StorageFailed
from etl.homes.names import freeze_names, frozen_names, refuse_other_naming
from etl.location.cache import AddressCache
from etl.location.finder import Finder, naming
from etl.location.postal import FACTS, Postal, parser_version
from etl.steps.locate import Directory, build_directory, locate
from layers.areas import AreaSet
from tests.etl.declared import KEY, TODAY, city_areas, every_year, source, validated

CASE = {"id": "id", "filed": "day", "party": "who", "address": "at", "apartment": "apt", "zip": "zip"}
FILE = [("12 N MAIN ST", 1.0), ("30 OAK AVE", 4.0), ("73-42 68 AVE", 1.0)]
PAIRS = [
    pytest.param("12 N Main St", "12 N MAIN STREET SPRINGFIELD TN 37901", id="with a city"),
    pytest.param("30 Oak Ave Apt 2B", "30 Oak Ave 2B", id="an apartment without a word"),
    pytest.param("73-42 68 Ave", "73-42 68TH AVE", id="an ordinal"),
]
TYPED = [
    *(text for pair in PAIRS for text in pair.values),
    *(
        "12 N Main St 37901",
        "30 OAK AVENUE APT 2B SPRINGFIELD",
        "5 New Ct",
        "12 N Main St & Oak Ave",
        "1200 BLOCK OAK AVE",
    ),
    *("7342 68 AVE", "PO BOX 12", "LOT 4", "12 N MAIN ST 12 N MAIN ST", "30 OAK AVE REAR HOUSE", "?", "12 NORTH MAIN"),
]


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> tuple[AreaSet, AreaSet]:
    return city_areas(tmp_path_factory.mktemp("areas"))


def address_file(said: str) -> Directory:
    points = [(street, "37901", 36.01, -83.95, units) for street, units in FILE]
    frame = pl.DataFrame(points, schema=["address", "zip", "lat", "lng", "units"], orient="row")
    return build_directory(frame, naming=said)


def homes(
    areas: Sequence[AreaSet], now: Directory, private: Path, typed: Sequence[str], zip_code: str | None
) -> list[int]:
    """The home of a case at each address, as a run numbers it."""
    declared = source(CASE, topic="evictions")
    rows = [
        {"id": str(n), "day": "05/06/2025", "who": "Ann", "at": at, "apt": None, "zip": zip_code}
        for n, at in enumerate(typed)
    ]
    located = locate(
        validated(declared, rows).records,
        declared,
        area_sets=areas,
        city_area="district",
        directory=now,
        finder=Finder(postal=Postal(KEY, AddressCache(None, FACTS, parser_version(), TODAY))),
        key=KEY,
        home_keys=every_year(KEY),
        year_names=frozen_names(private),
    )
    return located.events["home"].to_list()


@pytest.mark.parametrize("zip_code", ["37901", None])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_year_begun_before_keeps_its_names(
    areas: Sequence[AreaSet], tmp_path: Path, one: str, other: str, zip_code: str | None
) -> None:
    before = homes(areas, address_file(""), tmp_path, [one, other], zip_code)
    freeze_names(tmp_path, [2025], address_file(""))
    assert homes(areas, address_file(naming()), tmp_path, [one, other], zip_code) == before
    assert before[0] != before[1]


@pytest.mark.parametrize("zip_code", ["37901", None])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_year_begun_since_knows_one_home_written_two_ways(
    areas: Sequence[AreaSet], tmp_path: Path, one: str, other: str, zip_code: str | None
) -> None:
    first, second = homes(areas, address_file(naming()), tmp_path, [one, other], zip_code)
    assert first == second


@pytest.mark.parametrize("zip_code", ["37901", None])
@pytest.mark.parametrize("said", ["", naming()])
def test_the_first_run_of_a_year_names_homes_as_all_later_ones(
    areas: Sequence[AreaSet], tmp_path: Path, said: str, zip_code: str | None
) -> None:
    """The first run measures before anything is frozen; later ones read what was frozen, whatever the file says."""
    first = homes(areas, address_file(said), tmp_path, TYPED, zip_code)
    freeze_names(tmp_path, [2025], address_file(said))
    another = build_directory(
        pl.DataFrame(
            [("5 NEW CT", "37901", 36.01, -83.95, 1.0), ("12 NORTH MAIN ST SPRINGFIELD", "37901", 36.02, -83.95, 3.0)],
            schema=["address", "zip", "lat", "lng", "units"],
            orient="row",
        ),
        naming=naming(),
    )
    for now in (address_file(said), address_file(naming()), another):
        assert homes(areas, now, tmp_path, TYPED, zip_code) == first


def test_what_is_frozen_says_how_homes_were_named(tmp_path: Path) -> None:
    freeze_names(tmp_path, [2025], address_file(""))
    freeze_names(tmp_path, [2025, 2026], address_file(naming()))
    assert {year: names.naming for year, names in frozen_names(tmp_path).items()} == {2025: "", 2026: naming()}


def test_a_year_frozen_before_there_was_a_naming_has_none(tmp_path: Path) -> None:
    freeze_names(tmp_path, [2025], address_file(naming()))
    path = tmp_path / "homes/2025.parquet"
    pl.read_parquet(path).drop("naming").write_parquet(path)
    assert frozen_names(tmp_path)[2025].naming == ""


def test_other_libraries_than_an_open_year_began_with_are_refused() -> None:
    """They could read an address otherwise, and a home be counted beyond its cap under its second name."""
    other = replace(address_file(""), naming="2: usaddress 0.0.1")
    refuse_other_naming({2025: other, 2026: address_file(naming())}, [2026])
    refuse_other_naming({2025: address_file("")}, [2025])
    with pytest.raises(StorageFailed, match=r"Homes of 2025 are named with 2: usaddress 0\.0\.1"):
        refuse_other_naming({2025: other}, [2025, 2026])
