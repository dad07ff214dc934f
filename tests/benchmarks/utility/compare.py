"""All methods on one case: every metric at every level, for each rho and seed, as one long frame."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tests.benchmarks.utility import metrics
from tests.benchmarks.utility.case import Case
from tests.benchmarks.utility.figures import figures_of, with_guesses
from tests.benchmarks.utility.measured import draw, exact_vectors
from tests.benchmarks.utility.others import K, cell_keyed, complemented, suppressed
from tests.benchmarks.utility.truth import parents, true_figures

RHOS = (0.25, 0.5, 1.0, 2.0)
SEEDS = tuple(range(1, 21))

HIDE, HIDE_MORE, CELL_KEY = f"hide < {K}", f"hide < {K} +", "cell key"
OTHERS = (HIDE, HIDE_MORE, CELL_KEY)

BY_LEVEL: Mapping[str, Callable[[pl.DataFrame], float]] = {
    "mean error": metrics.mean_error,
    "median error": metrics.median_error,
    "rows shown": metrics.rows_shown,
    "homes shown": metrics.homes_shown,
}
HOT, MONTHS, QUARTERS = "hot spots", "direction, from months", "direction, from quarters"


@dataclass(frozen=True)
class Compared:
    """A case, its true figures, and of each metric (`method`, `metric`, `geography`, `grain`) the mean over seeds,
    `value`, and the standard error of that mean, `unsure` (null where there is a single draw)."""

    case: Case
    truth: pl.DataFrame
    means: pl.DataFrame

    def value(self, metric: str, method: str, geography: str, grain: str, *, column: str = "value") -> float | None:
        """One number of the report."""
        asked = {"metric": metric, "method": method, "geography": geography, "grain": grain}
        found = self.means.filter(*(pl.col(name) == word for name, word in asked.items()))
        return None if found.is_empty() else found[column][0]


def method_of(rho: float) -> str:
    """The name of our method at a budget."""
    return f"ρ {rho:g}"


def compare(case: Case, *, rhos: Sequence[float] = RHOS, seeds: Sequence[int] = SEEDS) -> Compared:
    """Every method on the case. Suppression knows no chance and is computed once."""
    truth, exact, belongs = true_figures(case), exact_vectors(case), parents(case)
    policy, measure = case.policy(), case.family.measure

    def methods() -> Iterator[tuple[str, pl.DataFrame]]:
        for rho in rhos:
            for seed in seeds:
                shown = figures_of(truth, draw(case, exact, rho=rho, seed=seed), measure)
                yield method_of(rho), with_guesses(shown, belongs, low=0, high=policy.floor - 1)
        primary = suppressed(truth)
        yield HIDE, with_guesses(primary, belongs, low=1, high=K - 1)
        yield HIDE_MORE, with_guesses(complemented(primary, belongs), belongs, low=1, high=None)
        for seed in seeds:
            yield CELL_KEY, with_guesses(cell_keyed(case, truth, seed=seed), belongs, low=0, high=0)

    rows = [{"method": name} | row for name, figures in methods() for row in scores(case, figures)]
    every = ["method", "metric", "geography", "grain"]
    means = (
        pl.DataFrame(rows)
        .group_by(every, maintain_order=True)
        .agg(pl.col("value").mean(), unsure=pl.col("value").std() / pl.len().sqrt())
    )
    return Compared(case, truth, means)


def scores(case: Case, figures: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Every metric of one set of tables."""
    for grain, geography in case.levels():
        rows = metrics.level(figures, geography, grain.value)
        for metric, score in BY_LEVEL.items():
            yield _score(metric, geography, grain.value, score(rows))
    yield _score(HOT, "zone1", "year", metrics.hot_spots(metrics.level(figures, "zone1", "year")))
    for metric, grain in ((MONTHS, "month"), (QUARTERS, "quarter")):
        rows = metrics.level(figures, "neighborhood", grain)
        yield _score(metric, "neighborhood", grain, metrics.direction(rows))


def _score(metric: str, geography: str, grain: str, value: float | None) -> dict[str, Any]:
    return {"metric": metric, "geography": geography, "grain": grain, "value": value}
