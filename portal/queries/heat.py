"""The heat map: every place's figure in one period, and classes that stay the same in all periods."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from layers.measures import Kind
from layers.period import Grain
from layers.store.reader import Release
from portal.language import language
from portal.queries.choice import Choice
from portal.queries.figure import FIGURE_COLUMNS, Figure, figure_of
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
        return dict(self.rows.group_by("status").len().iter_rows())


def heat_map(choice: Choice) -> HeatMap:
    """All places of the chosen geography in the chosen period."""
    asked = choice.release, choice.measure.name, choice.category
    rows = place_rows(*asked, choice.geography.name, choice.grain, choice.period)
    return HeatMap(rows, breaks_of(*asked, choice.geography.name, choice.grain), city_figure(choice))


def place_rows(
    release: Release, measure: str, category: str, geography: str, grain: Grain, period: date | None
) -> pl.DataFrame:
    """`unit, name, status, value, low, high, flag` of each place, ordered by unit."""
    return _place_rows(release, measure, category, geography, grain, period, language())


@lru_cache(maxsize=512)
def _place_rows(
    release: Release, measure: str, category: str, geography: str, grain: Grain, period: date | None, _language: str
) -> pl.DataFrame:
    rows = release.counts(
        measure=measure, category=category, geography=geography, grain=grain, period=period,
        columns=("unit", *FIGURE_COLUMNS),
    )  # fmt: skip
    return with_names(release, geography, rows.sort("unit"))


def city_figure(choice: Choice) -> Figure:
    """The whole city in the same period."""
    rows = _city_rows(choice.release, choice.measure.name, choice.category, choice.grain)
    return figure_of(rows.filter(pl.col("period") == choice.period))


@lru_cache(maxsize=512)
def _city_rows(release: Release, measure: str, category: str, grain: Grain) -> pl.DataFrame:
    """All periods at once: they are few, and a reader steps through them."""
    return release.counts(
        measure=measure, category=category, geography=CITY, grain=grain, columns=("period", *FIGURE_COLUMNS)
    )


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


def classes_of(values: pl.Series, breaks: tuple[float, ...]) -> pl.Series:
    """0 for figures below the first break, and so on; null where there is no figure."""
    ends = np.searchsorted(np.array(breaks), values.fill_null(0.0).to_numpy(), side="right")
    return pl.Series("class", ends, dtype=pl.Int8).set(values.is_null(), None)


def ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """Places with figures first, highest first; then those without, by status. Adds `rank`, ties share one.

    `unrankable` figures and places without one have no rank and stand last.
    """
    judged = (pl.col("flag") != UNRANKABLE).fill_null(True) & pl.col("value").is_not_null()
    order = pl.col("status").replace_strict(
        {"value": 0, "zero": 0, "hidden": 1, "not_reported": 2, "not_collected": 3}, return_dtype=pl.Int8
    )
    return (
        rows.with_columns(judged=judged, order=order)
        .with_columns(rank=pl.when("judged").then(pl.when("judged").then("value").rank("min", descending=True)))
        .sort(["judged", "order", "value", "name"], descending=[True, False, True, False], nulls_last=True)
        .drop("judged", "order")
    )


def has_rate(choice: Choice) -> bool:
    """Whether counts and rates of the chosen measure can both be shown."""
    name = choice.measure.name
    return is_rate(name) or f"{name}_per_1000" in choice.offer.measures()


def told(rows: pl.DataFrame) -> bool:
    """Whether anything was told at all."""
    return bool(rows["status"].is_in(list(TOLD)).any())
