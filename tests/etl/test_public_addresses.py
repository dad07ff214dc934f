"""A city's addresses are public only where it says so, and then all of them, whatever was recorded at any.

address file        declared public        store
as it is            no                     none
as it is            yes                    every address of the file, to the byte the same with more records or fewer
another one         yes                    those of the other one, and the old files are gone
cannot be read      no longer              none
"""

import gzip
import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.demo.files import write_zip
from etl.geography.publicaddresses import LISTED, address_table
from etl.values.streets import street_expr
from layers.addressbook import INDEX, TABLE, strangers
from layers.addressseal import SIGNATURE, read_seal
from layers.grid import cell_number
from layers.signature import key_list
from tests.machinery.small_city import declare, etl

FILE, DECLARED = "feeds/addresses/address_points.zip", "sources/addresses.toml"
COURT = "feeds/court/detainer_warrants.csv.gz"
ONE, OTHER = "8944caac843ffff", "8944caac847ffff"


def reduced(rows: Sequence[tuple[str | None, str, str | None]]) -> set[tuple[Any, ...]]:
    """Rows of an address file (address, cell, district) as the search gets them."""
    columns = {
        "address": [row[0] for row in rows],
        "h3_9": pl.Series([cell_number(row[1]) for row in rows], dtype=pl.UInt64),
        "atom": pl.Series([cell_number(row[1]) for row in rows], dtype=pl.UInt64),
        "area_district": pl.Series([row[2] for row in rows], dtype=pl.String),
        "units": [7] * len(rows),
        LISTED: [True] * len(rows),
    }
    table = address_table(pl.DataFrame(columns), ("district",), reference="district")
    assert table["cell"].equals(table["atom"])
    return set(table.drop("atom").rows())


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (["12 Main Street"], [("MAIN ST", "12")]),
        (["12 MAIN ST APT 1", "12 MAIN ST APT 2", "12 Main St., Unit 3"], [("MAIN ST", "12")]),
        (["12 MAIN ST 4B", "14 MAIN ST"], [("MAIN ST", "12"), ("MAIN ST", "14")]),
        (["12 MAIN ST N", "14 MAIN ST"], [("MAIN ST", "14"), ("MAIN ST N", "12")]),
        (["12 E AVENUE B", "14 COUNTY ROAD 12"], [("COUNTY RD 12", "14"), ("E AVE B", "12")]),
        (["73-42 68th Avenue", "12A Elm Ct"], [("68TH AVE", "73-42"), ("ELM CT", "12A")]),
        (["12 1/2 ELM COURT"], [("ELM CT", "12 1/2")]),
        (["City Hall", "0012 Main St, Alderbank"], [("CITY HALL", None), ("MAIN ST", "12")]),
        (["2025-11-28T00:00:00.000 30 DRIVE", "5th Avenue"], [("5TH AVE", None)]),
        ([None, "", "   ", "12345", "#4", "12 " + "LONG " * 20], []),
    ],
)  # fmt: skip
def test_an_address_is_reduced_to_its_street_and_number(file: list[str | None], found: list[tuple[str, str]]) -> None:
    assert reduced([(address, ONE, "1") for address in file]) == {(*each, ONE, "1") for each in found}


def test_an_address_lies_in_one_cell_of_each_place_and_none_outside_the_city() -> None:
    """
    | rows of the file            | told                                     |
    |-----------------------------|------------------------------------------|
    | three in one cell, one next | the cell with most                       |
    | one in each of two          | the lower one, whatever the order        |
    | one street in two districts | both                                     |
    | in no district              | none                                     |
    """
    three = [("1 A ST", OTHER, "1")] * 3
    assert reduced([("1 A ST", ONE, "1"), *three]) == {("A ST", "1", OTHER, "1")}
    both = [("1 A ST", ONE, "1"), ("1 A ST", OTHER, "1")]
    assert reduced(both) == reduced(both[::-1]) == {("A ST", "1", ONE, "1")}
    assert reduced([("1 A ST", ONE, "1"), ("1 A ST", ONE, "2")]) == {("A ST", "1", ONE, district) for district in "12"}
    assert reduced([("1 A ST", ONE, None)]) == set()


# ---------------------------------------------------------------- in a city


def addresses_of(var: Path) -> dict[str, bytes]:
    """Name and content of whatever address files a store has."""
    return {path.name: path.read_bytes() for path in sorted((var / "public/geo").glob("*addresses*"))}


@pytest.fixture(scope="module")
def city(small_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city with every other case of its court, and no request at all."""
    copy = tmp_path_factory.mktemp("fewer") / "city"
    shutil.copytree(small_city, copy)
    header, *cases = gzip.decompress((copy / COURT).read_bytes()).splitlines(keepends=True)
    (copy / COURT).write_bytes(gzip.compress(header + b"".join(cases[::2])))
    for path in (copy / "feeds/311").glob("*.csv"):
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    return copy


@pytest.fixture(scope="module")
def fewer_records(city: Path) -> Path:
    """What was kept of that city."""
    var = city.parent / "var"
    assert etl("run", city, "evictions", "--var", var).code == 0
    return var


def test_two_cities_that_differ_in_their_records_alone_publish_the_same_bytes(
    first_run: Path, fewer_records: Path
) -> None:
    fewer, more = addresses_of(fewer_records), addresses_of(first_run)
    signatures = {told.pop(SIGNATURE) for told in (fewer, more)}
    assert more == fewer
    assert len(signatures) == 2  # each city has a key of its own
    assert {TABLE, INDEX} < set(fewer)
    assert list(strangers(fewer_records / "public/geo")) == []


def test_every_address_of_the_file_is_there(city: Path, fewer_records: Path) -> None:
    with zipfile.ZipFile(city / FILE) as archive:
        file = pl.read_csv(archive.read("address_points.csv"), infer_schema=False)
    told = pl.read_parquet(fewer_records / "public/geo" / TABLE)
    keys = file.select(street_expr(pl.col("FULL_ADDR"))).to_series()
    assert set(told.select(pl.concat_str("number", "street", separator=" ")).to_series()) == set(keys)
    assert json.loads((fewer_records / "public/geo" / INDEX).read_bytes())["addresses"] == told.height


def test_another_file_takes_the_place_of_the_old_and_what_is_declared_no_more_is_gone(
    city: Path, fewer_records: Path, tmp_path: Path
) -> None:
    """A dry run changes nothing. Once it is declared no more nothing is left, although the file cannot be read."""
    copy, var = tmp_path / "city", tmp_path / "var"
    shutil.copytree(city, copy)
    shutil.copytree(fewer_records, var)
    before = addresses_of(var)
    with zipfile.ZipFile(copy / FILE) as archive:
        file = pl.read_csv(archive.read("address_points.csv"), infer_schema=False)
    write_zip(copy / FILE, {"address_points.csv": file[:-5].write_csv().encode()})
    assert etl("run", copy, "households", "--var", var, "--dry-run").code == 0
    assert addresses_of(var) == before
    assert etl("run", copy, "households", "--var", var).code == 0
    after = addresses_of(var)
    assert read_seal(var / "public") == (key_list(var / "public").keys[-1].id, ())
    assert len(after) == len(before)
    assert not {name for name in before if name.endswith(".gz")} <= set(after)
    (var / "public/geo/.addresses.json.0badbeef").write_text("half of it")
    shutil.copytree(var / "public/geo", var / "partner/geo")
    declare(copy / DECLARED, lambda text: "".join(line for line in text.splitlines(True) if "public_addr" not in line))
    (copy / FILE).write_bytes(b"no zip")
    assert etl("run", copy, "households", "--var", var).code == 11
    assert addresses_of(var) == {}
    assert list((var / "partner/geo").glob("*addresses*")) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("sources/court.toml", "publisher", "public_addresses = true\npublisher"), "evictions (events) is no"),
        ((DECLARED, "publisher", "publish = false\npublisher"), "it contradicts `publish = false`"),
        ((DECLARED, "[fields.address]", "[fields.apartment]"), "no field says what the address is"),
    ],
)  # fmt: skip
def test_nothing_but_a_published_address_file_is_declared_public(
    small_city: Path, tmp_path: Path, change: tuple[str, str, str], says: str
) -> None:
    copy = tmp_path / "city"
    shutil.copytree(small_city, copy)
    name, before, after = change
    declare(copy / name, lambda text: text.replace(before, after, 1))
    ended = etl("check", copy, "--var", tmp_path / "var")
    assert ended.code == 2
    assert says in ended.said
