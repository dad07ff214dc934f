"""One figure, four places: the release, the page, the PDF, the spreadsheet."""

from datetime import date

from layers.measures import Status
from layers.period import Grain, add_months
from portal.agency.words import agency_text
from portal.district import glance as page_glance
from portal.frame.markup import markup
from portal.language import speaking
from portal.queries.figure import Figure, figure_of
from portal.releases import Releases
from portal.report import glance
from portal.report.asked import Pins, Question, ask
from portal.report.build import make_report
from portal.report.model import Cell, Report, Table
from portal.report.workbook import xlsx_bytes
from tests.portal.report.conftest import DISTRICT, MONTH
from tests.portal.report.read_back import page_tables, sheets, squeezed


def table(report: Report, key: str) -> Table:
    return next(each for each in report.tables if each.key == key)


def published(
    question: Question, topic: str, measure: str, when: date, *, category: str = "all", grain: Grain = Grain.MONTH
) -> Figure:
    """Straight from the rows of the release."""
    release = question.pins.release(topic)
    assert release is not None
    place = question.place
    rows = release.counts(
        measure=measure, category=category, geography=place.geography, unit=place.unit, grain=grain, period=when
    )
    return figure_of(rows)


def same(cell: Cell, figure: Figure) -> bool:
    return (cell.number, cell.margin or 0.0, cell.status) == (figure.value, figure.margin, figure.status)


def test_every_figure_of_every_table_is_on_the_page(report: Report) -> None:
    expected = [[[_seen(cell) for cell in row] for row in each.rows] for each in report.tables]
    assert [grid[1:] for grid in page_tables(report)] == expected


def _seen(cell: Cell) -> str:
    return cell.text.replace("\u00a0", " ") + "*" * bool(cell.flag)


def test_every_figure_of_every_table_is_on_paper(report: Report, paper: str) -> None:
    rows = [row for each in report.tables for row in each.rows]
    missing = [row for row in rows if squeezed("".join(map(_seen, row))) not in paper]
    assert len(rows) > 60
    assert missing == []


def test_every_headline_figure_is_on_paper(report: Report, paper: str) -> None:
    tiles = [tile for section in report.sections for tile in section.tiles]
    assert len(tiles) == 5
    assert [tile.title for tile in tiles if squeezed(f"{tile.title}{tile.value.text}{tile.unit}") not in paper] == []


def test_every_figure_of_every_table_is_in_the_spreadsheet(report: Report) -> None:
    found = sheets(xlsx_bytes(report))
    for each in report.tables:
        heads, *rows = found[each.key]
        wanted: list[list[object]] = []
        for row in each.rows:
            cells: list[object] = []
            for cell, column in zip(row, each.columns, strict=True):
                cells.append(cell.text if cell.number is None else cell.number)
                cells += [cell.margin] if column.margins else []
            wanted.append(cells)
        width = len(wanted[0])
        told = [[value or None if isinstance(value, str) else value for value in row[:width]] for row in rows]
        assert told[: len(wanted)] == wanted, each.key
        assert heads[0] == each.columns[0].title


def test_months_are_those_of_the_release(report: Report, question: Question) -> None:
    months = [add_months(MONTH, -2), add_months(MONTH, -1), MONTH, add_months(MONTH, -12)]
    names = (
        "requests", "requests_per_1000", "open", "due", "closed_on_time_share", "days_to_close_median",
        "days_to_close_p90", "oldest_open_days",
    )  # fmt: skip
    rows = table(report, "requests-by-month").rows
    assert len(rows) == len(names)
    for name, row in zip(names, rows, strict=True):
        figures = [published(question, "service_requests", name, when) for when in months]
        assert all(same(cell, figure) for cell, figure in zip(row[1:5], figures, strict=True)), name


def test_categories_are_those_of_the_release(report: Report, question: Question) -> None:
    release = question.pins.by_topic["service_requests"]
    titles = {release.manifest.group_title(group.key): group.key for group in release.manifest.groups}
    rows = table(report, "requests-by-category").rows
    assert len(rows) == 14
    for row in rows[1:]:
        assert row[-1].text == agency_text(release.manifest, titles[row[0].text])
        for name, cell in zip(
            ("requests", "open", "due", "closed_on_time_share", "days_to_close_median"), row[1:6], strict=True
        ):
            figure = published(question, "service_requests", name, MONTH, category=titles[row[0].text])
            assert same(cell, figure), (row[0].text, name)


def test_outcomes_are_those_of_the_release(report: Report, question: Question) -> None:
    release = question.pins.by_topic["evictions"]
    titles = {release.manifest.group_title(group.key): group.key for group in release.manifest.groups}
    spans = [(Grain.QUARTER, date(2026, 7, 1)), (Grain.QUARTER, date(2025, 7, 1)),
             (Grain.YEAR, date(2025, 1, 1)), (Grain.YEAR, date(2024, 1, 1))]  # fmt: skip
    for row in table(report, "evictions-outcomes").rows[1:]:
        for (grain, when), cell in zip(spans, row[1:5], strict=True):
            key = titles[row[0].text]
            assert same(cell, published(question, "evictions", "homes_disposed", when, category=key, grain=grain))


def test_protected_figures_stand_with_their_margins_and_open_months_say_so(releases: Releases) -> None:
    pins = Pins.of(releases)
    assert pins is not None
    question = ask(pins, DISTRICT, date(2026, 10, 1))
    assert question is not None
    with speaking("en"):
        rows = table(make_report(question), "evictions-by-period").rows
    assert [row[0].text for row in rows] == ["Aug 2026", "Sep 2026", "Oct 2026", "Q3 2026", "2025"]
    assert [row[1].status for row in rows[:3]] == [Status.VALUE, Status.VALUE, Status.NOT_REPORTED]
    assert rows[2][1].text == "not reported yet"
    assert rows[0][1].margin == 3


def test_headlines_are_those_of_the_district_page(releases: Releases) -> None:
    """Of its newest month the report says what the district's page says."""
    pins = Pins.of(releases)
    assert pins is not None
    question = ask(pins, DISTRICT, None)
    assert question is not None
    with speaking("en"):
        tiles = glance.section(question).tiles
        page = markup(page_glance.tiles(releases, page_glance.leading(releases, DISTRICT), DISTRICT))
    shown = [part.split("<")[0] for part in page.split('class="tile-value">')[1:]]
    assert len(shown) == 4
    assert [tile.value.text.split(" ± ")[0] for tile in tiles[:4]] == shown
    assert all(tile.change in page for tile in tiles[:4])
