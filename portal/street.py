"""A street that does not exist, with and without one home: what might be published of each."""

from statistics import NormalDist

from dash import html
from dash.development.base_component import Component

from portal.markup import Html

WITH_HOME, WITHOUT_HOME = 9, 8
DRAWS = 12
MOST_SIGMA = 6.0


def equally_likely(true: int, sigma: float) -> list[int]:
    """Twelve published figures that are about equally likely for a true count under noise `sigma`, ascending."""
    return [max(0, round(true + sigma * z)) for z in _quantiles()]


def _quantiles() -> list[float]:
    """The middle of each twelfth of the noise, in units of sigma."""
    return [NormalDist().inv_cdf((index + 0.5) / DRAWS) for index in range(DRAWS)]


def street_figure(sigma: float) -> Component:
    """Two rows of figures, and a slider (with script) that changes the noise."""
    quantiles = ",".join(f"{z:.4f}" for z in _quantiles())
    return html.Figure(
        [
            _slider(sigma),
            *(_row(true, words, sigma) for true, words in ((WITH_HOME, "With"), (WITHOUT_HOME, "Without"))),
            html.Figcaption(
                f"Twelve figures that are about equally likely, for each city. Here the noise is σ = {sigma:.1f}, "
                "as in our yearly zones. With no noise at all, one look would be enough.",
                className="quiet",
            ),
        ],
        id="street",
        className="street",
        **{"data-quantiles": quantiles},
    )


def _slider(sigma: float) -> Html:
    """Shown by the page's script, which it needs."""
    label = f'<label for="street-noise">Move the noise (σ): <output id="street-sigma">{sigma:.1f}</output></label>'
    field = f'<input id="street-noise" type="range" min="0" max="{MOST_SIGMA:g}" step="0.1" value="{sigma:.1f}">'
    return Html(f'<div class="street-control" hidden>{label}{field}</div>')


def _row(true: int, word: str, sigma: float) -> Component:
    draws = [html.Li(str(figure)) for figure in equally_likely(true, sigma)]
    return html.Div(
        [
            html.P([html.Strong(f"{word} your filing"), f" (true count {true})"]),
            html.Ul(draws, **{"data-true": str(true)}),
        ]
    )
