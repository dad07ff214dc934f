"""The key set: every row that a release will hold, fixed before looking at the data.

The presence of a row therefore tells nothing; what happened there is in its status and value alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from layers.measures import Kind
from layers.period import Grain


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """A measure in one geography and grain: all `units` × `periods` × `categories`."""

    measure: str
    kind: Kind
    geography: str
    grain: Grain
    units: Sequence[str]
    periods: Sequence[date]
    categories: Sequence[str] = ("all",)

    @property
    def rows(self) -> int:
        return len(self.units) * len(self.periods) * len(self.categories)


def key_rows(block: KeyBlock) -> pl.DataFrame:
    """Columns `category`, `unit`, `period` (Date), `measure`, `kind`, `geography`, `grain`: every combination, once."""
    categories = pl.DataFrame({"category": list(block.categories)}, schema={"category": pl.String})
    units = pl.DataFrame({"unit": list(block.units)}, schema={"unit": pl.String})
    periods = pl.DataFrame({"period": list(block.periods)}, schema={"period": pl.Date})
    return (
        categories.join(periods, how="cross")
        .join(units, how="cross")
        .with_columns(
            measure=pl.lit(block.measure),
            kind=pl.lit(str(block.kind)),
            geography=pl.lit(block.geography),
            grain=pl.lit(str(block.grain)),
        )
    )
