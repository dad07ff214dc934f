"""When a figure may be said to have risen or fallen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.measures import Kind, Regime, Status
from layers.release import MeasureInfo
from portal.queries.change import Direction, change_of
from portal.queries.figure import NOTHING, Figure
from portal.words.figures import change_text, figure_text


def exact(value: float) -> Figure:
    return Figure(Status.VALUE if value else Status.ZERO, value)


def measured(value: float, margin: float) -> Figure:
    return Figure(Status.VALUE, value, max(value - margin, 0), value + margin)


HIDDEN = Figure(Status.HIDDEN, None, 0, 13)
COUNT = MeasureInfo(
    name="requests", title="Requests", unit="requests", kind=Kind.COUNT, regime=Regime.EXACT, help="", decimals=0,
    extensive=True, geographies=(), grains=(), categories=("all",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "direction"),
    [
        # 1.645·√(now + before) is what chance alone often makes
        (exact(312), exact(260), Direction.ROSE),  #  52 > 39.3
        (exact(300), exact(270), Direction.LEVEL),  # 30 < 39.3
        (exact(12), exact(30), Direction.FELL),  #    18 > 10.7
        (exact(3), exact(1), Direction.LEVEL),
        (exact(0), exact(0), Direction.LEVEL),
        (exact(312), NOTHING, Direction.UNKNOWN),
    ],
)
def test_exact_counts_must_differ_by_more_than_chance(now: Figure, before: Figure, direction: Direction) -> None:
    assert change_of(now, before, kind=Kind.COUNT, regime=Regime.EXACT).direction is direction


@pytest.mark.parametrize(
    ("now", "before", "direction"),
    [
        (measured(131, 12), measured(100, 12), Direction.ROSE),  #  31 > √(12² + 12² + 1.645²·231) = 30.2
        (measured(129, 12), measured(100, 12), Direction.LEVEL),  # 29 < 30: both margins (17) would have allowed it
        (measured(70, 3), measured(100, 4), Direction.FELL),  #      30 > 22
        (measured(80, 3), measured(100, 4), Direction.LEVEL),  #     20 < 22
        (HIDDEN, measured(100, 12), Direction.UNKNOWN),
        (measured(100, 12), HIDDEN, Direction.UNKNOWN),
        (exact(100), exact(50), Direction.UNKNOWN),  # a protected figure whose margin is not known
    ],
)
def test_protected_figures_must_differ_by_both_margins_and_chance(
    now: Figure, before: Figure, direction: Direction
) -> None:
    assert change_of(now, before, kind=Kind.COUNT, regime=Regime.MEASURED).direction is direction


def test_medians_are_told_and_not_judged() -> None:
    change = change_of(exact(4.0), exact(9.5), kind=Kind.DURATION, regime=Regime.EXACT)
    assert change.direction is Direction.DIFFERS
    assert change.difference == -5.5


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_swapping_the_years_swaps_the_direction(one: int, other: int) -> None:
    there = change_of(exact(one), exact(other), kind=Kind.COUNT, regime=Regime.EXACT)
    back = change_of(exact(other), exact(one), kind=Kind.COUNT, regime=Regime.EXACT)
    turned = {Direction.ROSE: Direction.FELL, Direction.FELL: Direction.ROSE}
    assert back.direction is turned.get(there.direction, there.direction)
    assert math.isclose((there.difference or 0) + (back.difference or 0), 0)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (exact(312), exact(260), "20 % more than in Oct 2025"),
        (exact(300), exact(270), "no clear difference from Oct 2025"),
        (exact(12), exact(30), "60 % fewer than in Oct 2025"),
        (exact(30), exact(30), "the same as in Oct 2025"),
        (HIDDEN, exact(30), "cannot be compared with Oct 2025"),
        (exact(30), exact(0), "30 more than in Oct 2025"),
    ],
)
def test_changes_in_words(now: Figure, before: Figure, words: str) -> None:
    change = change_of(now, before, kind=Kind.COUNT, regime=Regime.EXACT)
    assert change_text(change, COUNT, than="Oct 2025").replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (exact(1234), "1,234"),
        (exact(0), "0"),
        (measured(312, 24), "312 ± 24"),
        (measured(5, 9), "5 ± 9"),
        (HIDDEN, "too few to show"),
        (Figure(Status.NOT_REPORTED), "not reported yet"),
        (NOTHING, "not collected"),
    ],
)
def test_the_five_statuses_are_told_apart(figure: Figure, words: str) -> None:
    assert figure_text(figure, COUNT) == words
