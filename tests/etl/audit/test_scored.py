"""What published figures are worth to someone who guesses the small true counts, scored against the truth.

The intruder knows how common each true count is (more than anybody outside can know), the noise of every table and all
figures of the grain: a hidden zone is what its shown neighbors leave of the next larger place. For each place he names
the likeliest true count below 5. Without any figure the best he can do is to name the commonest one.

How much better he can get is bounded by the noise alone. Let t* be the commonest count, π(t) the share of places with
t homes. One home in a period changes each table of the grain by one, so k homes change what is published by k μ,
μ² = Σ 1/σ² over these tables. A Gaussian so far away is told apart with a total variation of 2 Φ(k μ / 2) − 1, hence

    share right  ≤  π(t*) + Σ π(t) (2 Φ(|t − t*| μ / 2) − 1)

The truth is read here from the demonstration city's private vault: about every fourth event, so that counts are small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import sqrt
from pathlib import Path
from statistics import NormalDist, mean

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from etl.protect.calendar import Coverage
from etl.protect.ledger import Ledger
from etl.protect.mechanism import Sampler, SeededGaussian
from etl.steps.protect import bench_for, protect
from etl.vault import Vault
from layers.period import Grain
from layers.policy import DisclosurePolicy, policy_for

SMALL = 5
FIRST, AS_OF = date(2024, 6, 1), date(2026, 11, 15)
SEEDS = range(4)
EVENTS = {"evictions": ("homes_filed", "court", "filed"), "shutoffs": ("homes_scheduled", "utility", "scheduled")}
CELL_STEP = 1 << 18
"""Neighboring cells of resolution 9 differ by this number."""


class NoNoise:
    """Lets true counts through: for the truth, and to see that the score notices."""

    publishable = False

    def __call__(self, counts: Sequence[int], sigma: float) -> list[int]:
        return list(counts)


@dataclass(frozen=True)
class Town:
    """What the test knows: the events and the zones."""

    policy: DisclosurePolicy
    measure: str
    events: pl.DataFrame
    zones: pl.DataFrame

    def published(self, folder: Path, sampler: Sampler, *, floor: int | None = None) -> pl.DataFrame:
        """The rows of counts that a run with this noise publishes."""
        policy = self.policy if floor is None else policy_for(self.policy.topic, {"floor": floor})
        folder.mkdir(parents=True)
        now = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
        ledger = Ledger(sa.create_engine(f"sqlite:///{folder / 'state.db'}"), lambda: now)
        done = protect(
            self.events, self.zones, policy, coverage=Coverage(FIRST, date(2026, 10, 31)), as_of=AS_OF,
            snapshot="scored", bench=bench_for(folder, ledger, sampler),
        )  # fmt: skip
        return done.counts.filter(measure=self.measure, category="all", kind="count")


@dataclass(frozen=True)
class Scored:
    """A town, its true counts (floor 1, no noise) and what several runs publish of it."""

    town: Town
    exact: pl.DataFrame
    noisy: Sequence[pl.DataFrame]


@pytest.fixture(scope="module", params=sorted(EVENTS))
def scored(request: pytest.FixtureRequest, demo_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    measure, source, day = EVENTS[request.param]
    events = Vault(demo_var / "private", request.param, source).scan().collect()
    kept = events.filter((pl.col("cell") // CELL_STEP + pl.col(day).dt.ordinal_day().cast(pl.UInt64)) % 4 == 0)
    zones = pl.read_parquet(demo_var / "private" / "zones" / "2025.parquet")
    town = Town(policy_for(request.param), measure, kept, zones)
    folder = tmp_path_factory.mktemp("scored")
    exact = town.published(folder / "exact", NoNoise(), floor=1)
    return Scored(town, exact, [town.published(folder / str(seed), SeededGaussian(seed)) for seed in SEEDS])


def truth(exact: pl.DataFrame, geography: str, grain: Grain) -> pl.DataFrame:
    """`unit`, `period`, `true`: the exact homes of each place, which no file but this test's own ever holds."""
    told = exact.filter(pl.col("status").is_in(["value", "hidden"]), geography=geography, grain=grain.value)
    return told.select("unit", "period", true=pl.col("value").fill_null(0).cast(pl.Int64))


def step(town: Town, grain: Grain) -> float:
    """μ: by how many standard deviations one home in one period moves the tables of the grain."""
    tables = town.policy.tables(next(f.name for f in town.policy.families if f.measure == town.measure), grain)
    return sqrt(sum(1 / table.sigma(town.policy.rho) ** 2 for table in tables))


def estimated(rows: pl.DataFrame, zones: pl.DataFrame, geography: str, parent: str) -> pl.DataFrame:
    """`unit`, `period`, `estimate`, `spread`: a shown figure, else an even part of what its parent leaves over."""
    here = rows.filter(geography=geography).join(
        zones.select(unit=pl.col(geography), above=pl.col(parent)).unique(), on="unit"
    )
    above = rows.filter(geography=parent).select(above="unit", period="period", total="value")
    margin = pl.when(pl.col("value").is_not_null()).then(pl.col("high") - pl.col("value"))
    both = here.join(above, on=["above", "period"], how="left").with_columns(
        left=pl.col("total") - pl.col("value").sum().over("above", "period"),
        hidden=(pl.col("status") == "hidden").sum().over("above", "period"),
        spread=margin.fill_null(pl.col("high") - SMALL + 1) / 1.645,
    )
    even = (pl.col("left") / pl.col("hidden")).fill_null((SMALL - 1) / 2).clip(0, SMALL - 1)
    return both.select("unit", "period", "spread", estimate=pl.col("value").fill_null(even))


def score(
    rows: pl.DataFrame, true: pl.DataFrame, town: Town, geography: str, parent: str, *, trust: bool
) -> tuple[float, float]:
    """Share of small counts guessed right, and by naming the commonest value.

    The intruder weighs each figure by its noise, or takes it at its word (`trust`).
    """
    told = estimated(rows, town.zones, geography, parent).join(true, on=["unit", "period"])
    small = told.filter(pl.col("true") < SMALL)
    common = np.bincount(small["true"].to_numpy(), minlength=SMALL) / small.height
    spread = np.full(small.height, 0.01) if trust else small["spread"].to_numpy()
    distance = (small["estimate"].to_numpy()[:, None] - np.arange(SMALL)) / spread[:, None]
    with np.errstate(divide="ignore"):
        guess = (np.log(common) - distance**2 / 2).argmax(axis=1)
    return float((guess == small["true"].to_numpy()).mean()), float(common.max())


def bound(true: pl.DataFrame, mu: float) -> float:
    """The most that any intruder can be right beyond naming the commonest value."""
    small = true.filter(pl.col("true") < SMALL)["true"].to_numpy()
    common = np.bincount(small, minlength=SMALL) / len(small)
    far = np.abs(np.arange(SMALL) - common.argmax())
    return float(sum(share * (2 * NormalDist().cdf(k * mu / 2) - 1) for share, k in zip(common, far, strict=True)))


@pytest.mark.parametrize("trust", [False, True], ids=["weighing", "trusting"])
@pytest.mark.parametrize(
    ("geography", "parent", "grain"), [("zone1", "zone2", Grain.YEAR), ("zone2", "district", Grain.QUARTER)]
)
def test_small_counts_are_guessed_no_better_than_the_noise_allows(
    scored: Scored, geography: str, parent: str, grain: Grain, *, trust: bool
) -> None:
    true = truth(scored.exact, geography, grain)
    assert true.filter(pl.col("true") < SMALL).height >= 20
    told = [rows.filter(grain=grain.value) for rows in scored.noisy]
    tried = [score(rows, true, scored.town, geography, parent, trust=trust) for rows in told]
    right, commonest = (mean(values) for values in zip(*tried, strict=True))
    assert right - commonest <= bound(true, step(scored.town, grain))


def test_the_score_notices_counts_without_noise(scored: Scored) -> None:
    """The same intruder on true counts with a floor of 1: he guesses nearly all of them, far beyond the bound."""
    true = truth(scored.exact, "zone2", Grain.QUARTER)
    rows = scored.exact.filter(grain=Grain.QUARTER.value)
    right, commonest = score(rows, true, scored.town, "zone2", "district", trust=True)
    assert right > 0.9
    assert right - commonest > bound(true, step(scored.town, Grain.QUARTER))
