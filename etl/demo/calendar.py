"""The demo city's time: what months it covers, its seasons, its growth and the three things that happened to it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from etl.demo.plane import Flags, Floats, Ints

AS_OF = date(2026, 11, 15)
LAST_MONTH = date(2026, 10, 1)
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Planted:
    """Something that happened from one day to another, both included."""

    title: str
    first: date
    last: date

    def on(self, days: Floats) -> Flags:
        """On which of the days (counted from 1970) it was going on."""
        return np.asarray((days >= day_number(self.first)) & (days <= day_number(self.last)))


HEAT_WAVE = Planted("Heat wave", date(2025, 7, 8), date(2025, 7, 19))
MORATORIUM = Planted("Court moratorium on eviction filings", date(2024, 3, 1), date(2024, 5, 31))
REBOUND = Planted("Filings held back during the moratorium", date(2024, 6, 1), date(2024, 7, 31))
PLANT_CLOSING = Planted("Closing of the glass works", date(2025, 9, 15), date(2026, 5, 31))


@dataclass(frozen=True, slots=True)
class Span:
    """The days of the demo: whole months up to LAST_MONTH, and the days since then up to the day before AS_OF."""

    first: date
    last_whole: date
    last: date

    def days(self, *, partial: bool) -> Floats:
        """Days counted from 1970; with or without those of the unfinished month."""
        end = self.last if partial else self.last_whole
        return np.arange(day_number(self.first), day_number(end) + 1, dtype=np.float64)


def span_of(months: int) -> Span:
    """The days of a demo of so many whole months."""
    back = LAST_MONTH.year * 12 + LAST_MONTH.month - months
    first = date(back // 12, back % 12 + 1, 1)
    return Span(first, date(2026, 10, 31), AS_OF - timedelta(days=1))


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - date(1970, 1, 1)).days


def season(days: Floats, *, peak: date, strength: float) -> Floats:
    """A yearly wave around 1 that is highest on the peak's day of the year."""
    return np.asarray(1 + strength * np.cos(2 * np.pi * (days - day_number(peak)) / DAYS_PER_YEAR))


def growth(days: Floats, *, yearly: float) -> Floats:
    """Steady growth, 1 in the middle of 2025."""
    return np.asarray(np.exp(np.log1p(yearly) * (days - day_number(date(2025, 7, 1))) / DAYS_PER_YEAR))


def weekday_pattern(days: Floats, *, saturday: float, sunday: float) -> Floats:
    """How much of a working day each day is."""
    pattern = np.array([1.08, 1.04, 1.0, 0.98, 0.96, saturday, sunday])
    return np.asarray(pattern[(days.astype(np.int64) + 3) % 7])


def drawn_days(rng: np.random.Generator, days: Floats, weight: Floats, *, yearly: float) -> Ints:
    """Days of events whose mean rate is `yearly` where the weight is 1; unordered by nothing but time."""
    counts = rng.poisson(np.maximum(weight, 0.0) * yearly / DAYS_PER_YEAR)
    return np.repeat(days.astype(np.int64), counts)


def moments(days: Ints, seconds: Ints) -> pl.Series:
    """Local times from days since 1970 and seconds of the day."""
    return pl.Series((days * 86_400 + seconds) * 1_000_000).cast(pl.Datetime("us"))


def office_seconds(rng: np.random.Generator, count: int) -> Ints:
    """Seconds of the day between 6:00 and 22:00, most of them before noon."""
    return np.asarray((6 + 16 * rng.beta(2.2, 3.2, count)) * 3_600, dtype=np.int64)


AS_OF_MOMENT = datetime(2026, 11, 15, 5, 0)  # noqa: DTZ001 (the city's own wall clock)
