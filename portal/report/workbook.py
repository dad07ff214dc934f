"""A report as a spreadsheet: one sheet per table, numbers as numbers, and never a formula."""

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import xlsxwriter

from portal.language import _
from portal.report.model import Cell, Report, Section, Table, Tile

_NO_NAME = re.compile(r"[\[\]:*?/\\]")
_MOST_NAME = 31
_WIDEST = 60
_NUMBERS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def xlsx_bytes(report: Report) -> bytes:
    """The workbook. The same report gives the same bytes: its only date is the report's own."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _NUMBERS)
    moment = datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({"title": report.title, "author": report.city, "subject": report.subtitle, "created": moment})
    sheets = _Sheets(book)
    sheets.notes(report)
    for section in report.sections:
        sheets.tiles(section)
        for table in section.tables:
            sheets.table(table)
    book.close()
    return out.getvalue()


class _Sheets:
    """Writes sheets with the book's formats."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self._names: set[str] = set()
        self._formats: dict[str, Any] = {}
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self._wrap_right = book.add_format({"text_wrap": True, "valign": "top", "align": "right"})
        self._head = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        self._head_right = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "bottom", "align": "right", "bottom": 1}
        )
        self._title = book.add_format({"bold": True, "font_size": 14})

    def notes(self, report: Report) -> None:
        """The first sheet: what this is, and every sentence that belongs to the figures."""
        sheet = self._sheet(_("Notes"))
        sheet.set_column(0, 0, 110, self._wrap)
        rows = count()
        sheet.write_string(next(rows), 0, report.title, self._title)
        for line in (report.subtitle, report.address, *(f"{fact.name}: {fact.text}" for fact in report.facts)):
            sheet.write_string(next(rows), 0, line)
        for section in report.sections:
            lines = (*section.lead, *section.points, *(remark.text for remark in section.remarks))
            if lines:
                next(rows)
                sheet.write_string(next(rows), 0, section.title, self._head)
            for line in lines:
                sheet.write_string(next(rows), 0, line)

    def tiles(self, section: Section) -> None:
        """The headline figures as a table of their own."""
        if not section.tiles:
            return
        heads = (
            _("Figure"), _("Unit"), _("Period"), _("Value"), _("Margin (90 %)"), _("Compared with"), _("A year before"),
            _("Margin (90 %)"), _("Change in a year"), _("City"), _("Margin (90 %)"), _("Per 1,000 homes"),
            _("City, per 1,000 homes"), _("Target"), _("Remark"),
        )  # fmt: skip
        self._write(section.title, section.title, heads, (_tile(each) for each in section.tiles), ())

    def table(self, table: Table) -> None:
        """A table: its heads in the third row, then its rows, then its notes."""
        remarked = any(cell.flag for row in table.rows for cell in row)
        heads: list[str] = []
        for column in table.columns:
            heads.append(column.title)
            heads += [_("{column}: margin (90 %)", column=column.title)] if column.margins else []
        heads += [_("Remark")] if remarked else []
        rows = (_row(table, row, remarked) for row in table.rows)
        self._write(table.key, table.caption, heads, rows, table.notes)

    def _write(
        self, name: str, caption: str, heads: Iterable[str], rows: Iterable[list[Cell]], notes: Iterable[str]
    ) -> None:
        sheet, body = self._sheet(name), list(rows)
        sheet.write_string(0, 0, caption, self._title)
        figures = {at for row in body for at, cell in enumerate(row) if cell.number is not None}
        widths = []
        for at, head in enumerate(heads):
            sheet.write_string(2, at, head, self._head_right if at in figures else self._head)
            widths.append(max(10, min(len(head), 16)))
        last = 2
        for last, row in enumerate(body, 3):
            for at, cell in enumerate(row):
                self._put(sheet, last, at, cell, right=at in figures)
                widths[at] = min(_WIDEST, max(widths[at], len(cell.text) + 1))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        sheet.freeze_panes(3, 1)
        sheet.repeat_rows(2)
        for at, line in enumerate(notes, last + 2):
            sheet.write_string(at, 0, line)

    def _put(self, sheet: Any, row: int, at: int, cell: Cell, *, right: bool) -> None:
        if cell.number is None:
            sheet.write_string(row, at, cell.text, self._wrap_right if right else self._wrap)
        else:
            sheet.write_number(row, at, cell.number, self._format(cell))

    def _format(self, cell: Cell) -> Any:
        """The number as the report prints it."""
        places = f".{'0' * cell.decimals}" if cell.decimals else ""
        pattern = f"0{places} %" if cell.percent else f"#,##0{places}"
        if pattern not in self._formats:
            self._formats[pattern] = self.book.add_format({"num_format": pattern, "valign": "top"})
        return self._formats[pattern]

    def _sheet(self, wanted: str) -> Any:
        """A sheet under a name that spreadsheets allow, each once."""
        plain = _NO_NAME.sub(" ", wanted).strip("' ")[:_MOST_NAME] or "-"
        name, numbers = plain, count(2)
        while name.lower() in self._names:
            ending = f" {next(numbers)}"
            name = plain[: _MOST_NAME - len(ending)] + ending
        self._names.add(name.lower())
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(1)  # letter; printed as wide as the sheet, heads on each
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet


def _row(table: Table, row: tuple[Cell, ...], remarked: bool) -> list[Cell]:
    cells: list[Cell] = []
    for cell, column in zip(row, table.columns, strict=True):
        cells.append(cell)
        cells += [_margin(cell)] if column.margins else []
    if remarked:
        flags = dict.fromkeys(cell.flag for cell in row if cell.flag)
        cells.append(Cell("; ".join(flags)))
    return cells


def _margin(cell: Cell) -> Cell:
    """The margin beside a value; an empty cell where there is none."""
    if cell.margin is None:
        return Cell("")
    return Cell("", number=cell.margin, decimals=cell.decimals, percent=cell.percent)


def _tile(tile: Tile) -> list[Cell]:
    nothing = Cell("")
    city = tile.city or nothing
    return [
        Cell(tile.title), Cell(tile.unit), Cell(tile.when), tile.value, _margin(tile.value), Cell(tile.before_when),
        tile.before, _margin(tile.before), Cell(tile.change), city, _margin(city), tile.rate or nothing,
        tile.city_rate or nothing, Cell(tile.target), Cell(tile.remark),
    ]  # fmt: skip
