"""`/district/<id>`: one district on one page, made to be read in a minute and printed."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from dash import ClientsideFunction, Dash, Input, Output, dcc
from dash.development.base_component import Component

from portal.agency.figures import agencies
from portal.charts import heat_map
from portal.charts.framed import framed
from portal.charts.settings import chart_settings
from portal.district.backlog import backlog
from portal.district.categories import category_lists, page_of
from portal.district.focus import DISTRICT, Focus, focus_of
from portal.district.foot import certificates, who_to_call
from portal.district.glance import boundaries, header, leading, rules, sentences, tiles
from portal.district.neighborhoods import neighborhoods
from portal.district.outcomes import court_outcomes
from portal.district.stock import affordable_stock
from portal.frame.controls import form
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import icon
from portal.frame.presenting import offered_to
from portal.language import _, link
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.report.links import report_link
from portal.serving.redraw import redraw
from portal.view import View

PREFIX = "/district/"
TITLE, CONTROLS, TREND, BELOW, LEGEND = (
    "district-focus", "district-controls", "district-trend", "district-below", "district-legend",
)  # fmt: skip
MAP, FIGURE, SCHEME, DRAWN = "district-map", "district-figure", "district-theme", "district-drawn"


def layout(visit: Visit) -> Body:
    """Sentences first, then figures, then the map, then the neighborhoods."""
    unit = visit.names[DISTRICT]
    name = _name(visit.releases, unit)
    found = leading(visit.releases, unit)
    city = visit.releases.city
    focus = focus_of(visit.releases, visit.view, unit, name)
    return [
        html.P(city.name if city else "", className="eyebrow"),
        html.H1(name, **{"data-title": ""}),
        header(visit.releases),
        html.H2(_("At a glance"), className="visually-hidden"),
        sentences(visit.releases, found, unit, name),
        tiles(visit.releases, found, unit),
        html.P([report_link(unit), _compare_link(unit)], className="gets"),
        rules(found),
        html.Div(
            [*category_lists(visit.releases, unit, page_of(unit)), *_agencies(visit)], className="an-stack an-gap"
        ),
        *(_focus(focus, visit.view) if focus else []),
        court_outcomes(visit.releases, unit),
        html.Div(
            [part(visit.releases, unit) for part in (backlog, affordable_stock)], className="an-two an-lists an-gap"
        ),
        html.Section([html.H2(_("Neighborhoods")), *neighborhoods(visit.releases, found, unit)]),
        html.Section([html.H2(_("Who to call")), who_to_call(city.contacts if city else ())]),
        html.P(html.A(_("Follow this district by e-mail or feed"), href=_follow(visit, unit)), className="follow"),
        certificates(visit.releases),
        *(html.P(text, className="quiet") for text in boundaries(visit.releases, DISTRICT)),
    ]


def register(app: Dash, releases: Callable[[], Releases]) -> None:
    """A change of topic, measure or category redraws the part in focus."""

    words = [Output(part, "children") for part in (TITLE, CONTROLS, BELOW, LEGEND)]
    redraw(app, releases, [*words, Output(TREND, "figure"), Output(FIGURE, "data")], DRAWN, _redrawn)
    app.clientside_callback(
        ClientsideFunction("analysis", "themed"), Output(MAP, "figure"), Input(FIGURE, "data"), Input(SCHEME, "data")
    )


def _redrawn(releases: Releases, path: str, view: View) -> tuple[Any, ...] | None:
    unit = unquote(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else ""
    offered = offered_to(releases, view)
    known = offered.area(DISTRICT, unit)
    focus = focus_of(offered, view, unit, known.name) if known else None
    if focus is None:
        return None
    figure = heat_map.map_figure(focus.ground, focus.places)
    return _words(focus), _form(focus, view), focus.below, focus.legend, focus.trend, figure


def _words(focus: Focus) -> list[Component]:
    return [html.H2(focus.title), html.P(focus.lead, className="quiet", role="status")]


def _form(focus: Focus, view: View) -> list[Component]:
    return [form(focus.controls, label=_("What the trend and the map show"), view=view), *focus.switch]


def _focus(focus: Focus, view: View) -> list[Any]:
    graph = dcc.Graph(id=MAP, config=chart_settings(scroll_zoom=True), responsive=True, className="an-district-map")
    return [
        dcc.Store(id=FIGURE, data=heat_map.map_figure(focus.ground, focus.places)),
        dcc.Store(id=SCHEME),
        dcc.Store(id=DRAWN, data=view.query()),
        html.Div(_words(focus), id=TITLE),
        html.Div(_form(focus, view), id=CONTROLS, className="an-controls"),
        html.Div(
            [
                html.Div(
                    [
                        framed(TREND, focus.trend, _("Trend of {title}", title=focus.title)),
                        html.Div(focus.below, id=BELOW),
                    ],
                    className="an-chart-box",
                ),
                html.Div(
                    [
                        html.Div(
                            graph,
                            className="an-map an-district-map",
                            **{"data-label": _("Map of {title}", title=focus.title)},
                        ),
                        html.Div(focus.legend, id=LEGEND),
                    ],
                    className="an-stage",
                ),
            ],
            className="an-two",
        ),
    ]


def _skeleton() -> Body:
    texts = [html.Div(id=name) for name in (TITLE, CONTROLS, BELOW, LEGEND)]
    stores = [dcc.Store(id=name) for name in (FIGURE, SCHEME, DRAWN)]
    return [*texts, *stores, dcc.Graph(id=TREND), dcc.Graph(id=MAP)]


def _agencies(visit: Visit) -> list[Component]:
    """Where all agencies are, if the city says who answers for what."""
    if not agencies(visit.releases):
        return []
    return [html.P(html.A(_("All agencies and what they answer for"), href=link("/agency")), className="follow")]


def _compare_link(unit: str) -> Component:
    """The comparison page with this district beside the city."""
    view = View(places=f"{DISTRICT}:{unit},{CITY}:{CITY}")
    words = _("Compare with other places")
    return html.A([icon("chart"), words], href=f"/compare{view.query()}", className="get")


def _follow(visit: Visit, unit: str) -> str:
    return f"/subscribe{View(geography=DISTRICT, unit=unit, lang=visit.view.lang).query()}"


def _name(releases: Releases, unit: str) -> str:
    found = releases.area(DISTRICT, unit)
    return found.name if found else unit


def _exists(visit: Visit) -> bool:
    return visit.releases.area(DISTRICT, visit.names[DISTRICT]) is not None


def _title(visit: Visit) -> str:
    return _name(visit.releases, visit.names[DISTRICT])


def _description(visit: Visit) -> str:
    return _(
        "What rose, what fell and what cannot be judged in {place}: requests, filings, shutoffs.", place=_title(visit)
    )


PAGE = Page(
    path="/district/{district}",
    title=_title,
    description=_description,
    layout=layout,
    exists=_exists,
    presents=True,
    skeleton=_skeleton,
    register=register,
)
