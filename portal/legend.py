"""The legend of a map: classes that do not move, and the five statuses, each with its own pattern and words."""

from collections.abc import Sequence
from itertools import pairwise

from dash import html
from dash.development.base_component import Component

from layers.measures import Kind, Status
from layers.release import MeasureInfo
from portal.charts.palette import ramp_step
from portal.figures import number_text

STATUS_TEXT = {
    Status.ZERO: "none: counted, and there was none",
    Status.HIDDEN: "too few to show",
    Status.NOT_REPORTED: "not reported yet",
    Status.NOT_COLLECTED: "not collected, or too few homes for a rate",
}


def heat_legend(measure: MeasureInfo, breaks: Sequence[float], tally: dict[str, int]) -> Component:
    """Classes of the ramp, then the statuses with how many places have them."""
    labels = class_labels(measure, breaks)
    classes = [_entry(f"an-c{ramp_step(at, len(labels)) + 1}", text) for at, text in enumerate(labels)]
    return html.Div(
        [
            html.P(measure.title, className="an-legend-title"),
            html.Ul(classes, className="an-classes"),
            html.Ul([_status(status, tally.get(status.value, 0)) for status in STATUS_TEXT], className="an-statuses"),
            html.P(
                "The classes are the same for every period, so that two periods can be compared.", className="quiet"
            ),
        ],
        className="an-legend",
    )


def class_labels(measure: MeasureInfo, breaks: Sequence[float]) -> list[str]:
    """`1 to 9`, `10 to 14`, `15 or more`; of rates `under 2.5`, `2.5 to 5`, `5 or more`."""
    if not breaks:
        return ["above 0"]
    whole = measure.kind is Kind.COUNT and measure.decimals == 0
    texts = [number_text(each, measure) for each in breaks]
    if whole:
        first = "1" if breaks[0] <= 2 else f"1 to {number_text(breaks[0] - 1, measure)}"
        middle = [
            a if b - 1 <= start else f"{a} to {number_text(b - 1, measure)}"
            for a, start, b in zip(texts, breaks, breaks[1:], strict=False)
        ]
        return [first, *middle, f"{texts[-1]} or more"]
    middle = [f"{a} to under {b}" for a, b in pairwise(texts)]
    return [f"under {texts[0]}", *middle, f"{texts[-1]} or more"]


def bivariate_legend(concern: Sequence[float], supply: Sequence[float], tally: dict[str, int]) -> Component:
    """A square of nine: concern upwards, supply to the right."""
    rows = []
    for level, name in ((2, "high"), (1, "middle"), (0, "low")):
        cells = [html.Td(html.Span(className=f"an-swatch an-bi{level}{column}")) for column in range(3)]
        rows.append(html.Tr([html.Th(f"{name} concern", scope="row"), *cells]))
    heads = html.Tr([html.Td(""), *(html.Th(text, scope="col") for text in ("few units", "middle", "many units"))])
    bounds = (
        f"Concern: thirds at {concern[0]:,.1f} and {concern[1]:,.1f} homes per 1,000. "
        f"Supply: thirds at {supply[0]:,.1f} and {supply[1]:,.1f} units per 1,000 homes."
    )
    return html.Div(
        [
            html.P("Concern against supply", className="an-legend-title"),
            html.Table([html.Caption("Nine classes", className="visually-hidden"), html.Tbody([*rows, heads])],
                       className="an-nine"),
            html.Ul([_status(s, tally.get(s.value, 0)) for s in STATUS_TEXT if s is not Status.ZERO],
                    className="an-statuses"),
            html.P(bounds, className="quiet"),
        ],
        className="an-legend",
    )  # fmt: skip


def supply_key() -> Component:
    """What the disks on the map are."""
    words = "Affordable developments; larger for more units. Stock is not vacancy."
    return html.P([html.Span(className="an-disk", **{"aria-hidden": "true"}), words], className="an-supply-key")


def _entry(swatch: str, text: str) -> Component:
    return html.Li([html.Span(className=f"an-swatch {swatch}", **{"aria-hidden": "true"}), text])


def _status(status: Status, places: int) -> Component:
    count = f" ({places:,})" if places else ""
    return _entry(f"an-s-{status.value}", f"{STATUS_TEXT[status]}{count}")
