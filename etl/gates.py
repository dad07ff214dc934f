"""The quality gate after locating: past it the run is held and the last good release stays up."""

from collections.abc import Mapping

from etl.city.source import Limits
from etl.errors import TooFewLocated

PLACED = ("coordinates", "address", "area")
"""Ways of locating a record that put it somewhere."""


def located_share(located: Mapping[str, int]) -> float:
    """Share (0 to 1) of the records that could be placed; 1 where there are none."""
    total = sum(located.values())
    return sum(located.get(way, 0) for way in PLACED) / total if total else 1.0


def check_located(source: str, located: Mapping[str, int], limits: Limits) -> None:
    """Raises TooFewLocated where too small a share of the records could be placed."""
    share = located_share(located)
    if share < limits.min_located_share:
        raise TooFewLocated(
            f"Source {source}: {share:.1%} of the records could be located, fewer than "
            f"limits.min_located_share = {limits.min_located_share:.1%}."
        )
