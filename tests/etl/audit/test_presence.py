"""Presence of rows. The key set is every unit × category × period of each table, in every file.

            2025   2026
zone1 a     7      .        a missing row, a row too many, a silent place among told ones, a zone that is
zone1 b     <      .        not drawn, a file that nobody declared: each would have told something
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.audit.attacks.presence import run
from layers.release import GeoFile
from tests.etl.audit.stores import CLEAN, public, release, told, zones_frame
from tests.layers.test_addressbook import book, written

YEARS = """
    city            2024     50
    city            2025     46
    city            2026     .
    district/1      2024     29
    district/1      2025     25
    district/1      2026     .
    district/2      2024     21
    district/2      2025     21
    district/2      2026     .
"""
STRANGE = "No file of this name belongs among the shapes."
DECLARED = {
    "geographies": [
        {"name": "zone1", "vintage": "v1", "units": []},
        {"name": "district", "vintage": "v1", "units": []},
    ]
}


def attack(folder: Path, drawn: str, **declared: object) -> set[tuple[str, str]]:
    release(folder, drawn, **declared)  # type: ignore[arg-type] # whatever the test declares otherwise
    return told(run(public(folder)).findings)


def shape(*ids: str) -> GeoFile:
    features = [{"type": "Feature", "id": id_, "properties": {"id": id_}, "geometry": None} for id_ in ids]
    return GeoFile("zone1", "v1", {"type": "FeatureCollection", "features": features})


def test_a_complete_key_set_passes(tmp_path: Path) -> None:
    assert attack(tmp_path / "a", YEARS) == set()
    assert attack(tmp_path / "b", CLEAN) == set()
    attempt = run(public(tmp_path / "b"))
    assert attempt.tried == 22
    assert attempt.best.startswith("No row, zone or file is missing or added in 22 rows")


@pytest.mark.parametrize(
    ("change", "where", "learned"),
    [
        (lambda d: d.replace("district/2      2025     21\n", ""), "homes_filed, district, year",
         "1 rows are missing: 2 has none in 2025."),
        (lambda d: d + "    district/3      2025     5\n", "homes_filed, district, year",
         "1 rows too many: 3 is no unit of 2025."),
        (lambda d: d.replace("    city            2025     46\n", ""), "homes_filed, city, year",
         "1 periods are missing, the first is 2025."),
        (lambda d: d.replace("district/2      2025     21", "district/2      2025     ."), "homes_filed, 2025",
         "1 rows are silent and the others are not."),
        (lambda d: d.replace("district/2      2026     .", "district/2      2026     <"), "homes_filed, 2026",
         "2 rows are silent and the others are not."),
    ],
)  # fmt: skip
def test_a_gap_in_the_key_set_is_found(tmp_path: Path, change: Callable[[str], str], where: str, learned: str) -> None:
    assert (where, learned) in attack(tmp_path, change(YEARS))


def test_a_category_that_is_missing_in_one_geography_is_found(tmp_path: Path) -> None:
    """Nobody settled in the city's figures of this grain, so the row was left out: now everybody knows."""
    rows = "".join(f"    {place} {year} {said}\n" for place in ("district/1", "district/2") for year, said in
                   (("2024", "9 settled"), ("2025", "9 settled"), ("2026", ". settled"), ("2024", "9 paid"),
                    ("2025", "9 paid"), ("2026", ". paid")))  # fmt: skip
    city = "    city 2024 9 paid\n    city 2025 9 paid\n    city 2026 . paid\n"
    assert attack(tmp_path, YEARS + rows + city) == {
        ("homes_filed, city, year", "The category settled is missing there.")
    }


def test_a_file_that_says_more_or_less_than_the_table_is_found(tmp_path: Path) -> None:
    folder = release(tmp_path, YEARS)
    path = folder / "downloads/evictions.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join(lines[:-1]).encode()))
    assert told(run(public(tmp_path)).findings) == {
        ("downloads/evictions.csv.gz", "It has 8 rows about homes, the table has 9.")
    }
    path.write_bytes(gzip.compress("\n".join(lines).replace("not_reported", "not_collected", 1).encode()))
    assert told(run(public(tmp_path)).findings) == {
        ("downloads/evictions.csv.gz", "It says of a row something else than the table does.")
    }


def test_shapes_that_show_a_hidden_figure_are_found(tmp_path: Path) -> None:
    folder = release(tmp_path, CLEAN, geo=[shape("a", "b", "c", "d")], **DECLARED)
    assert run(public(tmp_path)).findings == ()
    path = folder / "downloads/evictions-zone1.geojson.gz"
    shapes = json.loads(gzip.decompress(path.read_bytes()))
    shapes["features"][0]["properties"]["homes_filed"] = 2
    path.write_bytes(gzip.compress(json.dumps(shapes).encode()))
    assert told(run(public(tmp_path)).findings) == {
        ("downloads/evictions-zone1.geojson.gz", "It says of a something else than the table does.")
    }


def test_a_zone_that_is_not_drawn_is_found(tmp_path: Path) -> None:
    release(tmp_path, CLEAN, **DECLARED)
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo/zone1.v1.geojson").write_text(json.dumps(shape("a", "b", "d").collection))
    assert told(run(public(tmp_path)).findings) == {("geo/zone1", "1 zones are drawn or not drawn wrongly, such as c.")}


def test_a_file_that_nobody_declared_is_found(tmp_path: Path) -> None:
    folder = release(tmp_path, YEARS)
    manifest = json.loads((folder / "manifest.json").read_text())
    names = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"]
    manifest |= {"rows": 9, "files": [{"name": name, "rows": 9} for name in names]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert run(public(tmp_path)).findings == ()
    (folder / "downloads/few.csv").write_text("unit\n")
    assert told(run(public(tmp_path)).findings) == {("downloads/few.csv", "The manifest does not know this file.")}
    (folder / "downloads/few.csv").unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest | {"rows": 8}))
    assert told(run(public(tmp_path)).findings) == {("manifest.json", "It tells of 8 rows, the table has 9.")}


def test_a_year_with_other_zones_has_its_own_key_set(tmp_path: Path) -> None:
    """In 2024 zone a was one with b; its rows of 2024 are those of the partition of 2024."""
    old = "cell zone1 zone2 neighborhood district homes\nc1 ab A N1 1 550\nc4 c B N2 1 110\nc5 d C N2 2 700"
    drawn = CLEAN.split("city            2025-12")[0] + "zone1/ab 2024 9\nzone1/c 2024 9\nzone1/d 2024 9\n"
    rest = "city 2024 27\ndistrict/1 2024 18\ndistrict/2 2024 9\nneighborhood/N1 2024 9\nneighborhood/N2 2024 18\n"
    zone2 = "zone2/A 2024 9\nzone2/B 2024 9\nzone2/C 2024 9\n"
    folder = release(tmp_path, drawn + rest + zone2)
    assert run(public(tmp_path)).findings != ()
    zones_frame(old).write_parquet(folder / "zones-2024.parquet")
    assert run(public(tmp_path)).findings == ()


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("addresses.parquet", "12 MAIN ST: 3", {("geo/addresses.parquet", STRANGE)}),
        ("records.csv", "12 MAIN ST", {("geo/records.csv", STRANGE)}),
        (None, "", set()),
        ("addresses.json", "{}", {
            ("geo/" + name, STRANGE) for name in book().files()
        }),
    ],
)  # fmt: skip
def test_beside_the_shapes_lie_public_addresses_and_nothing_else(
    tmp_path: Path, name: str | None, content: str, found: set[tuple[str, str]]
) -> None:
    """The city's public addresses pass as a whole; whatever else lies there is a finding."""
    folder = release(tmp_path, CLEAN)
    geo = folder.parents[2] / "geo"
    if name in (None, "addresses.json"):
        written(geo, book().files())
    if name is not None:
        geo.mkdir(exist_ok=True)
        (geo / name).write_text(content)
    assert told(run(public(tmp_path)).findings) == found
