"""Worlds in which nothing happens, with the noise that is published: how often does a page say that something did?

The rates asserted here are the rates that pages print. Each world has a quick sibling that runs always and a long one.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, poisson

from layers.measures import Kind, Regime, Status
from layers.period import Grain
from portal.queries.change import Direction, change_of
from portal.queries.figure import Figure
from portal.queries.outcomes import Group, difference_of
from portal.statistics.anomalies import RULES, fired
from portal.statistics.expectation import Floats, expected_range
from portal.statistics.hotspots import Spot, Touching, hot_spots
from portal.statistics.revision import _growth
from portal.words.sentences import category_sentence
from tests.portal.statistics.test_expectation import LENGTHS, quiet, starts
from tests.portal.statistics.test_hotspots import PLACES, SIDE, TOUCHING, square
from tests.portal.test_sentences import FILED, REQUESTS

MOVED = (Direction.ROSE, Direction.FELL)


# ---- "rose" and "fell": one in ten by mistake ----


def exact(value: float) -> Figure:
    return Figure(Status.VALUE, float(value))


def published(value: float, sigma: float) -> Figure:
    """As a release tells it: the range begins at 0 at the earliest."""
    reach = math.ceil(1.6449 * sigma)
    return Figure(Status.VALUE, value, max(value - reach, 0.0), value + reach)


@pytest.mark.parametrize("level", [0.3, 1, 2, 3.5, 5.2, 8, 13, 30])
def test_of_two_exact_counts_alike_one_comparison_in_ten_is_called_a_change(level: float) -> None:
    """Summed over all pairs of counts, not simulated. 0.104 is the worst there is, at 5.2 events."""
    most = int(level + 6 * math.sqrt(level) + 6)
    chance = poisson.pmf(np.arange(most), level)
    said = sum(
        chance[now] * chance[before]
        for now in range(most)
        for before in range(most)
        if change_of(exact(now), exact(before), kind=Kind.COUNT, regime=Regime.EXACT, decimals=0).direction in MOVED
    )
    assert said < 0.105


@pytest.mark.parametrize(("level", "sigma"), [(20, 5), (100, 5), (100, 12), (1000, 30)])
def test_of_two_protected_counts_alike_at_most_one_in_ten(level: int, sigma: float) -> None:
    dice, worlds = np.random.default_rng(level), 2000
    values = np.round(dice.poisson(level, (worlds, 2)) + dice.normal(0, sigma, (worlds, 2)))
    told = values[(values >= 13).all(axis=1)].tolist()
    said = sum(
        change_of(
            published(now, sigma), published(before, sigma), kind=Kind.COUNT, regime=Regime.MEASURED, decimals=0
        ).direction
        in MOVED
        for now, before in told
    )
    assert said / len(told) < 0.10 + 3 * math.sqrt(0.09 / len(told))


def test_a_protected_rate_is_never_said_to_have_risen_by_its_margins_alone() -> None:
    """Its noise is in its margins, but the chance of its count is not."""
    now, before = Figure(Status.VALUE, 9.0, 8.5, 9.5), Figure(Status.VALUE, 7.0, 6.5, 7.5)
    for one, other, direction in ((now, before, Direction.DIFFERS), (now, now, Direction.LEVEL)):
        assert change_of(one, other, kind=Kind.RATE, regime=Regime.MEASURED, decimals=1).direction is direction


@pytest.mark.parametrize("homes", [900, 14_300, 85_000])
@pytest.mark.parametrize("sigma", [0.0, 5.0])
def test_a_rate_is_judged_as_its_count_however_it_is_rounded(homes: int, sigma: float) -> None:
    """So of two rates alike at most one in ten is called a change: as rarely as of their counts."""
    dice, regime = np.random.default_rng(homes), Regime.MEASURED if sigma else Regime.EXACT
    for level in (20, 60, 400):
        for values in np.round(dice.poisson(level, (40, 2)) + dice.normal(0, sigma, (40, 2))).tolist():
            counts = [published(each, sigma) if sigma else exact(each) for each in values]
            said = change_of(*counts, kind=Kind.COUNT, regime=regime, decimals=0).direction
            found = change_of(*(per_1000(each, homes) for each in counts), kind=Kind.RATE, regime=regime, decimals=2)
            assert found.direction is said or not found.difference, "or both are written alike"


def per_1000(count: Figure, homes: int) -> Figure:
    """The rate of a count as a release tells it, with two decimals."""
    value, low, high = (
        None if each is None else round(each * 1000 / homes, 2) for each in (count.value, count.low, count.high)
    )
    return Figure(count.status, value, low, high, of=count.value, of_margin=count.margin if count.measured else None)


def test_a_rate_of_more_homes_than_before_is_held_against_the_homes_of_both() -> None:
    more = Figure(Status.VALUE, 20.0, of=200), Figure(Status.VALUE, 20.0, of=100)  # twice the homes
    assert change_of(*more, kind=Kind.RATE, regime=Regime.EXACT, decimals=1).direction is Direction.LEVEL
    same = Figure(Status.VALUE, 20.0, of=200), Figure(Status.VALUE, 40.0, of=200)
    assert change_of(*same, kind=Kind.RATE, regime=Regime.EXACT, decimals=1).direction is Direction.FELL


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.85])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 3), (5, 14), (14, 14), (30, 200), (150, 150)])
def test_of_two_shares_alike_at_most_one_in_ten(share: float, n: int, m: int) -> None:
    """Summed over all pairs of outcomes."""
    here, there = binom.pmf(np.arange(n + 1), n, share), binom.pmf(np.arange(m + 1), m, share)
    said = sum(
        here[one] * there[other]
        for one in range(n + 1)
        for other in range(m + 1)
        if here[one] * there[other] > 1e-7
        and change_of(
            Figure(Status.VALUE, one / n, of=n), Figure(Status.VALUE, other / m, of=m),
            kind=Kind.SHARE, regime=Regime.EXACT, decimals=2,
        ).direction in MOVED
    )  # fmt: skip
    assert said < 0.10


def named_by_chance(worlds: int, sigma: float) -> float:
    """Share of null worlds of 24 categories, from rare to frequent, in which the sentence names any."""
    levels = np.geomspace(2, 400, 24)
    dice, said = np.random.default_rng(11), 0
    for _ in range(worlds):
        now, before = (np.round(dice.poisson(levels) + dice.normal(0, sigma, levels.size)) for _ in range(2))
        said += category_sentence(_rows(now, before, sigma), FILED if sigma else REQUESTS) is not None
    return said / worlds


def _rows(now: Floats, before: Floats, sigma: float) -> pl.DataFrame:
    def figures(values: Sequence[float], prefix: str) -> dict[str, list[object]]:
        found = [published(value, sigma) if sigma else exact(value) for value in values]
        shown = [not sigma or value >= 13 for value in values]
        columns: dict[str, list[object]] = {
            name: [getattr(each, name) if told else None for each, told in zip(found, shown, strict=True)]
            for name in ("value", "low", "high")
        }
        columns |= {"status": ["value" if told else "hidden" for told in shown], "flag": [None] * len(found)}
        return {f"{prefix}{name}": column for name, column in columns.items()}

    titles = {"title": [f"Category {number}" for number in range(len(now))]}
    return pl.DataFrame(titles | figures(now.tolist(), "") | figures(before.tolist(), "before_"))


@pytest.mark.parametrize("sigma", [0.0, 5.0])
def test_a_sentence_that_picks_from_many_categories_seldom_names_any_by_chance(sigma: float) -> None:
    """One in ten. By the rule for a single comparison it would be nine in ten."""
    assert named_by_chance(100, sigma) < 0.10 + 3 * math.sqrt(0.09 / 100)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.0, 5.0])
def test_and_never_more_often_than_one_time_in_ten(sigma: float) -> None:
    assert named_by_chance(2500, sigma) < 0.10 + 2 * math.sqrt(0.09 / 2500)


@pytest.mark.parametrize("homes", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_two_groups_that_fare_alike_seldom_differ(homes: int, share: float) -> None:
    """Summed over all pairs of outcomes of as many exact homes in each group."""
    chance = binom.pmf(np.arange(homes + 1), homes, share)
    said = 0.0
    for one in range(homes + 1):
        for other in range(homes + 1):
            first, second = (Group((exact(lost),), (exact(homes - lost),)) for lost in (one, other))
            found = difference_of(first, second)
            assert found is not None
            said += chance[one] * chance[other] * (found.direction is not Direction.LEVEL)
    assert said < 0.10


# ---- expected range: 99 of 100, and the rules printed with their rates ----


def marks(grain: Grain, level: float, worlds: int, *, sigma: float = 0.0, spread: float = 0.0) -> dict[str, float]:
    """Share of figures outside the range, and marked as a run. spread: variation beyond chance (squared, relative)."""
    found, told = {"outside": 0, "run": 0}, 0
    for seed in range(worlds):
        values, days = quiet(grain, level, seed=seed)
        dice = np.random.default_rng(10_000 + seed)
        if spread:
            values = dice.poisson(values * dice.gamma(1 / spread, spread, values.size)).astype(np.float64)
        values = np.maximum(np.round(values + dice.normal(0, sigma, values.size)), 0) if sigma else values
        margins = np.full(values.size, 1.6449 * sigma) if sigma else None
        expected = expected_range(values, days, grain, kind=Kind.COUNT, margins=margins)
        assert expected is not None
        found["outside"] += int(((values > expected.high) | (values < expected.low)).sum())
        found["run"] += sum(rule is RULES[1] for rule in fired(values, expected))
        told += values.size
    return {name: number / told for name, number in found.items()}


@pytest.mark.parametrize(("sigma", "spread"), [(0.0, 0.0), (15.0, 0.0), (0.0, 0.05)])
def test_one_figure_in_a_hundred_lies_outside_the_range_while_nothing_happens(sigma: float, spread: float) -> None:
    found = marks(Grain.MONTH, 100, 60, sigma=sigma, spread=spread)
    assert 0.004 < found["outside"] < 0.018
    assert found["run"] < 0.004


@pytest.mark.slow
@pytest.mark.parametrize(("sigma", "spread"), [(0.0, 0.0), (15.0, 0.0), (0.0, 0.05)])
@pytest.mark.parametrize("grain", LENGTHS)
def test_and_that_holds_for_every_grain(grain: Grain, sigma: float, spread: float) -> None:
    found = marks(grain, 100, 500, sigma=sigma, spread=spread)
    assert 0.007 < found["outside"] < 0.0145
    assert found["run"] < 0.003


def times(dice: np.random.Generator) -> Floats:
    """Medians of a few dozen times to close, of which some take very long."""
    return np.round(np.median(dice.lognormal(1.5, 1.2, (60, 25)), axis=1), 1)


def longest(dice: np.random.Generator) -> Floats:
    return np.round(dice.lognormal(3, 0.5, 60))


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (times, Kind.DURATION),
        (longest, Kind.DURATION),
        (lambda dice: dice.binomial(60, 0.9, 60) / 60, Kind.SHARE),
        (lambda dice: dice.poisson(20, 60) / 4.0, Kind.RATE),
    ],
)
def test_that_holds_for_times_shares_and_rates(draw: Callable[[np.random.Generator], Floats], kind: Kind) -> None:
    outside, worlds = 0, 60
    for seed in range(worlds):
        values = draw(np.random.default_rng(seed))
        expected = expected_range(values, starts(Grain.MONTH, 60), Grain.MONTH, kind=kind)
        assert expected is not None
        outside += int(((values > expected.high) | (values < expected.low)).sum())
    assert 0.004 < outside / (worlds * 60) < 0.017


@pytest.mark.parametrize("seen", [3, 20])
def test_nine_of_ten_figures_end_up_where_the_band_of_late_reports_says(seen: int) -> None:
    dice, held, worlds = np.random.default_rng(seen), 0, 600
    for _ in range(worlds):
        *before, final = np.exp(dice.normal(0.1, 0.05, seen + 1)).tolist()
        growth = _growth({number: [ratio] for number, ratio in enumerate(before)})  # type: ignore[misc]
        held += growth.low <= final <= growth.high
    assert abs(held / worlds - 0.90) < 3 * math.sqrt(0.09 / worlds)


# ---- hot spots: one map in twenty by mistake ----

World = Callable[[np.random.Generator], tuple[Floats, Floats, Touching]]
BLOCK = np.arange(PLACES) // SIDE // 4 * 4 + np.arange(PLACES) % SIDE // 4


def few_events(dice: np.random.Generator) -> tuple[Floats, Floats, Touching]:
    values = dice.poisson(0.4, PLACES).astype(float)
    return values, np.full(PLACES, values.mean()), TOUCHING


def a_few_who_call_often(dice: np.random.Generator) -> tuple[Floats, Floats, Touching]:
    values = dice.negative_binomial(0.5, 1 / 9, PLACES).astype(float)
    return values, np.full(PLACES, values.mean()), TOUCHING


def rates_of_unlike_places(dice: np.random.Generator) -> tuple[Floats, Floats, Touching]:
    """From a handful of homes to a thousand, the small places side by side, as at a city's edge."""
    rough = dice.normal(0, 1, (SIDE + 6, SIDE + 6))
    smooth = sum(rough[row : row + SIDE, column : column + SIDE] for row in range(7) for column in range(7)).ravel()
    homes = np.maximum(np.round(100 * np.exp(1.2 * smooth / smooth.std())), 1)
    counts = dice.poisson(0.02 * homes)
    rate = counts * 1000 / homes
    one = np.where(counts > 0, 1000 / homes, np.median(1000 / homes[counts > 0]))
    return rate, rate.mean() * one, TOUCHING


def fitted_to_a_sum(dice: np.random.Generator) -> tuple[Floats, Floats, Touching]:
    """Sixteen places each are measured together as well, and brought to agree: their noise is not independent."""
    own, above = 36.0, 16.0
    values = 40 + dice.normal(0, math.sqrt(own), PLACES)
    gap = 16 * 40 + dice.normal(0, math.sqrt(above), 16) - np.bincount(BLOCK, values)
    values += gap[BLOCK] * own / (16 * own + above)
    return values, np.full(PLACES, own - own**2 / (16 * own + above)), TOUCHING


def hidden_below_a_floor(dice: np.random.Generator) -> tuple[Floats, Floats, Touching]:
    values = np.round(dice.poisson(15, PLACES) + dice.normal(0, 5, PLACES))
    shown = values >= 13
    kept = values[shown]
    return kept, np.full(kept.size, 25 + kept.mean()), square(without=frozenset(np.flatnonzero(~shown).tolist()))


WORLDS: list[World] = [
    few_events, a_few_who_call_often, rates_of_unlike_places, fitted_to_a_sum, hidden_below_a_floor,
]  # fmt: skip


def false_maps(world: World, maps: int) -> float:
    """Share of maps with any find, in a world where all places are alike."""
    wrong = 0
    for seed in range(maps):
        values, variances, touching = world(np.random.default_rng(seed))
        kinds = hot_spots(values, touching, variances, deals=10_000).kinds
        wrong += any(kind is not Spot.NONE for kind in kinds)
    return wrong / maps


@pytest.mark.parametrize("world", WORLDS)
def test_seldom_is_a_place_hot_where_all_are_alike(world: World) -> None:
    assert false_maps(world, 12) <= 2 / 12


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_and_on_no_more_than_one_map_in_twenty(world: World) -> None:
    assert false_maps(world, 800) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 800)
