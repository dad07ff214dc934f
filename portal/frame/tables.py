"""The table twin of every chart and map: the same figures, in the same words, sortable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from layers.release import MeasureInfo
from portal.frame.elements import html
from portal.frame.parts import status_word
from portal.language import N_, _
from portal.queries.change import PARTIAL
from portal.queries.figure import Figure
from portal.words.figures import FLAG_WORD, flag_text, is_of_few, margin_text, of_text, value_text

FLAG_NOTE = N_("* The margin is wide beside the figure: use it with caution, or not at all for comparing and ranking.")

FEW_WORD = N_("of few cases: use it with caution, or not at all for comparing and ranking")
PARTIAL_NOTE = N_("† Not all of the period was reported: a count is of the rest alone.")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows and what it is sorted by (None last)."""

    content: Any
    sort: float | str | None = None
    number: bool = False
    flagged: bool = False
    partial: bool = False


def figure_cell(figure: Figure, measure: MeasureInfo, *, margin: bool = False) -> Cell:
    """A figure, or the word that stands for it."""
    if figure.value is None:
        return Cell(status_word(figure.status), None, number=True)
    parts: list[Any] = [value_text(figure, measure)]
    if margin and figure.measured:
        parts.append(html.Span(f" {margin_text(figure, measure)}", className="an-margin"))
    if of := of_text(figure, measure):
        parts.append(html.Span(f" {of}", className="an-margin"))
    partial, few = figure.flag == PARTIAL, is_of_few(figure, measure)
    if few and figure.flag not in FLAG_WORD:
        parts.append(html.Span("*", title=_(FEW_WORD), className="an-flag"))
    if figure.flag in FLAG_WORD:
        parts.append(html.Span("†" if partial else "*", title=flag_text(figure.flag), className="an-flag"))
    return Cell(
        parts, figure.value, number=True, flagged=(few or figure.flag in FLAG_WORD) and not partial, partial=partial
    )


def sortable(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, key: str, ident: str = ""
) -> Component:
    """A table whose heads sort it. The first cell of a row names it. `key` changes when the rows do."""
    numbers = {at for at in range(len(heads)) if any(row[at].number for row in rows)}
    head = html.Tr([_head(text, at in numbers) for at, text in enumerate(heads)])
    body = [html.Tr([_cell(cell, at) for at, cell in enumerate(row)]) for row in rows]
    table = html.Table(
        [html.Caption(caption), html.Thead(head), html.Tbody(body)],
        key=key,
        className="an-table",
        **{"data-sortable": "", **({"id": ident} if ident else {})},
    )
    flagged = any(cell.flagged for row in rows for cell in row)
    partial = any(cell.partial for row in rows for cell in row)
    notes = [_(FLAG_NOTE)] * flagged + [_(PARTIAL_NOTE)] * partial
    note = html.P(" ".join(notes), className="an-flag-note") if notes else None
    return html.Div([table, note], className="scroll", tabIndex="0", role="region", **{"aria-label": caption})


def twin(summary: str, table: Component, *, open_: bool = False) -> Component:
    """A table under the chart it belongs to."""
    return html.Details([html.Summary(summary), table], className="an-twin", **({"open": True} if open_ else {}))


def _head(text: str, number: bool) -> Component:
    button = html.Button(text, type="button", className="an-sort")
    return html.Th(button, scope="col", **({"className": "number"} if number else {}))


def _cell(cell: Cell, at: int) -> Component:
    sort = {} if cell.sort is None else {"data-sort": str(cell.sort)}
    if at == 0:
        return html.Th(cell.content, scope="row", **sort)
    return html.Td(cell.content, **({"className": "number"} if cell.number else {}), **sort)
