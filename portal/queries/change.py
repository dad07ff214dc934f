"""Whether a figure rose or fell, and when that cannot be judged. One rule for tiles, tables and sentences."""

import math
from dataclasses import dataclass
from enum import StrEnum

from layers.measures import Kind, Regime
from portal.language import N_
from portal.queries.figure import Figure, combined_margin

Z90 = 1.645
"""Standard deviations of a normal distribution that hold 90 % of it."""

PARTIAL = "partial"
"""The flag of a figure of which not all days, weeks or months were reported."""

RULE_EXACT = N_(
    "An exact count is called higher or lower only where the difference is larger than chance alone often makes it: "
    "1.645 times the square root of the two counts added up."
)
RULE_MEASURED = N_(
    "A protected figure is called higher or lower only where the difference exceeds both margins and chance "
    "combined (90 %); chance is 1.645 times the square root of the two counts added up."
)


class Direction(StrEnum):
    """What may be said about two figures."""

    ROSE = "rose"
    FELL = "fell"
    LEVEL = "level"
    """No difference that could be told from chance or from the protection."""
    DIFFERS = "differs"
    """Higher or lower, for kinds of figures that have no rule (a median, a share)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """The difference `now` − `before`. `share` is relative to before, None where that is 0 or not shown."""

    direction: Direction
    difference: float | None = None
    share: float | None = None

    @property
    def known(self) -> bool:
        return self.direction is not Direction.UNKNOWN


def change_of(now: Figure, before: Figure, *, kind: Kind, regime: Regime) -> Change:
    """Compare two figures of one measure.

    Exact counts: the difference must exceed 1.645·√(now + before), what chance makes of two Poisson counts. Measured
    counts: √(margins² + chance²), as the protection's noise comes on top. Rates, shares and durations of exact topics
    come without a rule: their difference is told, not judged.
    """
    if now.value is None or before.value is None:
        return Change(Direction.UNKNOWN)
    if kind is Kind.COUNT and PARTIAL in (now.flag, before.flag):
        return Change(Direction.UNKNOWN)  # a count of some days says nothing beside one of all
    if regime is Regime.MEASURED and not (now.measured and before.measured):
        return Change(Direction.UNKNOWN)  # noise without its margin cannot be judged
    difference = now.value - before.value
    share = difference / before.value if before.value else None
    threshold = _threshold(now, before, kind, regime)
    if threshold is None:
        return Change(Direction.DIFFERS if difference else Direction.LEVEL, difference, share)
    if abs(difference) <= threshold:
        return Change(Direction.LEVEL, difference, share)
    return Change(Direction.ROSE if difference > 0 else Direction.FELL, difference, share)


def _threshold(now: Figure, before: Figure, kind: Kind, regime: Regime) -> float | None:
    """Margins of measured figures hold the protection's noise alone; those of exact means hold chance already."""
    chance = Z90 * math.sqrt(max(0.0, (now.value or 0) + (before.value or 0))) if kind is Kind.COUNT else None
    if now.measured and before.measured:
        margins = combined_margin(now, before)
        return math.hypot(margins, chance or 0.0) if regime is Regime.MEASURED else margins
    return chance
