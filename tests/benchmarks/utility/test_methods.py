"""What the report compares: our own rows as they are published, and the two other methods, drawn small."""

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from etl.protect.calendar import Coverage
from etl.protect.ledger import Ledger
from etl.protect.mechanism import SeededGaussian
from etl.steps.protect import bench_for, protect
from layers.grid import neighbors
from layers.zones import build_zones
from tests.benchmarks.utility.case import Case
from tests.benchmarks.utility.figures import with_guesses
from tests.benchmarks.utility.measured import draw, exact_vectors
from tests.benchmarks.utility.others import NEVER, REACH, cell_keyed, complemented, noise_of, suppressed
from tests.benchmarks.utility.truth import parents, true_figures

CENTER = 0x8944CE00007FFFF


@pytest.fixture(scope="module")
def case() -> Case:
    """Seven cells of 300 homes, two districts, three neighborhoods; two years of filings, some homes with many."""
    cells = [CENTER, *neighbors(CENTER)]
    areas = [("north", "1")] * 3 + [("middle", "1")] * 2 + [("south", "2")] * 2
    atoms = pl.DataFrame(
        [(cell, *area, 300) for cell, area in zip(cells, areas, strict=True)],
        schema={"cell": pl.UInt64, "neighborhood": pl.String, "district": pl.String, "homes": pl.Int64},
        orient="row",
    )
    rng = np.random.default_rng(3)
    home = rng.integers(0, 160, 900).astype(np.uint64)
    day = np.datetime64("2024-01-01") + rng.integers(0, 730, 900).astype("timedelta64[D]")
    events = pl.DataFrame({"home": home, "cell": np.array(cells, dtype=np.uint64)[home % 7], "filed": day})
    return Case("", "evictions", events, build_zones(atoms), Coverage(date(2024, 1, 1)), date(2026, 4, 1))


def test_rows_drawn_in_memory_are_those_that_protect_makes(case: Case, tmp_path: Path) -> None:
    clock = datetime(2026, 4, 1, tzinfo=UTC)
    ledger = Ledger(sa.create_engine(f"sqlite:///{tmp_path / 'state.db'}"), lambda: clock)
    bench = bench_for(tmp_path, ledger, SeededGaussian(5))
    published = protect(
        case.events,
        case.zones,
        case.policy(0.5),
        coverage=case.coverage,
        as_of=case.as_of,
        snapshot="",
        bench=bench,
    ).counts
    drawn = draw(case, exact_vectors(case), rho=0.5, seed=5)
    assert drawn.equals(published)
    assert drawn["value"].is_not_null().sum() > 100


def test_what_is_measured_adds_up_to_the_truth_where_no_home_is_over_the_cap(case: Case) -> None:
    exact, truth = exact_vectors(case), true_figures(case)
    for table, periods in exact.items():
        if table.family == "filings" and table.grain != "month":
            true = truth.filter((pl.col("grain") == table.grain.value) & (pl.col("geography") == table.geography))
            assert sum(sum(vector.counts) for vector in periods.values()) == true["truth"].sum() > 0


PARENTS = {"district": ("city", pl.DataFrame({"unit": ["a", "b", "c"], "parent": ["city"] * 3}))}


def city_and_districts(city: int, **districts: int) -> pl.DataFrame:
    rows = [("city", "city", city), *(("district", unit, count) for unit, count in districts.items())]
    return pl.DataFrame(rows, schema=["geography", "unit", "truth"], orient="row").with_columns(
        grain=pl.lit("year"), period=pl.lit(date(2025, 1, 1)), homes=pl.lit(500)
    )


def values(figures: pl.DataFrame, column: str = "value") -> dict[str, float | None]:
    return dict(figures.select("unit", column).iter_rows())


def test_suppression_hides_one_to_ten_and_shows_zero() -> None:
    figures = suppressed(city_and_districts(22, a=0, b=10, c=12))
    assert values(figures) == {"city": 22, "a": 0, "b": None, "c": 12}


def test_complementary_suppression_hides_the_smallest_figure_beside_a_single_hidden_one() -> None:
    primary = suppressed(city_and_districts(56, a=4, b=12, c=40))
    assert values(complemented(primary, PARENTS)) == {"city": 56, "a": None, "b": None, "c": 40}


def test_complementary_suppression_adds_nothing_where_two_are_hidden() -> None:
    primary = suppressed(city_and_districts(50, a=4, b=6, c=40))
    assert values(complemented(primary, PARENTS)) == {"city": 50, "a": None, "b": None, "c": 40}


@pytest.mark.parametrize(
    ("city", "guess"),
    [
        (50, 5.0),  # 50 less the 40 that is shown, in two parts
        (41, 1.0),  # (41 − 40) / 2 is under what a hidden figure can be
        (90, 10.0),  # (90 − 40) / 2 is above it
    ],
)
def test_a_hidden_figure_is_guessed_from_what_its_whole_leaves(city: int, guess: float) -> None:
    figures = city_and_districts(city, a=4, b=6, c=40).with_columns(
        value=pl.when(pl.col("truth") > 10).then(pl.col("truth").cast(pl.Float64))
    )
    guessed = with_guesses(figures, PARENTS, low=1, high=10)
    assert values(guessed, "guess") == {"city": city, "a": guess, "b": guess, "c": 40}


def test_a_hidden_figure_without_a_whole_is_the_middle_of_its_range() -> None:
    figures = city_and_districts(4).with_columns(value=pl.lit(None, pl.Float64))
    assert values(with_guesses(figures, PARENTS, low=0, high=4), "guess") == {"city": 2.0}


@pytest.mark.parametrize("count", range(1, 9))
def test_cell_key_noise_is_small_never_shows_one_or_two_and_adds_nothing_on_average(count: int) -> None:
    noise, likely = noise_of(count)
    assert np.abs(noise).max() <= REACH
    assert not set(count + noise) & set(NEVER)
    assert (count + noise).min() >= 0
    assert likely.sum() == pytest.approx(1)
    assert (noise * likely).sum() == pytest.approx(0, abs=1e-9)


def test_cell_key_noise_is_the_same_for_the_same_homes_and_leaves_zero_alone(case: Case) -> None:
    truth = true_figures(case)
    once, again = cell_keyed(case, truth, seed=1), cell_keyed(case, truth, seed=1)
    assert once.equals(again)
    assert not once.equals(cell_keyed(case, truth, seed=2))
    assert once.filter(pl.col("truth") == 0)["value"].sum() == 0
    assert (once["value"] - once["truth"]).abs().max() == REACH


def test_nests_hold_every_unit(case: Case) -> None:
    for fine, (_, belongs) in parents(case).items():
        assert sorted(belongs["unit"]) == sorted(case.zones[fine].unique())


def test_a_case_of_another_budget_changes_the_noise_alone(case: Case) -> None:
    dear, cheap = case.policy(2.0), case.policy(0.25)
    assert dear.ladder == cheap.ladder
    assert dataclasses.replace(dear, rho=0.25) == cheap
