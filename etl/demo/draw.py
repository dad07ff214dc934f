"""Drawing where things happen: by weight, and differently from year to year in each neighborhood."""

import numpy as np

from etl.demo.plane import Floats, Ints

YEAR_SPREAD = 0.14  # how much a neighborhood's share moves from one year to another (standard deviation of the log)
DAYS_TO_2020 = 18_262


def year_factors(rng: np.random.Generator, neighborhoods: int) -> Floats:
    """Factors of shape (years from 2020 on, neighborhoods)."""
    return rng.lognormal(0, YEAR_SPREAD, (10, neighborhoods))


def drawn_places(rng: np.random.Generator, days: Ints, weight: Floats, neighborhood: Ints, factors: Floats) -> Ints:
    """For each day a place (an address or a home), by weight and by how its neighborhood did that year."""
    places = np.zeros(len(days), dtype=np.int64)
    years = ((days - DAYS_TO_2020) / 365.25).astype(np.int64)
    for year in np.unique(years):
        at = np.flatnonzero(years == year)
        places[at] = _by_weight(rng, weight * factors[year][neighborhood], len(at))
    return places


def drawn_words(rng: np.random.Generator, words: dict[str, float], count: int) -> np.ndarray:
    """Words by their shares."""
    return np.array(list(words))[_by_weight(rng, np.array(list(words.values())), count)]


def _by_weight(rng: np.random.Generator, weight: Floats, count: int) -> Ints:
    steps = np.cumsum(weight)
    found = np.searchsorted(steps, rng.random(count) * steps[-1], side="right")
    return np.asarray(found, dtype=np.int64)
