"""The completed pattern: adds up, depends on no order, and leaves every small number possible."""

from datetime import date
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.exactmode.complete import CannotComplete, complete
from etl.protect.partitions import Partitions

K = 5
ZONES = pl.DataFrame(
    {
        "cell": ["1", "2", "3", "4"],
        "zone1": ["a", "b", "c", "d"],
        "zone2": ["A", "A", "B", "B"],
        "neighborhood": ["N1", "N1", "N2", "N2"],
        "district": ["1", "1", "2", "2"],
    }
)
YEAR = date(2025, 1, 1)
counts = st.one_of(st.integers(0, 6), st.integers(0, 30))


def _partitions() -> Partitions:
    return Partitions({2025: ZONES})


def _figures(rows: list[tuple[str, str, str, int]], grain: str = "year", period: date = YEAR) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["geography", "unit", "category", "count"], orient="row").select(
        measure=pl.lit("homes_filed"),
        grain=pl.lit(grain),
        period=pl.lit(period),
        geography="geography",
        unit="unit",
        category="category",
        count=pl.col("count").cast(pl.Int64),
        threshold=pl.lit(K, pl.Int64),
        frozen=pl.lit(False),
        shown=pl.lit(None, pl.Boolean),
        small=pl.lit(None, pl.Boolean),
    )


def _tree(a: int, b: int, c: int, d: int) -> pl.DataFrame:
    """Four zones in two districts in a city."""
    zones = {"a": a, "b": b, "c": c, "d": d}
    rows = [("zone1", unit, "all", count) for unit, count in zones.items()]
    rows += [("district", "1", "all", a + b), ("district", "2", "all", c + d), ("city", "city", "all", a + b + c + d)]
    return _figures(rows)


def _two_ways(a: int, b: int, c: int, d: int) -> pl.DataFrame:
    """Two districts by two categories."""
    rows = [("district", "1", "paid", a), ("district", "1", "restored", b), ("district", "2", "paid", c)]
    rows += [("district", "2", "restored", d), ("district", "1", "all", a + b), ("district", "2", "all", c + d)]
    rows += [
        ("city", "city", "paid", a + c),
        ("city", "city", "restored", b + d),
        ("city", "city", "all", a + b + c + d),
    ]
    return _figures(rows)


def _linear(tried: tuple[int, ...], *, two_ways: bool) -> dict[tuple[str, ...], int]:
    a, b, c, d = tried
    if two_ways:
        return {
            ("district", "1", "paid"): a, ("district", "1", "restored"): b, ("district", "2", "paid"): c,
            ("district", "2", "restored"): d, ("district", "1", "all"): a + b, ("district", "2", "all"): c + d,
            ("city", "city", "paid"): a + c, ("city", "city", "restored"): b + d, ("city", "city", "all"): sum(tried),
        }  # fmt: skip
    return {
        ("zone1", "a", "all"): a, ("zone1", "b", "all"): b, ("zone1", "c", "all"): c, ("zone1", "d", "all"): d,
        ("district", "1", "all"): a + b, ("district", "2", "all"): c + d, ("city", "city", "all"): sum(tried),
    }  # fmt: skip


@pytest.mark.parametrize("two_ways", [False, True])
@settings(max_examples=40, deadline=None)
@given(zones=st.tuples(*[st.integers(0, 9)] * 4))
def test_every_small_number_remains_possible(two_ways: bool, zones: tuple[int, int, int, int]) -> None:
    done = complete(_two_ways(*zones) if two_ways else _tree(*zones), _partitions())
    key = ["geography", "unit", "category"]
    printed = {tuple(r[:3]): r[3] for r in done.filter("shown").select(*key, "count").rows()}
    small = [tuple(r) for r in done.filter(~pl.col("shown") & pl.col("small")).select(key).rows()]
    possible: dict[tuple[str, ...], set[int]] = {each: set() for each in small}
    for tried in product(range(15), repeat=4):
        table = _linear(tried, two_ways=two_ways)
        if all(table[k] == v for k, v in printed.items()) and all(table[k] < K for k in small):
            for each in small:
                possible[each].add(table[each])
    assert all(found >= set(range(K)) for found in possible.values())


@settings(max_examples=30, deadline=None)
@given(zones=st.tuples(*[counts] * 4))
def test_what_is_below_the_threshold_is_hidden_and_nothing_else_changes(zones: tuple[int, int, int, int]) -> None:
    before, after = _two_ways(*zones), complete(_two_ways(*zones), _partitions())
    assert not after.filter((pl.col("count") < K) & pl.col("shown")).height
    columns = ["geography", "unit", "category", "count"]
    assert after.select(columns).sort(columns).equals(before.select(columns).sort(columns))


@settings(max_examples=20, deadline=None)
@given(zones=st.tuples(*[counts] * 4), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(zones: tuple[int, int, int, int], seed: int) -> None:
    drawn = _tree(*zones)
    shuffled = drawn.sample(fraction=1.0, shuffle=True, seed=seed)
    assert complete(drawn, _partitions()).equals(complete(shuffled, _partitions()))


def test_the_smallest_sibling_is_hidden_beside_a_small_count() -> None:
    done = complete(_tree(2, 20, 11, 12), _partitions())
    assert done.filter(~pl.col("shown"))["unit"].to_list() == ["a", "b"]


def test_a_later_year_hides_what_earlier_quarters_would_give_away() -> None:
    quarters = [date(2025, month, 1) for month in (1, 4, 7, 10)]
    printed = [
        _figures([("city", "city", "all", count)], "quarter", start).with_columns(
            frozen=pl.lit(True), shown=pl.lit(count >= K), small=pl.lit(count < K)
        )
        for start, count in zip(quarters, (10, 15, 12, 3), strict=True)
    ]
    year = _figures([("city", "city", "all", 40)])
    done = complete(pl.concat([*printed, year]), _partitions())
    assert not done.filter(pl.col("grain") == "year")["shown"].item()
    assert done.filter(pl.col("grain") == "quarter")["shown"].to_list() == [True, True, True, False]


def test_figures_that_were_published_before_are_never_hidden() -> None:
    leak = _tree(2, 20, 11, 12).with_columns(frozen=pl.lit(True), shown=pl.col("count") >= K, small=pl.col("count") < K)
    new = _figures([("city", "city", "all", 20)], "quarter")
    with pytest.raises(CannotComplete):
        complete(pl.concat([leak, new]), _partitions())
