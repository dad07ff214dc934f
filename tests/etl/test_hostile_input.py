"""Feeds and boundary files that mean harm, or are merely absurd: refused with a sentence, or without effect."""

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.machinery.small_city import current, declare, etl, files_of, status_of

ADDRESSES, DISTRICTS = "feeds/addresses/address_points.zip", "boundaries/council_districts.geojson"
REQUESTS = "feeds/311/requests_2026.csv"
DEVELOPMENTS = "feeds/housing/affordable_developments.geojson"

Change = Callable[[int, str], str]


@pytest.fixture
def city(small_city: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_city, tmp_path / "city"))


@pytest.fixture
def var(first_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first_run, tmp_path / "var"))


def _addresses(city: Path, column: str, change: Change, member: str = "address_points.csv") -> None:
    """Rewrite one column of the address file, and name its member of the zip."""
    with zipfile.ZipFile(city / ADDRESSES) as archive:
        header, *rows = csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode()))
    place = header.index(column)
    out = io.StringIO()
    changed = [[*row[:place], change(number, row[place]), *row[place + 1 :]] for number, row in enumerate(rows)]
    csv.writer(out, lineterminator="\n").writerows([header, *changed])
    with zipfile.ZipFile(city / ADDRESSES, "w") as archive:
        archive.writestr(member, out.getvalue())


def _features(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    collection = json.loads(path.read_bytes())
    change(collection["features"])
    path.write_text(json.dumps(collection), "utf-8")


# ---------------------------------------------------------------- the address file, on which everything stands


IMPOSSIBLE_HOMES = pytest.mark.parametrize(
    ("column", "change", "code"),
    [
        #  units of an address                     what comes of it
        ("RES_UNITS", lambda n, old: "-5", 11),
        ("RES_UNITS", lambda n, old: "9" * 25, 11),
        ("RES_UNITS", lambda n, old: "1e300", 11),
        ("RES_UNITS", lambda n, old: "NaN", 12),
        ("RES_UNITS", lambda n, old: "many", 11),
        ("RES_UNITS", lambda n, old: "0", 12),
        ("LATITUDE", lambda n, old: "NaN", 13),
        ("LATITUDE", lambda n, old: "inf", 13),
        ("LATITUDE", lambda n, old: "", 13),
        ("LATITUDE", lambda n, old: str(float(old) * 364_000), 13),
        ("LONGITUDE", lambda n, old: old.removeprefix("-"), 13),
    ],
)
SEALED = ("private/zones", "private/homes", "private/ground", "private/measurements", "public/releases", "public/geo")


@IMPOSSIBLE_HOMES
def test_homes_that_cannot_be_hold_everything(
    city: Path, tmp_path: Path, column: str, change: Change, code: int
) -> None:
    """Zones are drawn from them for ever, and every rate stands on them: nothing is drawn, measured or published."""
    _addresses(city, column, change)

    ended = etl("run", city, "evictions", "households", "--var", tmp_path / "new", "--json")

    assert ended.code == code, ended.said
    assert {told["topic"] for told in ended.objects if "error" in told} == {"evictions", "households"}
    assert files_of(tmp_path / "new", *SEALED, "public/current.json") == {}
    assert status_of(tmp_path / "new/public", "evictions")["held"] is True


@IMPOSSIBLE_HOMES
def test_homes_that_cannot_be_are_never_stood_on(city: Path, var: Path, column: str, change: Change, code: int) -> None:
    """Later the other topics go on with the homes that were accepted last: same zones, same names, same releases."""
    sealed, up = files_of(var, *SEALED), current(var / "public")
    _addresses(city, column, change)

    ended = etl("run", city, "evictions", "households", "--var", var, "--json")

    assert ended.code == ended.failure("households")["exit"] == code, ended.said
    assert ended.published() == {"evictions": up["evictions"]}
    assert files_of(var, *SEALED) == sealed
    assert current(var / "public") == up
    assert status_of(var / "public", "households")["held"] is True
    assert status_of(var / "public", "evictions")["held"] is False


def test_most_homes_gone_is_held_and_never_stood_on(city: Path, var: Path) -> None:
    """It passes as a file and is refused as the ground of zones: the next night stands on the one before it."""
    sealed, up = files_of(var, *SEALED), current(var / "public")
    _addresses(city, "RES_UNITS", lambda n, old: old if n % 5 == 0 else "0")
    for _ in range(2):
        ended = etl("run", city, "evictions", "households", "--var", var, "--json")

        assert ended.code == 12
        assert "lost more than half of the homes" in ended.failure("households")["error"]
        assert ended.published() == {"evictions": up["evictions"]}
        assert files_of(var, *SEALED) == sealed


def test_half_an_address_file_is_held(city: Path, var: Path) -> None:
    with zipfile.ZipFile(city / ADDRESSES) as archive:
        lines = archive.read(archive.namelist()[0]).splitlines(keepends=True)
    with zipfile.ZipFile(city / ADDRESSES, "w") as archive:
        archive.writestr("address_points.csv", b"".join(lines[: len(lines) // 2]))

    ended = etl("run", city, "households", "--var", var, "--json")

    assert ended.code == 12
    assert "has shrunk" in ended.failure("households")["error"]


# ---------------------------------------------------------------- boundary files


@pytest.mark.parametrize(
    "text",
    ["=1+1", "@SUM(A1)", "+cmd|x", "-2+3", "<script>alert(1)</script>", "a\tb", "\u202e6 tcirtsiD"],
)
@pytest.mark.parametrize("field", ["DISTRICT", "NAME"])
def test_ids_and_names_of_areas_are_no_formulas_and_no_markup(
    city: Path, tmp_path: Path, field: str, text: str
) -> None:
    if field == "NAME":
        declare(city / "city.toml", lambda toml: toml.replace('name_format = "District {id}"', 'name_field = "NAME"'))
    _features(city / DISTRICTS, lambda features: [f["properties"].update({field: text}) for f in features[:1]])

    ended = etl("run", city, "--var", tmp_path / "var")

    assert ended.code == 2, ended.said
    assert "city.toml, areas.district: council_districts.geojson: an id or a name begins with" in ended.err
    assert text not in ended.err


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"type":"FeatureCollection","features":[]}', b"PK\x03\x04x"])
def test_a_boundary_file_without_areas_is_a_fault_of_the_declaration(city: Path, var: Path, content: bytes) -> None:
    before = files_of(var / "public")
    (city / DISTRICTS).write_bytes(content)

    ended = etl("run", city, "--var", var)

    assert ended.code == 2
    assert "city.toml, areas.district: council_districts.geojson: " in ended.err
    assert files_of(var / "public") == before


def test_parts_of_one_area_are_one_area(city: Path, var: Path) -> None:
    """Two features with one id: no row is told twice."""
    _features(city / DISTRICTS, lambda features: features.append(features[0]))
    assert etl("run", city, "housing_supply", "--var", var).code == 0


# ---------------------------------------------------------------- paths


def test_a_link_out_of_the_feeds_is_read_as_the_declaration_says_and_copied(
    city: Path, var: Path, tmp_path: Path
) -> None:
    """Agencies drop files where they like: what counts is the path that the steward declared. The copy is no link."""
    elsewhere = tmp_path / "drop" / "today.csv"
    elsewhere.parent.mkdir()
    (city / REQUESTS).rename(elsewhere)
    (city / REQUESTS).symlink_to(elsewhere)
    up = current(var / "public")

    assert etl("run", city, "service_requests", "--var", var).code == 0

    assert current(var / "public") == up
    assert [path for path in var.rglob("*") if path.is_symlink()] == []


@pytest.mark.parametrize("member", ["../../../address_points.csv", "/address_points.csv"])
def test_a_zip_cannot_write_outside_its_folder(city: Path, var: Path, tmp_path: Path, member: str) -> None:
    _addresses(city, "ZIP", lambda n, old: old, member)
    seen = {path.name for path in tmp_path.iterdir()}

    assert etl("run", city, "households", "--var", var).code in (0, 10)

    assert {path.name for path in tmp_path.iterdir()} == seen
    assert not list(tmp_path.rglob("address_points.csv"))


@pytest.mark.parametrize("target", ["loop", "/nonexistent/file"])
def test_a_link_to_nowhere_is_a_feed_that_did_not_come(city: Path, var: Path, target: str) -> None:
    (city / REQUESTS).unlink()
    (city / REQUESTS).symlink_to(city / REQUESTS if target == "loop" else target)
    assert etl("run", city, "service_requests", "--var", var).code == 10


# ---------------------------------------------------------------- clocks and registers


@pytest.mark.parametrize("day", ["2026-08-15", "2026-11-14", "2028-02-29", "2031-01-01"])
def test_another_day_draws_nothing_twice(city: Path, var: Path, day: str) -> None:
    """A clock that went back, or far ahead: what was measured stays as it is."""
    declare(city / "city.toml", lambda text: text.replace("2026-11-15", day))
    drawn = files_of(var / "private", "measurements")

    ended = etl("run", city, "evictions", "--var", var)

    assert ended.code in (0, 12), ended.said
    kept = files_of(var / "private", "measurements")
    assert {name: kept[name] for name in drawn} == drawn


def test_a_register_without_entries_is_held(city: Path, var: Path) -> None:
    _features(city / DEVELOPMENTS, list.clear)
    ended = etl("run", city, "housing_supply", "--var", var)
    assert ended.code in (11, 12), ended.said


@pytest.mark.parametrize("units", [-4, 10**30, "=1+1"])
def test_units_that_cannot_be_are_not_published(city: Path, var: Path, units: object) -> None:
    _features(
        city / DEVELOPMENTS, lambda features: [f["properties"].update(AFF_UNITS=units) for f in features] and None
    )

    etl("run", city, "housing_supply", "--var", var)

    release = var / "public/releases/housing_supply" / current(var / "public")["housing_supply"]
    values = pl.read_parquet(release / "counts.parquet")["value"].drop_nulls()
    assert values.is_between(0, 1e9).all()
