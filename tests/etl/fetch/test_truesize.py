"""A workbook whose list says other sizes than its parts have is refused before anything reads its sheets."""

import tracemalloc
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import pytest

from etl.city.connectors import SpreadsheetConnector
from etl.errors import SourceUnreadable
from etl.fetch.spreadsheet import Spreadsheet
from etl.fetch.truesize import require_true_sizes

PART, SIZE = "xl/worksheets/sheet1.xml", 40_000_000


def _archive(path: Path, *, says: int | None = None, packed: int = ZIP_DEFLATED, size: int = SIZE) -> Path:
    with ZipFile(path, "w", packed) as archive:
        archive.writestr(PART, b" " * size)
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    if says is not None:
        content = bytearray(path.read_bytes())
        for at in (content.find(b"PK\x03\x04") + 22, content.find(b"PK\x01\x02") + 24):
            content[at : at + 4] = says.to_bytes(4, "little")
        path.write_bytes(content)
    return path


@pytest.mark.parametrize("says", [0, 1_000, SIZE - 1, SIZE + 1])
def test_a_lie_is_found_in_little_memory(tmp_path: Path, says: int) -> None:
    file = _archive(tmp_path / "feed.xlsx", says=says)
    tracemalloc.start()
    try:
        with pytest.raises(BadZipFile, match="not as large"):
            require_true_sizes(file)
        assert tracemalloc.get_traced_memory()[1] < SIZE / 8
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", [ZIP_DEFLATED, ZIP_STORED])
def test_the_truth_passes(tmp_path: Path, packed: int) -> None:
    require_true_sizes(_archive(tmp_path / "feed.xlsx", packed=packed, size=3_000_000))


def test_a_part_that_is_damaged_is_no_part(tmp_path: Path) -> None:
    file = _archive(tmp_path / "feed.xlsx", size=1_000)
    content = bytearray(file.read_bytes())
    content[60:64] = b"\xff\xff\xff\xff"
    file.write_bytes(content)
    with pytest.raises(BadZipFile):
        require_true_sizes(file)


def test_the_connector_refuses_it(tmp_path: Path) -> None:
    file = _archive(tmp_path / "feed.xlsx", says=1_000)
    with pytest.raises(SourceUnreadable, match="holds more than it says"):
        Spreadsheet().read(SpreadsheetConnector(kind="spreadsheet", path="feed.xlsx"), [file], tmp_path).collect()
