"""The noise is OpenDP's, and costs what the ladder says."""

import pytest

from etl.protect.mechanism import DiscreteGaussian, SeededGaussian, epsilon, rho_of
from layers.policy import PROTECTED_TOPICS, Tier, policy_for


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("topic", PROTECTED_TOPICS)
def test_the_privacy_map_of_every_table_is_its_share_of_rho(topic: str, tier: Tier) -> None:
    policy = policy_for(topic, tier=tier)
    for table in policy.ladder:
        cost = rho_of(table.sigma(policy.rho), table.squared_sensitivity)
        assert cost == pytest.approx(table.share * policy.rho, rel=1e-12)
        assert rho_of(table.sigma(policy.rho)) * table.squared_sensitivity == pytest.approx(cost)


@pytest.mark.parametrize(("rho", "expected"), [(0.5, 5.2), (1.0, 7.8)])
def test_epsilon_as_printed_on_the_certificate(rho: float, expected: float) -> None:
    assert round(epsilon(rho), 1) == expected
    assert epsilon(0) == 0


def test_only_the_systems_randomness_is_publishable() -> None:
    assert DiscreteGaussian().publishable
    assert not SeededGaussian(1).publishable
    assert SeededGaussian(1)([5] * 9, 2.0) == SeededGaussian(1)([5] * 9, 2.0)


@pytest.mark.parametrize("sampler", [DiscreteGaussian(), SeededGaussian(3)])
def test_noise_is_centered_and_as_wide_as_declared(sampler: DiscreteGaussian | SeededGaussian) -> None:
    noise = [n - 40 for n in sampler([40] * 4000, 3.0)]
    mean = sum(noise) / len(noise)
    variance = sum((n - mean) ** 2 for n in noise) / len(noise)
    assert abs(mean) < 0.3  # six standard errors
    assert 7.5 < variance < 10.5
    assert sampler([], 3.0) == []


@pytest.mark.parametrize(("sigma", "cells", "rho"), [(1.0, 1, 0.5), (2.0, 1, 0.125), (2.0, 4, 0.5), (3.0, 2, 1 / 9)])
def test_what_a_home_pays_for_the_cells_that_it_changes(sigma: float, cells: int, rho: float) -> None:
    assert rho_of(sigma, cells) == pytest.approx(rho)


def test_nothing_spent_is_no_epsilon_and_a_looser_delta_a_smaller_one() -> None:
    assert [epsilon(rho) for rho in (0, -1)] == [0.0, 0.0]
    assert 0 < epsilon(1e-6) < 0.02
    assert epsilon(0.5, 1e-3) < epsilon(0.5, 1e-6) == epsilon(0.5) < epsilon(0.5, 1e-9)


def test_noise_that_is_large_keeps_its_width_and_each_cell_has_its_own() -> None:
    noisy = SeededGaussian(5)([0, 1000] * 4000, 1.0)
    noise = [value - 1000 * (place % 2) for place, value in enumerate(noisy)]
    assert set(noise) >= {-2, -1, 0, 1, 2}
    assert sum(each == 0 for each in noise) / len(noise) == pytest.approx(0.399, abs=0.03)
    assert all(isinstance(value, int) for value in noisy)
    assert SeededGaussian(1)([0] * 50, 3.0) != SeededGaussian(2)([0] * 50, 3.0)


def test_wide_noise_reaches_far_to_both_sides() -> None:
    noise = SeededGaussian(3)([0] * 4000, 10.0)
    assert -60 < min(noise) < -25
    assert 25 < max(noise) < 60


def test_hardly_any_noise_is_none_at_all() -> None:
    assert SeededGaussian(3)([7] * 50, 0.01) == [7] * 50
