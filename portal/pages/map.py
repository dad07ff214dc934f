"""`/map`: places by what happened there, and where concern meets supply. The address is the state."""

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.charts.heat_map import map_figure, map_patch
from portal.charts.settings import chart_settings
from portal.frame.elements import html
from portal.frame.ids import LOCATION
from portal.frame.page import Body, Page, Visit
from portal.frame.presenting import offered_to
from portal.language import N_, _
from portal.map.concern import concern_view
from portal.map.fold import folded_choices
from portal.map.table import PANEL
from portal.map.tools import tools
from portal.map.view import MapView, heat_view
from portal.releases import Releases
from portal.serving.interactive import in_thread
from portal.view import View

PATH = "/map"
GRAPH, FIGURE, DRAWN, SCHEME = "map-graph", "map-figure", "map-drawn", "map-theme"
HEAD, SAID, CONTROLS, LEGEND, LIST, BELOW, TOLD, BOARD = (
    "map-head", "map-said", "map-controls", "map-legend", "map-list", "map-below", "map-told", "map-board",
)  # fmt: skip
HOW = N_(
    "Move with two fingers, or hold Ctrl and scroll to zoom. With the keyboard: arrow keys move, + and − zoom, "
    "Enter opens the place in the middle."
)
ZOOM = (("in", "+", N_("Zoom in")), ("out", "−", N_("Zoom out")), ("home", "⌂", N_("Whole city")))


def layout(visit: Visit) -> Body:
    """The page of an address, whole: it needs no callback until something changes."""
    shown = ask(visit.releases, visit.view)
    if shown is None:
        return [html.H1(_("Nothing has been published yet")), html.P(_("The map appears with the first release."))]
    return _frame(shown, visit.view.query(), visit.releases)


def ask(releases: Releases, view: View) -> MapView | None:
    """The view an address asks for."""
    return concern_view(releases, view) if view.show == "concern" else heat_view(releases, view)


def register(app: Dash, releases: Callable[[], Releases]) -> None:
    """A change of address redraws; the map gets values only, while it shows the same places."""

    @app.callback(
        Output(FIGURE, "data"),
        Output(DRAWN, "data"),
        *(Output(part, "children") for part in (HEAD, SAID, CONTROLS, LEGEND, LIST, PANEL, BELOW, TOLD)),
        Output(BOARD, "className"),
        Input(LOCATION, "search"),
        State(LOCATION, "pathname"),
        State(DRAWN, "data"),
        prevent_initial_call=True,
    )
    @in_thread
    def update(search: str | None, path: str | None, drawn: list[str] | None) -> tuple[Any, ...]:
        view, known = View.read(search or ""), drawn if isinstance(drawn, list) else ["", ""]
        shown = ask(offered_to(releases(), view), view) if path == PATH and view.query() != known[1] else None
        return _changes(shown, view.query(), known[0])

    app.clientside_callback(
        ClientsideFunction("analysis", "themed"), Output(GRAPH, "figure"), Input(FIGURE, "data"), Input(SCHEME, "data")
    )


def _changes(shown: MapView | None, asked: str, drawn: str) -> tuple[Any, ...]:
    if shown is None:
        raise PreventUpdate
    key = _key(shown)
    figure: Any = map_patch(shown.ground, shown.places) if key == drawn else map_figure(shown.ground, shown.places)
    return (
        figure,
        [key, asked],
        _head(shown),
        shown.said,
        shown.controls,
        shown.legend,
        shown.list_,
        shown.panel,
        shown.below,
        shown.told,
        _board(shown),
    )


def _board(shown: MapView) -> str:
    return "an-board an-wide-list" if shown.wide_list else "an-board"


def _key(shown: MapView) -> str:
    return f"{shown.ground.shapes} {shown.places.key}"


def _head(shown: MapView) -> list[Component]:
    return [html.H1(shown.title, **{"data-title": ""}), html.P(shown.lead, className="lead", role="status")]


def _frame(shown: MapView, asked: str, releases: Releases) -> list[Any]:
    """All regions of the page with what they show at first."""
    buttons = [html.Button(sign, type="button", title=_(words), **_zoom(kind, _(words))) for kind, sign, words in ZOOM]
    graph = dcc.Graph(id=GRAPH, config=chart_settings(scroll_zoom=True), responsive=True, className="an-graph")
    stage = html.Div(
        [
            html.A(_("Skip the map"), href=f"#{BELOW}", className="an-skip"),
            tools(releases),
            html.Noscript(html.Img(src=f"/still/map.svg{asked}", alt=shown.lead, className="an-still")),
            html.Div(
                [
                    html.Div(graph, className="an-map", **{"data-label": _("Map. {title}", title="{}")}),
                    html.Div(buttons, className="an-zoom"),
                ],
                className="an-canvas",
            ),
            html.Div(shown.told, id=TOLD),
            html.Div(className="an-time", hidden=True),
            html.P(_(HOW), className="quiet an-how"),
            html.Div(shown.legend, id=LEGEND),
        ],
        id="map-stage",
        className="an-stage",
        role="region",
        **{"aria-label": _("Map")},
    )  # fmt: skip
    return [
        dcc.Store(id=FIGURE, data=map_figure(shown.ground, shown.places)),
        dcc.Store(id=DRAWN, data=[_key(shown), asked]),
        dcc.Store(id=SCHEME),
        html.Div(_head(shown), id=HEAD, className="an-head"),
        folded_choices(SAID, shown.said, html.Div(shown.controls, id=CONTROLS)),
        html.Div(
            [
                html.Div(
                    [_region(LIST, _("Places"), shown.list_), _region(PANEL, _("Chosen place"), shown.panel)],
                    className="an-side",
                ),
                stage,
            ],
            id=BOARD,
            className=_board(shown),
        ),
        html.Div(shown.below, id=BELOW, className="an-below", tabIndex="-1"),
    ]


def _zoom(kind: str, words: str) -> dict[str, str]:
    return {"aria-label": words, "data-zoom": kind, "data-map": "map-stage"}


def _region(ident: str, label: str, children: list[Any]) -> Component:
    """A part that can take the focus when a choice changes it."""
    name = ident.replace("map-", "an-")
    return html.Section(children, id=ident, className=name, tabIndex="-1", **{"aria-label": label})


def _skeleton() -> Body:
    ids = (HEAD, SAID, CONTROLS, LEGEND, LIST, PANEL, BELOW, TOLD, BOARD)
    stores = [dcc.Store(id=name) for name in (FIGURE, DRAWN, SCHEME)]
    return [*stores, dcc.Graph(id=GRAPH), *(html.Div(id=name) for name in ids)]


def _title(visit: Visit) -> str:
    shown = ask(visit.releases, visit.view)
    return shown.title if shown else _("Map")


PAGE = Page(
    path=PATH,
    title=_title,
    description=N_("Requests, eviction filings, shutoffs and affordable homes by place, as a map and as a list."),
    nav=N_("Map"),
    layout=layout,
    skeleton=_skeleton,
    register=register,
    wide=True,
    presents=True,
)
