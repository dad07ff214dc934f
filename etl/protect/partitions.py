"""Which partition a calendar year stands on: drawn when something of the year is first measured, then never moved."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from layers.zones import zones_version

Keep = Callable[[int, pl.DataFrame], pl.DataFrame]
"""Freezes a partition for a year; answers with the one that is frozen from now on."""


@dataclass(frozen=True, slots=True)
class Partitions:
    """The partitions of a city by calendar year, and the one that its homes would give today.

    Without `keep` nothing is ever frozen: `drawn` then stands for every year that has none.
    A year without one of its own is shown on that of the last year before it, the years before the first on the first.
    """

    frozen: Mapping[int, pl.DataFrame]
    drawn: Callable[[], pl.DataFrame] | None = None
    keep: Keep | None = None
    _versions: dict[int, str] = field(default_factory=dict, repr=False, compare=False)

    def of(self, year: int) -> pl.DataFrame:
        """The partition that figures of this year stand on."""
        if (standing := self._standing(year)) is not None:
            return self.frozen[standing]
        if self.drawn is None:
            raise ValueError("there is no partition at all")
        return self.drawn()

    def version(self, year: int) -> str:
        """Names the partition of this year by its content."""
        standing = self._standing(year)
        key = -1 if standing is None else standing
        if key not in self._versions:
            self._versions[key] = zones_version(self.of(year))
        return self._versions[key]

    def spans(self, years: Iterable[int]) -> list[tuple[pl.DataFrame, tuple[int, ...]]]:
        """The different partitions of these years, each with the years that stand on it; one at least."""
        standing: dict[str, list[int]] = {}
        for year in sorted(set(years)):
            standing.setdefault(self.version(year), []).append(year)
        return [(self.of(found[0]), tuple(found)) for found in standing.values()] or [(self.of(0), ())]

    def with_years(self, years: Iterable[int], *, freeze: bool) -> "Partitions":
        """The same, and today's partition for those of `years` that have none; kept for good if `freeze`."""
        new = [year for year in sorted(set(years)) if year not in self.frozen]
        if not new or self.drawn is None or self.keep is None:
            return self
        keep = self.keep if freeze else _in_memory
        return Partitions({**self.frozen, **{year: keep(year, self.drawn()) for year in new}}, self.drawn, self.keep)

    def _standing(self, year: int) -> int | None:
        """The year whose own partition is used for this one; None where no year has one."""
        earlier = [known for known in self.frozen if known <= year]
        return max(earlier) if earlier else min(self.frozen, default=None)


Zones = pl.DataFrame | Mapping[int, pl.DataFrame] | Partitions
"""One partition for all years, one for each, or the city's own book of them."""


def partitions_of(zones: Zones) -> Partitions:
    """Whatever names partitions, by year."""
    if isinstance(zones, Partitions):
        return zones
    if isinstance(zones, pl.DataFrame):
        return Partitions({}, drawn=lambda: zones)
    return Partitions(zones)


def _in_memory(_year: int, drawn: pl.DataFrame) -> pl.DataFrame:
    return drawn
