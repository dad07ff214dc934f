"""Expected ranges: calibrated while nothing changes, blind to no real change."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.measures import Kind
from layers.period import Grain, next_period
from portal.statistics.anomalies import RULES, fired
from portal.statistics.expectation import LEAST_MEAN, Floats, expected_range, whole_run

LENGTHS = {Grain.MONTH: 48, Grain.QUARTER: 16, Grain.WEEK: 160}


def starts(grain: Grain, periods: int) -> list[date]:
    found = [date(2022, 1, 3) if grain is Grain.WEEK else date(2022, 1, 1)]
    while len(found) < periods:
        found.append(next_period(found[-1], grain))
    return found


def quiet(grain: Grain, level: float, *, seed: int, periods: int | None = None) -> tuple[Floats, list[date]]:
    """Counts with a season and a trend, and nothing else but chance."""
    days = starts(grain, periods or LENGTHS[grain])
    phase = np.array([day.timetuple().tm_yday / 365.25 for day in days])
    rate = level * np.exp(0.4 * np.sin(2 * np.pi * phase) + 0.2 * np.linspace(0, 1, len(days)))
    return np.random.default_rng(seed).poisson(rate).astype(np.float64), days


@pytest.mark.parametrize("grain", LENGTHS)
@pytest.mark.parametrize("level", [8, 60, 2000])
def test_few_figures_stand_out_while_nothing_changes(grain: Grain, level: float) -> None:
    marked = {rule.key: 0 for rule in RULES}
    told = 0
    for seed in range(20):
        values, days = quiet(grain, level, seed=seed)
        expected = expected_range(values, days, grain, kind=Kind.COUNT)
        assert expected is not None
        told += values.size
        for rule in fired(values, expected):
            if rule:
                marked[rule.key] += 1
    assert marked["beyond"] / told < 0.02, "99 of 100 are promised"
    assert marked["run"] / told < 0.01


@pytest.mark.parametrize("grain", LENGTHS)
def test_a_doubled_figure_stands_out_by_the_first_rule(grain: Grain) -> None:
    found = 0
    for seed in range(20):
        values, days = quiet(grain, 200, seed=seed)
        values[-3] *= 2
        expected = expected_range(values, days, grain, kind=Kind.COUNT)
        assert expected is not None
        found += fired(values, expected)[-3] is RULES[0]
    assert found == 20


def test_some_months_a_third_higher_stand_out() -> None:
    found = 0
    for seed in range(20):
        values, days = quiet(Grain.MONTH, 300, seed=seed, periods=60)
        values[-3:] *= 1.35
        expected = expected_range(values, days, Grain.MONTH, kind=Kind.COUNT)
        assert expected is not None
        found += any(rule is not None for rule in fired(values, expected)[-3:])
    assert found >= 18


@given(st.integers(0, 10_000), st.floats(0, 200))
@settings(max_examples=30, deadline=None)
def test_a_published_margin_only_widens_the_range(seed: int, margin: float) -> None:
    values, days = quiet(Grain.MONTH, 60, seed=seed)
    bare = expected_range(values, days, Grain.MONTH, kind=Kind.COUNT)
    wide = expected_range(values, days, Grain.MONTH, kind=Kind.COUNT, margins=np.full(values.size, margin))
    assert bare is not None
    assert wide is not None
    assert (wide.high >= bare.high - 1e-9).all()
    assert (wide.low <= bare.low + 1e-9).all()
    reach = margin * 2.5758 / 1.6449
    assert (wide.high - wide.middle >= reach - 1e-9).all(), "no narrower than its own noise"
    assert (np.minimum(wide.middle, reach) <= wide.middle - wide.low + 1e-9).all()


@pytest.mark.parametrize("wider", [1, 3])
def test_noise_of_the_protection_stands_out_as_seldom_as_promised(wider: int) -> None:
    """99 of 100 are promised, also of the figures whose noise is several times that of the others."""
    out = np.zeros(48)
    spread = np.where(np.arange(48) % 8 == 5, 12.0 * wider, 12.0)
    for seed in range(80):
        values = np.round(200 + np.random.default_rng(seed).normal(0, spread))
        expected = expected_range(
            values, starts(Grain.MONTH, 48), Grain.MONTH, kind=Kind.COUNT, margins=1.6449 * spread
        )
        assert expected is not None
        out += [rule is RULES[0] for rule in fired(values, expected)]
    assert 0.003 < out.sum() / (80 * 48) < 0.018
    assert out[5::8].sum() / (80 * 6) < 0.025


@pytest.mark.parametrize(
    ("shown", "run"),
    [([True] * 35, 0), ([True] * 36, 36), ([True, False] + [True] * 40, 40), ([True] * 40 + [False], 0),
     ([True] * 20 + [False] + [True] * 20, 0)],
)  # fmt: skip
def test_a_season_needs_three_full_years_without_a_gap(shown: list[bool], run: int) -> None:
    assert whole_run(shown, Grain.MONTH) == run
    assert whole_run(shown, Grain.YEAR) == 0


def test_small_or_constant_figures_get_no_range() -> None:
    days = starts(Grain.MONTH, 48)
    assert expected_range(np.full(48, 80.0), days, Grain.MONTH, kind=Kind.RATE) is None
    assert expected_range(np.tile([LEAST_MEAN - 1, LEAST_MEAN - 2], 24), days, Grain.MONTH, kind=Kind.COUNT) is None
