"""The legend of a map: classes that do not move, and the five statuses, each with its own pattern and words."""

from collections.abc import Sequence
from itertools import pairwise

from dash.development.base_component import Component

from layers.measures import Kind, Status
from layers.release import MeasureInfo
from portal.charts.palette import ramp_step
from portal.frame.elements import html
from portal.language import N_, _, number
from portal.words.figures import number_text
from portal.words.released import told
from portal.words.wording import count_text

STATUS_TEXT = {
    Status.ZERO: N_("none: counted, and there was none"),
    Status.HIDDEN: N_("too few to show"),
    Status.NOT_REPORTED: N_("not reported yet"),
    Status.NOT_COLLECTED: N_("not collected, or too few homes for a rate"),
}


def heat_legend(measure: MeasureInfo, breaks: Sequence[float], tally: dict[str, int]) -> Component:
    """Classes of the ramp, then the statuses with how many places have them."""
    labels = class_labels(measure, breaks)
    classes = [_entry(f"an-c{ramp_step(at, len(labels)) + 1}", text) for at, text in enumerate(labels)]
    return html.Div(
        [
            html.P(told(measure.title), className="an-legend-title"),
            html.Ul(classes, className="an-classes"),
            html.Ul([_status(status, tally.get(status.value, 0)) for status in STATUS_TEXT], className="an-statuses"),
            html.P(
                _("The classes are the same for every period, so that two periods can be compared."),
                className="quiet",
            ),
        ],
        className="an-legend",
    )


def class_labels(measure: MeasureInfo, breaks: Sequence[float]) -> list[str]:
    """`1 to 9`, `10 to 14`, `15 or more`; of rates `under 2.5`, `2.5 to 5`, `5 or more`."""
    if not breaks:
        return [_("above 0")]
    whole = measure.kind is Kind.COUNT and measure.decimals == 0
    texts = [number_text(each, measure) for each in breaks]
    if whole:
        first = "1" if breaks[0] <= 2 else _("{first} to {last}", first="1", last=number_text(breaks[0] - 1, measure))
        middle = [
            a if b - 1 <= start else _("{first} to {last}", first=a, last=number_text(b - 1, measure))
            for a, start, b in zip(texts, breaks, breaks[1:], strict=False)
        ]
        return [first, *middle, _("{least} or more", least=texts[-1])]
    middle = [_("{first} to under {end}", first=a, end=b) for a, b in pairwise(texts)]
    return [_("under {end}", end=texts[0]), *middle, _("{least} or more", least=texts[-1])]


def bivariate_legend(concern: Sequence[float], supply: Sequence[float], tally: dict[str, int]) -> Component:
    """A square of nine: concern upwards, supply to the right."""
    rows = []
    for level, name in ((2, _("high concern")), (1, _("middle concern")), (0, _("low concern"))):
        cells = [html.Td(html.Span(className=f"an-swatch an-bi{level}{column}")) for column in range(3)]
        rows.append(html.Tr([html.Th(name, scope="row"), *cells]))
    columns = (_("few units"), _("middle"), _("many units"))
    heads = html.Tr([html.Td(""), *(html.Th(text, scope="col") for text in columns)])
    return html.Div(
        [
            html.P(_("Concern against supply"), className="an-legend-title"),
            html.Table([html.Caption(_("Nine classes"), className="visually-hidden"), html.Tbody([*rows, heads])],
                       className="an-nine"),
            html.Ul([_status(s, tally.get(s.value, 0)) for s in STATUS_TEXT if s is not Status.ZERO],
                    className="an-statuses"),
            html.P(thirds_text(concern, supply), className="quiet"),
        ],
        className="an-legend",
    )  # fmt: skip


def thirds_text(concern: Sequence[float], supply: Sequence[float]) -> str:
    """Where low ends and high begins."""
    return _(
        "Concern: thirds at {first} and {second} homes per 1,000. "
        "Supply: thirds at {third} and {fourth} units per 1,000 homes.",
        first=number(concern[0], 1), second=number(concern[1], 1),
        third=number(supply[0], 1), fourth=number(supply[1], 1),
    )  # fmt: skip


def supply_key() -> Component:
    """What the disks on the map are."""
    words = _("Affordable developments; larger for more units. Stock is not vacancy.")
    return html.P([html.Span(className="an-disk", **{"aria-hidden": "true"}), words], className="an-supply-key")


def _entry(swatch: str, text: str) -> Component:
    return html.Li([html.Span(className=f"an-swatch {swatch}", **{"aria-hidden": "true"}), text])


def _status(status: Status, places: int) -> Component:
    count = f" ({count_text(places)})" if places else ""
    return _entry(f"an-s-{status.value}", f"{_(STATUS_TEXT[status])}{count}")
