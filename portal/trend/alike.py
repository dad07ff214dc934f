"""Places like the first one of a comparison: what they are alike in, and how that was found."""

from collections.abc import Sequence
from typing import Any

from dash import html

from portal.frame.controls import view_link
from portal.frame.tables import Cell, sortable
from portal.language import _, number
from portal.queries.alike import Attributes, attributes_of
from portal.queries.choice import Choice
from portal.queries.names import name_of
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.trend.compared import Place, key_of
from portal.view import View


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
    heads = [_("Place"), _("Homes rented"), _("Homes per km²"), _("Distance"), _("Compare")]
    method = _(
        "Similar means alike in the share of homes that are rented and in homes per square kilometer, both public. "
        "Each counts in standard deviations over all places of the kind; the distance is Euclidean. Income would "
        "belong here and is not among what this city publishes."
    )
    caption = _("Places most like {place}", place=name)
    return [
        html.H2(_("Similar places")),
        sortable(caption, heads, rows, key=f"{kind}{unit}", ident="similar"),
        html.P(method, className="quiet"),
    ]


def _like(
    found: Attributes, choice: Choice, place: Place, first: str, distance: float | None, view: View
) -> list[Cell]:  # fmt: skip
    rented, dense = found.of(place[1])
    name = name_of(choice.release, *place)
    href = view.query(places=key_of([(place[0], first), place, (CITY, CITY)]))
    link = view_link(_("Compare with {place}", place=name), href) if distance is not None else ""
    return [
        Cell(name, name),
        Cell(f"{number(rented)} %", rented, number=True),
        Cell(number(dense), dense, number=True),
        Cell("–" if distance is None else number(distance, 2), distance, number=True),
        Cell(link),
    ]
