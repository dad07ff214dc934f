"""`/agency` and `/agency/<id>`: what the city's departments answer for, and how that is going."""

from dash.development.base_component import Component

from layers.release import AgencyInfo, Contact
from portal.agency.districts import districts
from portal.agency.figures import AGENCY, Known, agencies, agency, leading
from portal.agency.focus import focus
from portal.agency.glance import header, rules, sentences, tiles
from portal.agency.words import agency_link
from portal.district.backlog import backlog
from portal.district.categories import category_list
from portal.district.focus import DISTRICT
from portal.district.foot import who_to_call
from portal.district.glance import boundaries
from portal.frame.controls import select
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import change_mark, icon
from portal.frame.shell import asset
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _
from portal.queries.offer import CITY
from portal.queries.summary import Headline
from portal.trend.around import Series, around_part
from portal.view import View
from portal.words.figures import change_step, change_words
from portal.words.released import told
from portal.words.target import held, verdict_line
from portal.words.wording import period_text

LISTED: tuple[str, ...] = ("requests", "days_to_close_median", "closed_on_time_share")
NEAR = "neighborhood"


def listing(visit: Visit) -> Body:
    """All agencies in one table, by what was asked of them."""
    known = agencies(visit.releases)
    head = html.H1(_("Agencies"), **{"data-title": ""})
    if not known:
        return [head, html.P(_("This city does not say which agency answers for which requests."))]
    lead = _("Who answers for requests about places. Each figure is computed from all requests of the agency's "
             "categories; only counts may be added up.")  # fmt: skip
    found = [(each, {h.measure.name: h for h in leading(each, LISTED)}) for each in known]
    first = next((h for _each, named in found for h in named.values() if h.period), None)
    shown = [name for name in LISTED if any(name in named for _each, named in found)]
    titles = [told(m.title) for name in shown if (m := known[0].manifest.measure(name)) is not None]
    heads = [_("Agency"), *titles[:1], _("Change"), *titles[1:], _("Categories")]
    body = [_listed(visit, each, named, shown) for each, named in found]
    caption = _("Agencies in {period}", period=period_text(first.period, first.grain)) if first and first.period else ""
    return [head, html.P(lead), sortable(caption or _("Agencies"), heads, body, key="agencies")]


def _listed(visit: Visit, known: Known, named: dict[str, Headline], shown: list[str]) -> list[Cell]:
    titles = "; ".join(told(known.manifest.group_title(key)) for key in known.agency.groups)
    cells = [Cell(agency_link(known.agency), known.agency.title)]
    for name in shown:
        each = named.get(name)
        if each is None:
            cells.append(Cell("–"))
            continue
        cell = figure_cell(each.now, each.measure)
        line = verdict_line(held(visit.releases, each, CITY, known.category))
        content = cell.content if isinstance(cell.content, list) else [cell.content]
        cells.append(Cell([*content, html.Br(), line], cell.sort, number=True) if line else cell)
        if name == LISTED[0]:
            words = change_words(each.change, each.measure)
            cells.append(Cell(change_mark(change_step(each.change), words), each.change.difference, number=True))
    return [*cells, Cell(titles, titles)]


def layout(visit: Visit) -> Body:
    """Sentences first, then figures, categories, what is open, districts, whom to call."""
    known = agency(visit.releases, visit.names["agency"])
    assert known is not None, "the page exists"
    found = leading(known)
    city = visit.releases.city
    return [
        html.P(html.A(_("Agencies"), href=f"/agency{View(lang=visit.view.lang).query()}"), className="eyebrow"),
        html.H1(known.agency.title, **{"data-title": ""}),
        *([html.P(known.agency.text)] if known.agency.text else []),
        header(visit.releases, known),
        html.H2(_("At a glance"), className="visually-hidden"),
        sentences(known, found),
        tiles(visit.releases, known, found),
        _links(known),
        rules(),
        html.Div(_categories(known), className="an-stack an-gap"),
        *focus(visit.releases, known, _shown(found, visit.view)),
        html.Div(
            backlog(visit.releases, CITY, geography=CITY, whole=known.category, only=known.agency.groups),
            className="an-gap",
        ),
        _around(known, found, visit.view),
        html.Section(
            [
                html.H2(_("Districts")),
                *districts(visit.releases, known),
                *(html.P(text, className="quiet") for text in boundaries(visit.releases, DISTRICT)),
            ],
            className="an-gap",
        ),
        html.P(
            html.A(_("Follow this agency by e-mail or feed"), href=f"/subscribe{_follow(visit, known).query()}"),
            className="follow",
        ),
        html.Section([html.H2(_("Who to call")), who_to_call([*_own(known.agency), *(city.contacts if city else ())])]),
    ]


def _follow(visit: Visit, known: Known) -> View:
    """Where its news are subscribed to."""
    return View(topic=known.release.topic, geography=AGENCY, unit=known.agency.id, lang=visit.view.lang)


def _shown(found: list[Headline], view: View) -> Headline | None:
    """The leading measure that the address asks for, else the first."""
    return next((each for each in found if each.measure.name == view.measure), found[0] if found else None)


def _around(known: Known, found: list[Headline], view: View) -> Component | None:
    """One of its leading measures before and after an event."""
    shown = _shown(found, view)
    if shown is None:
        return None
    asked = Series(known.release, shown.measure, known.category, CITY, CITY, shown.grain)
    measures = [(each.measure.name, told(each.measure.title)) for each in found]
    field = select("measure", _("Measure"), measures, shown.measure.name, prefix="around-")
    names = tuple(name for name, _title in measures)
    return around_part(asked, view, before=(field,), also=names, live=False)


def _categories(known: Known) -> list[Component]:
    """Its categories; with more than one, all of them together are in the tiles."""
    found = category_list(
        known.release, "requests", title=N_("What it answers for"), place=(CITY, CITY), path="/trends",
        only=known.agency.groups,
    )  # fmt: skip
    return [found] if found else []


def _links(known: Known) -> Component:
    """To the trend, the map and the comparison of districts, for all that the agency answers for."""
    view = View(topic=known.release.topic, measure="requests", category=known.category)
    links = [
        ("chart", _("Trend"), f"/trends{view.query(geography=CITY, unit=CITY)}"),
        ("map", _("Map by neighborhood"), f"/map{view.query(geography=NEAR)}"),
    ]
    return html.P(
        [html.A([icon(picture), words], href=href, className="get") for picture, words, href in links], className="gets"
    )


def _own(found: AgencyInfo) -> list[Contact]:
    """The agency itself, where it says how it is reached."""
    if not (found.phone or found.url or found.email):
        return []
    return [Contact(title=found.title, text=found.text, phone=found.phone, url=found.url, email=found.email)]


def _exists(visit: Visit) -> bool:
    return agency(visit.releases, visit.names["agency"]) is not None


def _title(visit: Visit) -> str:
    known = agency(visit.releases, visit.names["agency"])
    return known.agency.title if known else visit.names["agency"]


def _description(visit: Visit) -> str:
    return _("What was asked of {agency}, how long it took, and what is still open.", agency=_title(visit))


def _head(visit: Visit) -> str:
    """Tables look and sort as on the pages that load Dash."""
    return f'<link rel="stylesheet" href="{asset("analysis.css")}"><script src="{asset("map.js")}" defer></script>'


LIST = Page(
    path="/agency",
    title=N_("Agencies"),
    description=N_("Which department answers for which requests, how many there were and how long they took."),
    layout=listing,
    head=_head,
)
PAGE = Page(
    path="/agency/{agency}",
    title=_title,
    description=_description,
    layout=layout,
    exists=_exists,
    head=_head,
    pins=True,
)
