"""Side figures: what the public may know about a protected feed's quality, once a year, in whole percents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from etl.protect.measurements import Measurement
from layers.ladder import LadderTable
from layers.policy import OVER_CAP, PLACED, QUALITY, DisclosurePolicy


@dataclass(frozen=True, slots=True)
class YearQuality:
    """Of a year's homes, in whole percents: those that could be placed in a zone, and those of which bounding dropped
    some months. None for too few homes, or where it was not measured."""

    year: int
    placed: int | None
    over_cap: int | None


def year_quality(
    policy: DisclosurePolicy, measured: Mapping[LadderTable, Mapping[date, Measurement]]
) -> tuple[YearQuality, ...]:
    """The figures of each measured year, from noisy counts only."""
    vectors = [m for table, years in measured.items() if table.family == QUALITY.name for m in years.values()]
    return tuple(_of_year(policy, m) for m in sorted(vectors, key=lambda m: m.key.period))


def _of_year(policy: DisclosurePolicy, measured: Measurement) -> YearQuality:
    noisy = {leaf: max(0, n) for leaf, n in measured.cells.select("leaf", "noisy").rows()}
    total = sum(noisy.values())
    # under 20 standard deviations a percent would say more about the noise than about the feed
    if total < max(policy.floor, 20 * measured.sigma):
        return YearQuality(measured.key.year, None, None)
    over = noisy.get(OVER_CAP)  # not told apart in the first measurements of older private folders
    placed = round(100 * (noisy[PLACED] + (over or 0)) / total)
    return YearQuality(measured.key.year, placed, None if over is None else round(100 * over / total))
