"""A street that does not exist, with and without one home: what might be published of each.

Without script there are two rows of figures. With script the reader takes the marked home away and puts it back, draws
the noise again, and moves it (assets/portal.js); every change is announced.
"""

import json
from statistics import NormalDist

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.markup import Html
from portal.language import N_, _, number

WITH_HOME, WITHOUT_HOME = 9, 8
HOMES, COLUMNS = 120, 20
HOME = 47
"""The marked home."""
OTHERS = (3, 16, 29, 38, 61, 74, 88, 107)
"""The other homes with a filing."""
DRAWS = 12
TOO_FEW = N_("too few")
SAID = {
    "few": TOO_FEW,
    "hidden": N_("too few to show"),
    "alone": N_("only possible on this street"),
    "take": N_("Take the marked home away"),
    "put": N_("Put the marked home back"),
    "guess": N_(
        "Was the marked home counted? Whoever sees one such figure guesses right at most about {percent} % of the "
        "time. A coin: 50 %."
    ),
    "certain": N_("Without noise, whoever knows the other homes is certain about the marked one: 100 % right."),
    "with": N_("The marked home is there. True count {count}. Published this time: {published}."),
    "without": N_("The marked home is taken away. True count {count}. Published this time: {published}."),
}
"""What the page's script says when the reader changes something (`assets/portal.js`)."""
MOST_SIGMA = 6.0
_SIDE = 22
_HOUSE = "M2 10 10 3l8 7v9H2z"


def equally_likely(true: int, sigma: float) -> list[int]:
    """Twelve published figures that are about equally likely for a true count under noise `sigma`, ascending."""
    return [max(0, round(true + sigma * z)) for z in _quantiles()]


def _quantiles() -> list[float]:
    """The middle of each twelfth of the noise, in units of sigma."""
    return [NormalDist().inv_cdf((index + 0.5) / DRAWS) for index in range(DRAWS)]


def street_figure(sigma: float, floor: int) -> Component:
    """The drawn street, what its reader can do with script, and two rows of figures. `floor`: least figure shown."""
    quantiles = ",".join(f"{z:.4f}" for z in _quantiles())
    return html.Figure(
        [
            _houses(),
            _legend(),
            _controls(sigma),
            _row(WITH_HOME, _("With the marked home"), sigma, floor),
            _row(WITHOUT_HOME, _("Without the marked home"), sigma, floor),
            html.Figcaption(
                _(
                    "Twelve figures that are about equally likely, for each street. The noise is σ = {sigma}, as in "
                    "our yearly zones, unless you move it. With no noise at all, one look would be enough.",
                    sigma=number(sigma, 1),
                ),
                className="quiet",
            ),
        ],
        id="street",
        className="street",
        **{
            "data-quantiles": quantiles,
            "data-with": str(WITH_HOME),
            "data-without": str(WITHOUT_HOME),
            "data-floor": str(floor),
            "data-words": json.dumps({name: _(words) for name, words in SAID.items()}, ensure_ascii=False),
        },
    )


def _houses() -> Html:
    """Every home a little house; those with a filing are filled, the marked one has a ring."""
    rows = -(-HOMES // COLUMNS)
    size = f"0 0 {COLUMNS * _SIDE} {rows * _SIDE}"
    drawn = "".join(_house(number) for number in range(HOMES))
    words = _(
        "A street of {homes} homes that does not exist. {filed} had an eviction filing; one of these is marked.",
        homes=HOMES, filed=WITH_HOME,
    )  # fmt: skip
    return Html(
        f'<svg class="street-homes" viewBox="{size}" role="img" aria-label="{words}">'
        f'<g aria-hidden="true">{drawn}</g></svg>'
    )


def _house(number: int) -> str:
    x, y = number % COLUMNS * _SIDE + 1, number // COLUMNS * _SIDE + 1
    kind = "marked" if number == HOME else "filed" if number in OTHERS else "home"
    ring = '<circle class="ring" cx="10" cy="11.5" r="10.4"/>' if number == HOME else ""
    return f'<g class="{kind}" transform="translate({x} {y})">{ring}<path d="{_HOUSE}"/></g>'


def _legend() -> Component:
    kinds = (("home", _("no filing")), ("filed", _("a filing")), ("marked", _("the marked home, with a filing")))
    return html.Ul([html.Li([_sample(kind), words]) for kind, words in kinds], className="street-legend")


def _sample(kind: str) -> Html:
    ring = '<circle class="ring" cx="10" cy="11.5" r="10.4"/>' if kind == "marked" else ""
    return Html(
        f'<svg class="street-homes sample" viewBox="-1 0 22 23" aria-hidden="true"><g class="{kind}">{ring}'
        f'<path d="{_HOUSE}"/></g></svg>'
    )


def _controls(sigma: float) -> Html:
    """Shown by the page's script, which they need."""
    take, draw, move = _("Take the marked home away"), _("Draw the noise again"), _("Move the noise (σ):")
    true, never = _("True count"), _("never leaves our system")
    published = _("What would be published this time")
    return Html(
        '<div class="street-control" hidden><p class="street-buttons">'
        f'<button type="button" class="button" id="street-home">{take}</button>'
        f'<button type="button" class="button" id="street-draw">{draw}</button></p>'
        f'<p><label for="street-noise">{move} '
        f'<output id="street-sigma">{sigma:.1f}</output></label>'
        f'<input id="street-noise" type="range" min="0" max="{MOST_SIGMA:g}" step="0.1" value="{sigma:.1f}"></p>'
        f'<dl class="street-told"><div><dt>{true} '
        f'<span class="quiet">({never})</span></dt>'
        f'<dd id="street-true"></dd></div><div><dt>{published}</dt>'
        '<dd id="street-published"></dd></div></dl>'
        '<p id="street-guess"></p>'
        '<p id="street-says" class="visually-hidden" role="status" aria-live="polite"></p></div>'
    )


def _row(true: int, word: str, sigma: float, floor: int) -> Component:
    draws = [html.Li(str(figure) if figure >= floor else _(TOO_FEW)) for figure in equally_likely(true, sigma)]
    return html.Div(
        [
            html.P([html.Strong(word), " ", _("(true count {count})", count=true)]),
            html.Ul(draws, className="street-draws", **{"data-true": str(true)}),
        ]
    )
