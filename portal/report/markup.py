"""A report as markup: the same elements on the page and on paper."""

from typing import Any

from dash.development.base_component import Component

from layers.measures import Status
from portal.frame.elements import html
from portal.frame.parts import note, status_word
from portal.frame.tables import FLAG_NOTE, PARTIAL_NOTE
from portal.language import _
from portal.report.model import Cell, Report, Section, Table, Tile

SHORT = 12
"""Rows of a table that is kept on one sheet."""
_WORDS = frozenset({Status.HIDDEN, Status.NOT_COLLECTED, Status.NOT_REPORTED})


def title(report: Report, *, paper: bool = False, back: Component | None = None) -> list[Component]:
    """Heading and what it speaks of. PDF knows no lists of terms: on paper they are paragraphs.

    back: a link to the place's own page, beside the city's name.
    """
    facts = html.Dl([html.Div([html.Dt(fact.name), html.Dd(fact.text)]) for fact in report.facts], className="facts")
    if paper:
        lines = [html.P([html.Strong(fact.name), " ", fact.text]) for fact in report.facts]
        facts = html.Div(lines, className="facts")
    return [
        html.P(above, className="eyebrow") if (above := _eyebrow(report, back)) else None,
        html.H1(report.title),
        html.P(report.subtitle, className="lead"),
        facts,
    ]


def _eyebrow(report: Report, back: Component | None) -> list[Any]:
    """The city, unless the title begins with it."""
    city = [] if report.title.startswith(report.city) else [report.city]
    return [*city, *([" · "] if city and back else []), *([back] if back else [])]


def body(report: Report, *, icons: bool = True) -> list[Component]:
    """All sections. `icons`: pictures beside words, which paper does without."""
    return [_section(each, icons) for each in report.sections]


def first(report: Report) -> Component:
    """The section that stands above the contents."""
    return _section(report.sections[0], True)


def rest(report: Report) -> list[Component]:
    """All others."""
    return [_section(each, True) for each in report.sections[1:]]


def contents(report: Report) -> Component:
    """Links to the sections after the first."""
    links = [html.Li(html.A(each.title, href=f"#{each.key}")) for each in report.sections[1:]]
    return html.Nav(html.Ul(links, className="jump"), **{"aria-label": _("On this page")})


def _section(section: Section, icons: bool) -> Component:
    points = html.Ul([html.Li(each) for each in section.points], className="report-points") if section.points else None
    tiles = html.Div([_tile(each, icons) for each in section.tiles], className="tiles") if section.tiles else None
    parts: list[Any] = [
        html.H2(section.title, id=section.key) if section.title else None,
        *(html.P(each) for each in section.lead),
        points,
        tiles,
        *(_table(each, icons) for each in section.tables),
        _remarks(section, icons),
    ]
    return html.Section([part for part in parts if part is not None], className=f"report-part report-{section.key}")


def _remarks(section: Section, icons: bool) -> Component | None:
    if not section.remarks:
        return None
    lines = [html.Li(each.text) for each in section.remarks]
    if icons:
        return note(html.Ul(lines), "caution")
    return html.Ul(lines, className="report-remarks")


# ---- tiles ----


def _tile(tile: Tile, icons: bool) -> Component:
    lines = [
        _("{period}: {figure}", period=tile.before_when, figure=tile.before.text) if tile.change else "",
        _("City: {figure}", figure=tile.city.text) if tile.city else "",
        _rates(tile),
        tile.target,
    ]
    return html.Div(
        [
            html.H3(tile.title, className="tile-title"),
            html.Div(
                [
                    html.P(
                        [html.Span(_figure(tile.value, icons), className="tile-value"), " ",
                         html.Span(tile.unit, className="tile-unit") if tile.unit else None],
                        className="tile-figure",
                    ),
                    html.P(_("{period}, {change}", period=tile.when, change=tile.change), className="tile-change")
                    if tile.change
                    else html.P(tile.when, className="tile-detail"),
                    *(html.P(line, className="tile-detail") for line in lines if line),
                    html.P(tile.remark, className="tile-remark") if tile.remark else None,
                ],
                className="tile-body",
            ),
        ],
        className="tile",
    )  # fmt: skip


def _rates(tile: Tile) -> str:
    if tile.rate is None:
        return ""
    if tile.city_rate is None:
        return _("Per 1,000 homes: {figure}", figure=tile.rate.text)
    return _("Per 1,000 homes: {figure}; in the city {city}", figure=tile.rate.text, city=tile.city_rate.text)


# ---- tables ----


def _table(table: Table, icons: bool) -> Component:
    head = html.Tr([_head(column.title, column.figures) for column in table.columns])
    rows = [html.Tr([_cell(cell, at, table, icons) for at, cell in enumerate(row)]) for row in table.rows]
    cells = [cell for row in table.rows for cell in row]
    flagged, partial = any(c.flag and not c.partial for c in cells), any(c.partial for c in cells)
    notes = [*table.notes, *([_(FLAG_NOTE)] if flagged else []), *([_(PARTIAL_NOTE)] if partial else [])]
    drawn = html.Table(
        [html.Caption(table.caption), html.Thead(head), html.Tbody(rows)],
        className=f"report-table columns-{len(table.columns)}",
    )
    return html.Div(
        [
            html.Div(drawn, className="scroll", tabIndex="0", role="region", **{"aria-label": table.caption}),
            *(html.P(each, className="quiet report-note") for each in notes),
        ],
        className="report-block short" if len(table.rows) <= SHORT else "report-block",
    )


def _head(text: str, number: bool) -> Component:
    return html.Th(text, scope="col", **({"className": "number"} if number else {}))


def _cell(cell: Cell, at: int, table: Table, icons: bool) -> Component:
    shown = _figure(cell, icons)
    if at == 0:
        return html.Th(shown, scope="row")
    return html.Td(shown, **({"className": "number"} if table.columns[at].figures else {}))


def _figure(cell: Cell, icons: bool) -> Any:
    """Number and margin, or the word with its icon."""
    if cell.status in _WORDS and cell.status is not None:
        return status_word(cell.status) if icons else html.Span(cell.text, className="status")
    if not cell.is_figure:
        return cell.text
    value, plus, margin = cell.text.partition(" ± ")
    parts: list[Any] = [value]
    if plus:
        parts.append(html.Span(f" ±\u00a0{margin}", className="an-margin"))
    if cell.flag:
        parts.append(html.Span("†" if cell.partial else "*", title=cell.flag, className="an-flag"))
    return parts
