"""Figures in words: one way each, on the map, in tables, in sentences."""

from layers.measures import Kind, Regime, Status
from layers.release import MeasureInfo
from portal.queries.change import Change, Direction
from portal.queries.figure import Figure
from portal.wording import STATUS_WORD

NO_BREAK = "\u00a0"
"""A number and its percent sign stay on one line."""

FLAG_WORD = {
    "caution": "use with caution: the margin is wide",
    "unrankable": "too uncertain to compare or rank",
}


def number_text(value: float, measure: MeasureInfo) -> str:
    """`1,234`, `3.4`, `85 %`: a value without its unit."""
    if measure.kind is Kind.SHARE:
        return f"{value * 100:.{measure.decimals}f} %"
    return f"{value:,.{measure.decimals}f}"


def value_text(figure: Figure, measure: MeasureInfo) -> str:
    """The value, or why there is none. A counted nothing is `0`."""
    if figure.value is None:
        return STATUS_WORD[figure.status]
    return number_text(figure.value, measure)


def margin_text(figure: Figure, measure: MeasureInfo) -> str:
    """`± 24` beside a protected figure, else nothing."""
    return f"± {number_text(figure.margin, measure)}" if figure.measured else ""


def figure_text(figure: Figure, measure: MeasureInfo) -> str:
    """Value and margin: `312 ± 24`."""
    return " ".join(part for part in (value_text(figure, measure), margin_text(figure, measure)) if part)


def range_text(figure: Figure, measure: MeasureInfo) -> str:
    """`between 288 and 336` for a protected figure, else nothing."""
    if figure.low is None or figure.high is None:
        return ""
    return f"between {number_text(figure.low, measure)} and {number_text(figure.high, measure)}"


def unit_text(figure: Figure, measure: MeasureInfo) -> str:
    """The unit that follows a value; nothing after a word or a percent sign."""
    return "" if figure.value is None or measure.kind is Kind.SHARE else measure.unit


def change_text(change: Change, measure: MeasureInfo, *, than: str) -> str:
    """`12 % more than in Sep 2025`, `no clear difference from Sep 2025`, `cannot be compared with Sep 2025`."""
    if change.direction is Direction.UNKNOWN or change.difference is None:
        return f"cannot be compared with {than}"
    if change.direction is Direction.LEVEL:
        same = change.difference == 0 and measure.regime is not Regime.MEASURED
        return f"the same as in {than}" if same else f"no clear difference from {than}"
    more = _more(change.difference, measure)
    if measure.kind is Kind.COUNT and change.share is not None and abs(change.share) <= 10:
        return f"{abs(change.share) * 100:.0f}{NO_BREAK}% {more} than in {than}"
    if measure.kind is Kind.SHARE:
        return f"{abs(change.difference) * 100:.0f} percentage points {more} than in {than}"
    return f"{_amount(change.difference, measure)} {more} than in {than}"


def change_words(change: Change, measure: MeasureInfo) -> str:
    """The same in a table cell: `12 % more`, `no clear change`, `cannot be judged`."""
    if change.direction is Direction.UNKNOWN or change.difference is None:
        return "cannot be judged"
    if change.direction is Direction.LEVEL:
        same = change.difference == 0 and measure.regime is not Regime.MEASURED
        return "no change" if same else "no clear change"
    more = _more(change.difference, measure)
    if measure.kind is Kind.COUNT and change.share is not None:
        return f"{abs(change.share) * 100:.0f}{NO_BREAK}% {more}"
    return f"{_amount(change.difference, measure)} {more}"


def _amount(difference: float, measure: MeasureInfo) -> str:
    """A difference without its sign; days with their unit."""
    unit = f" {measure.unit}" if measure.kind is Kind.DURATION else ""
    return number_text(abs(difference), measure) + unit


def _more(difference: float, measure: MeasureInfo) -> str:
    if measure.kind is Kind.COUNT:
        return "more" if difference > 0 else "fewer"
    if measure.kind is Kind.DURATION:
        return "longer" if difference > 0 else "shorter"
    return "higher" if difference > 0 else "lower"


def is_word(figure: Figure) -> bool:
    """Whether a word stands where a number would."""
    return figure.status not in (Status.VALUE, Status.ZERO)


def change_step(change: Change) -> float | None:
    """Which way an arrow beside a change points: up, down, level (0); None where it cannot be judged."""
    if change.direction is Direction.UNKNOWN or change.difference is None:
        return None
    return 0.0 if change.direction is Direction.LEVEL else change.difference
