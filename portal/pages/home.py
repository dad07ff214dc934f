"""`/`: what changed in the city, a search for a place, and a door for each kind of visitor."""

from html import escape
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from layers.measures import Kind
from layers.period import period_label, same_period_last_year
from layers.release import GeographyInfo, Manifest, UnitInfo
from layers.wording import in_sentence
from portal.figures import change_text, figure_text, is_word, margin_text, unit_text, value_text
from portal.markup import Html
from portal.outline import city_outline
from portal.page import Body, Page, Visit
from portal.parts import change_mark, closing_sentence, day, freshness, icon, note, status_word, table, tile
from portal.queries.change import Change, Direction
from portal.queries.home import Mover, city_headlines, movers, untold_topics
from portal.queries.summary import Headline
from portal.view import View
from portal.wording import day_text

MOST_LINKS = 11
_REMARKS = {
    "homes_filed": "A filing is not an eviction.",
    "homes_scheduled": "Not every scheduled shutoff is carried out.",
    "units": "Stock is not vacancy.",
    "requests": "Reports, not conditions.",
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
                html.H2("What changed", id="changed"),
                html.Div(
                    [_sentences(visit, headlines), html.Div([_tile(each) for each in headlines], className="tiles")],
                    className="news",
                ),
            ]
        ),
        html.Section([html.H2("Where to start"), _doors(visit)]),
        html.Section([html.H2("How fresh the figures are"), _freshness(visit)]),
        _places(visit),
    ]


def _empty() -> Body:
    return [
        html.H1("Nothing has been published yet"),
        note(html.P("As soon as the first release is published, it appears here. This page need not be restarted.")),
    ]


def _hero(visit: Visit) -> Component:
    city = visit.releases.city
    name = city.name if city else "the city"
    return html.Div(
        [
            html.Div(
                [
                    html.H1(f"What is changing in {name}"),
                    html.P(
                        "Requests to the city, eviction filings, utility shutoffs and affordable homes: counted by "
                        "place and month, protected for every household.",
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
    wanted = " or ".join(in_sentence(kind.title) for kind in kinds) or "place"
    return html.Form(
        [
            html.Label(f"Find a {wanted}", htmlFor="find"),
            html.Div(
                [
                    _box(example),
                    html.Button([icon("search"), "Find"], type="submit", className="button strong"),
                ],
                className="find-row",
            ),
            html.Ul(id="found", className="found", hidden=True),
            html.P(id="found-told", className="visually-hidden", role="status"),
        ],
        className="find",
        role="search",
        action="#places",
    )


def _box(example: str) -> Html:
    """The field to type in; without a name, so that what is typed is never sent, also without script."""
    hint = f' placeholder="For example {escape(example)}"' if example else ""
    return Html(f'<input id="find" type="search" autocomplete="off"{hint} aria-controls="found">')


def _outline(visit: Visit) -> Component | None:
    kinds = {kind.name: kind for kind in visit.releases.area_kinds()}
    if "district" not in kinds:
        return None
    drawn = city_outline(visit.releases.folder, kinds["district"], kinds.get("neighborhood"))
    if drawn is None:
        return None
    behind = f" and {in_sentence(kinds['neighborhood'].plural)}" if "neighborhood" in kinds else ""
    words = f"{kinds['district'].plural}{behind}. Choose a {in_sentence(kinds['district'].title)}."
    return html.Figure([drawn, html.Figcaption(words, className="quiet")], className="hero-map")


# ---------------------------------------------------------------- what changed


def _sentences(visit: Visit, headlines: list[Headline]) -> Component:
    items = [_sentence(each) for each in headlines if each.measure.name != "units"]
    items += [_mover_sentence(visit, each, mover) for each in headlines for mover in _movers(visit, each)]
    items += [_untold(each) for each in untold_topics(visit.releases, headlines)]
    return html.Ul(items, className="sentences")


def _untold(manifest: Manifest) -> Component:
    span = f"{day_text(manifest.covers_from)} to {day_text(manifest.covers_to)}"
    words = f": the figures cover {span}. No whole period can be compared yet."
    return html.Li([icon("clock"), html.Strong(manifest.title), words], className="level")


def _sentence(each: Headline) -> Component:
    assert each.period is not None, "a headline of the start page is of a told period"
    when, than = period_label(each.period, each.grain), _than(each)
    unit = f" {unit_text(each.now, each.measure)}" if each.measure.kind is Kind.DURATION else ""
    told = f"{each.measure.title} in {when}: {figure_text(each.now, each.measure)}{unit}"
    return html.Li(
        [_arrow(each.change), html.Strong(told), f"; {change_text(each.change, each.measure, than=than)}."],
        className=_tone(each.change.direction),
    )


def _movers(visit: Visit, each: Headline) -> list[Mover]:
    release = visit.releases.release(each.topic)
    if each.measure.name != "requests" or release is None or each.period is None:
        return []
    return movers(release, each.measure, each.grain, each.period)


def _mover_sentence(visit: Visit, each: Headline, mover: Mover) -> Component:
    view = View(topic=each.topic, measure=each.measure.name, category=mover.category)
    figure = figure_text(mover.now, each.measure)
    verb = "rose" if mover.change.direction is Direction.ROSE else "fell"
    return html.Li(
        [
            _arrow(mover.change),
            f"Of all kinds of requests, {in_sentence(mover.title)} {verb} most: {figure} {each.measure.unit}, ",
            f"{change_text(mover.change, each.measure, than=_than(each))} (",
            html.A("map", href=f"/map{view.query()}"),
            ").",
        ],
        className=_tone(mover.change.direction),
    )


def _than(each: Headline) -> str:
    assert each.period is not None
    return period_label(same_period_last_year(each.period, each.grain), each.grain)


def _arrow(change: Change) -> Component:
    """Up or down where there is a difference to tell, judged or not."""
    if change.direction in (Direction.LEVEL, Direction.UNKNOWN) or not change.difference:
        return icon("level")
    return icon("up" if change.difference > 0 else "down")


def _tone(direction: Direction) -> str:
    return {Direction.ROSE: "rose", Direction.FELL: "fell"}.get(direction, "level")


def _tile(each: Headline) -> Component:
    measure = each.measure
    value: Any = status_word(each.now.status) if is_word(each.now) else value_text(each.now, measure)
    when = period_label(each.period, each.grain) if each.period else ""
    link = View(topic=each.topic, measure=measure.name).query()
    details = [" ".join(part for part in (when, margin_text(each.now, measure)) if part)]
    change = None if measure.name == "units" else _change(each)
    return tile(
        measure.title,
        value,
        unit=unit_text(each.now, measure),
        change=change,
        details=details,
        href=f"/trends{link}",
        remark=_REMARKS.get(measure.name),
    )


def _change(each: Headline) -> Component:
    direction = each.change.direction
    step = {Direction.ROSE: 1.0, Direction.FELL: -1.0, Direction.LEVEL: 0.0}.get(direction)
    if direction is Direction.DIFFERS and each.change.difference is not None:
        step = each.change.difference
    return change_mark(step, change_text(each.change, each.measure, than=_than(each)))


# ---------------------------------------------------------------- doors


def _doors(visit: Visit) -> Component:
    districts = visit.releases.areas("district")
    links = [(unit.name, f"/district/{quote(unit.id)}") for unit in districts[:MOST_LINKS]]
    if len(districts) > MOST_LINKS:
        links.append((f"All {len(districts)}", "#places"))
    doors = (
        _door(
            "council",
            "Council members and staff",
            "One page per district: what rose, what fell, what cannot be judged. Made to be printed.",
            links or [("The map", "/map")],
        ),
        _door(
            "people",
            "Residents and reporters",
            "Your neighborhood over time, and every figure on this site as a file.",
            [
                ("Trends of a neighborhood", "/trends"),
                ("Map of the city", "/map"),
                ("Data to download", "/data"),
                ("How households are protected", "/privacy"),
            ],
        ),
        _door(
            "map",
            "Outreach and housing agencies",
            "Where concern is high and affordable homes are near.",
            [
                ("Concern against supply", f"/map{View(show='concern').query()}"),
                ("Eviction filings on the map", f"/map{View(topic='evictions').query()}"),
                ("Utility shutoffs on the map", f"/map{View(topic='shutoffs').query()}"),
                ("Affordable housing", f"/map{View(topic='housing_supply').query()}"),
            ],
        ),
    )
    return html.Ul(list(doors), className="doors")


def _door(picture: str, title: str, text: str, links: list[tuple[str, str]]) -> Component:
    items = [html.Li(html.A(name, href=to)) for name, to in links]
    crowd = "door-links many" if len(links) > 5 else "door-links"
    return html.Li([icon(picture), html.H3(title), html.P(text), html.Ul(items, className=crowd)], className="door")


# ---------------------------------------------------------------- freshness and places


def _freshness(visit: Visit) -> Component:
    rows: list[list[Any]] = []
    for manifest in visit.releases.manifests():
        status = visit.releases.status_of(manifest.topic)
        rows.append(
            [
                html.A(manifest.title, href=f"/data/{manifest.topic}"),
                [day(manifest.as_of), html.Br(), freshness(status)],
                _speaks(manifest),
            ]
        )
    return table(["Topic", "As of", "What it speaks for"], rows, caption="Freshness, computed from each run")


def _speaks(manifest: Manifest) -> str:
    closed, until = closing_sentence(manifest), day_text(manifest.covers_to)
    if not closed:
        return f"Everything up to {until}."
    return closed if manifest.protected else f"Places up to {until}. Homes: {closed[0].lower()}{closed[1:]}"


def _places(visit: Visit) -> Component:
    kinds = [kind for kind in visit.releases.area_kinds() if kind.name in ("district", "neighborhood")]
    return html.Section(
        [html.H2("All places", id="places"), *[part for kind in kinds for part in _kind(kind)]],
    )


def _kind(kind: GeographyInfo) -> list[Component]:
    units = sorted(kind.units, key=lambda unit: unit.name) if kind.name != "district" else list(kind.units)
    links = [html.Li(html.A(unit.name, href=_place(kind, unit), **{"data-place": kind.title})) for unit in units]
    return [html.H3(kind.plural), html.Ul(links, className="places")]


def _place(kind: GeographyInfo, unit: UnitInfo) -> str:
    if kind.name == "district":
        return f"/district/{quote(unit.id)}"
    return f"/trends{View(geography=kind.name, unit=unit.id).query()}"


def _title(visit: Visit) -> str:
    city = visit.releases.city
    return f"What is changing in {city.name}" if city else "Hearthmap"


_DESCRIPTION = "Requests to the city, eviction filings, utility shutoffs and affordable housing, by place and month."

PAGE = Page(path="/", title=_title, layout=layout, description=_DESCRIPTION)
