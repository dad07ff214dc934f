"""Placing the records of one feed: all that it needs but keys, so that any process of the private folder can do it.

Whoever places reads the keys from the private folder. Only the run itself makes keys, before anything is handed out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

from etl.city import Source
from etl.folders import Folders
from etl.geography.finding import finder_of
from etl.homes.keys import HomeKeys
from etl.location.cache import AddressCache
from etl.location.finder import Finder
from etl.location.streets import Streets
from etl.records import Located, Validated
from etl.steps.locate import Directory, YearKeys, concerns_home, home_days, locate
from etl.takenback.withdrawn import KEY as WITHDRAWN
from etl.takenback.withdrawn import with_record
from layers.areas import AreaSet

EVENTS = "events"
"""The key of ids in the vault."""


@dataclass(frozen=True)
class Placement:
    """What places the records of `source`. `first` and `last` are the years that it speaks for: nothing is ever counted
    of another one. `suspected` are the feed's default points, `names` what names homes in years that are frozen."""

    folders: Folders
    source: Source
    tier: str
    first: int
    last: int
    area_sets: tuple[AreaSet, ...]
    city_area: str
    atom_resolution: int
    directory: Directory | None
    streets: Streets | None
    suspected: pl.DataFrame = field(repr=False)
    names: Mapping[int, Directory] = field(repr=False)

    def place(self, records: pl.DataFrame, finder: Finder, home_keys: YearKeys) -> Located:
        """The events of these records."""
        return locate(
            with_record(records, concerns_home(self.source), self.folders),
            self.source,
            area_sets=self.area_sets,
            city_area=self.city_area,
            directory=self.directory,
            atom_resolution=self.atom_resolution,
            key=self.folders.key(EVENTS),
            home_keys=home_keys,
            finder=finder,
            suspected=self.suspected,
            year_names=self.names,
        )

    def keys(self) -> YearKeys:
        """Keys of homes, for the years that the source speaks for: made once, whichever thread asks first."""
        keys, turn = HomeKeys(self.folders, self.source.topic, self.tier), Lock()

        def of(years: Iterable[int]) -> Mapping[int, bytes]:
            with turn:
                return keys.of(year for year in years if self.first <= year <= self.last)

        return of

    def finder(self, cache: AddressCache) -> Finder:
        """Places addresses without asking an outside service."""
        return finder_of(self.folders, self.source, self.streets, cache)

    def make_keys(self, validated: Validated | None = None) -> None:
        """Have every key at hand that placing asks for; of homes those of the days that stand in the records."""
        for purpose in (EVENTS, WITHDRAWN):
            self.folders.key(purpose)
        if validated is not None:
            self.keys()(_years(validated, self.source))


def _years(validated: Validated, source: Source) -> Collection[int]:
    """The years of the days that name homes."""
    days = list(home_days(source).values())
    years: set[int] = set()
    for part in validated.parts(["category", *days]):
        homes = part.filter(concerns_home(source))
        years.update(*(homes[day].dt.year().drop_nulls().unique() for day in days))
    return sorted(years)
