"""The noise: OpenDP's discrete Gaussian, accounted in zero-concentrated differential privacy."""

from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from layers.policy import DELTA


class Sampler(Protocol):
    """Adds noise of scale `sigma` to each count. Only samplers on the system's randomness are `publishable`."""

    publishable: bool

    def __call__(self, counts: Sequence[int], sigma: float) -> list[int]: ...


class DiscreteGaussian:
    """OpenDP's discrete Gaussian on integer vectors, on the operating system's randomness."""

    publishable = True

    def __call__(self, counts: Sequence[int], sigma: float) -> list[int]:
        noisy: list[int] = measurement(sigma)(list(counts))
        return noisy


class SeededGaussian:
    """The same distribution from a seed, for tests: whatever it touches is marked as not publishable."""

    publishable = False

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def __call__(self, counts: Sequence[int], sigma: float) -> list[int]:
        reach = np.arange(-int(12 * sigma) - 1, int(12 * sigma) + 2)
        weights = np.exp(-(reach**2) / (2 * sigma**2))
        noise = self._random.choice(reach, size=len(counts), p=weights / weights.sum())
        return [int(n) for n in np.asarray(counts) + noise]


def measurement(sigma: float) -> Any:
    """OpenDP's measurement: integer vector under L2 distance → noisy integer vector, accounted as zCDP."""
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
    return dp.make_gaussian(*space, scale=sigma)


@lru_cache(maxsize=256)
def rho_of(sigma: float, squared_sensitivity: int = 1) -> float:
    """What such vectors cost a home that changes `squared_sensitivity` of their cells by one: OpenDP's privacy map."""
    return float(measurement(sigma).map(float(squared_sensitivity) ** 0.5))


@lru_cache(maxsize=256)
def epsilon(rho: float, delta: float = DELTA) -> float:
    """The epsilon that goes with `rho` at `delta`; 0 for nothing spent."""
    if rho <= 0:
        return 0.0
    dp = _opendp()
    curve = dp.make_zCDP_to_approxDP(measurement((1 / (2 * rho)) ** 0.5)).map(1.0)
    return float(curve.epsilon(delta))


@lru_cache(maxsize=1)
def _opendp() -> Any:
    """What is used of OpenDP; its prelude would load every library for data frames and models that is installed."""
    from opendp.combinators import make_zCDP_to_approxDP
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    used = (atom_domain, vector_domain, l2_distance, make_gaussian, make_zCDP_to_approxDP)
    return SimpleNamespace(**{function.__name__: function for function in used})
