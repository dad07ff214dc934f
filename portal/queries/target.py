"""What the city set out to reach, and whether a published figure does: told only where its range leaves no doubt."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from layers.measures import Kind
from layers.period import Grain
from layers.release import Manifest, MeasureInfo, Target
from portal.language import rounded
from portal.queries.figure import Figure

NEVER = date.min


class Verdict(StrEnum):
    """How a figure stands to a target. `unclear`: the target lies inside the range that the true figure may have."""

    MET = "met"
    MISSED = "missed"
    UNCLEAR = "unclear"
    NOTHING = "nothing"


def target_of(
    manifest: Manifest, measure: str, *, category: str = "all", geography: str, grain: Grain, period: date | None
) -> Target | None:
    """The target that holds for a figure: of those that fit its place and period the latest, then the most particular.

    None where the city declares none, or none was in force on the first day of the period.
    """
    fitting = [
        each
        for each in _about(manifest, measure, category)
        if period is not None and each.holds_for(geography, grain, period)
    ]
    return max(fitting, key=_order, default=None)


def targets_over(
    manifest: Manifest, measure: str, *, category: str = "all", geography: str, grain: Grain, periods: Sequence[date]
) -> list[Target | None]:
    """The target of each period, in their order: for a line in a trend."""
    return [
        target_of(manifest, measure, category=category, geography=geography, grain=grain, period=each)
        for each in periods
    ]


def judge(figure: Figure, target: Target, measure: MeasureInfo) -> Verdict:
    """Whether the figure keeps the target. An exact figure is compared as it is printed, so that a page never says
    that 5.0 days are more than 5; of a protected one its whole range must lie on one side, hidden ones included."""
    low, high = _range(figure, measure)
    if low is None or high is None:
        return Verdict.NOTHING
    goal = target.value
    if target.at == "most":
        return Verdict.MET if high <= goal else Verdict.MISSED if low > goal else Verdict.UNCLEAR
    return Verdict.MET if low >= goal else Verdict.MISSED if high < goal else Verdict.UNCLEAR


def _about(manifest: Manifest, measure: str, category: str) -> list[Target]:
    asked = manifest.topic, measure, category
    return [each for each in manifest.city.targets if (each.topic, each.measure, each.category) == asked]


def _order(target: Target) -> tuple[date, bool, bool]:
    return target.since or NEVER, target.geography is not None, target.grain is not None


def _range(figure: Figure, measure: MeasureInfo) -> tuple[float | None, float | None]:
    if figure.low is not None and figure.high is not None:
        return figure.low, figure.high
    if figure.value is None:
        return None, None
    scale = 100 if measure.kind is Kind.SHARE else 1
    printed = rounded(figure.value * scale, measure.decimals) / scale
    return printed, printed
