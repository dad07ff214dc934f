"""Hot spots beside a map: the list, the way from one to the next, the legend, the caution, what the map outlines."""

from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.measures import Status
from portal.frame.controls import Option, view_link
from portal.frame.elements import html
from portal.frame.parts import icon, note
from portal.language import N_, _, _n, number
from portal.map.table import PANEL, SPOT_WORD
from portal.queries.choice import Choice
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.offer import is_rate
from portal.queries.spots import Spotted, why_not_judged
from portal.statistics.discovery import LEVEL
from portal.statistics.hotspots import LEAST_PLACES, Spot
from portal.view import View
from portal.words.figures import figure_text

LAYER = "hotspots"
SPOTS = "map-spots"

_WHY_NOT = {
    "kind": N_(
        "Hot spots are judged for counts and rates only: the chance variation of medians and shares is not known."
    ),
    "spread": N_(
        "Hot spots are not judged for estimates that were spread over places from larger areas: places that share one "
        "are alike for that reason alone."
    ),
    "few": N_("Hot spots are judged where at least {least} places have a figure. Places with one here: {n}."),
}


def spot_option(view: View, choice: Choice) -> Option:
    """The way to hot spots and back. Offered where they can be judged."""
    on = view.layer == LAYER
    if why_not := why_not_judged(choice.measure):
        return Option(_("Hot spots"), None, why=_(_WHY_NOT[why_not]))
    return Option(_("Hot spots"), view.query(layer=None if on else LAYER), on)


def spot_list(spots: Spotted, rows: pl.DataFrame, choice: Choice, view: View, unit: str | None) -> Component:
    """The hot spots by name, each a link that opens its panel, and the link to the next one."""
    head = html.H2(_("Hot spots"))
    if spots.why_not:
        why = _(_WHY_NOT[spots.why_not], least=LEAST_PLACES, n=spots.judged)
        return html.Section([head, html.P(why)], id=SPOTS, className="an-spots")
    follows = spots.after(unit)
    parts: list[Any] = [head, html.P(summary(spots))]
    if follows is not None:
        parts.append(html.P(view_link(_("Next hot spot"), view.query(unit=follows), focus=PANEL, className="an-step")))
        spotted = rows.filter(pl.col("unit").is_in(list(spots.kinds)))
        figures = {row["unit"]: row for row in spotted.iter_rows(named=True)}
        parts.append(html.Ol([_item(figures[each], kind, choice, view, unit) for each, kind in spots.kinds.items()]))
        asked = choice.view.query(lang=None, layer=LAYER, show=None)
        file = html.A([icon("download"), _("This list as CSV")], href=f"/download/hotspots.csv{asked}", className="get")
        parts.append(html.P(file, className="gets"))
    return html.Section([*parts, _caution(choice, spots)], id=SPOTS, className="an-spots")


def summary(spots: Spotted) -> str:
    """How many there are, in a sentence."""
    if not spots.kinds:
        return _("No place is higher than its surroundings by more than chance.")
    return _n(
        "One place is higher than its surroundings, more than chance.",
        "{n} places are higher than their surroundings, more than chance.",
        len(spots.kinds),
    )


def _item(row: dict[str, Any], kind: Spot, choice: Choice, view: View, unit: str | None) -> Component:
    figure = Figure(Status(row["status"]), *(row[name] for name in FIGURE_COLUMNS[1:]))
    link = view_link(row["name"], view.query(unit=row["unit"]), focus=PANEL, current=row["unit"] == unit)
    words = _(
        "{figure}, {kind}", figure=figure_text(figure, choice.measure), kind=_(SPOT_WORD[kind])
    )  # fmt: skip
    return html.Li([link, html.Span(words, className="quiet block")])


def cautions(choice: Choice, spots: Spotted) -> list[str]:
    """What must be said beside hot spots wherever they are shown; the second sentence says how they are judged."""
    lines = [
        _("Calls and filings are not conditions: people report unevenly, and a hot spot is a place to look at."),
        _(
            "Gi* and local Moran’s I of the figures shown, at a false discovery rate of {level} %. Margins and chance "
            "are counted in; places without a figure ({n}) are left out, never taken for zero.",
            level=number(100 * LEVEL),
            n=number(spots.left_out),
        ),
    ]
    if not is_rate(choice.measure.name):
        lines.append(_("These are counts: they are high where many homes are. Rates say more, where there are any."))
    return lines


def _caution(choice: Choice, spots: Spotted) -> Component:
    first, method, *rest = cautions(choice, spots)
    how = html.P([method, " ", html.A(_("How it is judged"), href="/methods")])
    return note([html.P(first), how, *(html.P(line) for line in rest)], "caution")


KEYS = {
    "hot": N_("higher together with its surroundings, more than chance"),
    "lone": N_("high among low places, more than chance"),
}
"""What the two kinds of outline on a map mean."""


def spot_key(spots: Spotted) -> Component:
    """What the outlines on the map are."""
    entries = [
        html.Li([html.Span(className=f"an-swatch an-spot-{name}", **{"aria-hidden": "true"}), _(words)])
        for name, words in KEYS.items()
    ]
    listed = [] if spots.why_not else [html.Ul(entries, className="an-statuses")]
    return html.Div(listed, className="an-legend")


def outlined(spots: Spotted) -> dict[str, list[str]]:
    """Places that the map outlines, by how."""
    hot = [unit for unit, kind in spots.kinds.items() if kind is not Spot.LONE]
    return {"hot": hot, "lone": [unit for unit, kind in spots.kinds.items() if kind is Spot.LONE]}
