"""Pages are on disk as soon as they came, and only those of the very same query are taken up again."""

import stat
from pathlib import Path

import polars as pl
import pytest

from etl.errors import SourceUnreadable, StorageFailed
from etl.fetch.pages import Pages, read_pages

QUERY = {"url": "https://data.example.gov", "columns": ["id"]}


def test_every_page_is_a_file_and_the_place_is_noted(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    pages = Pages(tmp_path / "a", QUERY, told=lambda rows, size: told.append((rows, size)))
    assert (pages.place, pages.rows, pages.files) == (None, 0, ())
    pages.add([{"id": 1, "a": {"b": None}}, {"id": 2, "at": {"type": "Point", "coordinates": [-83.9, 35.9]}}], "2")
    pages.add([{"id": "3", "list": [1, "x"]}], "3", columns=["never"])
    assert read_pages(pages.files).collect().rows(named=True) == [
        {"row": 1, "id": "1", "a.b": None, **_at(), "never": None, "list": None},
        {
            "row": 2,
            "id": "2",
            "a.b": None,
            **_at("Point", "[-83.9,35.9]", "-83.9", "35.9"),
            "never": None,
            "list": None,
        },
        {"row": 3, "id": "3", "a.b": None, **_at(), "never": None, "list": '[1,"x"]'},
    ]
    assert [rows for rows, _ in told] == [2, 3]
    assert told[-1][1] == sum(file.stat().st_size for file in pages.files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in pages.files)


def _at(*values: str) -> dict[str, str | None]:
    names = ("at.type", "at.coordinates", "at.lng", "at.lat")
    return dict(zip(names, values or [None] * 4, strict=True))


def test_the_same_query_goes_on_where_it_was(tmp_path: Path) -> None:
    Pages(tmp_path, QUERY).add([{"id": 1}, {"id": 2}], {"last": 2})
    again = Pages(tmp_path, dict(reversed(QUERY.items())))
    assert (again.place, again.rows, len(again.files)) == ({"last": 2}, 2, 1)
    again.add([{"id": 3}], {"last": 3})
    assert read_pages(again.files).collect()["id"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize("left", ["another query", "a page without a note", "a page gone", "a damaged note"])
def test_other_leftovers_are_removed(tmp_path: Path, left: str) -> None:
    first = Pages(tmp_path, {"url": "https://other.example.gov"} if left == "another query" else QUERY)
    first.add([{"id": 1}], 1)
    note = tmp_path / "progress.json"
    {
        "another query": lambda: None,
        "a page without a note": note.unlink,
        "a page gone": first.files[0].unlink,
        "a damaged note": lambda: note.write_bytes(note.read_bytes()[:9]),
    }[left]()
    pages = Pages(tmp_path, QUERY)
    assert (pages.place, pages.rows, list(tmp_path.iterdir())) == (None, 0, [])


def test_a_page_without_rows_has_its_columns(tmp_path: Path) -> None:
    pages = Pages(tmp_path, QUERY)
    pages.add([], None, columns=["id", "name"])
    assert read_pages(pages.files).collect().schema == {"row": pl.get_index_type(), "id": pl.String, "name": pl.String}


def test_what_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "a", QUERY)
    (tmp_path / "a").rmdir()
    with pytest.raises(StorageFailed):
        pages.add([{"id": 1}], 1)
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceUnreadable):
        read_pages([tmp_path / "b.parquet"])
