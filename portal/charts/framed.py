"""A chart of lines as it stands on a page: named for those who do not see it, and as wide as its box."""

from typing import Any

from dash import dcc
from dash.development.base_component import Component

from portal.charts.picture import LINES
from portal.charts.settings import chart_settings
from portal.frame.elements import html


def framed(ident: str, figure: dict[str, Any], label: str) -> Component:
    """`label` names the chart and says where its figures stand as text."""
    graph = dcc.Graph(id=ident, figure=figure, config=chart_settings(), responsive=True, className=LINES)
    return html.Div(graph, className="an-chart", role="img", **{"aria-label": label})
