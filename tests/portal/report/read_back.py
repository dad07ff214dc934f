"""What a reader sees in each form of a report: the words of its tables, row by row."""

import io
import re
from html.parser import HTMLParser

from openpyxl import load_workbook
from pypdf import PdfReader

from portal.frame.markup import markup
from portal.report.markup import body
from portal.report.model import Report

Grid = list[list[str]]


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Grid] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1].append("".join(self._cell).replace("\u00a0", " ").strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def page_tables(report: Report) -> list[Grid]:
    """The tables of the page, heads first, as text."""
    reader = _Tables()
    reader.feed(markup(body(report)))
    return reader.tables


def squeezed(text: str) -> str:
    """Without white space, and without what a line break may add."""
    return re.sub(r"[\s\u00ad]+", "", text)


def paper_text(pdf: bytes) -> str:
    """All words of the PDF, squeezed."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def sheets(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    """Sheet name → its rows from the heads on (the third row)."""
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(min_row=3, values_only=True)) for sheet in book.worksheets}
