"""Two other ways to publish the same tables: hiding small counts, and cell-key noise."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import brentq

from layers.period import Grain, period_expr
from tests.benchmarks.utility.case import Case
from tests.benchmarks.utility.truth import placed_events

K = 11
"""Counts from 1 to K − 1 are hidden, as US health agencies do; 0 is shown."""
REACH, SPREAD = 3, 2.0
"""Cell-key noise: at most so much, and the variance of the bell that it is cut from."""
NEVER = (1, 2)
"""Counts that cell-key noise never shows."""


def suppressed(truth: pl.DataFrame) -> pl.DataFrame:
    """`truth` with `value`: exact, null from 1 to K − 1 (primary suppression)."""
    small = pl.col("truth").is_between(1, K - 1)
    return truth.with_columns(value=pl.when(~small).then(pl.col("truth").cast(pl.Float64)))


def complemented(figures: pl.DataFrame, parents: Mapping[str, tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """The simple rule: where a single part of a whole is hidden, the smallest part of those shown goes too.

    Applied once to each whole, level by level. It does not make tables safe that overlap in other ways.
    """
    done = [figures.filter(~pl.col("geography").is_in(list(parents)))]
    for geography, (_, belongs) in parents.items():
        rows = figures.filter(pl.col("geography") == geography).join(belongs, on="unit", maintain_order="left")
        family = ["parent", "grain", "period"]
        alone = pl.col("value").is_null().sum().over(family) == 1
        positive = pl.when(pl.col("value") > 0).then(pl.col("value"))
        place = positive.rank("ordinal").over(family)
        rows = rows.with_columns(value=pl.when(alone & (place == 1)).then(None).otherwise(pl.col("value")))
        done.append(rows.select(figures.columns))
    return pl.concat(done)


def cell_keyed(case: Case, truth: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """`truth` with `value`: the count plus noise that the homes in it decide, the same whenever they are counted.

    Every home has a random number; those of a cell's homes are added, and the fraction of the sum chooses the noise
    from a table made for that count. Each cell has its own noise, so figures do not add up.
    """
    keys = pl.concat([_cell_keys(case, grain, geography, seed) for grain, geography in case.levels()])
    joined = truth.join(keys, on=["geography", "unit", "grain", "period"], how="left", maintain_order="left")
    counts, key = joined["truth"].to_numpy(), joined["key"].fill_null(0.0).to_numpy()
    return truth.with_columns(value=pl.Series(perturbed(counts, key), dtype=pl.Float64))


def perturbed(counts: npt.NDArray[np.int64], key: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Each count with the noise that its key (0 to 1) chooses."""
    shown = np.array(counts, dtype=np.int64)
    for count in range(1, REACH + max(NEVER) + 1):
        here = counts == count
        shown[here] += _chosen(key[here], count)
    large = counts > REACH + max(NEVER)
    shown[large] += _chosen(key[large], REACH + max(NEVER) + 1)
    return shown


@lru_cache
def noise_of(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Noise that a count may get and how likely each is: a bell, tilted so that it adds nothing on average."""
    reach = np.arange(-REACH, REACH + 1)
    allowed = reach[(count + reach >= 0) & ~np.isin(count + reach, NEVER)]
    bell = -(allowed**2) / (2 * SPREAD)

    def likely(tilt: float) -> npt.NDArray[np.float64]:
        weights = np.exp(bell + tilt * allowed)
        return weights / weights.sum()

    tilt = brentq(lambda t: float((likely(t) * allowed).sum()), -20, 20)
    return allowed, likely(tilt)


def _chosen(key: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.int64]:
    allowed, likely = noise_of(count)
    return allowed[np.minimum(np.searchsorted(np.cumsum(likely), key), len(allowed) - 1)]


def _cell_keys(case: Case, grain: Grain, geography: str, seed: int) -> pl.DataFrame:
    period = period_expr("day", grain).alias("period")
    homes = placed_events(case).select(pl.col(geography).alias("unit"), period, "home").unique()
    number = pl.col("home").hash(seed=seed).cast(pl.Float64) / 2.0**64
    return (
        homes.sort("home")
        .group_by("unit", "period")
        .agg(key=number.sum() % 1.0)
        .with_columns(geography=pl.lit(geography), grain=pl.lit(grain.value))
    )
