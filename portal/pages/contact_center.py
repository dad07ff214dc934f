"""`/contact-center`: the sixteen measures of the city's contact center, beside targets and other centers."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.center.beside import channels, languages, other_centers
from portal.center.figures import grain_of, readings, release_of
from portal.center.glance import header, rules, sentences, tiles
from portal.center.trend import controls, trend
from portal.charts.settings import chart_settings
from portal.frame.ids import LOCATION
from portal.frame.page import Body, Page, Visit
from portal.language import N_, _
from portal.releases import Releases
from portal.serving.interactive import in_thread
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
    graph = dcc.Graph(id=GRAPH, figure=figure, config=chart_settings(), responsive=True, className="an-line")
    return [
        dcc.Store(id=DRAWN, data=visit.view.query()),
        html.H1(_("Contact center"), **{"data-title": ""}),
        html.Div(top, id=TOP),
        html.Section(
            [
                html.Div(title, id=TREND_TITLE, tabIndex="-1"),
                html.Div(graph, className="an-chart", role="img", **{"aria-label": label}),
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

    @app.callback(
        Output(TOP, "children"),
        Output(TREND_TITLE, "children"),
        Output(GRAPH, "figure"),
        Output(BELOW, "children"),
        Output(DRAWN, "data"),
        Input(LOCATION, "search"),
        State(LOCATION, "pathname"),
        State(DRAWN, "data"),
        prevent_initial_call=True,
    )
    @in_thread
    def update(search: str | None, path: str | None, drawn: str | None) -> tuple[Any, ...]:
        view = View.read(search or "")
        shown = _parts(releases(), view) if path == PATH and view.query() != drawn else None
        if shown is None:
            raise PreventUpdate
        return *shown, view.query()


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
