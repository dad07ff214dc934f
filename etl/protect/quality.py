"""Side figures: what the public may know about a protected feed's quality, once a year, in whole percents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from etl.protect.measurements import Measurement
from layers.ladder import LadderTable
from layers.policy import QUALITY, DisclosurePolicy


@dataclass(frozen=True, slots=True)
class PlacedShare:
    """The share of a year's homes that could be placed in a zone, in whole percents; None for too few homes."""

    year: int
    percent: int | None


def placed_shares(
    policy: DisclosurePolicy, measured: Mapping[LadderTable, Mapping[date, Measurement]]
) -> tuple[PlacedShare, ...]:
    """One figure per measured year, from noisy counts only."""
    vectors = [m for table, years in measured.items() if table.family == QUALITY.name for m in years.values()]
    return tuple(_share(policy, m) for m in sorted(vectors, key=lambda m: m.key.period))


def _share(policy: DisclosurePolicy, measured: Measurement) -> PlacedShare:
    noisy = {leaf: max(0, n) for leaf, n in measured.cells.select("leaf", "noisy").rows()}
    total = sum(noisy.values())
    # under 20 standard deviations a percent would say more about the noise than about the feed
    enough = total >= max(policy.floor, 20 * measured.sigma)
    return PlacedShare(measured.key.year, round(100 * noisy["placed"] / total) if enough else None)
