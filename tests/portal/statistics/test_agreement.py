"""What the portal computes is what the field's own libraries compute: PySAL (esda) and statsmodels."""

import numpy as np
import pytest
from esda import G_Local, Moran_Local, fdr
from libpysal.weights import W
from scipy.stats import norm
from statsmodels.regression.linear_model import OLS, WLS
from statsmodels.stats.outliers_influence import OLSInfluence

from layers.period import Grain
from portal.statistics.discovery import LEVEL, discoveries
from portal.statistics.expectation import _deleted, _design, _left_out, _quantile
from portal.statistics.hotspots import _chance_high, _deals, gi_star, local_moran
from tests.portal.statistics.test_expectation import LENGTHS, quiet, starts
from tests.portal.statistics.test_hotspots import PLACES, TOUCHING

NEAR: dict[int, list[int]] = {place: [] for place in range(PLACES)}
for _here, _there in zip(TOUCHING.here.tolist(), TOUCHING.there.tolist(), strict=True):
    NEAR[_here].append(_there)
COUNTS = np.random.default_rng(7).negative_binomial(2, 0.2, PLACES).astype(float)


def test_gi_star_and_local_moran_are_those_of_pysal() -> None:
    theirs = G_Local(COUNTS, W(NEAR), transform="B", star=True, permutations=0)
    assert np.allclose(gi_star(COUNTS, TOUCHING), theirs.Zs)
    assert np.allclose(local_moran(COUNTS, TOUCHING), Moran_Local(COUNTS, W(NEAR), permutations=0).Is)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis")  # we take PySAL's deals, not its p-values
def test_the_chance_of_a_high_neighborhood_is_that_of_pysals_random_deals() -> None:
    """High places alone, as a large Moran's I is then a high neighborhood. Both sides have the luck of their deals."""
    deals = 2000
    theirs = Moran_Local(COUNTS, W(NEAR), permutations=deals, seed=1)
    higher = (theirs.sim >= theirs.Is - 1e-12).mean(axis=0)
    near = TOUCHING.counts(PLACES)
    ours = _chance_high(TOUCHING.sums(COUNTS), near, _deals(COUNTS, int(near.max()), 20_000))
    high = COUNTS.mean() < COUNTS
    luck = np.sqrt(ours * (1 - ours) / deals + 1e-6)
    assert high.sum() > 50
    assert (np.abs(ours - higher) < 5 * luck + 0.01)[high].all(), "0.01: PySAL keeps the place itself out of the deal"


def test_the_chance_of_gi_star_is_the_tail_of_pysals_z_where_figures_are_normal() -> None:
    values = 50 + np.random.default_rng(2).normal(0, 5, PLACES)
    theirs = G_Local(values, W(NEAR), transform="B", star=True, permutations=0)
    size = TOUCHING.counts(PLACES) + 1
    ours = _chance_high(TOUCHING.sums(values) + values, size, _deals(values, int(size.max()), 20_000))
    assert np.abs(ours - norm.sf(theirs.Zs)).max() < 0.02


def test_the_false_discovery_rate_is_that_of_pysal() -> None:
    chances = np.random.default_rng(8).beta(0.3, 1, 300)
    assert (discoveries(chances) == (chances <= fdr(chances, LEVEL))).all()


@pytest.mark.parametrize("grain", LENGTHS)
def test_leaving_one_out_is_what_statsmodels_does(grain: Grain) -> None:
    values, days = quiet(grain, 400, seed=3)
    roots, design = np.sqrt(values), _design(days, grain)
    freedom = values.size - design.shape[1] - 1
    gone, spread = _left_out(roots, design, np.ones(values.size), freedom)
    influence = OLSInfluence(OLS(roots, design).fit())
    assert np.allclose(gone, influence.resid_press)
    assert np.allclose(gone / spread, influence.resid_studentized_external)


def test_the_range_is_statsmodels_prediction_interval_from_all_other_periods() -> None:
    """One period after the other is left out and predicted, as an ordinary one, by a weighted fit to the rest."""
    days = starts(Grain.MONTH, 48)
    dice = np.random.default_rng(5)
    roots, design, weights = np.sqrt(dice.poisson(300, 48)), _design(days, Grain.MONTH), dice.uniform(0.2, 1, 48)
    freedom = 48 - design.shape[1] - 1
    gone, spread = _left_out(roots, design, weights, freedom)
    for period in (0, 20, 47):
        rest = np.arange(48) != period
        fit = WLS(roots[rest], design[rest], weights=weights[rest]).fit()
        told = fit.get_prediction(design[period], weights=1.0).summary_frame(alpha=0.01)
        middle, reach = roots[period] - gone[period], spread[period] * _quantile(0.99, freedom)
        assert np.allclose([middle - reach, middle + reach], told[["obs_ci_lower", "obs_ci_upper"]].to_numpy()[0])


def test_a_far_figure_counts_less_and_the_others_are_fitted_as_without_it() -> None:
    values, days = quiet(Grain.MONTH, 400, seed=4)
    values[20] *= 3
    roots, design = np.sqrt(values), _design(days, Grain.MONTH)
    fitted = _deleted(roots, design)
    assert fitted is not None
    rest = np.arange(values.size) != 20
    theirs = OLSInfluence(OLS(roots[rest], design[rest]).fit())
    assert np.abs((roots - fitted[0])[rest] - theirs.resid_press).max() < 0.1 * theirs.resid_press.std()
