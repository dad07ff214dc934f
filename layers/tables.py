"""Which tables of exact topics are published: place by time by category, declared before any record is read.

Tables of protected topics are declared in `layers.policy`: there they cost something.
"""

from dataclasses import dataclass
from enum import StrEnum

from layers.period import Grain

AGENCY_PREFIX = "agency_"
"""Before an agency's id it makes the `category` of all that the agency answers for; no group may begin with it."""

_M, _Q, _Y, _W, _R = Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.WEEK, Grain.ROLLING_12M


class Places(StrEnum):
    """A family of geographies: the three resolutions of cells, every area kind of the city, or the city."""

    CELLS = "cells"
    AREAS = "areas"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class ExactTable:
    """`measure` in `places` for each of `grains`. `kinds` limits them to these geographies, where the city has them;
    other lines of a kind (of before, of to come) go with it."""

    measure: str
    places: Places
    grains: tuple[Grain, ...]
    by_category: bool = True
    kinds: tuple[str, ...] = ()
    agencies_in: tuple[str, ...] = ()
    """Geographies in which it is told for each agency too: for all that the agency answers for, together."""


_DISTRICT, _NEAR, _CITY = ("district",), ("district", "neighborhood"), ("city",)
_OUTCOME_MEASURES = (
    "open", "due", "closed_on_time_share", "days_to_close_median", "days_to_close_p90", "oldest_open_days",
)  # fmt: skip


def _outcome_tables(measure: str) -> tuple[ExactTable, ...]:
    """By category where councils and staff ask for it; elsewhere for all requests together."""
    return (
        ExactTable(measure, Places.CITY, (_M, _Q, _Y), agencies_in=_CITY),
        ExactTable(measure, Places.AREAS, (_M, _Q, _Y), kinds=_DISTRICT, agencies_in=_DISTRICT),
        ExactTable(measure, Places.AREAS, (_M, _Q, _Y), by_category=False, kinds=("neighborhood", "zip", "tract")),
    )


EXACT_TABLES: dict[str, tuple[ExactTable, ...]] = {
    "service_requests": (
        # By month and category the smallest cells would be nearly all zeros, and the file too large for a spreadsheet.
        ExactTable("requests", Places.CELLS, (_M, _Y), kinds=("h3_7", "h3_8")),
        ExactTable("requests", Places.CELLS, (_M,), by_category=False, kinds=("h3_9",)),
        ExactTable("requests", Places.CELLS, (_Y,), kinds=("h3_9",)),
        ExactTable("requests", Places.CELLS, (_R,), by_category=False),
        ExactTable("requests", Places.AREAS, (_M, _Q, _Y, _R), agencies_in=_NEAR),
        ExactTable("requests", Places.AREAS, (_W,), kinds=("district",)),
        ExactTable("requests", Places.AREAS, (_W,), by_category=False, kinds=("neighborhood",)),
        ExactTable("requests", Places.CITY, (_W, _M, _Q, _Y, _R), agencies_in=_CITY),
        ExactTable("requests_per_1000", Places.CELLS, (_Y, _R), by_category=False),
        ExactTable("requests_per_1000", Places.AREAS, (_M, _Q, _Y, _R), by_category=False, agencies_in=_NEAR),
        ExactTable("requests_per_1000", Places.CITY, (_M, _Q, _Y, _R), by_category=False, agencies_in=_CITY),
        *(table for measure in _OUTCOME_MEASURES for table in _outcome_tables(measure)),
    ),
    "housing_supply": tuple(
        ExactTable(measure, places, (_Y,))
        for measure in ("developments", "units", "units_per_1000")
        for places in Places
    ),
    "households": tuple(
        ExactTable(measure, places, (_Y,), by_category=False)
        for measure in ("homes", "renter_households", "accounts")
        for places in Places
    ),
}

MIN_DENOMINATOR = 100
"""A rate per 1,000 homes is not computed where there are fewer homes than this: it would say more about the homes than
about the events, and one event would look like a wave."""
