"""The heat map: every place's figure in one period, and classes that stay the same in all periods."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from layers.measures import Kind
from layers.period import Grain
from layers.store.reader import Release
from portal.language import language
from portal.queries.basis import basis_of, with_basis
from portal.queries.choice import Choice
from portal.queries.figure import FIGURE_COLUMNS, NOTHING, Figure
from portal.queries.names import with_names
from portal.queries.offer import CITY, TOLD, is_rate, measure_of

CLASSES = 6
UNRANKABLE = "unrankable"
"""The flag of a figure too uncertain to compare or rank."""
_SHARES = (0.25, 0.5, 0.7, 0.85, 0.95)
"""Where classes end, as shares of all figures above zero: fine at the top, where the hot spots are."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Rows `unit, name, status, value, low, high, flag` by unit; `breaks` end all classes but the last."""

    rows: pl.DataFrame
    breaks: tuple[float, ...]
    city: Figure

    @property
    def tally(self) -> dict[str, int]:
        """How many places have each status."""
        return Counter(self.rows["status"].to_list())


def heat_map(choice: Choice) -> HeatMap:
    """All places of the chosen geography in the chosen period."""
    asked = choice.release, choice.measure.name, choice.category
    rows = place_rows(*asked, choice.geography.name, choice.grain, choice.period)
    return HeatMap(rows, breaks_of(*asked, choice.geography.name, choice.grain), city_figure(choice))


def place_rows(
    release: Release, measure: str, category: str, geography: str, grain: Grain, period: date | None
) -> pl.DataFrame:
    """`unit, name, status, value, low, high, flag, of, of_margin` of each place, ordered by unit."""
    return _place_rows(release, measure, category, geography, grain, period, language())


@lru_cache(maxsize=512)
def _place_rows(
    release: Release, measure: str, category: str, geography: str, grain: Grain, period: date | None, _language: str
) -> pl.DataFrame:
    def read(name: str) -> pl.DataFrame:
        return release.counts(
            measure=name, category=category, geography=geography, grain=grain, period=period,
            columns=("unit", *FIGURE_COLUMNS),
        )  # fmt: skip

    names = basis_of(release, measure, category, geography, grain)
    rows = with_basis(read(measure), [read(name) for name in names], "unit")
    return with_names(release, geography, rows)  # of one period, so in the file by unit already


def city_figure(choice: Choice) -> Figure:
    """The whole city in the same period."""
    found = _city_figures(choice.release, choice.measure.name, choice.category, choice.grain)
    return found.get(choice.period, NOTHING) if choice.period else NOTHING


@lru_cache(maxsize=512)
def _city_figures(release: Release, measure: str, category: str, grain: Grain) -> dict[date, Figure]:
    """All periods at once: they are few, and a reader steps through them."""
    rows = release.counts(
        measure=measure, category=category, geography=CITY, grain=grain, columns=("period", *FIGURE_COLUMNS)
    )
    return {row["period"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}


@lru_cache(maxsize=512)
def breaks_of(release: Release, measure: str, category: str, geography: str, grain: Grain) -> tuple[float, ...]:
    """Where the classes end, from the figures of all periods: the legend does not move with the period."""
    rows = release.counts(measure=measure, category=category, geography=geography, grain=grain, columns=("value",))
    info = measure_of(release.manifest, measure)
    whole = info is not None and info.kind is Kind.COUNT and info.decimals == 0
    return round_breaks(rows["value"].drop_nulls().to_numpy(), whole=whole)


def round_breaks(values: np.ndarray, *, whole: bool) -> tuple[float, ...]:
    """Up to five ascending round numbers that part positive figures into classes; () where there are none."""
    positive = values[values > 0]
    if positive.size == 0:
        return ()
    ends = sorted({_round(float(q), whole=whole) for q in np.quantile(positive, _SHARES)})
    lowest, highest = float(positive.min()), float(positive.max())
    return tuple(end for end in ends if lowest < end <= highest)


def _round(value: float, *, whole: bool) -> float:
    """Two significant digits; counts to whole numbers."""
    digits = 1 - int(np.floor(np.log10(value)))
    rounded = round(value, digits)
    return float(max(2, round(rounded))) if whole else rounded


def classes_of(values: Iterable[float | None], breaks: tuple[float, ...]) -> list[int | None]:
    """0 for figures below the first break, and so on; None where there is no figure."""
    return [None if value is None else bisect_right(breaks, value) for value in values]


_LAST_BY_STATUS = {"value": 0, "zero": 0, "hidden": 1, "not_reported": 2, "not_collected": 3}


def ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """Places with figures first, highest first; then those without, by status. Adds `rank`, ties share one.

    `unrankable` figures and places without one have no rank and stand last.
    """
    names, statuses, values, flags = (rows[name].to_list() for name in ("name", "status", "value", "flag"))
    judged = [value is not None and flag != UNRANKABLE for value, flag in zip(values, flags, strict=True)]

    def place(at: int) -> tuple[bool, int, bool, float, str]:
        return not judged[at], _LAST_BY_STATUS[statuses[at]], values[at] is None, -(values[at] or 0.0), names[at]

    order = sorted(range(rows.height), key=place)
    ranks: list[int | None] = []
    for after, at in enumerate(order):
        tied = after > 0 and values[at] == values[order[after - 1]]
        ranks.append(None if not judged[at] else ranks[-1] if tied else after + 1)
    return rows[order].insert_column(rows.width, pl.Series("rank", ranks, dtype=pl.UInt32))


def has_rate(choice: Choice) -> bool:
    """Whether counts and rates of the chosen measure can both be shown."""
    name = choice.measure.name
    return is_rate(name) or f"{name}_per_1000" in choice.offer.measures()


def told(rows: pl.DataFrame) -> bool:
    """Whether anything was told at all."""
    return bool(rows["status"].is_in(list(TOLD)).any())
