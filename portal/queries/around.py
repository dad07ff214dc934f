"""What stands before and after a dated event: the same number of periods, of the same times of year where known.

Counts are averaged; shares and means are put together by what they divide by, where that is published; medians and
other figures whose parts are not published are never averaged: their periods are compared one by one.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import polars as pl

from layers.measures import Kind, Regime, Status
from layers.period import Grain, add_months, period_end
from layers.release import MeasureInfo
from portal.queries.change import Change, Direction, change_of, is_of_counted, written_difference
from portal.queries.figure import NOTHING, Figure, combined_margin
from portal.statistics.baseline import years_back

MOST_YEARS = 3
"""Whole years on each side, where figures are told by year."""
FEWEST = 4
"""Pairs whose scatter can be told."""
LEVEL = 0.10
MOVING = ("open", "due", "oldest_open_days")
"""Younger periods have had less time: never compared with older ones."""
OVERLAPPING = (Grain.ROLLING_12M, Grain.ROLLING_4W)


class Way(StrEnum):
    """How a side is told: the mean of its counts or rates, its parts put together, or period by period."""

    MEAN = "mean"
    TOGETHER = "together"
    ONE_BY_ONE = "one_by_one"


class Lack(StrEnum):
    """Why nothing can be compared."""

    OVERLAP = "overlap"
    MOVING = "moving"
    EARLY = "early"
    NONE_BEFORE = "none_before"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Pair:
    """A period after the event and the one that it is compared with; `over`: what the figures divide by."""

    after: date
    before: date
    now: Figure
    then: Figure
    over: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its figure (none where periods are compared one by one), its lowest and highest period."""

    figure: Figure
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Around:
    """The comparison.

    seasons: whether both sides hold the same times of year. left_out: periods after it that have no counterpart that
    is told. inside: the period in which the event began, which belongs to neither side.
    """

    event: date
    grain: Grain
    way: Way
    pairs: tuple[Pair, ...] = ()
    seasons: bool = True
    left_out: int = 0
    inside: date | None = None
    now: Side | None = None
    then: Side | None = None
    change: Change = Change(Direction.UNKNOWN)  # noqa: RUF009 - frozen
    lack: Lack | None = None

    @property
    def scattered(self) -> bool:
        """Whether there are pairs enough to tell their scatter."""
        return len(self.pairs) >= FEWEST

    @property
    def higher(self) -> int:
        """Pairs whose later period is higher."""
        return sum((each.now.value or 0) > (each.then.value or 0) for each in self.pairs)

    @property
    def lower(self) -> int:
        """Pairs whose later period is lower."""
        return sum((each.now.value or 0) < (each.then.value or 0) for each in self.pairs)


def around(rows: pl.DataFrame, over: Mapping[date, Figure], event: date, grain: Grain, measure: MeasureInfo) -> Around:
    """The comparison of a series (`period, status, value, low, high, flag, unfinished`) around the event's first day.

    `over`: the figures of what the measure divides by, empty where that is not published.
    """
    way = _way(measure, over)
    found = Around(event, grain, way, inside=_inside(rows, event, grain))
    if grain in OVERLAPPING or measure.name in MOVING:
        return replace(found, lack=Lack.OVERLAP if grain in OVERLAPPING else Lack.MOVING)
    figures = {row["period"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}
    usable = {row["period"] for row in rows.iter_rows(named=True) if row["value"] is not None and not row["unfinished"]}
    afters = _afters(figures, event, grain, usable)
    wished, seasons = _wished(afters, figures, event, grain, usable)
    lack = _lack(afters, wished, figures, event)
    pairs = tuple(_pair(after, before, figures, over) for after, before in wished if {after, before} <= usable)
    if lack is not None or not pairs:
        return replace(found, lack=lack or Lack.NONE_BEFORE)
    if way is Way.TOGETHER and any(each.over is None for each in pairs):
        way = Way.ONE_BY_ONE
    told = replace(found, way=way, pairs=pairs, seasons=seasons, left_out=len(afters) - len(pairs))
    return _judged(replace(told, now=_side(told, 0, measure), then=_side(told, 1, measure)), measure)


def _lack(
    afters: Sequence[date], wished: Sequence[tuple[date, date]], figures: Mapping[date, Figure], event: date
) -> Lack | None:
    """Why there is nothing to compare. Leaving out what is hidden would leave out the small figures alone."""
    if not afters:
        return Lack.HIDDEN if _hidden_after(figures, event) else Lack.EARLY
    if any(figures.get(each, NOTHING).status is Status.HIDDEN for both in wished for each in both):
        return Lack.HIDDEN
    return None if wished else Lack.NONE_BEFORE


def _way(measure: MeasureInfo, over: Mapping[date, Figure]) -> Way:
    if over and measure.kind is not Kind.COUNT:
        return Way.TOGETHER
    return Way.MEAN if measure.kind in (Kind.COUNT, Kind.RATE) else Way.ONE_BY_ONE


# ---- which periods ----


def _inside(rows: pl.DataFrame, event: date, grain: Grain) -> date | None:
    return next((each for each in rows["period"] if each < event <= period_end(each, grain)), None)


def _afters(figures: Mapping[date, Figure], event: date, grain: Grain, usable: set[date]) -> list[date]:
    """The first year of periods that began with the event or later, up to the last that is told."""
    years = MOST_YEARS if grain is Grain.YEAR else 1
    last = max(usable, default=event)
    return [each for each in sorted(figures) if event <= each < add_months(event, 12 * years) and each <= last]


def _hidden_after(figures: Mapping[date, Figure], event: date) -> bool:
    return any(each >= event and figure.status is Status.HIDDEN for each, figure in figures.items())


def _wished(
    afters: Sequence[date], figures: Mapping[date, Figure], event: date, grain: Grain, usable: set[date]
) -> tuple[list[tuple[date, date]], bool]:
    """Pairs of periods, and whether they are of the same times of year: a year apart, else side by side."""
    if grain is not Grain.YEAR:
        apart = [(each, years_back(each, grain, 1)) for each in afters]
        known = [(after, before) for after, before in apart if before in figures and period_end(before, grain) < event]
        if any(before in usable for _after, before in known):
            return known, True
    befores = [each for each in sorted(figures) if period_end(each, grain) < event and each in usable]
    many = min(len(afters), len(befores))
    return (list(zip(afters[:many], befores[-many:], strict=True)) if many else []), grain is Grain.YEAR


def _pair(after: date, before: date, figures: Mapping[date, Figure], over: Mapping[date, Figure]) -> Pair:
    weights = over.get(after, NOTHING).value, over.get(before, NOTHING).value
    both = (weights[0], weights[1]) if weights[0] and weights[1] else None
    return Pair(after, before, figures[after], figures[before], both)


# ---- what they say ----


def _side(found: Around, at: int, measure: MeasureInfo) -> Side:
    figures = [(each.now, each.then)[at] for each in found.pairs]
    values = [each.value or 0.0 for each in figures]
    low, high = min(values), max(values)
    if found.way is Way.ONE_BY_ONE:
        return Side(NOTHING, low, high)
    if found.way is Way.TOGETHER:
        weights = [each.over[at] for each in found.pairs if each.over]
        whole = sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)
        of = sum(weights) if is_of_counted(measure) else None
        return Side(Figure(Status.VALUE, whole, of=of), low, high)
    total = _total(figures, measure)
    return Side(_divided(total, len(figures)), low, high)


def _total(figures: Sequence[Figure], measure: MeasureInfo) -> Figure:
    """The sum, its noise added by squares. Homes count once in each period, so it is only divided again or compared."""
    value = sum(each.value or 0.0 for each in figures)
    of = _summed(figures)
    if measure.regime is not Regime.MEASURED:
        return Figure(Status.VALUE, value, of=of)
    if not all(each.measured for each in figures):
        return Figure(Status.VALUE, value)
    of_margin = None if of is None else math.hypot(*(each.of_margin or 0.0 for each in figures))
    margin = math.hypot(*(each.margin for each in figures))
    return Figure(Status.VALUE, value, max(value - margin, 0.0), value + margin, of=of, of_margin=of_margin)


def _summed(figures: Sequence[Figure]) -> float | None:
    """What all of them together rest on."""
    found = [each.of for each in figures]
    return None if None in found else math.fsum(each or 0.0 for each in found)


def _divided(total: Figure, by: int) -> Figure:
    low, high = (None if each is None else each / by for each in (total.low, total.high))
    return Figure(Status.VALUE, (total.value or 0.0) / by, low, high)


def _judged(found: Around, measure: MeasureInfo) -> Around:
    if found.way is Way.ONE_BY_ONE:
        return replace(found, change=Change(_sign_test(found)))
    assert found.now and found.then
    change = _by_chance(found, measure)
    scatter = _scattered(found)
    direction = change.direction
    if not change.difference:
        direction = Direction.LEVEL
    elif not found.seasons:
        direction = Direction.DIFFERS
    elif scatter is not None and scatter is not _way_of(change.difference):
        direction = Direction.LEVEL
    elif scatter is not None and direction is Direction.DIFFERS:
        direction = scatter
    return replace(found, change=replace(change, direction=direction))


def _by_chance(found: Around, measure: MeasureInfo) -> Change:
    """By the rule of every page, applied to the sums; of what has no rule, the difference."""
    assert found.now and found.then
    now, then = found.now.figure, found.then.figure
    kind, decimals = measure.kind, measure.decimals
    difference, share = written_difference(now.value or 0.0, then.value or 0.0, kind=kind, decimals=decimals)
    stock = measure.kind is Kind.COUNT and not measure.extensive and measure.regime is not Regime.MEASURED
    if found.way is Way.MEAN and not stock:
        sums = (_total([(p.now, p.then)[at] for p in found.pairs], measure) for at in (0, 1))
        change = change_of(*sums, kind=kind, regime=measure.regime, decimals=decimals)
        return replace(change, difference=None if change.difference is None else difference, share=share)
    if found.way is Way.TOGETHER and measure.kind is Kind.SHARE:
        return change_of(now, then, kind=kind, regime=measure.regime, decimals=decimals)
    beyond = difference != 0 and abs((now.value or 0.0) - (then.value or 0.0)) > combined_margin(now, then)
    return Change(Direction.DIFFERS if beyond else Direction.LEVEL, difference, share)


def _way_of(difference: float) -> Direction:
    return Direction.ROSE if difference > 0 else Direction.FELL


def _scattered(found: Around) -> Direction | None:
    """Whether the differences of the pairs lie on one side of zero, beyond their own scatter (Student, 90 %).

    None with too few pairs to tell.
    """
    from scipy.special import stdtrit  # not needed before the first comparison

    differences = [(each.now.value or 0.0) - (each.then.value or 0.0) for each in found.pairs]
    if len(differences) < FEWEST:
        return None
    mean, spread = statistics.fmean(differences), statistics.stdev(differences)
    reach = float(stdtrit(len(differences) - 1, 1 - LEVEL / 2)) * spread / math.sqrt(len(differences))
    return Direction.LEVEL if abs(mean) <= reach else _way_of(mean)


def _sign_test(found: Around) -> Direction:
    """Whether more pairs rose, or fell, than a coin would make (two-sided, 90 %); ties do not count."""
    if not found.seasons:
        return Direction.DIFFERS
    moved, more = found.higher + found.lower, max(found.higher, found.lower)
    tail = sum(math.comb(moved, each) for each in range(more, moved + 1)) / 2**moved if moved else 1.0
    if 2 * tail > LEVEL:
        return Direction.LEVEL
    return Direction.ROSE if found.higher > found.lower else Direction.FELL
