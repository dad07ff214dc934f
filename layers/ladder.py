"""The ladder of a protected topic: which tables are measured from records, and how finely each looks.

A *table* is one noisy measurement per period. Its share of rho pays for a whole calendar year of it:
sigma = sqrt(squared sensitivity / (2 * rho * share)).
"""

import math
from dataclasses import dataclass
from itertools import product
from typing import Literal

from layers.period import Grain

ALL = "all"
"""The category that holds every other."""

GEOGRAPHIES: tuple[str, ...] = ("zone0", "zone1", "zone2", "neighborhood", "district", "city")
"""Fine to coarse. A measured `neighborhood` table holds pieces neighborhood × district: it adds up to both."""


class PolicyError(ValueError):
    """A policy that would not protect, or that promises what it does not measure; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to tell the homes of a table apart: a name, its values (together they hold every home), and the canonical
    field that it is read from, if any."""

    name: str
    values: tuple[str, ...]
    field: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Events of one kind and the day that puts them into a period.

    A home that could be in several categories of a period is put into one: that of its `earliest` event, or the one
    that comes first in the `declared` order.
    """

    name: str
    measure: str
    day: str
    dimensions: tuple[Dimension, ...] = ()
    primary: Literal["earliest", "declared"] = "earliest"

    def leaves(self, by: tuple[str, ...]) -> tuple[str, ...]:
        """The categories that a table `by` these dimensions tells apart, in declared order; `all` alone without any."""
        return tuple("_".join(parts) for parts in product(*self._values(by))) if by else (ALL,)

    def categories(self, by: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Every category that such a table can publish, with the leaves it is the sum of; `all` first."""
        leaves = self.leaves(by)
        sums = {ALL: leaves}
        for place, values in enumerate(self._values(by)):
            for value in values:
                members = (leaf for leaf, parts in self._crossed(by) if parts[place] == value)
                sums[value] = tuple(members)
        return sums | {leaf: (leaf,) for leaf in leaves if by}

    def _values(self, by: tuple[str, ...]) -> list[tuple[str, ...]]:
        known = {dimension.name: dimension.values for dimension in self.dimensions}
        return [known[name] for name in by]

    def _crossed(self, by: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        return [("_".join(parts), parts) for parts in product(*self._values(by))]


@dataclass(frozen=True, slots=True)
class LadderTable:
    """One measured table: family, grain, geography, what tells homes apart, share of rho, squared sensitivity."""

    family: str
    grain: Grain
    geography: str
    by: tuple[str, ...]
    share: float
    squared_sensitivity: int

    def __post_init__(self) -> None:
        if self.geography not in GEOGRAPHIES:
            raise PolicyError(f"table {self.name}: geography must be one of {', '.join(GEOGRAPHIES)}")
        if self.grain not in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            raise PolicyError(f"table {self.name}: protected topics have months, quarters and years only")
        if not 0 < self.share <= 1:
            raise PolicyError(f"table {self.name}: its share of rho must lie between 0 and 1")

    @property
    def name(self) -> str:
        """The table's name in the ledger and in the folder of measurements."""
        return "-".join((self.family, self.grain.value, self.geography, *self.by))

    def sigma(self, rho: float) -> float:
        """Scale of the discrete Gaussian of each of its cells, in homes, at a yearly budget of `rho`."""
        return math.sqrt(self.squared_sensitivity / (2 * rho * self.share))


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One table that readers get: a measure by grain and geography, with or without its categories."""

    measure: str
    grain: Grain
    geography: str
    categories: bool
