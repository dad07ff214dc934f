"""`/trends`: one place over time, against the same times of earlier years, the city and other places."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Output, dcc
from dash.development.base_component import Component

from portal.charts.framed import framed
from portal.frame.controls import folded
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.presenting import offered_to
from portal.language import N_, _
from portal.releases import Releases
from portal.serving.redraw import redraw
from portal.trend.view import TrendView, trend_view
from portal.view import View

PATH = "/trends"
HEAD, CONTROLS, TREND, TREND_BELOW = "trends-head", "trends-controls", "trends-graph", "trends-graph-below"
SEASONS, BESIDE, BESIDE_WORDS, BELOW = "trends-seasons", "trends-beside", "trends-beside-words", "trends-below"
BESIDE_BOX, DRAWN = "trends-beside-box", "trends-drawn"


def layout(visit: Visit) -> Body:
    """The page of an address, whole."""
    shown = trend_view(visit.releases, visit.view)
    if shown is None:
        return [html.H1(_("Nothing has been published yet")), html.P(_("Trends appear with the first release."))]
    return _frame(shown, visit.view.query())


def register(app: Dash, releases: Callable[[], Releases]) -> None:
    """A change of address asks again and draws again."""
    words = [Output(part, "children") for part in (HEAD, CONTROLS, TREND_BELOW, BESIDE_WORDS, BELOW)]
    charts = [Output(graph, "figure") for graph in (TREND, SEASONS, BESIDE)]
    redraw(app, releases, [*words, *charts, Output(BESIDE_BOX, "hidden")], DRAWN, _redrawn)


def _redrawn(releases: Releases, path: str, view: View) -> tuple[Any, ...] | None:
    shown = trend_view(offered_to(releases, view), view) if path == PATH else None
    if shown is None:
        return None
    words = (_head(shown), shown.controls, shown.trend_below, shown.beside_words, shown.below)
    return *words, shown.trend, shown.seasons, shown.beside, shown.alone


def _head(shown: TrendView) -> list[Component]:
    return [html.H1(shown.title, **{"data-title": ""}), html.P(shown.lead, className="lead", role="status")]


def _frame(shown: TrendView, asked: str) -> list[Any]:
    return [
        dcc.Store(id=DRAWN, data=asked),
        html.Div(_head(shown), id=HEAD, className="an-head"),
        folded(html.Div(shown.controls, id=CONTROLS)),
        html.Section(
            [
                html.H2(_("Over time")),
                framed(TREND, shown.trend, _("Figures over time; the table below holds them all.")),
                html.Div(shown.trend_below, id=TREND_BELOW),
            ],
            className="an-chart-box",
        ),
        html.Div(
            [
                html.Section(
                    [
                        html.H2(_("The same time of year in earlier years")),
                        framed(SEASONS, shown.seasons, _("One line for each year; the table below holds the figures.")),
                        html.P(
                            _("The newest year is the thick line. Unfinished periods are left out."), className="quiet"
                        ),
                    ],
                    className="an-chart-box",
                ),
                html.Section(
                    [
                        html.H2(_("Beside the city")),
                        framed(BESIDE, shown.beside, _("Places on one axis; the table below holds the figures.")),
                        html.P(shown.beside_words, id=BESIDE_WORDS, className="quiet"),
                    ],
                    id=BESIDE_BOX,
                    hidden=shown.alone,
                    className="an-chart-box",
                ),
            ],
            className="an-two",
        ),
        html.Div(shown.below, id=BELOW, className="an-below"),
    ]


def _skeleton() -> Body:
    texts = (HEAD, CONTROLS, TREND_BELOW, BESIDE_BOX, BESIDE_WORDS, BELOW)
    graphs = [dcc.Graph(id=name) for name in (TREND, SEASONS, BESIDE)]
    return [dcc.Store(id=DRAWN), *graphs, *(html.Div(id=name) for name in texts)]


def _title(visit: Visit) -> str:
    shown = trend_view(visit.releases, visit.view)
    return shown.title if shown else _("Trends")


PAGE = Page(
    path=PATH,
    title=_title,
    description=N_("Any place over time, beside its own earlier years, the city and other places, with margins."),
    nav=N_("Trends"),
    layout=layout,
    skeleton=_skeleton,
    register=register,
    wide=True,
    presents=True,
)
