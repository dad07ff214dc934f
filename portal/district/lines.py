"""The lines that a district's history is told in: those in force, or other ones (of before, to come).

Only exact figures are published in both: figures about homes in two sets of lines could be subtracted from each other.
"""

from dataclasses import dataclass

from dash.development.base_component import Component

from layers.release import GeographyInfo, UnitInfo
from portal.frame.controls import Option, toggle
from portal.frame.elements import html
from portal.language import N_, _
from portal.queries.choice import Choice
from portal.view import View
from portal.words.wording import list_text, validity_text

DISTRICT = "district"
ONE_SET = N_(
    "Figures about homes are published in one set of lines only: those of two could be subtracted from each other."
)


@dataclass(frozen=True, slots=True)
class Lines:
    """Other lines, and the district of the same id in them."""

    info: GeographyInfo
    unit: UnitInfo

    @property
    def within(self) -> tuple[str, ...]:
        """Ids of the districts in force that hold its homes, most first."""
        return self.unit.within


def other_lines(choice: Choice) -> tuple[GeographyInfo, ...]:
    """Other lines of the districts that the release knows, offered or not."""
    return tuple(each for each in choice.manifest.geographies if each.lines_of == DISTRICT)


def asked_lines(choice: Choice, view: View, unit: str) -> Lines | None:
    """The other lines that the address names, where the measure is published in them and they know the district."""
    offered = choice.offer.geographies(choice.measure.name)
    for info in other_lines(choice):
        found = next((each for each in info.units if each.id == unit), None)
        if info.name == view.geography and info.name in offered and found is not None:
            return Lines(info, found)
    return None


def switch(choice: Choice, view: View, unit: str, lines: Lines | None) -> list[Component]:
    """A toggle between the lines, and why some are not offered; nothing where the city has one set only."""
    others = other_lines(choice)
    if not others:
        return []
    offered = choice.offer.geographies(choice.measure.name)
    options = [Option(_("Lines in force"), view.query(geography=None) or "?", current=lines is None)]
    for info in others:
        text = _("Lines {validity}", validity=validity_text(info.valid_from, info.valid_to))
        if info.name not in offered:
            options.append(Option(text, None, why=_(ONE_SET)))
        elif all(each.id != unit for each in info.units):
            options.append(Option(text, None, why=_("These lines have no district of this number.")))
        else:
            current = lines is not None and lines.info.name == info.name
            options.append(Option(text, view.query(geography=info.name), current=current))
    why = dict.fromkeys(each.why for each in options if each.why)
    return [toggle(_("History in"), options), *(html.P(text, className="an-hint") for text in why)]


def lines_words(lines: Lines | None, names: dict[str, str]) -> str:
    """Which lines these are, and where the homes of the old district are today."""
    if lines is None:
        return ""
    today = [names.get(each, each) for each in lines.within]
    said = {"place": lines.unit.name, "validity": validity_text(lines.info.valid_from, lines.info.valid_to)}
    if not today:
        return _("{place}: the lines in force {validity}.", **said)
    return _("{place}: the lines in force {validity}. Its homes are today in {districts}.",
             districts=list_text(today), **said)  # fmt: skip
