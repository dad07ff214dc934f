"""Beyond the areas that a source counted: estimates for others, and the weights behind them."""

from collections.abc import Iterable, Sequence

import polars as pl

from etl.city.source import Counted
from etl.context import Homes
from etl.exact.apportion import apportion
from etl.exact.crosswalk import crosswalk
from etl.exact.plan import CELL_GEOGRAPHIES
from etl.exact.received import Received
from etl.geography.addresses import TOPIC as HOUSEHOLDS
from etl.geography.places import Places

Given = tuple[Counted, Received, pl.DataFrame]
"""What was declared of a counted feed, twice, and its rows as received."""


def estimated(given: Sequence[Given], places: Places, homes: Homes) -> list[pl.DataFrame]:
    """Rows for the areas that each feed's declaration asks for besides those that were counted."""
    return [
        apportion(rows, _weights(places, homes, (declared.geography, to)), declared, to, places.units[to])
        for counted, declared, rows in given
        for to in counted.apportion
    ]


def crosswalk_of(topic: str, given: Iterable[Given], places: Places, homes: Homes) -> pl.DataFrame | None:
    """The weights that a release publishes: all between all geographies with the homes, else those that it used."""
    if topic == HOUSEHOLDS:
        return _weights(places, homes, [*CELL_GEOGRAPHIES, *(areas.kind for areas in places.area_sets)])
    used = {
        (declared.geography, to): _weights(places, homes, (declared.geography, to))
        for counted, declared, _ in given
        for to in counted.apportion
    }
    kept = [weights.filter(pl.col("from_geography") == pair[0]) for pair, weights in used.items()]
    return pl.concat(kept) if kept else None


def _weights(places: Places, homes: Homes, geographies: Sequence[str]) -> pl.DataFrame:
    return crosswalk(homes.addresses, places.ground, geographies)
