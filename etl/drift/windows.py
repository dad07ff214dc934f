"""Four weeks against the four-week windows of the year before: what is usual, and how far chance may go beyond it."""

from collections.abc import Iterator
from datetime import date
from math import sqrt

from etl.drift.profile import WEEK, Profile, Series, monday

SPAN = 4
"""Weeks in a window: long enough that days of the week and single holidays even out."""

SIGMAS = 4.0
"""Chance is allowed so many standard deviations: of a figure that moves by chance alone one in 30,000 goes beyond."""

FEWEST = 50
"""Records that a window must have before anything is said of shares in it."""


def newest_window(profile: Profile) -> tuple[date, ...]:
    """The Mondays of the newest four weeks; the last of them may not be over."""
    assert profile.newest is not None
    last = monday(profile.newest)
    return tuple(last - n * WEEK for n in range(SPAN))


def whole_window(profile: Profile) -> tuple[date, ...]:
    """The Mondays of the newest four weeks that are over."""
    assert profile.newest is not None
    last = monday(profile.newest) - (0 if profile.newest.weekday() == 6 else 1) * WEEK
    return tuple(last - n * WEEK for n in range(SPAN))


def windows_before(newest: tuple[date, ...], first: date) -> Iterator[tuple[date, ...]]:
    """That window and those before it, week by week, as far as records go back (`first`: the first whole week)."""
    window = newest
    while window[-1] >= first:
        yield window
        window = tuple(day - WEEK for day in window)


def first_whole_week(series: Series) -> date | None:
    """The first week of a series that surely is whole: the second one."""
    return min(series) + WEEK if series else None


def within(series: Series, window: tuple[date, ...]) -> int:
    """Records of a series in a window."""
    return sum(series.get(day, 0) for day in window)


def slack_of_share(share: float, number: int) -> float:
    """How far a share among so many records may lie from the usual one by chance."""
    held = min(max(share, 1 / max(number, 1)), 1 - 1 / max(number, 2))
    return SIGMAS * sqrt(held * (1 - held) / max(number, 1))


def slack_of_count(count: float) -> float:
    """How far a count may lie from the usual one by chance."""
    return SIGMAS * sqrt(max(count, 1.0))


def usual_shares(part: Series, whole: Series, newest: tuple[date, ...]) -> tuple[float, float] | None:
    """The smallest and the largest share of `part` in `whole` over the year's windows; None where all are too small."""
    first = first_whole_week(whole)
    if first is None:
        return None
    windows = list(windows_before(newest, first)) or [newest]
    counted = [(within(part, w), within(whole, w)) for w in windows]
    shares = [k / n for k, n in counted if n >= FEWEST]
    return (min(shares), max(shares)) if shares else None


def usual_counts(series: Series, newest: tuple[date, ...]) -> tuple[int, int, int] | None:
    """The smallest and the largest count over the year's windows, and how many windows; None where there is none."""
    first = first_whole_week(series)
    counts = [within(series, w) for w in windows_before(newest, first)] if first else []
    return (min(counts), max(counts), len(counts)) if counts else None
