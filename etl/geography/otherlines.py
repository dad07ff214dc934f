"""Records that stay though their feed no longer lists them, when areas are drawn anew: where they were is not kept."""

from collections.abc import Callable

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.errors import TooFewLocated
from etl.vault import KEY, Vault
from layers.topics import topic

REMEDY = (
    "Put the areas back as they were, or have the agency send its records once from `covers.from` on, or let "
    "`covers.from` begin where its feed does; the last release stays up."
)


def lines_of(context: Context) -> tuple[str, ...]:
    """Kind and vintage of every kind of area in which events are placed."""
    return tuple(f"{areas.kind} {areas.vintage}" for areas in context.places.area_sets)


def require_placed(context: Context, source: Source, vault: Vault, told: Callable[[], pl.Series]) -> None:
    """Raises TooFewLocated where events would stay that were placed in other areas than today's: they would be in no
    area, or in one of before, and too little would be told of today's. `told` gives the keys of all that was sent.

    What concerns homes stands in zones, totals are the city's, and what lies before `covers.from` is in no figure.
    """
    asked = topic(source.topic)
    if asked.protected or asked.totals or not (kinds := _drawn_anew(context, vault)):
        return
    held = vault.scan()
    if asked.event_date is not None:
        held = held.filter(pl.col(asked.event_date).dt.date() >= source.covers.from_)
    staying = held.select(KEY).join(told().alias(KEY).to_frame().lazy(), on=KEY, how="anti")
    if number := staying.select(pl.len()).collect().item():
        raise TooFewLocated(
            f"Source {source.id}: records that its feed no longer lists ({number:,}) cannot be placed in "
            f"{', '.join(kinds)}: these areas are new or drawn anew, and where such a record was is not kept.",
            REMEDY,
        )


def _drawn_anew(context: Context, vault: Vault) -> list[str]:
    """The kinds of area whose lines are not those in which the held events were placed. A vault of before this was
    noted tells by its columns alone."""
    if not vault.exists or not vault.rows:
        return []
    lines, columns = vault.marks.lines, vault.schema
    return [
        areas.kind
        for areas in context.places.area_sets
        if f"area_{areas.kind}" not in columns or (lines and f"{areas.kind} {areas.vintage}" not in lines)
    ]
