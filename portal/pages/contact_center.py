"""`/contact-center`: the sixteen measures of the city's contact center, beside targets and other centers."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Output, dcc
from dash.development.base_component import Component

from portal.center.beside import channels, languages, other_centers
from portal.center.figures import grain_of, readings, release_of
from portal.center.glance import header, rules, sentences, tiles
from portal.center.trend import controls, series_of, trend
from portal.charts.framed import framed
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.language import N_, _
from portal.releases import Releases
from portal.serving.redraw import redraw
from portal.trend.around import around_part
from portal.view import View
from portal.words.released import told

PATH = "/contact-center"
TOP, TREND_TITLE, GRAPH, BELOW, DRAWN = (
    "center-top", "center-trend", "center-graph", "center-below", "center-drawn",
)  # fmt: skip


def layout(visit: Visit) -> Body:
    """Sentences first, then figures, the trend, channels and languages, other centers."""
    shown = _parts(visit.releases, visit.view)
    if shown is None:
        return [
            html.H1(_("Contact center"), **{"data-title": ""}),
            html.P(_("This city publishes no figures of its contact center.")),
        ]
    top, title, figure, below = shown
    label = _("Figures over time; the table below holds them all.")
    return [
        dcc.Store(id=DRAWN, data=visit.view.query()),
        html.H1(_("Contact center"), **{"data-title": ""}),
        html.Div(top, id=TOP),
        html.Section(
            [
                html.Div(title, id=TREND_TITLE, tabIndex="-1", role="status"),  # says what was chosen
                framed(GRAPH, figure, label),
            ],
            className="an-chart-box an-gap",
        ),
        html.Div(below, id=BELOW),
    ]


def _parts(releases: Releases, view: View) -> tuple[list[Any], Component, dict[str, Any], list[Any]] | None:
    release, drawn = release_of(releases, view), trend(releases, view)
    if release is None or drawn is None:
        return None
    grain = grain_of(view)
    found = readings(release, grain)
    top = [
        header(releases, release),
        html.Div(controls(release, view), className="an-controls"),
        sentences(found),
        *tiles(found),
        rules(),
    ]
    below = [
        html.Div(drawn.below, className="an-chart-box"),
        around_part(series_of(release, view), view),
        channels(release, grain),
        languages(release, grain),
        other_centers(release),
        html.Ul([html.Li(told(text)) for text in (*release.manifest.caveats, *release.manifest.notes)],
                className="quiet"),
    ]  # fmt: skip
    # named anew with each measure, so that the focus can follow to it
    return top, html.H2(drawn.title, key=drawn.title), drawn.figure, below


def register(app: Dash, releases: Callable[[], Releases]) -> None:
    """A change of address tells everything anew."""
    words = [Output(TOP, "children"), Output(TREND_TITLE, "children")]
    redraw(app, releases, [*words, Output(GRAPH, "figure"), Output(BELOW, "children")], DRAWN, _redrawn)


def _redrawn(releases: Releases, path: str, view: View) -> tuple[Any, ...] | None:
    return _parts(releases, view) if path == PATH else None


def _skeleton() -> Body:
    return [dcc.Store(id=DRAWN), dcc.Graph(id=GRAPH), *(html.Div(id=name) for name in (TOP, TREND_TITLE, BELOW))]


def _published(visit: Visit) -> bool:
    return release_of(visit.releases, View()) is not None


PAGE = Page(
    path=PATH,
    title=N_("Contact center"),
    description=N_("How many calls and messages reach the city, how long people wait, what is settled, what it costs."),
    nav=N_("Contact center"),
    offered=_published,
    layout=layout,
    skeleton=_skeleton,
    register=register,
    wide=True,
)
