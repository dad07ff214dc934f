"""What rows are asked of: the measures, the days, the categories, and what was published before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from etl.totals.formulas import Formula
from etl.totals.series import Series, together
from etl.totals.small import NOTHING_KEPT
from layers.keyset import KeyBlock, key_rows
from layers.period import Grain, period_range
from layers.topics import Topic

PARTIAL = "partial"
"""The flag of a figure of which not all days, weeks or months were reported."""
WHOLE_GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
"""Where nothing is known of a measure, where it is told by category, and where small figures are told."""
DECIMALS = 6
"""Of shares and averages; more would be noise of the arithmetic."""
COLUMNS = (
    "category", "period", "unit", "measure", "kind", "geography", "grain", "status", "value", "low", "high", "flag",
)  # fmt: skip

Parts = Mapping[tuple[str, str], Sequence[Series]]
"""The series of each part, told by `channel`, by `language`, or not (empty): one from each feed that tells it."""


@dataclass(frozen=True)
class Question:
    """What rows are asked of: the days covered, the categories declared (by channel, by language), the threshold, and
    what was published of guarded counts."""

    about: Topic
    first: date
    last: date
    categories: Mapping[str, Sequence[str]]
    threshold: int
    kept: Callable[[str], pl.DataFrame] = lambda measure: NOTHING_KEPT

    def keys(self, formula: Formula, grain: Grain, categories: Sequence[str]) -> pl.DataFrame:
        """All rows of a measure in a grain."""
        measure = self.about.measure(formula.measure)
        assert measure is not None
        periods = period_range(self.first, self.last, grain)
        return key_rows(KeyBlock(measure.name, measure.kind, "city", grain, ("city",), periods, categories))


def series_of_parts(names: Iterable[str], parts: Parts, by: str) -> Series | None:
    """The parts of that name added up; None where no feed tells one of them."""
    wanted = tuple(names)
    found = [together(parts[name, by]) for name in wanted if parts.get((name, by))]
    return together(found) if len(found) == len(wanted) else None
