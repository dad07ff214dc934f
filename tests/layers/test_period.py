"""Periods are days of the city's calendar."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.period import (
    Grain,
    closes_on,
    next_period,
    period_end,
    period_expr,
    period_label,
    period_range,
    period_start,
    same_period_last_year,
)

DAYS = st.dates(date(1999, 1, 1), date(2090, 12, 31))
CUT = st.sampled_from([g for g in Grain if g not in (Grain.ROLLING_12M, Grain.ROLLING_4W)])


@pytest.mark.parametrize(
    ("grain", "start", "end", "label"),
    [
        (Grain.DAY, date(2026, 11, 15), date(2026, 11, 15), "15 Nov 2026"),
        (Grain.WEEK, date(2026, 11, 9), date(2026, 11, 15), "week of 9 Nov 2026"),
        (Grain.MONTH, date(2026, 11, 1), date(2026, 11, 30), "Nov 2026"),
        (Grain.QUARTER, date(2026, 10, 1), date(2026, 12, 31), "Q4 2026"),
        (Grain.YEAR, date(2026, 1, 1), date(2026, 12, 31), "2026"),
    ],
)
def test_a_day_lies_in_one_period_of_each_grain(grain: Grain, start: date, end: date, label: str) -> None:
    assert period_start(date(2026, 11, 15), grain) == start
    assert period_end(start, grain) == end
    assert period_label(start, grain) == label


@given(DAYS, CUT)
def test_every_day_lies_in_exactly_one_period(day: date, grain: Grain) -> None:
    start = period_start(day, grain)
    assert start <= day <= period_end(start, grain)
    assert period_end(start, grain) + timedelta(days=1) == next_period(start, grain)


@given(st.lists(DAYS, min_size=1, max_size=30), CUT)
def test_columns_are_cut_like_single_days(days: list[date], grain: Grain) -> None:
    frame = pl.DataFrame({"day": days}, schema={"day": pl.Date})
    assert frame.select(period_expr("day", grain)).to_series().to_list() == [period_start(d, grain) for d in days]


def test_rolling_windows_start_each_month_and_lie_inside() -> None:
    windows = period_range(date(2024, 1, 1), date(2025, 3, 31), Grain.ROLLING_12M)
    assert windows == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]
    assert period_label(windows[-1], Grain.ROLLING_12M) == "12 months to Mar 2025"
    with pytest.raises(ValueError, match="twelve"):
        period_start(date(2024, 1, 1), Grain.ROLLING_12M)


def test_a_period_closes_some_days_after_its_last_day() -> None:
    assert closes_on(date(2026, 9, 1), Grain.MONTH, 30) == date(2026, 10, 30)


def test_the_year_before() -> None:
    assert same_period_last_year(date(2024, 2, 1), Grain.MONTH) == date(2023, 2, 1)
    assert same_period_last_year(date(2026, 11, 9), Grain.WEEK).weekday() == 0


def test_windows_of_four_weeks_start_each_monday() -> None:
    monday = date(2026, 10, 19)
    assert period_end(monday, Grain.ROLLING_4W) == date(2026, 11, 15)
    assert next_period(monday, Grain.ROLLING_4W) == date(2026, 10, 26)
    assert same_period_last_year(monday, Grain.ROLLING_4W) == date(2025, 10, 20)
    assert period_label(monday, Grain.ROLLING_4W) == "4 weeks to 15 Nov 2026"
    with pytest.raises(ValueError, match="four"):
        period_start(monday, Grain.ROLLING_4W)
    with pytest.raises(ValueError, match="weeks"):
        period_range(monday, monday, Grain.ROLLING_4W)
