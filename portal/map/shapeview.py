"""The sum of a drawn shape or of chosen places, beside the map: what it is, of what it is made, its file."""

from typing import Any

from dash.development.base_component import Component

from layers.measures import Status
from layers.release import MeasureInfo
from portal.errors import BadQuestion
from portal.frame.controls import view_link
from portal.frame.elements import html
from portal.frame.parts import icon, note, status_word
from portal.language import _, _n
from portal.map.shape import Shape
from portal.map.table import PANEL
from portal.queries.choice import Choice
from portal.queries.figure import Figure
from portal.queries.offer import measure_of
from portal.queries.within import Added, added
from portal.view import View
from portal.words.figures import FLAG_WORD, flag_text, is_word, number_text, range_text, unit_text, value_text
from portal.words.released import told
from portal.words.wording import capital, count_text, period_text

MOST_CHOSEN = 50
MOST_NAMED = 60
"""Places named in the list of a sum; its file holds all."""


def adds_up(view: View) -> bool:
    """Whether the address asks for a sum of places."""
    return view.shape is not None or view.chosen is not None


def ring_of(view: View) -> list[list[float]]:
    """The outline that the address holds, closed, `[lng, lat]`; nothing where it holds none that can be read."""
    try:
        return Shape.read(view.shape).ring if view.shape else []
    except BadQuestion:
        return []


def sum_panel(choice: Choice, view: View) -> list[Any]:
    """The panel of a sum, or the sentence that says what is wrong with the shape."""
    close = view_link(_("Close"), view.query(shape=None, chosen=None), focus="map-list", className="an-close")
    try:
        found = added(choice, view)
    except BadQuestion as error:
        return [close, html.H2(_("This shape cannot be read")), note(html.P(str(error)), "caution")]
    when = period_text(choice.period, choice.grain) if choice.period else ""
    return [
        close,
        html.P(f"{told(choice.geography.plural)} · {when}", className="eyebrow"),
        html.H2(_("Your shape") if view.shape else _("Places chosen")),
        *_figures(found, choice),
        *_remarks(found),
        *_names(found, view),
        *_take(choice, view),
    ]


def choose_link(view: View, unit: str) -> Component | None:
    """The way of one place into the sum, or out of it; None where no more fit."""
    chosen = _chosen(view)
    if unit in chosen:
        return view_link(
            _("Take it out of the sum"), _with(view, [each for each in chosen if each != unit]), focus=PANEL
        )
    if len(chosen) >= MOST_CHOSEN:
        return None
    words = _("Add it to the sum") if chosen or view.shape else _("Start a sum with it")
    return view_link(words, _with(view, [*chosen, unit]), focus=PANEL)


def back_link(view: View) -> Component | None:
    """From one place back to the sum that the address asks for."""
    return view_link(_("Show the sum"), view.query(unit=None), focus=PANEL) if adds_up(view) else None


def _chosen(view: View) -> list[str]:
    return [each for each in (view.chosen or "").split(",") if each]


def _with(view: View, chosen: list[str]) -> str:
    return view.query(chosen=",".join(chosen) or None)


def _figures(found: Added, choice: Choice) -> list[Component]:
    measure = found.measure
    if not found.places:
        words = _("The middle of no place lies in this shape. Draw it larger, or choose smaller places above the map.")
        return [note(html.P(words))]
    if found.why_not:
        words = _("Medians and shares of several places cannot be added up. Choose a count above the map.")
        return [note(html.P(words))]
    lines = [html.Dt(told(measure.title)), html.Dd(_sum(found))]
    if found.figure.low is not None:
        words = _("90 % certain, hidden places counted in") if found.least else _("90 % certain")
        lines += [html.Dt(words), html.Dd(range_text(found.figure, measure))]
    rate = measure_of(choice.manifest, f"{measure.name}_per_1000")
    if rate is not None and found.rate is not None:
        lines += [html.Dt(capital(told(rate.unit))), html.Dd(_words(found.rate, found.rate_margin, rate, found))]
    if found.homes:
        lines += [html.Dt(_("Homes in these places")), html.Dd(count_text(found.homes))]
    return [html.Dl(lines)]


def _sum(found: Added) -> list[Any]:
    if is_word(found.figure):
        return [status_word(found.figure.status)]
    words = _words(found.figure, found.margin, found.measure, found)
    return [html.Strong(words), f" {unit_text(found.figure, found.measure)}"]


def _words(figure: Figure, margin: float, measure: MeasureInfo, found: Added) -> str:
    """`at least 312 ± 24`."""
    value = value_text(figure, measure)
    words = f"{value} ± {number_text(margin, measure)}" if margin else value
    return _("at least {figure}", figure=words) if found.least else words


def _remarks(found: Added) -> list[Component]:
    if not found.places or found.why_not:
        return []
    lines = [
        _n(
            "{n} published place: it counts whole.",
            "{n} published places: each counts whole, where its middle lies inside, or not at all.",
            found.places,
        )
    ]
    lines += [words for status, words in _missing(found) if found.tally.get(status.value)]
    if found.figure.flag in FLAG_WORD:
        lines.append(_("This figure: {warning}.", warning=flag_text(found.figure.flag)))
    return [note([html.P(line) for line in lines])]


def _missing(found: Added) -> list[tuple[Status, str]]:
    """What to say of the places without a figure, by why they have none."""
    hidden, later, never = (
        found.tally.get(status.value, 0) for status in (Status.HIDDEN, Status.NOT_REPORTED, Status.NOT_COLLECTED)
    )
    return [
        (
            Status.HIDDEN,
            _n(
                "In {n} of them there are too few to show: it is not in the sum.",
                "In {n} of them there are too few to show: they are not in the sum.",
                hidden,
            ),
        ),
        (Status.NOT_REPORTED, _n("{n} of them is not reported yet.", "{n} of them are not reported yet.", later)),
        (Status.NOT_COLLECTED, _n("{n} of them was not collected.", "{n} of them were not collected.", never)),
    ]


def _names(found: Added, view: View) -> list[Component]:
    """The places of the sum, by name; those chosen one by one can be taken out again."""
    if not found.places:
        return []
    chosen, items = _chosen(view), []
    for unit, name in found.rows.select("unit", "name").head(MOST_NAMED).iter_rows():
        parts: list[Any] = [view_link(name, view.query(unit=unit), focus=PANEL)]
        if unit in chosen:
            rest = [each for each in chosen if each != unit]
            named = [_("take out"), html.Span(f" {name}", className="visually-hidden")]
            parts += [" · ", view_link(named, _with(view, rest), focus=PANEL)]
        items.append(html.Li(parts))
    if found.places > MOST_NAMED:
        items.append(html.Li(_("and {n} more; the file holds all", n=count_text(found.places - MOST_NAMED))))
    head = html.Summary(_("Places counted: {n}", n=count_text(found.places)))
    return [html.Details([head, html.Ul(items)], className="an-why", open=bool(chosen) and found.places <= 12)]


def _take(choice: Choice, view: View) -> list[Component]:
    asked = choice.view.query(shape=view.shape, chosen=view.chosen, show=None, layer=None, lang=None)
    link = html.A([icon("download"), _("This sum as CSV")], href=f"/download/sum.csv{asked}", className="get")
    words = _(
        "The address of this page is its link. It holds the outline, rounded to about ten meters; this site keeps none."
    )
    return [html.P(link, className="gets"), *([html.P(words, className="quiet")] if view.shape else [])]
