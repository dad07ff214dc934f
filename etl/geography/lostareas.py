"""A boundary file that was cut off: areas that are published, and that the file of the same day no longer has."""

from collections.abc import Iterable, Iterator

from etl.city.models import AreaDeclaration
from etl.context import Context
from etl.errors import DeclarationError, Problem
from layers.release import GeographyInfo
from layers.store.reader import Store, StoreError

_NAMED = 5
_REMEDY = (
    "Where the lines were drawn anew, give `valid_from` the day from which they hold; where the file lost areas or "
    "their ids, put the whole one back. The last release stays up."
)


def refuse_lost_areas(context: Context, topic: str) -> None:
    """Raises DeclarationError where the newest release of the topic names areas that their file no longer has.

    A page of an area is a promise: it ends only with its lines, on a day that the declaration names.
    """
    try:
        before = Store(context.store).release(topic).manifest.geographies
    except StoreError:
        return  # nothing published of it, or taken back: there is nothing to lose
    problems = tuple(_lost(context, before))
    if problems:
        raise DeclarationError(problems)


def _lost(context: Context, before: Iterable[GeographyInfo]) -> Iterator[Problem]:
    published = {each.name: each for each in before}
    for number, declared in enumerate(context.city.areas, start=1):
        known, drawn = published.get(declared.kind), context.places.area_set(declared.kind)
        if known is None or drawn is None or known.valid_from != declared.valid_from:
            continue
        lost = sorted({unit.id for unit in known.units} - {area.id for area in drawn.areas})
        if lost:
            yield Problem("city.toml", f"areas[{number}]", _what(declared, lost), _REMEDY)


def _what(declared: AreaDeclaration, lost: list[str]) -> str:
    named = ", ".join(lost[:_NAMED]) + (f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else "")
    return f"{declared.path} has no {declared.kind} {named} any more, and the last release publishes it."
