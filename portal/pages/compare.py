"""`/compare`: up to four places on the same axes, as a chart, a table and a file; places like the first one."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Output, dcc
from dash.development.base_component import Component

from portal.charts.framed import framed
from portal.frame.controls import folded
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.language import N_, _
from portal.releases import Releases
from portal.serving.redraw import redraw
from portal.trend.compare import CompareView, compare_view
from portal.view import View

PATH = "/compare"
HEAD, CONTROLS, CHART, BELOW, DRAWN = (
    "compare-head", "compare-controls", "compare-graph", "compare-below", "compare-drawn",
)  # fmt: skip


def layout(visit: Visit) -> Body:
    """The page of an address, whole."""
    shown = compare_view(visit.releases, visit.view)
    if shown is None:
        return [html.H1(_("Nothing has been published yet")), html.P(_("Places are compared once there is a release."))]
    label = _("Places on one axis; the table below holds the figures.")
    return [
        dcc.Store(id=DRAWN, data=visit.view.query()),
        html.Div(_head(shown), id=HEAD, className="an-head"),
        folded(html.Div(shown.controls, id=CONTROLS)),
        html.Section(framed(CHART, shown.chart, label), className="an-chart-box"),
        html.Div(shown.below, id=BELOW, className="an-below"),
    ]


def register(app: Dash, releases: Callable[[], Releases]) -> None:
    """A change of address asks again and draws again."""
    parts = [Output(part, "children") for part in (HEAD, CONTROLS, BELOW)]
    redraw(app, releases, [*parts, Output(CHART, "figure")], DRAWN, _redrawn)


def _redrawn(releases: Releases, path: str, view: View) -> tuple[Any, ...] | None:
    shown = compare_view(releases, view) if path == PATH else None
    return (_head(shown), shown.controls, shown.below, shown.chart) if shown else None


def _head(shown: CompareView) -> list[Component]:
    return [html.H1(shown.title, **{"data-title": ""}), html.P(shown.lead, className="lead", role="status")]


def _skeleton() -> Body:
    return [dcc.Store(id=DRAWN), dcc.Graph(id=CHART), *(html.Div(id=name) for name in (HEAD, CONTROLS, BELOW))]


def _title(visit: Visit) -> str:
    shown = compare_view(visit.releases, visit.view)
    return shown.title if shown else _("Compare places")


PAGE = Page(
    path=PATH,
    title=_title,
    description=N_("Up to four places side by side: districts, neighborhoods, the city, and places like them."),
    nav=N_("Compare"),
    layout=layout,
    skeleton=_skeleton,
    register=register,
    wide=True,
)
