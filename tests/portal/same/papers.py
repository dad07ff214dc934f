"""The council report of the view's district and month: page, PDF and spreadsheet."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from pypdf import PdfReader

from layers.period import Grain, period_end
from portal.language import _, speaking
from portal.report.asked import Pins, Question, ask
from portal.report.build import make_report
from portal.report.model import Report
from portal.report.paper import paper_html
from portal.report.pdf import pdf_bytes
from tests.portal.report.read_back import squeezed
from tests.portal.same.heard import Heard, heard
from tests.portal.same.reading import read_html
from tests.portal.same.said import Said, day
from tests.portal.same.screens import dated
from tests.portal.same.stored import CITY, Asked, Key, label

PERIODS = {"evictions": "homes_filed", "shutoffs": "homes_scheduled"}
FOLLOWED = {"evictions": "homes_disposed", "shutoffs": "homes_scheduled"}


@dataclass(frozen=True)
class Where:
    """A cell of a report: which table, row and column."""

    table: str
    row: int
    column: int


def month_of(asked: Asked) -> date | None:
    """The month whose report tells the view; None where no report does."""
    key = asked.key
    if key.geography not in ("district", CITY) or key.topic == "households":
        return None
    last = period_end(key.period, Grain(key.grain)).replace(day=1)
    return min(last, date(2026, 10, 1)) if key.topic == "housing_supply" else last


def report(asked: Asked) -> Iterator[Heard]:
    """Page and spreadsheet."""
    made = made_of(asked)
    where = made and _find(asked, made[1])
    if not made or not where:
        return
    query = f"?month={made[0].month:%Y-%m}&lang={asked.language}" + (
        f"&as_of={asked.key.release}" if asked.pinned else ""
    )
    path = "/report" if asked.key.geography == CITY else f"/district/{asked.key.unit}/report"
    page = asked.stored.client.get(path + query).text
    at = [each.key for each in made[1].tables].index(where.table)
    shown = read_html(page).tables[at].body[where.row][where.column]
    yield heard("report", asked.key, shown.text, asked)
    yield from dated("report", asked, page)
    book = load_workbook(io.BytesIO(asked.stored.client.get(f"{path}.xlsx{query}").content))
    yield from _in_book(asked, made[1], where, book)


def report_pdf(asked: Asked) -> Iterator[Heard]:
    """The row of the page stands on paper, and so does the day."""
    made = made_of(asked)
    where = made and _find(asked, made[1])
    if not made or not where:
        return
    text = _paper(asked, made[1])
    row = next(each for each in made[1].tables if each.key == where.table).rows[where.row]
    wanted = squeezed("".join(_marked(cell) for cell in row))
    if wanted not in text:
        yield Heard("report as PDF", asked.key, Said(status=f"without {wanted}"))
    if squeezed(day(asked.stored.as_of(asked.key), asked.language)) not in text:
        yield Heard("report as PDF", asked.key, Said(status="without its day"))
    yield heard("report as PDF", asked.key, row[where.column].text, asked)


def made_of(asked: Asked) -> tuple[Question, Report] | None:
    """The report as values: where its tables are; what they say is read from the forms."""
    month = month_of(asked)
    if not month or not any(_wanted(asked.key, "", "", "", "")):
        return None
    pins = Pins.of(asked.stored.releases, asked.key.release if asked.pinned else None)
    question = ask(pins, None if asked.key.geography == CITY else asked.key.unit, month) if pins and month else None
    if question is None:
        return None
    name = "report", question.pins.name, asked.key.geography, asked.key.unit, month, asked.language
    kept = asked.stored.files
    if name not in kept:
        with speaking(asked.language):
            kept[name] = question, make_report(question)
    found: tuple[Question, Report] = kept[name]
    return found


def _paper(asked: Asked, made: Report) -> str:
    kept, name = asked.stored.files, ("paper", made.address, asked.language)
    if name not in kept:
        with speaking(asked.language):
            pdf = pdf_bytes(paper_html(made))
        kept[name] = squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
    text: str = kept[name]
    return text


def _marked(cell: Any) -> str:
    return str(cell.text) + "*" * bool(cell.flag)


# ---- where a figure stands ----


def _find(asked: Asked, made: Report) -> Where | None:
    """By the words of rows and heads."""
    key, language = asked.key, asked.language
    title = next(
        each["title"]
        for each in asked.stored.manifest(key.topic, key.release)["measures"]
        if each["name"] == key.measure
    )
    with speaking(language):
        title, kind, when = (
            _(title),
            _plain(asked.stored.category(key, language)),
            label(key.grain, key.period, language),
        )
        every = _("All categories")
    tables = {each.key: each for each in made.tables}
    for table, row, column in _wanted(key, title, kind, when, every):
        if table in tables:
            rows = [cells[0].text.replace("\u00a0", " ") for cells in tables[table].rows]
            heads = [each.title.replace("\u00a0", " ") for each in tables[table].columns]
            found = [at for at, each in enumerate(rows) if each == row or each.startswith(f"{row}, ")]
            columns = [at for at, each in enumerate(heads) if each == column or each.startswith(f"{column}, ")]
            if isinstance(column, int):
                columns = [column]
            if found and columns:
                return Where(table, found[0], columns[0])
    return None


def _wanted(key: Key, title: str, kind: str, when: str, every: str) -> Iterator[tuple[str, str, Any]]:
    """Table, row and column in which a report may tell the row of a release."""
    if key.topic == "service_requests" and key.measure == "homes":
        yield "homes-with-a-request", every if key.category == "all" else kind, when
    elif key.topic == "service_requests":
        if key.category == "all":
            yield "requests-by-month", title, when
        elif key.grain == "month":
            yield ("requests-by-agency" if key.category.startswith("agency_") else "requests-by-category"), kind, title
    elif key.measure == PERIODS.get(key.topic) and key.category == "all":
        yield f"{key.topic}-by-period", when, 1
    elif key.measure == f"{PERIODS.get(key.topic)}_per_1000" and key.category == "all":
        yield f"{key.topic}-by-period", when, 4
    elif key.measure == FOLLOWED.get(key.topic):
        yield f"{key.topic}-outcomes", title if key.category == "all" else kind, when
    elif key.topic == "housing_supply" and key.category != "all":
        yield "affordable-homes", kind, title


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def _in_book(asked: Asked, made: Report, where: Where, book: Any) -> Iterator[Heard]:
    """The number that a spreadsheet calculates with is the published one, so is its margin; else there is a word."""
    table = next(each for each in made.tables if each.key == where.table)
    before = table.columns[: where.column]
    at = where.column + 1 + sum(column.margins for column in before)
    sheet = book[where.table]
    cell, beside = sheet.cell(4 + where.row, at), sheet.cell(4 + where.row, at + 1)
    row = asked.stored.row(asked.key)
    if not isinstance(cell.value, int | float):
        yield heard("report as XLSX", asked.key, str(cell.value), asked)
        return
    margin = Decimal(str(beside.value)) if table.columns[where.column].margins and beside.value is not None else None
    exact = Said(Decimal(str(cell.value)), margin)
    wanted = row and _exactly(row.value, row.low, row.high)
    if wanted != exact:
        yield Heard("report as XLSX", asked.key, exact)
    decimals, percent = cell.number_format.partition(".")[2].count("0"), "%" in cell.number_format
    if row and (decimals, percent) != (row.decimals, row.percent):
        yield Heard("report as XLSX: format", asked.key, Said(status=cell.number_format))
    yield Heard("report as XLSX", asked.key, row.said if row and wanted == exact else exact)


def _exactly(value: float | None, low: float | None, high: float | None) -> Said:
    """Unrounded."""
    if value is None:
        return Said()
    margin = None if low is None or high is None else Decimal(str(max(high - value, value - low)))
    return Said(Decimal(str(float(value))), margin)
