"""An act before it is done: what it means, what it is about, why it is done, and a box to tick."""

from typing import Any

from dash import html

from etl.console.acts import Kind, kind_of
from etl.console.markup import Tag
from etl.console.parts import (
    CHECK,
    area_field,
    check_field,
    choice_field,
    facts,
    file_field,
    form,
    hidden,
    note,
    submit,
    text_field,
)  # fmt: skip
from etl.console.sources import standings
from etl.console.visit import NotThere, Shown, Visit
from etl.drift.told import findings_of
from layers.policy import Tier
from layers.topics import topic

REASON_HELP = "It is recorded for good with your name. No names, addresses or record numbers."


def act_page(visit: Visit) -> Shown:
    """The page of `/act/<kind>/<id>`. Raises NotThere."""
    kind = kind_of(visit.names["kind"])
    if kind is None or kind.name == "map" or not _exists(visit, kind):
        raise NotThere
    fields, shown, possible = _fields(visit, kind)
    told = [*(html.P(text) for text in kind.explains), *shown]
    if not possible:
        return Shown(kind.title, [*_about(visit, kind), *told])
    asked = form(_here(visit), visit.session.token, [*fields, *confirming(kind)], upload="file" in kind.asks)
    return Shown(kind.title, [*_about(visit, kind), *told, asked])


def mapping_page(visit: Visit, *, old: str, new: str, diff: str) -> Shown:
    """The change that a mapping means, to be confirmed."""
    kind = kind_of("map")
    assert kind is not None
    fields = [hidden("old", old), hidden("new", new), hidden("diff", diff), *confirming(kind)]
    asked = form(f"/act/map/{visit.names['id']}", visit.session.token, fields)
    shown = Tag("pre", diff, {"tabindex": 0, "class": "diff", "aria-label": "The change", "role": "region"})
    return Shown(kind.title, [html.P(kind.explains[0]), shown, asked])


def confirming(kind: Kind) -> list[Any]:
    """Why, the box to tick, and the button."""
    return [
        area_field("reason", "Why", help=REASON_HELP, required=True),
        check_field(CHECK, "I have read what this does.", required=True),
        html.P([submit(kind.button), " ", html.A("Back to the sources", href="/")], className="row"),
    ]


def _here(visit: Visit) -> str:
    return f"/act/{visit.names['kind']}/{visit.names['id']}"


def _exists(visit: Visit, kind: Kind) -> bool:
    sources = visit.city.sources
    known = {each.id for each in sources} if kind.about == "source" else {each.topic for each in sources}
    return visit.names["id"] in known


def _about(visit: Visit, kind: Kind) -> list[Any]:
    name = visit.names["id"]
    title = visit.city.source(name).title if kind.about == "source" else topic(name).title
    return [facts([(kind.about.capitalize(), html.A(title, href=f"/{kind.about}/{name}"))])]


def _fields(visit: Visit, kind: Kind) -> tuple[list[Any], list[Any], bool]:
    """Further fields, what is shown first, and whether the act can be done at all."""
    name = visit.names["id"]
    if "fingerprint" in kind.asks:
        return _of_held(visit, name)
    fields: list[Any] = []
    if "release" in kind.asks:
        offered = {
            f"{tier}/{release}": f"{release} ({tier}{', in force' if release == up else ''})"
            for tier in Tier
            for up in [visit.desk.store(tier).current().get(name)]
            for release in reversed(visit.desk.store(tier).releases(name))
            if kind.name != "roll-back" or release != up
        }
        if not offered:
            none = "There is no other release of it." if kind.name == "roll-back" else "Nothing of it is published."
            return [], [note("info", html.P(none))], False
        fields.append(choice_field("release", "Release", offered, required=True))
    elif "tier" in kind.asks and name in visit.city.topics_of(Tier.PARTNER) and visit.city.partner:
        fields.append(choice_field("tier", "Tier", {"public": "Public", "partner": "Partner"}, required=True))
    if "since" in kind.asks:
        fields.append(text_field("since", "From this day", kind="date", help="Empty: from the beginning."))
    if "file" in kind.asks:
        fields.append(
            file_field("file", "List of records", help="One id a line, or a CSV with a column id. At most 1 MB.")
        )
    return fields, [], True


def _of_held(visit: Visit, name: str) -> tuple[list[Any], list[Any], bool]:
    standing = next(each for each in standings(visit.desk, visit.city) if each.source.id == name)
    if standing.held is None:
        return [], [note("info", html.P("Nothing of this source is held."))], False
    lines = [html.Li(finding.line()) for finding in findings_of(standing.held)]
    shown = [html.H2("What changed"), html.Ul(lines or [html.Li(standing.held.reason)], className="findings")]
    if standing.held.obstacle and visit.names["kind"] == "approve":
        return [], [*shown, note("caution", html.P(f"Nobody can approve it. {standing.held.obstacle}"))], False
    return [hidden("fingerprint", standing.held.fingerprint)], shown, True
