"""Whatever a report holds, its three forms hold the same: any status, long names, other alphabets, tricks."""

import io
from datetime import date
from unicodedata import normalize
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.measures import Status
from portal.report.model import Cell, Column, Fact, Remark, Report, Section, Table, Tile
from portal.report.paper import paper_html
from portal.report.pdf import pdf_bytes
from portal.report.workbook import xlsx_bytes
from portal.words.wording import STATUS_WORD
from tests.portal.report.read_back import page_tables, paper_text, sheets, squeezed

TRICKS = (
    "=1+1", "+SUM(A1:A9)", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x.example\",\"here\")", "{=A1}",
    "http://x.example/", "mailto:a@b.example", "<script>alert(1)</script>", "</td></table>", "&amp;", "']:*?/\\[",
    "Ψυχικό", "Кривий Ріг", "Nguyễn Thị", "Iñupiat", "District " + "long " * 40 + "name",
)  # fmt: skip
letters = st.characters(codec="utf-8", exclude_categories=("C", "Z", "M"), max_codepoint=0x4FF)
"""Not the marks alone that stand over or under a letter: see the test of paper."""
words = st.one_of(st.sampled_from(TRICKS), st.text(letters, min_size=1, max_size=20))


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    status = draw(st.sampled_from(Status))
    if status not in (Status.VALUE, Status.ZERO):
        return Cell(STATUS_WORD[status], status=status)
    decimals, number = draw(st.integers(0, 1)), draw(st.integers(0, 10**7))
    margin = draw(st.none() | st.integers(1, 999))
    text = f"{number:,.{decimals}f}" + (f" ± {margin:,.{decimals}f}" if margin else "")
    return Cell(text, number=float(number), margin=margin and float(margin), decimals=decimals, status=status)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    margins = draw(st.booleans())
    columns = (Column(draw(words)), Column(draw(words), figures=True, margins=margins), Column(draw(words)))
    rows = draw(st.lists(st.tuples(words.map(Cell), cells(), words.map(Cell)), max_size=5))
    table = Table(draw(words), draw(words), columns, tuple(rows), (draw(words),))
    tile = Tile(draw(words), "Sep 2026", draw(cells()), "homes", draw(words), draw(cells()), "Sep 2025")
    section = Section("one", draw(words), (draw(words),), (draw(words),), (tile,), (table,), (Remark(draw(words)),))
    return Report(
        "file", "en", draw(words), draw(words), draw(words), draw(words), date(2026, 9, 30), "/report",
        (Fact("a", "b"),), (section, section),
    )  # fmt: skip


@given(reports())
@settings(max_examples=60, deadline=None)
def test_the_page_shows_every_cell_and_no_markup_of_its_own(report: Report) -> None:
    expected = [
        [[cell.text.replace("\u00a0", " ").strip() for cell in row] for row in each.rows] for each in report.tables
    ]
    assert [grid[1:] for grid in page_tables(report)] == expected


@given(reports())
@settings(max_examples=40, deadline=None)
def test_the_spreadsheet_holds_numbers_words_and_never_a_formula(report: Report) -> None:
    content = xlsx_bytes(report)
    for name, part in _sheets(content):
        assert part.findall(".//{*}f") == [], name
        assert part.findall(".//{*}hyperlink") == [], name
    told = list(sheets(content).values())
    assert len(told) == 1 + 2 * len(report.sections)  # the notes, then tiles and table of each section
    numbers = [cell.number for row in next(report.tables).rows for cell in row if cell.number is not None]
    assert [value for row in told[2][1:] for value in row[1:2] if isinstance(value, int | float)] == numbers


def _sheets(content: bytes) -> list[tuple[str, ElementTree.Element]]:
    with ZipFile(io.BytesIO(content)) as file:
        names = [name for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
        return [(name, ElementTree.fromstring(file.read(name))) for name in names]


def test_the_same_report_is_the_same_spreadsheet(report: Report) -> None:
    assert xlsx_bytes(report) == xlsx_bytes(report)


def test_a_table_whose_rows_do_not_fit_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="table t: every row needs 2 cells"):
        Table("t", "", (Column("a"), Column("b")), ((Cell("x"),),))


@pytest.mark.slow
@given(reports())
@settings(max_examples=12, deadline=None)
def test_paper_holds_every_row(report: Report) -> None:
    """Letters of any alphabet as far as Cyrillic. A mark that no letter is composed with is drawn, but where the text
    of a PDF is read, letter and mark may change places or be lost: the library's table of letters has one for each
    shape. Names of places have letters that are composed, which the test below holds.
    """
    text = paper_text(pdf_bytes(paper_html(report)))
    for row in (row for each in report.tables for row in each.rows):
        for cell in row:
            assert normalize("NFC", squeezed(cell.text)) in text, cell


def test_a_name_whose_accents_stand_apart_is_composed_on_paper() -> None:
    names = ("Nguyễn Thị", "Iñupiat", "Peñón", "Łódź", "Ÿ")
    cells = tuple((Cell(normalize("NFD", each)),) for each in names)
    table = Table("t", "t", (Column("a"),), cells)
    section = Section("one", "one", tables=(table,))
    report = Report("file", "en", "c", "p", "t", "s", date(2026, 9, 30), "/report", (), (section,))
    text = paper_html(report)
    assert all(each in text for each in names)
