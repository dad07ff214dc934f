"""No rank is claimed that the published ranges do not support."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from layers.measures import Status
from portal.queries.figure import NOTHING, Figure
from portal.queries.standing import ANYWHERE, Standing, is_rankable, range_of, standings

_PLACE = st.tuples(st.integers(0, 60), st.integers(0, 20), st.integers(-20, 20))


@given(st.lists(_PLACE, min_size=1, max_size=12))
def test_the_true_rank_lies_in_the_range_of_ranks(places: list[tuple[int, int, int]]) -> None:
    """Each place: a true figure, a margin, and noise within it. Ties may stand in any order."""
    ranges, true = {}, {}
    for number, (figure, margin, noise) in enumerate(places):
        said = figure + max(min(noise, margin), -margin)
        true[str(number)], ranges[str(number)] = figure, (said - margin, said + margin)
    found = standings(ranges)
    for place, stands in found.items():
        above = sum(other > true[place] for other in true.values())
        below = sum(other < true[place] for other in true.values())
        assert stands.best <= 1 + above
        assert stands.worst >= len(places) - below
        assert 1 <= stands.best <= stands.worst <= stands.of == len(places)


@given(st.lists(_PLACE, min_size=2, max_size=12))
def test_places_whose_ranges_overlap_are_never_put_in_order(places: list[tuple[int, int, int]]) -> None:
    ranges = {str(n): (float(figure - margin), float(figure + margin)) for n, (figure, margin, _) in enumerate(places)}
    found = standings(ranges)
    for one, (low, high) in ranges.items():
        for other, (other_low, other_high) in ranges.items():
            if low <= other_high and other_low <= high:
                assert found[one].best <= found[other].worst
                assert found[other].best <= found[one].worst


def test_a_rank_that_may_be_any_is_not_told() -> None:
    #  a |---------|
    #  b      |---------|
    #  c                    |--|
    found = standings({"a": (0, 10), "b": (5, 15), "c": (20, 22)})
    assert found == {"a": Standing(2, 3, 3), "b": Standing(2, 3, 3), "c": Standing(1, 1, 3)}
    assert not standings({"a": (0, 10), "b": (5, 15)})["a"].known
    assert not standings({"a": (0, 10)})["a"].known


def test_what_is_too_small_to_rank_is_not_taken_for_the_lowest() -> None:
    #  hidden   |·······|        may stand above b, so b may be second or third
    #  b            |----|
    #  c                    |--|
    hidden, unsure = Figure(Status.HIDDEN, None, 0, 6.2), Figure(Status.VALUE, 6.1, 0, 13.3, "unrankable")
    assert not any(is_rankable(each) for each in (hidden, unsure, NOTHING))
    found = standings({"hidden": range_of(hidden, NOTHING, among=3), "b": (4, 9), "c": (20, 22)})
    assert (found["b"], found["c"]) == (Standing(2, 3, 3), Standing(1, 1, 3))
    assert range_of(NOTHING, NOTHING, among=3) == ANYWHERE
    assert not standings({"missing": ANYWHERE, "b": (4, 9)})["b"].known


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_exact_figures_are_ranked_only_where_their_change_would_be_called_one(one: int, other: int) -> None:
    """The rule for two exact counts: 1.645 times the square root of both added up."""
    ranges = [range_of(*(Figure(Status.VALUE, float(count)),) * 2, among=2) for count in (one, other)]
    assume(one > other)
    if ranges[0][0] > ranges[1][1]:
        assert one - other > 1.645 * (one + other) ** 0.5


@pytest.mark.parametrize("sigma", [0.0, 6.0])
@pytest.mark.parametrize("places", [5, 15, 50])
def test_places_that_are_alike_are_seldom_put_in_any_order(places: int, sigma: float) -> None:
    """All truly the same. By ranges of 90 % each, more than half of all lists of fifteen would put some in order."""
    dice, ordered, worlds = np.random.default_rng(places), 0, 150
    for _ in range(worlds):
        values = np.round(dice.poisson(30, places) + dice.normal(0, sigma, places)).tolist()
        reach = math.ceil(1.6449 * sigma)
        figures = [
            Figure(Status.VALUE, value, max(value - reach, 0.0), value + reach)
            if sigma
            else Figure(Status.VALUE, value)
            for value in values
        ]
        ranges = {str(n): range_of(each, each, among=places) for n, each in enumerate(figures)}
        ordered += any((stands.best, stands.worst) != (1, places) for stands in standings(ranges).values())
    assert ordered / worlds < 0.10


def test_a_place_far_above_the_others_has_a_rank() -> None:
    figures = {str(n): Figure(Status.VALUE, 30.0, 24, 36) for n in range(14)} | {
        "far": Figure(Status.VALUE, 90.0, 84, 96)
    }
    found = standings({name: range_of(each, each, among=15) for name, each in figures.items()})
    assert (found["far"].best, found["far"].worst) == (1, 1)
    assert found["0"] == Standing(2, 15, 15)


def test_chance_counts_for_protected_places_as_for_exact_ones() -> None:
    count, rate = Figure(Status.VALUE, 25.0, 25, 25), Figure(Status.VALUE, 5.0, 5, 5)
    low, high = range_of(rate, count, among=1)
    assert (low, high) == pytest.approx((5 - 1.645 * 5 / 5, 5 + 1.645 * 5 / 5), abs=1e-3)
    hidden, unseen = Figure(Status.HIDDEN, None, 0, 2.4), Figure(Status.HIDDEN, None, 0, 12)
    assert range_of(hidden, unseen, among=1)[1] > 2.4
