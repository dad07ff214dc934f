"""The places of a comparison: which were asked for, in which lines, at which grain, and what they are called.

Only exact figures are told in other lines (of before, to come): figures about homes in two sets of lines could be
subtracted from each other. A comparison of those stands in the lines in force.
"""

from collections.abc import Sequence
from dataclasses import replace

from dash.development.base_component import Component

from layers.period import Grain
from layers.release import GeographyInfo
from portal.district.lines import ONE_SET, Lines, lines_words
from portal.frame.controls import Option, toggle
from portal.frame.elements import html
from portal.language import _
from portal.queries.choice import Choice, choose
from portal.queries.names import name_of, names_of, unit_of
from portal.queries.offer import CITY, is_rate
from portal.releases import Releases
from portal.view import View
from portal.words.wording import validity_text

MOST = 4
Place = tuple[str, str]
"""Kind and id."""


def asked_places(releases: Releases, view: View) -> list[Place]:
    """The places asked for, each once; the city and its first district where none is."""
    asked = [tuple(each.split(":", 1)) for each in (view.places or "").split(",") if ":" in each]
    found: list[Place] = [(kind, unit) for kind, unit in dict.fromkeys(asked)][:MOST]
    if found:
        return found
    return [*(("district", unit.id) for unit in releases.areas("district")[:1]), (CITY, CITY)]


def key_of(places: Sequence[Place]) -> str:
    """The places as the address names them."""
    return ",".join(f"{kind}:{unit}" for kind, unit in places)


def choice_of(releases: Releases, view: View, places: Sequence[Place]) -> Choice | None:
    """The question. Rates where there are any, since places differ in size; a grain that all places have."""
    kind = next((kind for kind, _unit in places if kind != CITY), CITY)
    choice = choose(releases, view, geography=kind)
    if choice is None:
        return None
    forced = _lines_of(choice, kind)
    if forced and (choice.geography.name != kind or view.measure not in (None, choice.measure.name)):
        choice = choose(releases, view, geography=forced) or choice  # not told in other lines
    if view.measure is None and not is_rate(choice.measure.name):
        choice = _as_rate(releases, view, choice, places)
    return choice if view.grain else _shared_grain(releases, choice, places)


def _as_rate(releases: Releases, view: View, choice: Choice, places: Sequence[Place]) -> Choice:
    rate = f"{choice.measure.name}_per_1000"
    if all(choice.grain in choice.offer.grains(rate, each, choice.category) for each, _unit in places):
        asked = replace(view, measure=rate, topic=choice.release.topic)
        return choose(releases, asked, geography=choice.geography.name) or choice
    return choice


def _shared_grain(releases: Releases, choice: Choice, places: Sequence[Place]) -> Choice:
    offered = grains_of(choice, places)
    if choice.grain in offered and not offered[choice.grain]:
        return next(
            (
                choose(releases, replace(choice.view, grain=grain.value, to=None), geography=choice.geography.name)
                or choice
                for grain, everywhere in offered.items()
                if everywhere
            ),
            choice,
        )
    return choice


def grains_of(choice: Choice, places: Sequence[Place]) -> dict[Grain, bool]:
    """Grains that some place of the comparison has, fine to coarse; whether all of them have it."""
    kinds = dict.fromkeys([choice.geography.name, *(kind for kind, _unit in told_in(choice, places))])
    offered = [choice.offer.grains(choice.measure.name, kind, choice.category) for kind in kinds]
    known = [grains for grains in offered if grains]
    return {grain: all(grain in grains for grains in known) for grain in offered[0]}


def told_in(choice: Choice, places: Sequence[Place]) -> list[Place]:
    """The places, in the lines in force where the measure is not told in others; each once."""
    offered = choice.offer.geographies(choice.measure.name)
    told = [((_lines_of(choice, kind) or kind) if kind not in offered else kind, unit) for kind, unit in places]
    return list(dict.fromkeys(told))


def known_places(choice: Choice, places: Sequence[Place]) -> list[Place]:
    """Those of them that the release knows."""
    return [place for place in told_in(choice, places) if place[1] in names_of(choice.release, place[0])]


def place_name(choice: Choice, place: Place) -> str:
    """Its name; of a place in other lines, also from when to when they are in force."""
    name, info = name_of(choice.release, *place), choice.manifest.geography(place[0])
    if info is None or info.lines_of is None:
        return name
    validity = validity_text(info.valid_from, info.valid_to)
    return _("{place}, lines {validity}", place=name, validity=validity)


# ---- other lines ----


def _lines_of(choice: Choice, kind: str) -> str | None:
    info = choice.manifest.geography(kind)
    return info.lines_of if info else None


def other_lines(choice: Choice) -> list[GeographyInfo]:
    """Other lines in which the measure is told."""
    offered = choice.offer.geographies(choice.measure.name)
    return [each for each in choice.manifest.geographies if each.lines_of and each.name in offered]


def lines_switch(choice: Choice, view: View, known: Sequence[Place]) -> list[Component]:
    """A toggle between the lines of the places compared, and why some are not offered; nothing where none has others.

    A place whose id the other lines do not have stays in those in force.
    """
    forced = list(dict.fromkeys((_lines_of(choice, kind) or kind, unit) for kind, unit in known))
    kinds = {kind for kind, _unit in forced}
    others = [each for each in choice.manifest.geographies if each.lines_of in kinds]
    if not others:
        return []
    options = [Option(_("Lines in force"), view.query(places=key_of(forced)), current=forced == list(known))]
    for info in others:
        text = _("Lines {validity}", validity=validity_text(info.valid_from, info.valid_to))
        ids = {each.id for each in info.units}
        moved = [(info.name, unit) if kind == info.lines_of and unit in ids else (kind, unit) for kind, unit in forced]
        if info.name not in choice.offer.geographies(choice.measure.name):
            options.append(Option(text, None, why=_(ONE_SET)))
        elif moved == forced:
            options.append(Option(text, None, why=_("These lines have none of the places chosen.")))
        else:
            options.append(Option(text, view.query(places=key_of(moved)), current=moved == list(known)))
    why = dict.fromkeys(each.why for each in options if each.why)
    return [toggle(_("History in"), options), *(html.P(text, className="an-hint") for text in why)]


def lines_told(choice: Choice, known: Sequence[Place]) -> list[str]:
    """Which lines the places stand in that are not in those in force, and where their homes are today."""
    found = []
    for kind, unit in known:
        info, area = choice.manifest.geography(kind), unit_of(choice.manifest, kind, unit)
        if info and area and info.lines_of:
            found.append(lines_words(Lines(info, area), names_of(choice.release, info.lines_of)))
    return found
