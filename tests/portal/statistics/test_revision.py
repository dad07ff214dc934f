"""The reporting-lag band: learned from earlier releases, never from figures that are still young."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.period import Grain, add_months, period_end
from portal.queries.rolling import four_weeks
from portal.statistics.revision import Growth, Seen, age_of, growth_by_age, may_become

UNTIL = date(2026, 11, 15)
MONTHS = [add_months(date(2025, 1, 1), step) for step in range(22)]
REPORTED = (0.8, 0.9, 0.97, 1.0)
"""Share of the final figure that is there after so many steps."""


def seen_with(share: tuple[float, ...] = REPORTED) -> list[Seen]:
    """Monthly releases, each telling every month that was over by then at the share of its age."""
    found = []
    for step in range(1, 22):
        as_of = MONTHS[step] + timedelta(days=14)
        for month in MONTHS[:step]:
            age = age_of(month, Grain.MONTH, as_of)
            assert age is not None
            found.append(Seen(month, 100 * share[min(age, len(share) - 1)], as_of))
    return found


NOW = dict.fromkeys(MONTHS, 100.0)


def test_growth_is_learned_by_age() -> None:
    growth = growth_by_age(seen_with(), NOW, Grain.MONTH, UNTIL)
    assert [round(growth[age].middle, 3) for age in range(4)] == [1.25, 1.111, 1.031, 1.0]
    assert may_become(80, growth[3]) is None, "as good as settled"
    band = may_become(80, growth[0])
    assert band is not None
    assert band[0] < 100 < band[1]


def test_young_periods_teach_nothing() -> None:
    late = [each for each in seen_with() if each.period >= date(2026, 6, 1)]
    assert growth_by_age(late, NOW, Grain.MONTH, UNTIL) == {}


def test_two_periods_are_not_enough() -> None:
    few = [each for each in seen_with() if each.period < date(2025, 3, 1)]
    assert growth_by_age(few, NOW, Grain.MONTH, UNTIL) == {}


def test_the_current_release_teaches_nothing_about_itself() -> None:
    assert growth_by_age([Seen(month, 50.0, UNTIL) for month in MONTHS], NOW, Grain.MONTH, UNTIL) == {}


@pytest.mark.parametrize(
    ("start", "until", "age"),
    [(date(2026, 11, 1), UNTIL, None), (date(2026, 10, 1), UNTIL, 0), (date(2026, 9, 1), UNTIL, 1)],
)
def test_the_age_of_a_period(start: date, until: date, age: int | None) -> None:
    assert age_of(start, Grain.MONTH, until) == age


@given(st.floats(0, 5000), st.floats(0.5, 1), st.floats(1, 2))
def test_the_band_holds_what_the_middle_says(value: float, low: float, high: float) -> None:
    band = may_become(value, Growth(low, (low + high) / 2, high, 5))
    if band is not None:
        assert 0 <= band[0] <= value * (low + high) / 2 + 1e-9
        assert band[1] >= value * (low + high) / 2 - 1e-9


def weeks(*values: float | None, status: str = "not_collected") -> pl.DataFrame:
    monday = date(2026, 1, 5)
    return pl.DataFrame(
        {
            "period": [monday + timedelta(days=7 * n) for n in range(len(values))],
            "status": [status if v is None else "zero" if v == 0 else "value" for v in values],
            "value": [None if v is None else float(v) for v in values],
        },
        schema={"period": pl.Date, "status": pl.String, "value": pl.Float64},
    )


def test_four_weeks_are_added_up() -> None:
    found = four_weeks(weeks(1, 2, 3, 4, 0, 0, 0, 0))
    assert found["value"].to_list() == [10, 9, 7, 4, 0]
    assert found["status"].to_list() == ["value", "value", "value", "value", "zero"]
    assert found["period"][0] == date(2026, 1, 5)


@pytest.mark.parametrize("status", ["not_collected", "not_reported", "hidden"])
def test_a_week_without_a_figure_leaves_no_sum(status: str) -> None:
    found = four_weeks(weeks(1, None, 3, 4, 5, 6, status=status))
    assert found["value"].to_list() == [None, None, 18]
    assert found["status"].to_list() == [status, status, "value"]


def test_windows_do_not_reach_over_a_missing_week() -> None:
    rows = weeks(1, 2, 3, 4, 5, 6)
    assert four_weeks(rows.filter(pl.col("value") != 3)).is_empty()
    two = pl.concat([rows.with_columns(unit=pl.lit(name)) for name in "ab"])
    assert four_weeks(two, by=("unit",))["value"].to_list() == [10, 14, 18] * 2


def test_period_ends_are_those_of_the_calendar() -> None:
    assert period_end(date(2026, 1, 5), Grain.ROLLING_4W) == date(2026, 2, 1)
