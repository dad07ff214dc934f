"""Places like the first one of a comparison: what they are alike in, and how that was found."""

from collections.abc import Sequence
from math import isnan
from typing import Any

from portal.frame.controls import view_link
from portal.frame.elements import html
from portal.frame.tables import Cell, sortable
from portal.language import _, number
from portal.queries.alike import Attributes, attributes_of
from portal.queries.choice import Choice
from portal.queries.names import name_of
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.trend.compared import Place, key_of
from portal.view import View
from portal.words.released import told


def similar_places(releases: Releases, view: View, choice: Choice, known: Sequence[Place]) -> list[Any]:
    """The three places most like the first that is no city, what they are alike in, and how that was found."""
    place = next((each for each in known if each[0] != CITY), None)
    found = attributes_of(releases, place[0]) if place else None
    if place is None or found is None or not found.alike(place[1]):
        return []
    kind, unit = place
    name = name_of(choice.release, kind, unit)
    rows = [_like(found, choice, place, unit, None, view)]
    rows += [_like(found, choice, (kind, other), unit, alike.distance, view) for other, alike in found.alike(unit)]
    income = [_("Median household income")] if found.income else []
    heads = [_("Place"), _("Homes rented"), _("Homes per km²"), *income, _("Distance"), _("Compare")]
    caption = _("Places most like {place}", place=name)
    return [
        html.H2(_("Similar places")),
        sortable(caption, heads, rows, key=f"{kind}{unit}", ident="similar"),
        html.P(_method(found, unit, name), className="quiet"),
    ]


def _method(found: Attributes, unit: str, name: str) -> str:
    """What similar means here, with where the income is from, or why it does not count."""
    if found.income is None:
        return _(
            "Similar means alike in the share of homes that are rented and in homes per square kilometer, both public. "
            "Each counts in standard deviations over all places of the kind; the distance is Euclidean. Income would "
            "belong here and is not among what this city publishes."
        )
    said = {"source": told(found.income.source), "year": str(found.income.year)}
    if not found.counts_income(unit):
        return _(
            "Similar means alike in the share of homes that are rented and in homes per square kilometer, both public. "
            "Each counts in standard deviations over all places of the kind; the distance is Euclidean. Income does "
            "not count here: its source ({source}, {year}) has no figure for {place}.",
            place=name, **said,
        )  # fmt: skip
    return _(
        "Similar means alike in the share of homes that are rented, in homes per square kilometer and in median "
        "household income, all public. Each counts in standard deviations over all places of the kind; the distance is "
        "Euclidean. Income: {source}, {year}; a survey, with a margin of its own.",
        **said,
    )


def _like(
    found: Attributes, choice: Choice, place: Place, first: str, distance: float | None, view: View
) -> list[Cell]:  # fmt: skip
    rented, dense, *income = found.of(place[1])
    name = name_of(choice.release, *place)
    href = view.query(places=key_of([(place[0], first), place, (CITY, CITY)]))
    link = view_link(_("Compare with {place}", place=name), href) if distance is not None else ""
    return [
        Cell(name, name),
        Cell(f"{number(rented)} %", rented, number=True),
        Cell(number(dense), dense, number=True),
        *(_dollars(each) for each in income),
        Cell("–" if distance is None else number(distance, 2), distance, number=True),
        Cell(link),
    ]


def _dollars(amount: float) -> Cell:
    if isnan(amount):
        return Cell(_("no figure"), None, number=True)
    return Cell(f"${number(amount)}", amount, number=True)
