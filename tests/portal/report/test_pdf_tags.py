"""The PDF for readers who hear it: PDF/UA-1 as far as a program can tell.

| asked                                   | by                                                   |
|-----------------------------------------|------------------------------------------------------|
| says that it is tagged, and PDF/UA-1    | /MarkInfo, XMP                                       |
| language and title, title shown         | /Lang, /Title, /DisplayDocTitle                      |
| every table: heads with scope, and rows | /TH with /Scope; as many cells in every row          |
| headings in order, as bookmarks         | /H1, /H2 …; outline                                  |
| nothing drawn outside the tags          | every piece of text marked as content or as artifact |
| the foot of a sheet is no content       | as many artifacts of kind pagination                 |
| lists hold items                        | /L over /LI                                          |
| fonts are inside                        | /FontFile2 or 3 of every font                        |
| its only date is that of the data       | /CreationDate                                        |
"""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from portal.language import speaking
from portal.report.model import Report
from portal.report.paper import paper_html
from portal.report.pdf import pdf_bytes


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def elements(reader: PdfReader) -> list[DictionaryObject]:
    """Every structure element in reading order."""

    def inside(node: Any) -> Iterator[DictionaryObject]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for each in node:
                yield from inside(each)
        elif isinstance(node, DictionaryObject) and "/S" in node:
            yield node
            if "/K" in node:
                yield from inside(node["/K"])

    return list(inside(reader.root_object["/StructTreeRoot"]["/K"]))


def children(element: DictionaryObject, kind: str) -> list[DictionaryObject]:
    kids = element.get("/K", ArrayObject()).get_object()
    found = [each.get_object() for each in (kids if isinstance(kids, ArrayObject) else [kids])]
    return [each for each in found if isinstance(each, DictionaryObject) and each.get("/S") in kind.split()]


def test_it_says_what_it_is(reader: PdfReader, report: Report) -> None:
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"] is not False
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] is not False
    assert reader.metadata is not None
    assert reader.metadata.title == report.title
    assert re.search(rb"pdfuaid:part(=\"|>)1", root["/Metadata"].get_object().get_data())


def test_its_only_date_is_that_of_the_data(reader: PdfReader, report: Report) -> None:
    assert reader.metadata is not None
    assert str(reader.metadata["/CreationDate"]).startswith(f"D:{report.as_of:%Y%m%d}")
    assert str(reader.metadata["/ModDate"]).startswith(f"D:{report.as_of:%Y%m%d}")


def test_header_cells_say_what_they_head(reader: PdfReader) -> None:
    heads = [each for each in elements(reader) if each["/S"] == "/TH"]
    assert {each["/A"].get_object()["/Scope"] for each in heads} == {"/Row", "/Column"}


def test_every_row_of_a_table_has_as_many_cells(reader: PdfReader, report: Report) -> None:
    tables = [each for each in elements(reader) if each["/S"] == "/Table"]
    assert len(tables) >= sum(1 for _ in report.tables)
    for each in tables:
        groups = children(each, "/THead /TBody")
        rows = [row for group in groups for row in children(group, "/TR")]
        assert str(groups[0]["/S"]) == "/THead"
        assert len({len(children(row, "/TH /TD")) for row in rows}) == 1


def test_headings_follow_each_other_and_are_bookmarks(reader: PdfReader, report: Report) -> None:
    levels = [int(each["/S"][2:]) for each in elements(reader) if re.fullmatch(r"/H\d", each["/S"])]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    titles = [str(each.title) for each in _flat(reader.outline)]
    assert titles[0] == report.title
    assert [each.title for each in report.sections if each.title not in titles] == []


def _flat(outline: Any) -> Iterator[Any]:
    for each in outline:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


def test_nothing_is_drawn_outside_the_tags(reader: PdfReader) -> None:
    """Text stands between BDC (content with a number, or an artifact) and EMC."""
    for page in reader.pages:
        depth, outside = 0, 0
        for _operands, operator in page.get_contents().operations:  # type: ignore[union-attr]  # every page has some
            if operator in (b"BDC", b"BMC"):
                depth += 1
            elif operator == b"EMC":
                depth -= 1
            elif operator in (b"Tj", b"TJ") and depth == 0:
                outside += 1
        assert (depth, outside) == (0, 0)


def test_the_foot_of_a_sheet_is_no_content(reader: PdfReader) -> None:
    for page in reader.pages:
        marks = [operands for operands, operator in page.get_contents().operations if operator == b"BDC"]  # type: ignore[union-attr]  # every page has some
        assert sum(1 for mark in marks if mark[1] == {"/Type": "/Pagination"}) >= 3  # title, address, page


def test_lists_hold_items(reader: PdfReader) -> None:
    lists = [each for each in elements(reader) if each["/S"] == "/L"]
    assert len(lists) >= 5
    assert all(len(children(each, "/LI")) == len(children(each, "/LI /Div /P /L /Span")) for each in lists)


def test_every_font_is_inside(reader: PdfReader) -> None:
    fonts = [each.get_object() for page in reader.pages for each in page["/Resources"]["/Font"].values()]
    inner = [each["/DescendantFonts"][0].get_object() if "/DescendantFonts" in each else each for each in fonts]
    descriptors = [each["/FontDescriptor"].get_object() for each in inner]
    assert len(descriptors) >= 3
    assert all({"/FontFile2", "/FontFile3"} & set(each) for each in descriptors)
    assert all("Noto" in str(each["/FontName"]) or "Report" in str(each["/FontName"]) for each in descriptors)


@pytest.mark.slow
def test_the_same_report_is_the_same_pdf(report: Report, pdf: bytes) -> None:
    with speaking("en"):
        assert pdf_bytes(paper_html(report)) == pdf
