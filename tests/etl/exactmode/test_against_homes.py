"""A year against its months and quarters, by trying every possible city of homes: nothing here is read off the code.

A home has an event in some of the four quarters. What is printed is counted from homes; an intruder tries all cities.

homes    Q1 Q2 Q3 Q4      Q1  Q2  Q3  Q4   year
  a       x  x             7   5   .   5     11
  b             x      →   max(quarters) <= year <= sum(quarters), and every such year has its homes
"""

from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.exactmode.complete import complete
from etl.protect.partitions import Partitions

K, MOST = 3, 9
STARTS = [date(2025, month, 1) for month in (1, 4, 7, 10)]
NO_ZONES = Partitions({2025: pl.DataFrame({"cell": ["1"], "zone1": ["a"], "district": ["1"]})})


def _figures(quarters: tuple[int, ...], year: int) -> pl.DataFrame:
    rows = [("quarter", start, count) for start, count in zip(STARTS, quarters, strict=True)]
    return pl.DataFrame([*rows, ("year", STARTS[0], year)], schema=["grain", "period", "count"], orient="row").select(
        measure=pl.lit("homes_filed"),
        grain="grain",
        period="period",
        geography=pl.lit("city"),
        unit=pl.lit("city"),
        category=pl.lit("all"),
        count=pl.col("count").cast(pl.Int64),
        threshold=pl.lit(K, pl.Int64),
        frozen=pl.lit(False),
        shown=pl.lit(None, pl.Boolean),
        small=pl.lit(None, pl.Boolean),
    )


def _of_homes(most: int) -> set[tuple[int, ...]]:
    """Quarters and year of every city of up to `most` homes."""
    found: set[tuple[int, ...]] = {(0,) * 5}
    kinds = [kind for kind in product((0, 1), repeat=4) if any(kind)]
    newest = found
    for _ in range(most):
        newest = {tuple(a + b for a, b in zip(city, (*kind, 1), strict=True)) for city in newest for kind in kinds}
        found = found | newest
    return found


def test_every_year_between_its_largest_quarter_and_their_sum_has_its_homes() -> None:
    cities = _of_homes(4)
    assert all(max(q) <= year <= sum(q) for *q, year in cities)
    tried = {c for c in product(range(3), repeat=5) if max(c[:4]) <= c[4] <= sum(c[:4]) and c[4] <= 4}
    assert tried <= cities


def _all_cities() -> np.ndarray:
    quarters_and_year = np.indices((MOST,) * 4 + (2 * MOST,)).reshape(5, -1)
    quarters, year = quarters_and_year[:4], quarters_and_year[4]
    return quarters_and_year[:, (year >= quarters.max(0)) & (year <= quarters.sum(0))]


CITIES = _all_cities()


@settings(max_examples=15, deadline=None)
@given(quarters=st.tuples(*[st.integers(0, 5)] * 4), share=st.floats(0, 1))
@example(quarters=(5, 5, 5, 1), share=1.0)
@example(quarters=(4, 2, 0, 0), share=0.0)
def test_every_small_number_remains_possible_in_whole_homes(quarters: tuple[int, ...], share: float) -> None:
    year = max(quarters) + round(share * (sum(quarters) - max(quarters)))
    done = complete(_figures(quarters, year), NO_ZONES).sort("grain", "period")  # the quarters, then the year
    assert done["count"].to_list() == [*quarters, year]
    left = np.ones(CITIES.shape[1], bool)
    for place, (shown, small, count) in enumerate(done.select("shown", "small", "count").rows()):
        left &= (CITIES[place] == count) if shown else (CITIES[place] < K) if small else True
    for place, (shown, small) in enumerate(done.select("shown", "small").rows()):
        if small:
            assert not shown
            assert set(CITIES[place][left]) >= set(range(K))


@pytest.mark.parametrize(("quarters", "year"), [((5, 5, 5, 1), 16), ((5, 5, 5, 1), 5)])
def test_a_year_is_hidden_where_it_would_tell_of_a_quarter(quarters: tuple[int, ...], year: int) -> None:
    """16 is the sum, so the last quarter would be 1 at least; 5 leaves it open."""
    done = complete(_figures(quarters, year), NO_ZONES)
    hidden = done.filter(~pl.col("shown"))
    assert (hidden.height > 1) is (year == 16)
