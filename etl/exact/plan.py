"""What is to be counted, and over which places and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from layers.grid import RESOLUTIONS
from layers.keyset import KeyBlock, key_rows
from layers.measures import Kind, Measure
from layers.period import Grain, period_range
from layers.tables import EXACT_TABLES, ExactTable, Places

CELL_GEOGRAPHIES: tuple[str, ...] = tuple(f"h3_{resolution}" for resolution in RESOLUTIONS)
CITY = "city"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the key set of an exact topic follows from.

    `units` maps a geography to its unit ids (areas as declared, cells of the city, `city`). `covers_from` to
    `covers_to` is what the sources speak for; `as_of` the day on which they spoke.
    """

    topic: str
    measures: tuple[Measure, ...]
    categories: tuple[str, ...]
    units: Mapping[str, Sequence[str]]
    covers_from: date
    covers_to: date
    as_of: date
    agencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Category of each agency, and the categories it answers for; no category is in two."""
    lines_of: Mapping[str, str] = field(default_factory=dict)
    """Of other lines of a kind of area: the kind."""

    def geographies(self, table: ExactTable) -> list[str]:
        """The geographies of a declared table in this city."""
        match table.places:
            case Places.CELLS:
                found = [name for name in CELL_GEOGRAPHIES if name in self.units]
            case Places.CITY:
                return [CITY]
            case Places.AREAS:
                found = [name for name in self.units if name != CITY and name not in CELL_GEOGRAPHIES]
        return [name for name in found if not table.kinds or self._kind(name) in table.kinds]

    def periods(self, grain: Grain) -> list[date]:
        return period_range(self.covers_from, self.covers_to, grain)

    def blocks(self, measure: str) -> list[KeyBlock]:
        """The key set of one measure, block by block."""
        kind = self.kind(measure)
        return [
            KeyBlock(
                measure,
                kind,
                geography,
                grain,
                self.units[geography],
                self.periods(grain),
                self._categories(table, geography),
            )
            for table in EXACT_TABLES[self.topic]
            if table.measure == measure
            for geography in self.geographies(table)
            for grain in table.grains
        ]

    def kind(self, measure: str) -> Kind:
        return next((m.kind for m in self.measures if m.name == measure), Kind.RATE)

    def measure_names(self) -> list[str]:
        """Measures with a declared table, in the order of declaration."""
        return list(dict.fromkeys(table.measure for table in EXACT_TABLES[self.topic]))

    def agency_of(self) -> dict[str, str]:
        """Category → the category of the agency that answers for it."""
        return {category: agency for agency, own in self.agencies.items() for category in own}

    def _categories(self, table: ExactTable, geography: str) -> tuple[str, ...]:
        agencies = tuple(self.agencies) if self._kind(geography) in table.agencies_in else ()
        return ("all", *(self.categories if table.by_category else ()), *agencies)

    def _kind(self, geography: str) -> str:
        return self.lines_of.get(geography, geography)


def keys_of(blocks: Sequence[KeyBlock]) -> pl.DataFrame:
    """All rows of these blocks, in the columns of `layers.keyset.key_rows`."""
    return pl.concat([key_rows(block) for block in blocks])
