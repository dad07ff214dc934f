"""What a figure is compared with: the table of every choice, and no change beyond what margins and chance support."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.measures import Kind, Regime, Status
from layers.period import Grain, period_end
from portal.queries.change import Direction
from portal.queries.figure import NOTHING, Figure
from portal.statistics.baseline import Baseline, BaselineKind, baseline_figure, change_against, compared_periods
from tests.portal.test_sentences import REQUESTS

EVENT = date(2025, 3, 15)
MEAN = Baseline(BaselineKind.MEAN)
BEFORE = Baseline(BaselineKind.BEFORE, EVENT)


@pytest.mark.parametrize(
    ("start", "grain", "baseline", "periods"),
    [
        (date(2026, 9, 1), Grain.MONTH, Baseline(), [date(2025, 9, 1)]),
        (date(2026, 11, 9), Grain.WEEK, Baseline(), [date(2025, 11, 10)]),
        (date(2026, 9, 1), Grain.MONTH, MEAN, [date(2025, 9, 1), date(2024, 9, 1), date(2023, 9, 1)]),
        (date(2026, 9, 1), Grain.MONTH, BEFORE, [date(2024, 9, 1)]),  # September 2025 was after it
        (date(2026, 2, 1), Grain.MONTH, BEFORE, [date(2025, 2, 1)]),
        (date(2026, 3, 1), Grain.MONTH, BEFORE, [date(2024, 3, 1)]),  # March 2025 was cut by it
        (date(2025, 3, 1), Grain.MONTH, BEFORE, []),  # began before it
        (date(2026, 1, 1), Grain.YEAR, BEFORE, [date(2024, 1, 1)]),
    ],
)
def test_what_a_period_is_compared_with(start: date, grain: Grain, baseline: Baseline, periods: list[date]) -> None:
    assert list(compared_periods(start, grain, baseline)) == periods


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER]))
def test_a_baseline_before_an_event_ends_before_it(start: date, grain: Grain) -> None:
    for each in compared_periods(start.replace(day=1), grain, BEFORE):
        assert period_end(each, grain) < EVENT


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (None, Baseline()),
        ("mean_3", MEAN),
        ("before_20250315", BEFORE),
        ("before_20250316", Baseline()),  # no such event
        ("before_20251399", Baseline()),
        ("best_year", Baseline()),
    ],
)
def test_an_address_names_a_baseline(key: str | None, found: Baseline) -> None:
    assert Baseline.read(key, [EVENT]) == found
    assert Baseline.read(found.key, [EVENT]) == found


COUNT = {"kind": Kind.COUNT, "regime": Regime.EXACT}
PROTECTED = {"kind": Kind.COUNT, "regime": Regime.MEASURED}
YEARS = [date(2025, 1, 1), date(2024, 1, 1), date(2023, 1, 1)]


def counts(*values: float) -> dict[date, Figure]:
    return {year: Figure(Status.VALUE, value) for year, value in zip(YEARS, values, strict=True)}


def test_the_mean_of_exact_counts_carries_the_margin_of_chance() -> None:
    found = baseline_figure(counts(90, 100, 110), YEARS, **COUNT)
    assert found.value == 100
    assert found.margin == pytest.approx(1.645 * math.sqrt(300) / 3)


def test_the_mean_of_protected_figures_carries_their_margins() -> None:
    figures = {year: Figure(Status.VALUE, 100, 88, 112) for year in YEARS}
    assert baseline_figure(figures, YEARS, **PROTECTED).margin == pytest.approx(12 / math.sqrt(3))


@pytest.mark.parametrize("gap", [Status.HIDDEN, Status.NOT_COLLECTED, Status.NOT_REPORTED])
def test_a_mean_with_a_gap_is_no_mean(gap: Status) -> None:
    figures = counts(90, 100, 110) | {YEARS[1]: Figure(gap)}
    assert baseline_figure(figures, YEARS, **COUNT) == NOTHING


@pytest.mark.parametrize("kind", [Kind.DURATION, Kind.SHARE])
def test_medians_and_shares_are_never_averaged(kind: Kind) -> None:
    assert baseline_figure(counts(3, 4, 5), YEARS, kind=kind, regime=Regime.EXACT) == NOTHING
    assert baseline_figure(counts(3, 4, 5), YEARS[:1], kind=kind, regime=Regime.EXACT).value == 3


@given(st.integers(0, 400), st.lists(st.integers(1, 400), min_size=3, max_size=3))
def test_no_change_from_a_mean_within_chance(now: int, before: list[int]) -> None:
    mean = baseline_figure(counts(*before), YEARS, **COUNT)
    change = change_against(REQUESTS, Figure(Status.VALUE, now), mean)
    reach = 1.645 * math.sqrt(now + sum(before) / 9)
    judged = abs(now - sum(before) / 3) > reach + 1e-9
    assert (change.direction in (Direction.ROSE, Direction.FELL)) == judged
