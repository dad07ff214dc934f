"""Measures: what is counted or computed, and how it may be treated."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the number is."""

    COUNT = "count"
    RATE = "rate"
    DURATION = "duration"
    SHARE = "share"


class Regime(StrEnum):
    """How the number came to be public."""

    MEASURED = "measured"
    EXACT = "exact"
    SOURCE = "source"
    APPORTIONED = "apportioned"
    """Estimated from counts that a source made for other areas; never added to any other figure."""


class Status(StrEnum):
    """What a row says about its value. The five are never confused."""

    VALUE = "value"
    ZERO = "zero"
    HIDDEN = "hidden"
    NOT_COLLECTED = "not_collected"
    NOT_REPORTED = "not_reported"


STATUS_MEANING: dict[Status, str] = {
    Status.VALUE: "a figure",
    Status.ZERO: "counted, and there was none",
    Status.HIDDEN: "too few to show: the published figure would be below the floor",
    Status.NOT_COLLECTED: (
        "nobody collected this for that place and time, or a share or median has nothing to be made of"
    ),
    Status.NOT_REPORTED: "collected, but not yet closed or not sent by the source",
}
"""Said on every page, in every dictionary and legend."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing a topic publishes.

    `extensive` measures may be summed over places and periods, intensive ones (a rate, a median) may not.
    `denominator` names the measure of topic `households` that a rate per 1,000 divides by; `over` the measure of its
    own topic that a share or an average divides by.
    """

    name: str
    title: str
    unit: str
    kind: Kind
    regime: Regime
    help: str
    extensive: bool = True
    decimals: int = 0
    denominator: str | None = None
    over: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not Kind.COUNT and self.extensive:
            raise ValueError(f"measure {self.name}: only counts may be summed; declare extensive=False")

    def text(self, value: float) -> str:
        """The value as every page, mail and report prints it (no unit)."""
        if self.kind is Kind.SHARE:
            return f"{value * 100:.{self.decimals}f} %"
        return f"{value:,.{self.decimals}f}"


def rate_of(measure: Measure, denominator_title: str) -> Measure:
    """The rate per 1,000 that belongs to a count."""
    return Measure(
        name=rate_name(measure.name),
        title=f"{measure.title} per 1,000 {denominator_title}",
        unit=f"per 1,000 {denominator_title}",
        kind=Kind.RATE,
        regime=measure.regime,
        help=f"{measure.title}, divided by {denominator_title} (public figure), times 1,000.",
        extensive=False,
        decimals=1,
        denominator=measure.denominator,
    )


def apportioned_of(measure: Measure) -> Measure:
    """The estimate that belongs to a count which a source made for other areas."""
    return Measure(
        name=apportioned_name(measure.name),
        title=f"{measure.title} (estimated from other areas)",
        unit=measure.unit,
        kind=Kind.COUNT,
        regime=Regime.APPORTIONED,
        help=(
            f"{measure.help} Estimated: the source counted other areas, and their counts are spread over these in "
            "proportion to the homes that both share. The range says how far off that may be."
        ),
        extensive=False,
    )


def apportioned_name(measure: str) -> str:
    """Name of the estimates that belong to a count."""
    return f"{measure}_apportioned"


RATE_SUFFIX = "_per_1000"


def rate_name(measure: str) -> str:
    """Name of the rate rows that belong to a count."""
    return measure + RATE_SUFFIX
