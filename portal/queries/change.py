"""Whether a figure rose or fell, and when that cannot be judged. One rule for tiles, tables and sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from layers.measures import Kind, Regime
from layers.release import MeasureInfo
from portal.language import N_, rounded
from portal.queries.figure import Figure, combined_margin
from portal.statistics.discovery import discoveries

Z90 = 1.645
"""Standard deviations of a normal distribution that hold 90 % of it."""

PARTIAL = "partial"
"""The flag of a figure of which not all days, weeks or months were reported."""

RULE_EXACT = N_(
    "An exact count is called higher or lower only where the difference is larger than chance alone often makes it: "
    "1.645 times the square root of the two counts added up. Where nothing changed, one comparison in ten "
    "passes all the same."
)
RULE_MEASURED = N_(
    "A protected figure is called higher or lower only where the difference exceeds both margins and chance "
    "combined (90 %); chance is 1.645 times the square root of the two counts added up. Where nothing changed, at most "
    "one comparison in ten passes all the same."
)
RULE_RATE = N_(
    "A rate per 1,000 homes is called higher or lower where its count is: by the counts and margins of both periods "
    "and the homes of both, so that a count and its rate never say different things."
)
RULE_SHARE = N_(
    "A share of things that were counted one by one is called higher or lower only where the difference exceeds 1.645 "
    "standard errors of the two shares, and half of one case on either side for small numbers. Where nothing changed, "
    "at most one comparison in ten passes all the same. What comes in bursts varies more, so small differences mean "
    "less."
)
RULE_TOLD = N_(
    "Medians, percentiles, other times, costs, stocks, and shares whose whole is not published have no rule: their "
    "difference is told and marked “not judged”, without an arrow, and never stands among the leading sentences."
)
RULES = (RULE_EXACT, RULE_MEASURED, RULE_RATE, RULE_SHARE, RULE_TOLD)
"""Of two figures, for whatever kind they are."""


def rules(*, protected: bool) -> tuple[str, ...]:
    """Those that a page with all kinds of figures prints, in the language of the source."""
    return tuple(each for each in RULES if protected or each is not RULE_MEASURED)


RULE_MANY = N_(
    "Where a sentence picks from many categories those that rose or fell, they must hold together: at most one in ten "
    "of those named is there by chance, on average (Benjamini and Hochberg)."
)
NOT_OF_COUNTED = ("occupancy", "self_service_available", "turnover")
"""Shares of a time or of a stock: what chance makes of them is not known from what they divide by."""


def is_of_counted(measure: MeasureInfo) -> bool:
    """Whether a share is one of cases that were counted one by one, so that chance is known."""
    return measure.kind is Kind.SHARE and measure.name not in NOT_OF_COUNTED


MANY = 0.10
"""Share of false ones among the changes that a sentence picks from many, on average."""


class Direction(StrEnum):
    """What may be said about two figures."""

    ROSE = "rose"
    FELL = "fell"
    LEVEL = "level"
    """No difference that could be told from chance or from the protection."""
    DIFFERS = "differs"
    """Higher or lower, for figures that no rule judges (a median, a stock, a share of an unknown whole)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """The difference `now` − `before`, of both as they are written: what a reader finds who subtracts them.

    `share` is relative to before, None where that is 0 or not shown.

    `chance`: how often as large a difference comes about although nothing changed; 1 where no rule judges it.
    """

    direction: Direction
    difference: float | None = None
    share: float | None = None
    chance: float = 1.0

    @property
    def known(self) -> bool:
        return self.direction is not Direction.UNKNOWN


def change_in(measure: MeasureInfo, now: Figure, before: Figure) -> Change:
    """Compare two figures of one measure, by its rule."""
    kind, regime = Kind(measure.kind), Regime(measure.regime)
    found = change_of(now, before, kind=kind, regime=regime, decimals=measure.decimals)
    return replace(found, direction=Direction.DIFFERS, chance=1.0) if is_stock(measure) and found.difference else found


def is_stock(measure: MeasureInfo) -> bool:
    """A number of what is there, such as staff: chance has no known part in it."""
    return measure.kind is Kind.COUNT and not measure.extensive and measure.regime in (Regime.EXACT, Regime.SOURCE)


def change_of(now: Figure, before: Figure, *, kind: Kind, regime: Regime, decimals: int) -> Change:
    """Compare two figures of one kind.

    Exact counts: the difference must exceed 1.645·√(now + before), what chance makes of two Poisson counts. Measured
    counts: √(margins² + chance²), as the protection's noise comes on top. Rates: as their counts (`Figure.of`). Shares
    of so many cases (`Figure.of`): two shares, pooled, with Yates' correction. Durations, and rates and shares that do
    not say what they rest on, come without a rule: their difference is told, not judged, of protected ones where it
    exceeds both margins.

    Judged is what is published, told is what is written (`decimals`): two figures written alike do not differ.
    """
    if now.value is None or before.value is None:
        return Change(Direction.UNKNOWN)
    counted = kind is Kind.COUNT or (kind is Kind.RATE and bool(now.of or before.of))
    if counted and PARTIAL in (now.flag, before.flag):
        return Change(Direction.UNKNOWN)  # a count of some days says nothing beside one of all
    if regime is Regime.MEASURED and not (now.measured and before.measured):
        return Change(Direction.UNKNOWN)  # noise without its margin cannot be judged
    difference, share = written_difference(now.value, before.value, kind=kind, decimals=decimals)
    reached = _reached(now, before, kind, regime)
    if reached is None:
        told = difference != 0 and abs(now.value - before.value) > combined_margin(now, before)
        return Change(Direction.DIFFERS if told else Direction.LEVEL, difference, share)
    chance = math.erfc(Z90 / math.sqrt(2) * abs(reached))
    if not difference or abs(reached) <= 1:
        return Change(Direction.LEVEL, difference, share, chance)
    return Change(Direction.ROSE if difference > 0 else Direction.FELL, difference, share, chance)


def _reached(now: Figure, before: Figure, kind: Kind, regime: Regime) -> float | None:
    """The difference in units of what margins and chance often make; None where no rule judges it."""
    if kind is Kind.COUNT:
        return _of_counts(now, before, regime)
    if now.of is None or before.of is None:
        return None
    if kind is Kind.SHARE:
        return _of_shares(now, before)
    return _of_rates(now, before, regime) if kind is Kind.RATE else None


def _of_counts(now: Figure, before: Figure, regime: Regime) -> float:
    difference, threshold = (now.value or 0.0) - (before.value or 0.0), _threshold(now, before, regime)
    return difference / threshold if threshold else 0.0


def _of_rates(now: Figure, before: Figure, regime: Regime) -> float | None:
    """By their counts; where the homes changed meanwhile, the earlier count is that of as many homes as now.

    Rates are rounded when they are published: homes differ only where they do beyond that.
    """
    one, other = now.counted(), before.counted()
    if regime is Regime.MEASURED and not (one.measured and other.measured):
        return None
    rates, counts = (now.value or 0.0, before.value or 0.0), (one.value or 0.0, other.value or 0.0)
    if not all(rates) or not all(counts):
        return _of_counts(one, other, regime)
    here, there = rates[0] / counts[0], rates[1] / counts[1]
    if abs(here - there) <= _ROUNDED * (1 / counts[0] + 1 / counts[1]):
        return _of_counts(one, other, regime)
    scale = there / here
    chance = 0.0 if regime is not Regime.MEASURED and one.measured and other.measured else Z90
    reach = math.hypot(one.margin, scale * other.margin, chance * math.sqrt(counts[0] + scale**2 * counts[1]))
    return (counts[0] - scale * counts[1]) / reach if reach else 0.0


_ROUNDED = 0.0051
"""Protected rates are published with two decimals."""


def _of_shares(now: Figure, before: Figure) -> float | None:
    """Two shares of n and m cases, pooled, less half a case on either side (Yates), as cases are whole."""
    n, m = now.of or 0.0, before.of or 0.0
    if n < 1 or m < 1:
        return None
    difference = (now.value or 0.0) - (before.value or 0.0)
    pooled = min(max(((now.value or 0.0) * n + (before.value or 0.0) * m) / (n + m), 0.0), 1.0)
    error = Z90 * math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    beyond = max(abs(difference) - (1 / n + 1 / m) / 2, 0.0)
    return math.copysign(beyond / error, difference) if error else 0.0


def written_difference(
    now: float, before: float, *, kind: Kind, decimals: int
) -> tuple[float, float | None]:  # fmt: skip
    """The difference of two values as they are written, and its share of the earlier one (None where that is 0)."""
    scale = 100 if kind is Kind.SHARE else 1
    one, other = (rounded(each * scale, decimals) for each in (now, before))
    difference = round(one - other, decimals) / scale
    return difference, difference * scale / other if other else None


def _threshold(now: Figure, before: Figure, regime: Regime) -> float:
    """Margins of measured figures hold the protection's noise alone; those of exact means hold chance already."""
    margins = combined_margin(now, before)
    if regime is not Regime.MEASURED and now.measured and before.measured:
        return margins
    return math.hypot(margins, Z90 * math.sqrt(max(0.0, (now.value or 0) + (before.value or 0))))


def hold_together(changes: Sequence[Change], *, level: float = MANY) -> list[bool]:
    """Which of many rises and falls may be named side by side, picked for being large.

    Each alone passes its rule in one of ten cases although nothing changed, so that of twenty categories two would.
    """
    judged = np.array([each.chance for each in changes], dtype=np.float64)
    found = discoveries(judged, level=level).tolist() if judged.size else []
    return [
        held and each.direction in (Direction.ROSE, Direction.FELL) for held, each in zip(found, changes, strict=True)
    ]


def rules_for(measure: MeasureInfo) -> tuple[str, ...]:
    """The rules by which figures of a measure are compared, in the language of the source."""
    by_count = RULE_MEASURED if measure.regime is Regime.MEASURED else RULE_EXACT
    if is_stock(measure):
        return (RULE_TOLD,)
    if measure.kind is Kind.COUNT:
        return (by_count,)
    if measure.kind is Kind.RATE and measure.over is None:
        return RULE_RATE, by_count
    return (RULE_SHARE,) if measure.kind is Kind.SHARE and measure.over and is_of_counted(measure) else (RULE_TOLD,)
