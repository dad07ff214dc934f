"""Hot spots: none in pure noise, found where they were planted, blind to hidden places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.statistics.discovery import LEVEL, discoveries
from portal.statistics.expectation import Floats
from portal.statistics.hotspots import LEAST_PLACES, Spot, Touching, hot_spots

SIDE = 16
PLACES = SIDE * SIDE


def square(side: int = SIDE, *, without: frozenset[int] = frozenset()) -> Touching:
    """Places of a square that share an edge or a corner; some of them hidden."""
    kept = [place for place in range(side * side) if place not in without]
    at = {place: position for position, place in enumerate(kept)}
    pairs = [
        (at[place], at[other])
        for place in kept
        for row in (-1, 0, 1)
        for column in (-1, 0, 1)
        if (row or column) and 0 <= place // side + row < side and 0 <= place % side + column < side
        for other in [place + row * side + column]
        if other in at
    ]
    here, there = zip(*pairs, strict=True)
    return Touching(np.array(here), np.array(there))


TOUCHING = square()
MIDDLE = [row * SIDE + column for row in range(6, 10) for column in range(6, 10)]


def found(values: Floats, variances: Floats) -> list[int]:
    return [
        place
        for place, kind in enumerate(hot_spots(values, TOUCHING, variances, deals=10_000).kinds)
        if kind is not Spot.NONE
    ]


@pytest.mark.parametrize("noise", ["same everywhere", "wider at the edge", "of counts"])
def test_noise_alone_seldom_makes_a_hot_spot(noise: str) -> None:
    """All places are truly alike: whatever is found is false. A false find may be in one of twenty maps."""
    edge = np.array([place % SIDE in (0, SIDE - 1) or place // SIDE in (0, SIDE - 1) for place in range(PLACES)])
    wrong, maps = 0, 80
    for seed in range(maps):
        dice = np.random.default_rng(seed)
        if noise == "of counts":
            values, variances = dice.poisson(4, PLACES).astype(float), np.full(PLACES, 4.0)
        else:
            spread = np.where(edge, 9.0, 3.0) if noise == "wider at the edge" else np.full(PLACES, 5.0)
            values, variances = 40 + dice.normal(0, spread), spread**2
        wrong += bool(found(values, variances))
    assert wrong / maps <= LEVEL + 0.05, "0.05 is promised; 0.05 is what 80 maps leave to luck"


def test_few_false_finds_beside_true_ones() -> None:
    """The share of finds outside a planted cluster and its rim stays at the level."""
    rim = {place + row * SIDE + column for place in MIDDLE for row in (-1, 0, 1) for column in (-1, 0, 1)}
    shares = []
    for seed in range(40):
        values = np.random.default_rng(seed).poisson(10, PLACES).astype(float)
        values[MIDDLE] += 12
        spots = found(values, np.full(PLACES, 10.0))
        shares.append(len(set(spots) - rim) / max(len(spots), 1))
    assert np.mean(shares) <= LEVEL


@pytest.mark.parametrize("sigma", [0.0, 3.0])
def test_a_planted_cluster_is_found(sigma: float) -> None:
    hits = []
    for seed in range(20):
        dice = np.random.default_rng(seed)
        values = dice.poisson(10, PLACES) + dice.normal(0, sigma, PLACES)
        values[MIDDLE] += 12
        hits.append(len(set(found(values, np.full(PLACES, 10 + sigma**2))) & set(MIDDLE)) / len(MIDDLE))
    assert np.mean(hits) > 0.7


def test_a_high_place_among_low_ones_stands_alone() -> None:
    dice = np.random.default_rng(1)
    values = np.where(np.arange(PLACES) % SIDE < SIDE // 4, 4.0, 24.0) + dice.normal(0, 0.5, PLACES)
    lone = 5 * SIDE + 1
    values[lone] = 60
    assert hot_spots(values, TOUCHING, np.full(PLACES, 0.25)).kinds[lone] is Spot.LONE


@given(st.integers(0, 10_000), st.sets(st.integers(0, PLACES - 1), max_size=120))
@settings(max_examples=15, deadline=None)
def test_what_is_low_or_stands_alone_by_hiding_is_never_hot(seed: int, hidden: set[int]) -> None:
    touching = square(without=frozenset(hidden))
    values = np.random.default_rng(seed).poisson(6, PLACES - len(hidden)).astype(float)
    spots = hot_spots(values, touching, np.full(values.size, 6.0), deals=5_000)
    near = touching.counts(values.size)
    for value, kind, touches in zip(values, spots.kinds, near, strict=True):
        if kind is not Spot.NONE:
            assert value > values.mean()
            assert touches > 0


def test_too_few_places_or_places_all_alike_have_no_spots() -> None:
    few = square(4)
    assert LEAST_PLACES > 16
    assert set(hot_spots(np.arange(16.0), few, np.ones(16)).kinds) == {Spot.NONE}
    assert set(hot_spots(np.full(PLACES, 3.0), TOUCHING, np.ones(PLACES)).kinds) == {Spot.NONE}


@pytest.mark.parametrize(
    ("chances", "kept"),
    [
        ([0.01, 0.02, 0.03, 0.9], [True, True, True, False]),
        ([0.02, 0.03, 0.9, 0.9], [False, False, False, False]),
        ([0.04, 0.0375, 0.9, 0.012], [False, False, False, True]),
        ([], []),
    ],
)
def test_the_false_discovery_rate(chances: list[float], kept: list[bool]) -> None:
    assert discoveries(np.array(chances)).tolist() == kept


def test_what_is_too_uncertain_to_rank_is_surroundings_alone() -> None:
    values = np.random.default_rng(3).poisson(10, PLACES).astype(float)
    values[MIDDLE] += 12
    certain = np.ones(PLACES, dtype=np.bool_)
    certain[MIDDLE[:8]] = False
    kinds = hot_spots(values, TOUCHING, np.full(PLACES, 10.0), certain=certain, deals=10_000).kinds
    assert {kinds[place] for place in MIDDLE[:8]} == {Spot.NONE}
    assert any(kinds[place] is not Spot.NONE for place in MIDDLE[8:])
