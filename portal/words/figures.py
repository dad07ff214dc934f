"""Figures in words: one way each, on the map, in tables, in sentences. In the language of the page."""

import math

from layers.measures import Kind, Regime, Status
from layers.release import MeasureInfo
from portal.language import N_, _, _n, number, rounded
from portal.queries.change import Change, Direction
from portal.queries.figure import Figure
from portal.words.released import told
from portal.words.wording import status_text

NO_BREAK = "\u00a0"
"""A number and its percent sign stay on one line."""

FLAG_WORD = {
    "caution": N_("use with caution: the margin is wide"),
    "unrankable": N_("too uncertain to compare or rank"),
    "partial": N_("not all of the period was reported"),
}
"""Said by `flag_text`."""


def flag_text(flag: str | None) -> str:
    """What a flag warns of; nothing without one."""
    return _(FLAG_WORD[flag]) if flag in FLAG_WORD else ""


def number_text(value: float, measure: MeasureInfo) -> str:
    """`1,234`, `3.4`, `85 %`: a value without its unit."""
    if measure.kind is Kind.SHARE:
        return _("{number} %", number=number(value * 100, measure.decimals))
    return number(value, measure.decimals)


def value_text(figure: Figure, measure: MeasureInfo) -> str:
    """The value, or why there is none. A counted nothing is `0`."""
    if figure.value is None:
        return status_text(figure.status)
    return number_text(figure.value, measure)


def margin_text(figure: Figure, measure: MeasureInfo) -> str:
    """`± 24` beside a protected figure, else nothing."""
    return f"± {number_text(figure.margin, measure)}" if figure.measured else ""


FEW = 30
"""Shares of fewer cases are starred: their range is wide."""


def of_text(figure: Figure, measure: MeasureInfo) -> str:
    """`of 363` beside a share of so many cases; nothing where their number is not published."""
    if measure.kind is not Kind.SHARE or figure.value is None or figure.of is None:
        return ""
    return _("of {n}", n=number(figure.of))


def is_of_few(figure: Figure, measure: MeasureInfo) -> bool:
    """Whether a share is of so few cases that it must be used with caution."""
    return bool(of_text(figure, measure)) and (figure.of or 0) < FEW


def figure_text(figure: Figure, measure: MeasureInfo) -> str:
    """Value and margin: `312 ± 24`."""
    return " ".join(part for part in (value_text(figure, measure), margin_text(figure, measure)) if part)


def range_text(figure: Figure, measure: MeasureInfo) -> str:
    """`between 288 and 336` for a protected figure, else nothing."""
    if figure.low is None or figure.high is None:
        return ""
    low, high = number_text(figure.low, measure), number_text(figure.high, measure)
    return _("between {low} and {high}", low=low, high=high)


def unit_text(figure: Figure, measure: MeasureInfo) -> str:
    """The unit that follows a value; nothing after a word or a percent sign."""
    return "" if figure.value is None or measure.kind is Kind.SHARE else told(measure.unit)


_SHARE = (N_("{percent}\u00a0% more than in {than}"), N_("{percent}\u00a0% fewer than in {than}"))
_THAN = {
    Kind.COUNT: (N_("{amount} more than in {than}"), N_("{amount} fewer than in {than}")),
    Kind.DURATION: (N_("{amount} longer than in {than}"), N_("{amount} shorter than in {than}")),
    Kind.RATE: (N_("{amount} higher than in {than}"), N_("{amount} lower than in {than}")),
}
_SHARE_WORDS = (N_("{percent}\u00a0% more"), N_("{percent}\u00a0% fewer"))
_WORDS = {
    Kind.COUNT: (N_("{amount} more"), N_("{amount} fewer")),
    Kind.DURATION: (N_("{amount} longer"), N_("{amount} shorter")),
    Kind.RATE: (N_("{amount} higher"), N_("{amount} lower")),
}


def change_text(change: Change, measure: MeasureInfo, *, than: str) -> str:
    """`12 % more than in Sep 2025`, `no clear difference from Sep 2025`, `cannot be compared with Sep 2025`.

    What no rule judges says so: `0.3 days shorter than in Sep 2025 (not judged)`.
    """
    said = _change_text(change, measure, than)
    return _("{change} (not judged)", change=said) if change.direction is Direction.DIFFERS else said


def _change_text(change: Change, measure: MeasureInfo, than: str) -> str:
    if change.direction is Direction.UNKNOWN or change.difference is None:
        return _("cannot be compared with {than}", than=than)
    if change.direction is Direction.LEVEL:
        same = change.difference == 0 and measure.regime is not Regime.MEASURED
        return _("the same as in {than}", than=than) if same else _("no clear difference from {than}", than=than)
    at = 0 if change.difference > 0 else 1
    if measure.kind is Kind.COUNT and change.share is not None and abs(change.share) <= 10:
        return _(_SHARE[at], percent=_percent(change.share), than=than)
    if measure.kind is Kind.SHARE:
        return _points_than(change.difference, measure, than)
    return _(_THAN[measure.kind][at], amount=_amount(change.difference, measure), than=than)


def change_words(change: Change, measure: MeasureInfo) -> str:
    """The same in a table cell: `12 % more`, `no clear change`, `cannot be judged`, `0.3 days shorter (not judged)`."""
    said = _change_words(change, measure)
    return _("{change} (not judged)", change=said) if change.direction is Direction.DIFFERS else said


def _change_words(change: Change, measure: MeasureInfo) -> str:
    if change.direction is Direction.UNKNOWN or change.difference is None:
        return _("cannot be judged")
    if change.direction is Direction.LEVEL:
        same = change.difference == 0 and measure.regime is not Regime.MEASURED
        return _("no change") if same else _("no clear change")
    at = 0 if change.difference > 0 else 1
    if measure.kind is Kind.COUNT and change.share is not None:
        return _(_SHARE_WORDS[at], percent=_percent(change.share))
    if measure.kind is Kind.SHARE:
        return _points(change.difference, measure)
    return _(_WORDS[measure.kind][at], amount=_amount(change.difference, measure))


def _percent(share: float) -> str:
    """Whole percent; tenths where it would be none, so that a rise is never one of 0 %."""
    percent = abs(share) * 100
    return number(percent, 0 if rounded(percent) else 1)


def _points_than(difference: float, measure: MeasureInfo, than: str) -> str:
    points = rounded(abs(difference) * 100, measure.decimals)
    said = {"points": number(points, measure.decimals), "than": than}
    if difference > 0:
        return _n("{points} percentage point higher than in {than}", "{points} percentage points higher than in {than}",
                  math.ceil(points), **said)  # fmt: skip
    return _n("{points} percentage point lower than in {than}", "{points} percentage points lower than in {than}",
              math.ceil(points), **said)  # fmt: skip


def _points(difference: float, measure: MeasureInfo) -> str:
    points = rounded(abs(difference) * 100, measure.decimals)
    said = {"points": number(points, measure.decimals)}
    if difference > 0:
        return _n("{points} percentage point higher", "{points} percentage points higher", math.ceil(points), **said)
    return _n("{points} percentage point lower", "{points} percentage points lower", math.ceil(points), **said)


def _amount(difference: float, measure: MeasureInfo) -> str:
    """A difference without its sign; days with their unit."""
    unit = f" {told(measure.unit)}" if measure.kind is Kind.DURATION else ""
    return number_text(abs(difference), measure) + unit


def is_word(figure: Figure) -> bool:
    """Whether a word stands where a number would."""
    return figure.status not in (Status.VALUE, Status.ZERO)


def change_step(change: Change) -> float | None:
    """Which way an arrow beside a change points: up, down, level (0); None where no rule judges it."""
    if change.direction in (Direction.UNKNOWN, Direction.DIFFERS) or change.difference is None:
        return None
    return 0.0 if change.direction is Direction.LEVEL else change.difference
