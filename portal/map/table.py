"""The list beside a map, and the table of all its places: the keyboard's way through the map, and its twin."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl
from dash.development.base_component import Component

from portal.frame.controls import Option, toggle, view_link
from portal.frame.elements import html
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _, _n
from portal.queries.choice import Choice
from portal.queries.figure import Figure
from portal.queries.spots import Spotted
from portal.statistics.hotspots import Spot
from portal.view import View
from portal.words.released import told
from portal.words.wording import capital, count_text

PANEL = "map-panel"
BELOW = "map-below"
LISTED = 25
"""Places in the list beside the map when there are more than ALL_LISTED."""
ALL_LISTED = 150
PER_PAGE = 250
"""Rows of the whole table that travel at once."""
_BY_NAME = N_("Places {first} to {last} of {all}, by name")
_BY_FIGURE = N_("Places {first} to {last} of {all}, highest first")
_SHOW = re.compile(r"(table|names)(?:_([1-9]\d{0,3}))?")


def place_list(
    order: pl.DataFrame, choice: Choice, view: View, unit: str | None, spots: Spotted | None = None
) -> list[Any]:
    """Ranked places; each name opens the panel. `spots` adds a column."""
    most = LISTED if order.height > ALL_LISTED else order.height
    address = view.by_unit()
    rows = [_row(row, choice, address, unit, spots) for row in order.head(most).iter_rows(named=True)]
    table = sortable(listed_text(most, order.height), _heads(choice, spots), rows, key=f"{choice.view.query()}{unit}")
    if most == order.height:
        return [table]
    more = view_link(
        _("All {all} places as a table", all=count_text(order.height)), view.query(show="table"), focus=BELOW
    )
    return [table, html.P(more, className="an-more")]


def listed_text(most: int, total: int) -> str:
    """`Highest 25 of 466 places`, or that these are all of them."""
    if most < total:
        return _("Highest {count} of {all} places", count=most, all=count_text(total))
    return _n("{n} place", "All {n} places", total)


def paged(show: str | None) -> tuple[str, int] | None:
    """`table` is the first page, highest first; `names_3` the third, by name. None where no table is asked for."""
    found = _SHOW.fullmatch(show or "")
    return (found.group(1), int(found.group(2) or 1)) if found else None


def page_of_places(
    order: pl.DataFrame, choice: Choice, view: View, asked: tuple[str, int], spots: Spotted | None = None
) -> Component:
    """One page of the table of all places, with the ways to the others."""
    kind, wanted = asked
    pages = -(-order.height // PER_PAGE)
    page = min(wanted, pages)
    rows = order.sort("name") if kind == "names" else order
    kept = rows.slice((page - 1) * PER_PAGE, PER_PAGE)
    address = view.by_unit()
    body = [_row(row, choice, address, view.unit, spots) for row in kept.iter_rows(named=True)]
    first = (page - 1) * PER_PAGE + 1
    message = _BY_NAME if kind == "names" else _BY_FIGURE
    caption = _(
        message,
        first=count_text(first), last=count_text(first + kept.height - 1), all=count_text(order.height),
    )  # fmt: skip
    orders = toggle(
        _("Order"),
        [
            Option(_("Highest first"), view.query(show="table"), kind == "table"),
            Option(_("By name"), view.query(show="names"), kind == "names"),
        ],
    )
    steps = [
        view_link(text, view.query(show=f"{kind}_{to}"), focus=BELOW, className="an-step")
        for text, to in ((_("← Earlier places"), page - 1), (_("More places →"), page + 1))
        if 1 <= to <= pages
    ]
    table = sortable(caption, _heads(choice, spots), body, key=f"{choice.view.query()}{kind}{page}", ident="all-places")
    ways = html.P(steps, className="an-steps")
    return html.Section([html.H2(_("All places")), orders, ways, table, ways])


SPOT_WORD = {
    Spot.HOT: N_("high together with its surroundings"),
    Spot.CORE: N_("high among high places"),
    Spot.LONE: N_("high among low places"),
}


def _heads(choice: Choice, spots: Spotted | None = None) -> list[str]:
    return [_("Place"), capital(told(choice.measure.unit)), *([_("Hot spot")] if spots and not spots.why_not else [])]


def _row(
    row: dict[str, Any], choice: Choice, address: Callable[[str], str], unit: str | None, spots: Spotted | None = None
) -> list[Cell]:
    name = view_link(row["name"], address(row["unit"]), focus=PANEL, current=row["unit"] == unit)
    cells = [Cell(name, row["name"]), figure_cell(Figure.of_row(row), choice.measure, margin=True)]
    return [*cells, *([_spot_cell(spots, row["unit"])] if spots and not spots.why_not else [])]


def _spot_cell(spots: Spotted, unit: str) -> Cell:
    """What a place is, beside its surroundings."""
    kind = spots.kinds.get(unit)
    return Cell(_(SPOT_WORD[kind]) if kind else "", kind.value if kind else None)
