"""What a figure is compared with: the year before, the mean of three years, or the time before an event."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from layers.measures import Kind, Regime, Status
from layers.period import Grain, add_months, period_end
from layers.release import MeasureInfo
from portal.queries.change import Z90, Change, change_in
from portal.queries.figure import NOTHING, Figure

MEAN_OF = 3
"""Years whose mean is a baseline."""
_BEFORE = re.compile(r"before_(\d{4})(\d{2})(\d{2})")
_MOST_YEARS = 30
Key = TypeVar("Key")


class BaselineKind(StrEnum):
    """What stands on the other side of a comparison."""

    LAST_YEAR = "last_year"
    MEAN = "mean_3"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One choice; `event` is the first day of the event before which the baseline lies."""

    kind: BaselineKind = BaselineKind.LAST_YEAR
    event: date | None = None

    @property
    def key(self) -> str:
        """As it stands in an address: `last_year`, `mean_3`, `before_20240301`."""
        return f"before_{self.event:%Y%m%d}" if self.event else self.kind.value

    @classmethod
    def read(cls, key: str | None, events: Sequence[date]) -> "Baseline":
        """The baseline an address asks for; the year before where it asks for none that there is."""
        if key == BaselineKind.MEAN.value:
            return cls(BaselineKind.MEAN)
        found = _BEFORE.fullmatch(key or "")
        asked = _day(*map(int, found.groups())) if found else None
        return cls(BaselineKind.BEFORE, asked) if asked in events else cls()


def may_be_averaged(measure: MeasureInfo) -> bool:
    """Whether a mean of periods means anything: of counts, and of rates per home, whose number hardly changes. Never of
    medians, times or shares, nor of rates that divide by something else in every period (cost per call)."""
    return measure.kind is Kind.COUNT or (measure.kind is Kind.RATE and measure.over is None)


def years_back(start: date, grain: Grain, years: int) -> date:
    """The same period so many years earlier; whole weeks for days and weeks, so that weekdays agree."""
    if grain in (Grain.DAY, Grain.WEEK, Grain.ROLLING_4W):
        return start - timedelta(days=364 * years)
    return add_months(start, -12 * years)


def compared_periods(start: date, grain: Grain, baseline: Baseline) -> tuple[date, ...]:
    """The periods that a period is compared with; none where it is not after the event."""
    if baseline.kind is BaselineKind.MEAN:
        return tuple(years_back(start, grain, years) for years in range(1, MEAN_OF + 1))
    if baseline.event is None:
        return (years_back(start, grain, 1),)
    if start <= baseline.event:
        return ()
    earlier = (years_back(start, grain, years) for years in range(1, _MOST_YEARS))
    return tuple(each for each in earlier if period_end(each, grain) < baseline.event)[:1]


def baseline_figure(figures: Mapping[Key, Figure], periods: Sequence[Key], *, kind: Kind, regime: Regime) -> Figure:
    """The figure of the baseline: the one period's, or the mean of several with its margin.

    A mean needs every one of its figures. The margin of a mean of protected figures is that of their sum (independent
    noise, added by squares) divided by their number; of exact counts, that of chance.
    """
    found = [figures.get(period, NOTHING) for period in periods]
    if len(found) == 1:
        return found[0]
    if not found or any(each.value is None for each in found) or kind not in (Kind.COUNT, Kind.RATE):
        return NOTHING
    values = [each.value or 0.0 for each in found]
    mean = sum(values) / len(values)
    if regime is Regime.MEASURED:
        if not all(each.measured for each in found):
            return NOTHING
        margin = math.hypot(*(each.margin for each in found)) / len(values)
    elif kind is Kind.COUNT:
        margin = Z90 * math.sqrt(sum(values)) / len(values)
    else:
        return _resting(Figure(Status.VALUE, mean), found, regime)
    whole = Figure(Status.VALUE, mean, max(mean - margin, 0.0), mean + margin)
    return _resting(whole, found, regime) if kind is Kind.RATE else whole


def _resting(mean: Figure, rates: Sequence[Figure], regime: Regime) -> Figure:
    """A mean of rates with what it rests on: the mean of their counts, with its margin."""
    counts = baseline_figure(
        dict(enumerate(each.counted() for each in rates)), range(len(rates)), kind=Kind.COUNT, regime=regime
    )
    return mean if counts.value is None else replace(mean, of=counts.value, of_margin=counts.margin)


def change_against(measure: MeasureInfo, now: Figure, before: Figure) -> Change:
    """The difference from a baseline, judged by the one rule for changes.

    A mean of exact counts carries the margin of chance; the count beside it then gets its own, so that both count. So
    does the mean of exact rates, by their counts.
    """
    if measure.regime is not Regime.MEASURED and not now.measured:
        if measure.kind is Kind.COUNT and before.measured:
            now = with_chance(now)
        elif measure.kind is Kind.RATE and before.of_margin is not None and now.of is not None:
            now = replace(now, of_margin=Z90 * math.sqrt(now.of))
    return change_in(measure, now, before)


def with_chance(figure: Figure) -> Figure:
    """An exact count with the range that chance gives a count of its size (90 %)."""
    if figure.value is None:
        return figure
    reach = Z90 * math.sqrt(figure.value)
    return replace(figure, low=figure.value - reach, high=figure.value + reach)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
