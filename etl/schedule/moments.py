"""Which moments a cron expression means in a time zone, also in the nights when clocks are changed.

A time that clocks skip in spring comes once, as much later as the clocks went forward; a time that comes twice in
autumn counts the first time only. So every declared time comes exactly once on every day it is declared for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = 366 * 8 + 2
"""Days after which a time that never came never comes: 29 February is at most eight years away."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The five fields: which minutes, hours, days of the month, months and days of the week (Sunday is 0).

    Where both kinds of day are restricted, one of the two suffices, as cron has it.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def on(self, day: date) -> bool:
        """Whether a day is one of its days."""
        if day.month not in self.months:
            return False
        weekday = day.isoweekday() % 7
        if self.days is not None and self.weekdays is not None:
            return day.day in self.days or weekday in self.weekdays
        return (self.days is None or day.day in self.days) and (self.weekdays is None or weekday in self.weekdays)


@cache
def parsed(text: str) -> Cron:
    """A cron expression that `etl.city.cron` has checked."""
    minute, hour, day, month, weekday = text.lower().split()
    return Cron(
        minutes=_numbers(minute, 0, 59),
        hours=_numbers(hour, 0, 23),
        days=None if day == "*" else _numbers(day, 1, 31),
        months=_numbers(month, 1, 12, _MONTHS, first_name=1),
        weekdays=None if weekday == "*" else frozenset(n % 7 for n in _numbers(weekday, 0, 7, _DAYS)),
    )


def moments(cron: str, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """The declared moments after `since` and up to `until`, as UTC, oldest first. Both are aware."""
    day = since.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date()
    found = []
    while day <= last:
        found += [moment for moment in _of_day(parsed(cron), zone, day) if since < moment <= until]
        day += timedelta(days=1)
    return sorted(set(found))


def next_moment(cron: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first declared moment after another one, as UTC; None where there is none, such as 31 February."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _ in range(_LONGEST):
        if found := [moment for moment in _of_day(parsed(cron), zone, day) if moment > after]:
            return min(found)
        day += timedelta(days=1)
    return None


def _of_day(cron: Cron, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    if cron.on(day):
        for hour in sorted(cron.hours):
            for minute in sorted(cron.minutes):
                # fold 0: the first of two, and a skipped time by the clock before the change, which lies after it
                yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def _numbers(text: str, low: int, high: int, names: tuple[str, ...] = (), *, first_name: int = 0) -> frozenset[int]:
    known = {name: number for number, name in enumerate(names, start=first_name)}
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (str(low), "-", str(high)) if span == "*" else span.partition("-")
        begin = known.get(first, -1) if first in known else int(first)
        end = (known[last] if last in known else int(last)) if last else (high if step else begin)
        if span == "*" and names == _DAYS:
            end = 6
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)
