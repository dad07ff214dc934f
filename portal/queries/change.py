"""Whether a figure rose or fell, and when that cannot be judged. One rule for tiles, tables and sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
RULE_TOLD = N_(
    "Differences between rates, times and shares are told, not judged: whether chance makes as much can be seen from "
    "their counts. A protected rate whose margins overlap too far shows no clear difference."
)
RULE_MANY = N_(
    "Where a sentence picks from many categories those that rose or fell, they must hold together: at most one in ten "
    "of those named is there by chance, on average (Benjamini and Hochberg)."
)
MANY = 0.10
"""Share of false ones among the changes that a sentence picks from many, on average."""


class Direction(StrEnum):
    """What may be said about two figures."""

    ROSE = "rose"
    FELL = "fell"
    LEVEL = "level"
    """No difference that could be told from chance or from the protection."""
    DIFFERS = "differs"
    """Higher or lower, for kinds of figures that have no rule (a rate, a median, a share)."""
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


def change_of(now: Figure, before: Figure, *, kind: Kind, regime: Regime, decimals: int) -> Change:
    """Compare two figures of one measure.

    Exact counts: the difference must exceed 1.645·√(now + before), what chance makes of two Poisson counts. Measured
    counts: √(margins² + chance²), as the protection's noise comes on top. Rates, shares and durations come without a
    rule: their difference is told, not judged, of protected ones where it exceeds both margins.

    Judged is what is published, told is what is written (`decimals`): two figures written alike do not differ.
    """
    if now.value is None or before.value is None:
        return Change(Direction.UNKNOWN)
    if kind is Kind.COUNT and PARTIAL in (now.flag, before.flag):
        return Change(Direction.UNKNOWN)  # a count of some days says nothing beside one of all
    if regime is Regime.MEASURED and not (now.measured and before.measured):
        return Change(Direction.UNKNOWN)  # noise without its margin cannot be judged
    exactly = now.value - before.value
    difference, share = written_difference(now.value, before.value, kind=kind, decimals=decimals)
    if kind is not Kind.COUNT:
        told = difference != 0 and abs(exactly) > combined_margin(now, before)
        return Change(Direction.DIFFERS if told else Direction.LEVEL, difference, share)
    threshold = _threshold(now, before, regime)
    chance = math.erfc(Z90 / math.sqrt(2) * abs(exactly) / threshold) if threshold else 1.0
    if not difference or abs(exactly) <= threshold:
        return Change(Direction.LEVEL, difference, share, chance)
    return Change(Direction.ROSE if difference > 0 else Direction.FELL, difference, share, chance)


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


def rule_for(measure: MeasureInfo) -> str:
    """The rule by which figures of a measure are compared, in the language of the source."""
    if measure.kind is not Kind.COUNT:
        return RULE_TOLD
    return RULE_MEASURED if measure.regime is Regime.MEASURED else RULE_EXACT
