"""`/`: what changed in the city, a search for a place, and a door for each kind of visitor."""

from html import escape
from typing import Any
from urllib.parse import quote

from dash.development.base_component import Component

from layers.period import same_period_last_year
from layers.release import GeographyInfo, Manifest, UnitInfo
from portal.center.answering import answering
from portal.frame.elements import html
from portal.frame.markup import Html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import change_mark, closing_sentence, day, freshness, icon, note, status_word, table, tile
from portal.language import N_, _, link, woven
from portal.map.outline import city_outline
from portal.queries.change import Change, Direction
from portal.queries.home import Mover, city_headlines, movers, untold_topics
from portal.queries.offer import CITY
from portal.queries.summary import Headline
from portal.view import View
from portal.words.figures import (
    change_step,
    change_text,
    figure_text,
    is_word,
    margin_text,
    of_text,
    unit_text,
    value_text,
)
from portal.words.released import inside, told
from portal.words.target import held, verdict_line
from portal.words.wording import day_text, period_text

MOST_LINKS = 11
_REMARKS = {
    "homes_filed": N_("A filing is not an eviction."),
    "homes_scheduled": N_("Not every scheduled shutoff is carried out."),
    "units": N_("Stock is not vacancy."),
    "requests": N_("Reports, not conditions."),
}


def layout(visit: Visit) -> Body:
    """Start with the city, then the reader's own place, then the reader's task."""
    releases = visit.releases
    if not releases.topics:
        return _empty()
    headlines = city_headlines(releases)
    return [
        _hero(visit),
        html.Section(
            [
                html.H2(_("What changed"), id="changed"),
                html.Div([_tile(visit, each) for each in headlines], className="tiles"),
                _sentences(visit, headlines),
                answering(visit.releases),
            ]
        ),
        html.Section([html.H2(_("Where to start")), _doors(visit)]),
        html.Section([html.H2(_("How fresh the figures are")), _freshness(visit)]),
        _places(visit),
    ]


def _empty() -> Body:
    return [
        html.H1(_("Nothing has been published yet")),
        note(html.P(_("As soon as the first release is published, it appears here. This page need not be restarted."))),
    ]


def _hero(visit: Visit) -> Component:
    city = visit.releases.city
    name = city.name if city else _("the city")
    return html.Div(
        [
            html.Div(
                [
                    html.H1(_("What is changing in {name}", name=name)),
                    html.P(
                        _(
                            "Requests to the city, eviction filings, utility shutoffs and affordable homes: counted by "
                            "place and month, protected for every household."
                        ),
                        className="lead",
                    ),
                    _search(visit),
                ]
            ),
            _outline(visit),
        ],
        className="hero",
    )


def _search(visit: Visit) -> Component:
    kinds = [kind for kind in reversed(visit.releases.area_kinds()) if kind.name in ("district", "neighborhood")]
    example = next((unit.name for kind in kinds for unit in kind.units), "")
    wanted = (
        _("Find a {place} or {other}", place=inside(kinds[0].title), other=inside(kinds[1].title))
        if len(kinds) == 2
        else _("Find a {place}", place=inside(kinds[0].title))
        if kinds
        else _("Find a place")
    )
    words = {"data-many": _("Places found: {n}. Use the arrow keys."), "data-none": _("No such place")}
    return html.Form(
        [
            html.Label(wanted, htmlFor="find"),
            html.Div(
                [
                    _box(example),
                    html.Button([icon("search"), _("Find")], type="submit", className="button strong"),
                ],
                className="find-row",
            ),
            html.Ul(id="found", className="found", hidden=True),
            html.P(id="found-told", className="visually-hidden", role="status", **words),
        ],
        className="find",
        role="search",
        action="#places",
    )


def _box(example: str) -> Html:
    """The field to type in; without a name, so that what is typed is never sent, also without script."""
    words = escape(_("For example {place}", place=example))
    hint = f' placeholder="{words}"' if example else ""
    return Html(f'<input id="find" type="search" autocomplete="off"{hint} aria-controls="found">')


def _outline(visit: Visit) -> Component | None:
    kinds = {kind.name: kind for kind in visit.releases.area_kinds()}
    if "district" not in kinds:
        return None
    drawn = city_outline(visit.releases.folder, kinds["district"], kinds.get("neighborhood"))
    if drawn is None:
        return None
    said = {"districts": told(kinds["district"].plural), "district": inside(kinds["district"].title)}
    if "neighborhood" in kinds:
        places = inside(kinds["neighborhood"].plural)
        words = _("{districts} and {neighborhoods}. Choose a {district}.", **said, neighborhoods=places)
    else:
        words = _("{districts}. Choose a {district}.", **said)
    return html.Figure([drawn, html.Figcaption(words, className="quiet")], className="hero-map")


# ---------------------------------------------------------------- what changed


def _sentences(visit: Visit, headlines: list[Headline]) -> Component | None:
    """What the tiles do not say: which kinds of requests moved most, and which topics cannot be compared yet."""
    items = [_mover_sentence(visit, each, mover) for each in headlines for mover in _movers(visit, each)]
    items += [_untold(each) for each in untold_topics(visit.releases, headlines)]
    return html.Ul(items, className="sentences") if items else None


def _untold(manifest: Manifest) -> Component:
    words = woven(
        "{topic}: the figures cover {first} to {last}. No whole period can be compared yet.",
        topic=html.Strong(told(manifest.title)),
        first=day_text(manifest.covers_from), last=day_text(manifest.covers_to),
    )  # fmt: skip
    return html.Li([icon("clock"), *words], className="level")


def _movers(visit: Visit, each: Headline) -> list[Mover]:
    release = visit.releases.release(each.topic)
    if each.measure.name != "requests" or release is None or each.period is None:
        return []
    return movers(release, each.measure, each.grain, each.period)


def _mover_sentence(visit: Visit, each: Headline, mover: Mover) -> Component:
    view = View(topic=each.topic, measure=each.measure.name, category=mover.category)
    figure = figure_text(mover.now, each.measure)
    words = woven(
        _ROSE_MOST if mover.change.direction is Direction.ROSE else _FELL_MOST,
        category=inside(mover.title),
        figure=f"{figure} {told(each.measure.unit)}",
        change=change_text(mover.change, each.measure, than=_than(each)),
        map=html.A(_("map"), href=f"/map{view.query()}"),
    )
    return html.Li(
        [_arrow(mover.change), *words],
        className=_tone(mover.change.direction),
    )


_ROSE_MOST = N_("Of all kinds of requests, {category} rose most: {figure}, {change} ({map}).")
_FELL_MOST = N_("Of all kinds of requests, {category} fell most: {figure}, {change} ({map}).")


def _than(each: Headline) -> str:
    assert each.period is not None
    return period_text(same_period_last_year(each.period, each.grain), each.grain)


def _arrow(change: Change) -> Component:
    """Up or down where a rule says so."""
    return icon({Direction.ROSE: "up", Direction.FELL: "down"}.get(change.direction, "level"))


def _tone(direction: Direction) -> str:
    return {Direction.ROSE: "rose", Direction.FELL: "fell"}.get(direction, "level")


def _tile(visit: Visit, each: Headline) -> Component:
    measure = each.measure
    value: Any = status_word(each.now.status) if is_word(each.now) else value_text(each.now, measure)
    when = period_text(each.period, each.grain) if each.period else ""
    view = View(topic=each.topic, measure=measure.name)
    details = [
        " · ".join(part for part in (margin_text(each.now, measure), of_text(each.now, measure), when) if part),
        verdict_line(held(visit.releases, each, CITY)),
    ]
    change = None if measure.name == "units" else _change(each)
    return tile(
        told(measure.title),
        value,
        unit=unit_text(each.now, measure),
        change=change,
        details=details,
        href=f"/trends{view.query()}",
        remark=_(_REMARKS[measure.name]) if measure.name in _REMARKS else None,
    )


def _change(each: Headline) -> Component:
    return change_mark(change_step(each.change), change_text(each.change, each.measure, than=_than(each)))


# ---------------------------------------------------------------- doors


def _doors(visit: Visit) -> Component:
    districts = visit.releases.areas("district")
    links = [(unit.name, f"/district/{quote(unit.id)}") for unit in districts[:MOST_LINKS]]
    if len(districts) > MOST_LINKS:
        links.append((_("All {count}", count=len(districts)), "#places"))
    doors = (
        _door(
            "council",
            _("Council members and staff"),
            _("One page per district: what rose, what fell, what cannot be judged. Made to be printed."),
            links or [(_("The map"), "/map")],
        ),
        _door(
            "people",
            _("Residents and reporters"),
            _("Your neighborhood over time, and every figure on this site as a file."),
            [
                (_("Trends of a neighborhood"), "/trends"),
                (_("Map of the city"), "/map"),
                (_("Data to download"), "/data"),
                (_("How households are protected"), "/privacy"),
            ],
        ),
        _door(
            "map",
            _("Outreach and housing agencies"),
            _("Where concern is high and affordable homes are near."),
            [
                (_("Concern against supply"), f"/map{View(show='concern').query()}"),
                (_("Eviction filings on the map"), f"/map{View(topic='evictions').query()}"),
                (_("Utility shutoffs on the map"), f"/map{View(topic='shutoffs').query()}"),
                (_("Affordable housing"), f"/map{View(topic='housing_supply').query()}"),
            ],
        ),
    )
    return html.Ul(list(doors), className="doors")


def _door(picture: str, title: str, text: str, links: list[tuple[str, str]]) -> Component:
    items = [html.Li(html.A(name, href=link(to))) for name, to in links]
    crowd = "door-links many" if len(links) > 5 else "door-links"
    return html.Li([icon(picture), html.H3(title), html.P(text), html.Ul(items, className=crowd)], className="door")


# ---------------------------------------------------------------- freshness and places


def _freshness(visit: Visit) -> Component:
    rows: list[list[Any]] = []
    for manifest in visit.releases.manifests():
        status = visit.releases.status_of(manifest.topic)
        rows.append(
            [
                html.A(told(manifest.title), href=link(f"/data/{manifest.topic}")),
                [day(manifest.as_of), html.Br(), freshness(status)],
                _speaks(manifest),
            ]
        )
    return table(
        [_("Topic"), _("As of"), _("What it speaks for")],
        rows,
        caption=_("Freshness, computed from each run"),
        stacks=True,
    )


def _speaks(manifest: Manifest) -> str:
    closed, until = closing_sentence(manifest), day_text(manifest.covers_to)
    if not closed:
        return _("Everything up to {day}.", day=until)
    if manifest.protected:
        return closed
    return _("Places up to {day}. Homes: {closed}", day=until, closed=closed[0].lower() + closed[1:])


def _places(visit: Visit) -> Component:
    kinds = [kind for kind in visit.releases.area_kinds() if kind.name in ("district", "neighborhood")]
    return html.Section(
        [html.H2(_("All places"), id="places"), *[part for kind in kinds for part in _kind(kind)]],
    )


def _kind(kind: GeographyInfo) -> list[Component]:
    units = sorted(kind.units, key=lambda unit: unit.name) if kind.name != "district" else list(kind.units)
    links = [html.Li(html.A(unit.name, href=_place(kind, unit), **{"data-place": told(kind.title)})) for unit in units]
    return [html.H3(told(kind.plural)), html.Ul(links, className="places")]


def _place(kind: GeographyInfo, unit: UnitInfo) -> str:
    if kind.name == "district":
        return link(f"/district/{quote(unit.id)}")
    return f"/trends{View(geography=kind.name, unit=unit.id).query()}"


def _title(visit: Visit) -> str:
    city = visit.releases.city
    return _("What is changing in {name}", name=city.name) if city else "Hearthmap"


_DESCRIPTION = N_(
    "Requests to the city, eviction filings, utility shutoffs and affordable housing, by place and month."
)

PAGE = Page(path="/", title=_title, layout=layout, description=_DESCRIPTION)
