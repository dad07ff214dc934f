"""Periods: days of the city's calendar, named by their first day.

A period is a (grain, first day) pair. Records carry the city's local days before they come here, so nothing in
this module knows a time zone.
"""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Grain(StrEnum):
    """How long a period is. `rolling_12m` windows start on the first of every month, `rolling_4w` on every Monday; both
    overlap. The latter are in no release: they are added up from weeks where they are shown."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ROLLING_12M = "rolling_12m"
    ROLLING_4W = "rolling_4w"


_TRUNCATE = {Grain.DAY: "1d", Grain.WEEK: "1w", Grain.MONTH: "1mo", Grain.QUARTER: "1q", Grain.YEAR: "1y"}
_MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def period_start(day: date, grain: Grain) -> date:
    """First day of the period that holds `day`; weeks start on Monday.

    Raises ValueError for rolling windows: a day lies in twelve of them.
    """
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case Grain.YEAR:
            return date(day.year, 1, 1)
        case Grain.ROLLING_12M:
            raise ValueError("a day lies in twelve rolling windows; count months and add them up")
        case Grain.ROLLING_4W:
            raise ValueError("a day lies in four rolling windows; count weeks and add them up")


def next_period(start: date, grain: Grain) -> date:
    """First day of the period that follows. For a rolling window: of the one that starts a month, or a week, later."""
    match grain:
        case Grain.DAY:
            return start + timedelta(days=1)
        case Grain.WEEK | Grain.ROLLING_4W:
            return start + timedelta(days=7)
        case Grain.ROLLING_12M:
            return add_months(start, 1)
        case _:
            return add_months(start, _MONTHS_IN[grain])


def period_end(start: date, grain: Grain) -> date:
    """Last day of the period."""
    if grain is Grain.ROLLING_12M:
        return add_months(start, 12) - timedelta(days=1)
    if grain is Grain.ROLLING_4W:
        return start + timedelta(days=27)
    return next_period(start, grain) - timedelta(days=1)


def period_range(first: date, last: date, grain: Grain) -> list[date]:
    """Starts of all periods that touch the days `first` to `last`; of rolling windows, those that lie inside."""
    if grain is Grain.ROLLING_4W:
        raise ValueError("windows of four weeks are added up from weeks, which have a range")
    if grain is Grain.ROLLING_12M:
        start = first if first.day == 1 else add_months(first.replace(day=1), 1)
        starts = []
        while period_end(start, grain) <= last:
            starts.append(start)
            start = add_months(start, 1)
        return starts
    start, starts = period_start(first, grain), []
    while start <= last:
        starts.append(start)
        start = next_period(start, grain)
    return starts


def period_expr(column: str, grain: Grain) -> pl.Expr:
    """Date of the first day of the period of a Date or Datetime column."""
    if grain in (Grain.ROLLING_12M, Grain.ROLLING_4W):
        raise ValueError("a day lies in several rolling windows; count months or weeks and add them up")
    return pl.col(column).dt.truncate(_TRUNCATE[grain]).cast(pl.Date)


def closes_on(start: date, grain: Grain, days: int) -> date:
    """The day on which a period may be measured: `days` after its last day."""
    return period_end(start, grain) + timedelta(days=days)


def same_period_last_year(start: date, grain: Grain) -> date:
    """The period to compare with: a year earlier, 52 weeks for weeks and days so that weekdays agree."""
    if grain in (Grain.DAY, Grain.WEEK, Grain.ROLLING_4W):
        return start - timedelta(days=364)
    return add_months(start, -12)


def period_label(start: date, grain: Grain) -> str:
    """The name of a period on a screen: `12 Oct 2026`, `week of 12 Oct 2026`, `Oct 2026`, `Q4 2026`, `2026`."""
    month = _MONTHS[start.month - 1]
    match grain:
        case Grain.DAY:
            return f"{start.day} {month} {start.year}"
        case Grain.WEEK:
            return f"week of {start.day} {month} {start.year}"
        case Grain.MONTH:
            return f"{month} {start.year}"
        case Grain.QUARTER:
            return f"Q{(start.month - 1) // 3 + 1} {start.year}"
        case Grain.YEAR:
            return str(start.year)
        case Grain.ROLLING_12M | Grain.ROLLING_4W:
            return _window_label(period_end(start, grain), grain)


def _window_label(end: date, grain: Grain) -> str:
    """A window is named by its end, which is what is new in it."""
    month = _MONTHS[end.month - 1]
    return (
        f"12 months to {month} {end.year}" if grain is Grain.ROLLING_12M else f"4 weeks to {end.day} {month} {end.year}"
    )


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
