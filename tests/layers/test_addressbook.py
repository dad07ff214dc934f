"""The files of a city's public addresses: the same addresses always give the same bytes, and nothing else passes."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import addressbook
from layers.addressbook import INDEX, KEY, TABLE, AddressBook, strangers
from layers.grid import cell_number, center

ONE, OTHER, FINE = "8944caac843ffff", "8944caac847ffff", "8a44caac8407fff"
SPELLING = {"tidy": [], "words": {"STREET": "ST"}, "join": [], "loose": [], "kinds": {"ST": "STREET"}}
SOURCE = {"title": "Addresses", "publisher": "The city", "license": "CC0-1.0", "url": None}
ROWS = (
    ("MAIN ST", "12", ONE, "1"),
    ("MAIN ST", "14", ONE, "1"),
    ("MAIN ST", "7", OTHER, "2"),
    ("MAIN ST", "12A", ONE, "1"),
    ("CITY HALL", None, OTHER, None),
)


def book(rows: Any = ROWS, **changed: Any) -> AddressBook:
    """Rows of street, number, cell and district; the cell is the atom too, unless `atom` names another."""
    columns = ["street", "number", "cell", "district"]
    cells = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String()), orient="row")
    table = cells.with_columns(atom=pl.coalesce(pl.lit(changed.pop("atom", None), pl.String()), "cell"))
    return AddressBook(
        **{
            "table": table.select(*KEY, "district"),
            "kinds": ("district",),
            "spelling": SPELLING,
            "sources": [SOURCE],
            **changed,
        }
    )


def unpacked(files: dict[str, bytes], name: str) -> Any:
    return json.loads(gzip.decompress(files[f"{name}.gz"]))


def written(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_what_a_browser_is_told() -> None:
    """Places are the distinct ones, once; whole numbers are steps from the one before; others stand as they are."""
    files = book().files()
    index = json.loads(files[INDEX])
    assert list(files)[-1] == INDEX
    assert index["addresses"] == 5
    assert index["sources"] == [SOURCE]
    assert [place[:1] + place[3:] for place in unpacked(files, index["places"])["places"]] == [
        [ONE, "1"], [OTHER, "2"], [OTHER, None],
    ]  # fmt: skip
    assert [unpacked(files, name) for name in index["streets"]] == [
        {"streets": [["CITY HALL", [2]], ["MAIN ST", [0, 12, 2, "12A"], [1, 7]]]}
    ]


def test_a_place_is_told_by_its_cell_on_maps_and_the_middle_of_its_atom() -> None:
    """In a dense city an atom is finer than the cells of maps, and need not lie whole in one."""
    files = book([("MAIN ST", "12", ONE, "1")], atom=FINE).files()
    (place,) = unpacked(files, json.loads(files[INDEX])["places"])["places"]
    assert place == [ONE, *(round(degrees, 5) for degrees in center(cell_number(FINE))), "1"]
    assert pl.read_parquet(files[TABLE])["atom"].to_list() == [FINE]


@settings(max_examples=25)
@given(st.permutations(ROWS))
def test_the_order_of_the_file_tells_nothing(rows: list[tuple[str, str | None, str, str | None]]) -> None:
    assert book(rows).files() == book().files()


def test_many_streets_are_told_in_several_files_of_about_one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addressbook, "MOST_BYTES", 400)
    files = book([(f"{n} AVE", str(m), ONE, "1") for n in range(100, 160) for m in (2, 4, 9)]).files()
    index = json.loads(files[INDEX])
    parts = [unpacked(files, name)["streets"] for name in index["streets"]]
    assert len(parts) > 3
    assert [street[0] for part in parts for street in part] == sorted(f"{n} AVE" for n in range(100, 160))
    assert all(len(json.dumps(part, separators=(",", ":"))) < 500 for part in parts)


def test_sound_files_are_no_strangers(tmp_path: Path) -> None:
    geo = written(tmp_path / "geo", book().files())
    (geo / "district.v1.geojson").write_text("{}")
    assert list(strangers(geo)) == []
    assert list(strangers(tmp_path / "none")) == []


def _add(name: str) -> Callable[[Path], object]:
    return lambda geo: (geo / name).write_text("evictions at 12 MAIN ST")


def _rewrite(**changed: Any) -> Callable[[Path], object]:
    return lambda geo: [path.unlink() for path in geo.iterdir()] and written(geo, book(**changed).files())


def _alter(pattern: str) -> Callable[[Path], object]:
    return lambda geo: next(geo.glob(pattern)).write_bytes(gzip.compress(b'{"streets":[["MAIN ST",[0,12]]]}'))


WITH_COUNTS = book().table.with_columns(district=pl.lit(3))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_add("records.parquet"), {"records.parquet"}),
        (_add("addresses-0123456789ab.json.gz"), {"addresses-0123456789ab.json.gz"}),
        (_add("addresses.csv"), {"addresses.csv"}),
        (_alter("addresses-*.gz"), {"addresses-"}),
        (lambda geo: (geo / TABLE).unlink(), {"addresses-", INDEX}),
        (lambda geo: (geo / INDEX).unlink(), {"addresses-", TABLE}),
        (lambda geo: (geo / TABLE).write_bytes(b"none"), {"addresses-", TABLE, INDEX}),
        (_rewrite(rows=[("12 MAIN ST APT 4B, ANN B.", "12", ONE, "1")]), {"addresses-", TABLE, INDEX}),
        (_rewrite(rows=[("MAIN ST", "12 (3 filings)", ONE, "1")]), {"addresses-", TABLE, INDEX}),
        (_rewrite(sources=[SOURCE | {"note": "filings: 12 MAIN ST"}]), {"addresses-", TABLE, INDEX}),
        (_rewrite(sources=[SOURCE | {"title": "filings: " + "12 MAIN ST, " * 40}]), {"addresses-", TABLE, INDEX}),
        (_rewrite(spelling=SPELLING | {"filings": ["12 MAIN ST"]}), {"addresses-", TABLE, INDEX}),
    ],
)  # fmt: skip
def test_whatever_else_lies_there_is_named(tmp_path: Path, change: Callable[[Path], object], found: set[str]) -> None:
    geo = written(tmp_path / "geo", book().files())
    change(geo)
    assert {name if name in (TABLE, INDEX) or name in found else name[:10] for name, _ in strangers(geo)} == found


def test_a_table_with_a_count_is_no_address_book(tmp_path: Path) -> None:
    geo = written(tmp_path / "geo", book().files())
    WITH_COUNTS.write_parquet(geo / TABLE)
    assert TABLE in {name for name, _ in strangers(geo)}
