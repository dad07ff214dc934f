"""How figures of young periods grew later, learned from earlier releases: the reporting-lag band.

An earlier release tells a period when it was young; the current release tells it now. The ratio of the two, at the same
age, is what late reports added. Only periods that are old by now are learned from: younger ones may still grow.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from layers.period import Grain, period_end

MATURE_DAYS = 180
"""Age at which a period counts as fully reported."""
LEAST_PERIODS = 3
"""Different periods that must have been seen at an age."""
STEP_DAYS: dict[Grain, int] = {Grain.DAY: 7, Grain.WEEK: 7, Grain.ROLLING_4W: 7}
USUAL_STEP = 30
"""Ages are told apart by so many days, of the other grains."""
SETTLED = 0.01
"""Growth that is not worth a band."""
_Z90 = 1.6449


@dataclass(frozen=True, slots=True)
class Seen:
    """One figure as a release told it that spoke up to the day `until`."""

    period: date
    value: float
    until: date


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of figures of one age: low, middle and high ratio of the later figure to the early one."""

    low: float
    middle: float
    high: float
    periods: int


def age_of(start: date, grain: Grain, until: date) -> int | None:
    """How many steps a period had been over on a day; None while it was not."""
    days = (until - period_end(start, grain)).days
    return days // STEP_DAYS.get(grain, USUAL_STEP) if days >= 0 else None


def growth_by_age(seen: Sequence[Seen], now: Mapping[date, float], grain: Grain, until: date) -> dict[int, Growth]:
    """Age → growth, for ages at which enough old periods were seen. `now`: the current figures, told up to `until`."""
    ratios: dict[int, dict[date, list[float]]] = {}
    for each in seen:
        age, final = age_of(each.period, grain, each.until), now.get(each.period)
        old = (until - period_end(each.period, grain)).days >= MATURE_DAYS
        if age is None or not final or not old or each.value <= 0 or each.until >= until:
            continue
        ratios.setdefault(age, {}).setdefault(each.period, []).append(final / each.value)
    return {
        age: _growth(by_period)
        for age, by_period in ratios.items()
        if len(by_period) >= LEAST_PERIODS and age * STEP_DAYS.get(grain, USUAL_STEP) < MATURE_DAYS
    }


def _growth(by_period: Mapping[date, Sequence[float]]) -> Growth:
    """The range in which the next period's ratio lies with 90 %, were their logarithms normal: few periods, wide range.

    Every period has one voice, however many releases told it at this age.
    """
    from scipy.special import stdtrit  # not needed before the first band

    logs = np.log([sum(found) / len(found) for found in by_period.values()])
    reach = float(stdtrit(logs.size - 1, 0.95)) * float(logs.std(ddof=1)) * math.sqrt(1 + 1 / logs.size)
    low, middle, high = np.exp(logs.mean() + np.array([-reach, 0.0, reach])).tolist()
    return Growth(low, middle, high, logs.size)


def may_become(value: float, growth: Growth) -> tuple[float, float] | None:
    """Where a young count will probably end up (90 %); None where it is as good as settled.

    The ratios are learned from the whole city. Late reports come one by one, so a small place gets the chance
    variation of their number on top.
    """
    if abs(growth.low - 1) <= SETTLED and abs(growth.high - 1) <= SETTLED:
        return None
    reach = _Z90 * math.sqrt(value * abs(growth.middle - 1))
    return max(value * growth.low - reach, 0.0), value * growth.high + reach
