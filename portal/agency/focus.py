"""One measure of an agency in focus: its trend, and where in the city it is, both there without script."""

from dataclasses import replace
from typing import Any

from dash.development.base_component import Component

from portal.agency.figures import Known
from portal.charts.framed import framed
from portal.district.focus import trend_parts
from portal.frame.elements import html
from portal.language import _
from portal.map.view import title_of
from portal.queries.choice import choose
from portal.queries.heat import heat_map, ranked
from portal.queries.offer import CITY
from portal.queries.summary import Headline
from portal.releases import Releases
from portal.view import View
from portal.words.released import inside, told
from portal.words.sentences import map_sentence
from portal.words.wording import period_text

NEAR = "neighborhood"
TREND = "agency-trend"


def focus(releases: Releases, known: Known, shown: Headline | None) -> list[Component]:
    """The same parts as a district's page; nothing where there is no figure to draw."""
    if shown is None:
        return []
    asked = View(topic=known.release.topic, measure=shown.measure.name, category=known.category,
                 grain=shown.grain.value)  # fmt: skip
    over_time = choose(releases, asked, geography=CITY)
    title = told(shown.measure.title)
    parts = [] if over_time is None else _trend(title, *trend_parts(over_time, CITY))
    return [html.H2(title), html.Div([*parts, *_map(releases, replace(asked, geography=NEAR))], className="an-two")]


def _trend(title: str, figure: dict[str, Any], below: list[Any]) -> list[Component]:
    named = framed(TREND, figure, _("Trend of {title}", title=title))
    return [html.Div([named, html.Div(below)], className="an-chart-box")]


def _map(releases: Releases, view: View) -> list[Component]:
    """As a picture of the release that the page shows, which leads to the live map."""
    near = choose(releases, view)
    if near is None or near.category != view.category or not near.geography.shapes:
        return []
    when = period_text(near.period, near.grain) if near.period else ""
    found = heat_map(near)
    said = map_sentence(
        ranked(found.rows), near.measure, city=found.city, where=inside(near.geography.title), when=when
    )
    picture = html.Img(
        src=f"/still/map.svg{replace(near.view, as_of=near.release.id).query()}",
        alt=f"{title_of(near, when)}. {said}",
        className="shared-map",
        loading="lazy",
    )
    live = html.A(_("Open the live map"), href=f"/map{near.view.query(to=None, from_=None)}")
    return [html.Figure([picture, html.Figcaption([said, " ", live])])]
