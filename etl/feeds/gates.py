"""The quality gate after locating: past it the run is held and the last good release stays up."""

from collections.abc import Mapping

from etl.city.source import Limits
from etl.errors import TooFewLocated
from etl.records import OK, OUTSIDE, PLACED, PROJECTED, REPAIRED, SWAPPED

BEYOND = (OUTSIDE, SWAPPED, PROJECTED)
"""Faults of coordinates that are in another system than was declared."""


def located_share(located: Mapping[str, int]) -> float:
    """Share (0 to 1) of the records that could be placed; 1 where there are none."""
    total = sum(located.values())
    return sum(located.get(way, 0) for way in PLACED) / total if total else 1.0


def check_located(source: str, located: Mapping[str, int], limits: Limits, *, few: int = 0) -> None:
    """Raises TooFewLocated where too small a share of the records could be placed, and more than a `few` could not."""
    share = located_share(located)
    if share < limits.min_located_share and (1 - share) * sum(located.values()) > few:
        raise TooFewLocated(
            f"Source {source}: {share:.1%} of the records could be located, fewer than "
            f"limits.min_located_share = {limits.min_located_share:.1%}."
        )


def check_coordinates(
    source: str, located: Mapping[str, int], faults: Mapping[str, int], limits: Limits, *, few: int = 0
) -> None:
    """Raises TooFewLocated where too many coordinates lie beyond the city: they are of another system than declared.

    Addresses may still place such records, but a feed whose meaning changed is for a person to look at.
    """
    beyond = sum(faults.get(fault, 0) for fault in BEYOND)
    given = sum(located.get(way, 0) for way in (OK, *REPAIRED.values())) + beyond
    share = beyond / given if given else 0.0
    if share > 1 - limits.min_located_share and beyond > few:
        raise TooFewLocated(
            f"Source {source}: {share:.1%} of the coordinates lie outside the city, more than "
            f"limits.min_located_share = {limits.min_located_share:.1%} allows.",
            "Check location.crs, and whether these are feet or degrees; the last release stays up.",
        )
