"""When a figure may be said to have risen or fallen."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.measures import Kind, Regime, Status
from layers.release import MeasureInfo
from portal.frame.tables import figure_cell
from portal.queries.change import Direction, change_in, change_of
from portal.queries.figure import NOTHING, Figure
from portal.words.figures import change_step, change_text, change_words, figure_text


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
    assert change_of(now, before, kind=Kind.COUNT, regime=Regime.EXACT, decimals=0).direction is direction


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
    assert change_of(now, before, kind=Kind.COUNT, regime=Regime.MEASURED, decimals=0).direction is direction


def test_medians_are_told_and_not_judged() -> None:
    change = change_of(exact(4.0), exact(9.5), kind=Kind.DURATION, regime=Regime.EXACT, decimals=1)
    assert change.direction is Direction.DIFFERS
    assert change.difference == -5.5


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_swapping_the_years_swaps_the_direction(one: int, other: int) -> None:
    there = change_of(exact(one), exact(other), kind=Kind.COUNT, regime=Regime.EXACT, decimals=0)
    back = change_of(exact(other), exact(one), kind=Kind.COUNT, regime=Regime.EXACT, decimals=0)
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
    change = change_of(now, before, kind=Kind.COUNT, regime=Regime.EXACT, decimals=0)
    assert change_text(change, COUNT, than="Oct 2025").replace("\u00a0", " ") == words


def of(kind: Kind, decimals: int) -> MeasureInfo:
    return COUNT.model_copy(update={"kind": kind, "decimals": decimals, "unit": "days"})


@pytest.mark.parametrize(
    ("measure", "now", "before", "written", "words"),
    [
        (of(Kind.SHARE, 0), 0.644, 0.616, ("64 %", "62 %"), "2 percentage points higher"),
        (of(Kind.SHARE, 0), 0.625, 0.614, ("63 %", "61 %"), "2 percentage points higher"),
        (of(Kind.SHARE, 0), 0.614, 0.62, ("61 %", "62 %"), "1 percentage point lower"),
        (of(Kind.SHARE, 0), 0.644, 0.636, ("64 %", "64 %"), "no change"),
        (of(Kind.DURATION, 1), 3.44, 3.36, ("3.4", "3.4"), "no change"),
        (of(Kind.DURATION, 1), 3.46, 3.44, ("3.5", "3.4"), "0.1 days longer"),
        (of(Kind.RATE, 1), 12.34, 9.86, ("12.3", "9.9"), "2.4 higher"),
        (of(Kind.COUNT, 0), 1_003_000, 1_000_000, ("1,003,000", "1,000,000"), "0.3 % more"),
    ],
)
def test_a_difference_is_that_of_the_figures_as_they_are_written(
    measure: MeasureInfo, now: float, before: float, written: tuple[str, str], words: str
) -> None:
    figures = exact(now), exact(before)
    change = change_of(*figures, kind=measure.kind, regime=measure.regime, decimals=measure.decimals)
    assert tuple(figure_text(each, measure) for each in figures) == written
    assert change_words(change, measure).replace("\u00a0", " ").removesuffix(" (not judged)") == words


@given(
    st.sampled_from([of(Kind.RATE, 1), of(Kind.DURATION, 1), of(Kind.SHARE, 0)]),
    st.floats(0, 100, allow_subnormal=False),
    st.floats(0, 100, allow_subnormal=False),
)
def test_whoever_subtracts_what_is_written_finds_what_is_told(measure: MeasureInfo, now: float, before: float) -> None:
    figures = [Figure(Status.VALUE, each) for each in (now, before)]
    change = change_of(*figures, kind=measure.kind, regime=measure.regime, decimals=measure.decimals)
    read = [Decimal(figure_text(each, measure).removesuffix(" %").replace(",", "")) for each in figures]
    words = change_words(change, measure)
    if read[0] == read[1]:
        assert words == "no change"
    else:
        assert Decimal(words.split()[0].replace(",", "")) == abs(read[0] - read[1])
        assert ("lower" in words or "shorter" in words) == (read[0] < read[1])


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


RATE, SHARE, DAYS = of(Kind.RATE, 1), of(Kind.SHARE, 0), of(Kind.DURATION, 1)
FILED = RATE.model_copy(update={"regime": Regime.MEASURED})
STOCK = COUNT.model_copy(update={"name": "staff", "unit": "people", "extensive": False, "regime": Regime.SOURCE})


def rate(value: float, reach: float, *, of: float, margin: float) -> Figure:
    """A protected rate and the count that it is made of."""
    return Figure(Status.VALUE, value, value - reach, value + reach, of=of, of_margin=margin)


@pytest.mark.parametrize(
    ("measure", "now", "before", "words"),
    [
        # a rate is judged by its count: 58 ± 8 beside 72 ± 8 homes is no clear difference, whatever divides it
        (FILED, rate(4.1, 0.6, of=58, margin=8), rate(5.1, 0.6, of=72, margin=8), "no clear change"),
        (FILED, rate(4.1, 0.6, of=58, margin=8), rate(7.0, 0.6, of=100, margin=8), "2.9 lower"),
        (RATE, exact(4.1), exact(5.1), "1.0 lower (not judged)"),  # a cost per call has no count
        # 71 % and 69 % of 600: chance makes 4.4 points
        (SHARE, Figure(Status.VALUE, 0.71, of=600), Figure(Status.VALUE, 0.69, of=590), "no clear change"),
        (SHARE, Figure(Status.VALUE, 0.76, of=600), Figure(Status.VALUE, 0.69, of=590),
         "7 percentage points higher"),
        (SHARE, Figure(Status.VALUE, 0.57, of=14), Figure(Status.VALUE, 0.86, of=14), "no clear change"),
        (SHARE, exact(0.76), exact(0.69), "7 percentage points higher (not judged)"),  # of how many is not published
        (DAYS, Figure(Status.VALUE, 2.9, of=340), Figure(Status.VALUE, 3.2, of=350), "0.3 days shorter (not judged)"),
        (STOCK, exact(40), exact(80), "50 % fewer (not judged)"),
    ],
)  # fmt: skip
def test_each_kind_of_figure_has_one_rule_or_says_that_it_has_none(
    measure: MeasureInfo, now: Figure, before: Figure, words: str
) -> None:
    change = change_in(measure, now, before)
    assert change_words(change, measure).replace("\u00a0", " ") == words
    judged = change.direction in (Direction.ROSE, Direction.FELL)
    assert change_step(change) == (0 if "no clear" in words else change.difference if judged else None), "its arrow"


HELD = st.tuples(st.integers(1, 3000), st.integers(0, 60))


@given(HELD, HELD, st.integers(100, 90_000), st.booleans())
def test_count_and_rate_of_the_same_homes_are_told_alike(
    now: tuple[int, int], before: tuple[int, int], homes: int, protected: bool
) -> None:
    regime = Regime.MEASURED if protected else Regime.EXACT
    counts = [measured(value, margin) if protected else exact(value) for value, margin in (now, before)]
    margins = [each.margin if protected else None for each in counts]
    rates = [
        Figure(each.status, round(each.value * 1000 / homes, 2), *(
            round((each.value + side * each.margin) * 1000 / homes, 2) if protected else None for side in (-1, 1)
        ), of=each.value, of_margin=margin)
        for each, margin in zip(counts, margins, strict=True) if each.value is not None
    ]  # fmt: skip
    of_counts = change_of(*counts, kind=Kind.COUNT, regime=regime, decimals=0).direction
    of_rates = change_of(*rates, kind=Kind.RATE, regime=regime, decimals=1)
    assert of_rates.direction in ({of_counts} if of_rates.difference else {Direction.LEVEL})


def test_a_share_says_of_how_many_and_few_are_starred() -> None:
    many, few = (figure_cell(Figure(Status.VALUE, 0.57, of=of), SHARE) for of in (24_546, 14))
    assert many.content[0] == "57 %"
    assert "of 24,546" in str(many.content[1])
    assert (many.flagged, few.flagged) == (False, True)
    assert "of 14" in str(few.content)
    assert "of" not in str(figure_cell(exact(0.57), SHARE).content[0])
