"""Counts as received with a threshold, drawn by hand: what is hidden beside the small ones, and what stays for ever.

threshold 5   ZIP   1    2    3   city
received           12   15    3     30      3 is small
published           <   15    <     30      12 is hidden beside it: 30 - 15 tells only that two together are 15
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from etl.audit.attacks import linear_program
from etl.audit.finding import Attempt, Finding
from etl.audit.published import Published
from etl.exact.received import Received, Taken, count_received
from etl.exact.threshold import keep_published, read_kept
from etl.exactmode.figure import NOTHING_KEPT
from etl.steps.audit import Audit, audit
from layers.period import Grain
from layers.store.schema import conform
from tests.etl.audit import stores

K = 5
QUARTERS = (date(2025, 1, 1), date(2025, 4, 1))
UNITS = ["1", "2", "3"]
FOOD_AND_HOUSING = ("all", "housing", "food")
Cell = tuple[str, date, *tuple[float | None, ...]]


def taken(
    cells: Sequence[Cell],
    kept: pl.DataFrame | None = None,
    *,
    categories: tuple[str, ...] = ("all",),
    units: Sequence[str] = UNITS,
) -> Taken:
    schema = {"unit": pl.String, "period": pl.Date, **dict.fromkeys(categories, pl.Float64)}
    rows = pl.DataFrame(cells, schema=schema, orient="row")
    declared = Received("requests_for_help", "zip", Grain.QUARTER, categories, K)
    return count_received(rows, declared, units, NOTHING_KEPT if kept is None else kept)


def kept(first: Taken) -> pl.DataFrame:
    with TemporaryDirectory() as folder:
        assert first.kept is not None
        keep_published(Path(folder), "community_needs", "needs", first.kept)
        return read_kept(Path(folder), "community_needs", "needs")


def shown(found: Taken, period: date = QUARTERS[0], category: str = "all") -> dict[str, float | str]:
    rows = found.rows.filter(period=period, category=category).select("unit", "status", "value")
    return {unit: status if value is None else value for unit, status, value in rows.iter_rows()}


def attacked(*releases: Taken, by: Callable[[Published], Audit | Attempt] = audit) -> tuple[Finding, ...]:
    """What the audit, or one of its attacks, finds in these releases, one after the other."""
    with TemporaryDirectory() as folder:
        for number, each in enumerate(releases):
            stores.release(
                Path(folder),
                conform(each.rows.with_columns(topic=pl.lit("community_needs"))),
                id=f"2026-04-1{number}-000000000001",
                topic="community_needs",
                zones=None,
                measures=[{"name": "requests_for_help", "kind": "count", "regime": "source", "floor": K, "tables": []}],
            )
        return by(stores.public(Path(folder))).findings


def test_a_further_count_is_hidden_where_the_city_would_give_the_small_one_away() -> None:
    found = taken([("1", QUARTERS[0], 12), ("2", QUARTERS[0], 15), ("3", QUARTERS[0], 3)])
    assert shown(found) == {"1": "hidden", "2": 15, "3": "hidden", "city": 30}
    assert found.rows.filter(status="hidden").select("low", "high").unique().rows() == [(0.0, None)]
    assert not attacked(found)


def test_none_at_all_is_below_the_threshold_too() -> None:
    found = taken([("1", QUARTERS[0], 12), ("2", QUARTERS[0], 15), ("3", QUARTERS[0], 0)])
    assert shown(found)["3"] == "hidden"


def test_a_small_city_is_hidden_with_its_parts() -> None:
    found = taken([("1", QUARTERS[0], 1), ("2", QUARTERS[0], 0), ("3", QUARTERS[0], 2)])
    assert set(shown(found).values()) == {"hidden"}


def test_where_an_area_is_blank_the_city_is_not_told_and_nothing_more_is_hidden() -> None:
    found = taken([("1", QUARTERS[0], 12), ("2", QUARTERS[0], None), ("3", QUARTERS[0], 3)])
    assert shown(found) == {"1": 12, "2": "not_reported", "3": "hidden", "city": "not_reported"}


@pytest.mark.parametrize(
    ("food", "hidden"),
    [
        (3, 3),  # 20 = 12 + 5 + 3: a reader sees elsewhere that the two kinds are all there are
        (40, 1),  # a request may be for both: all of them tell nothing of one kind
    ],
)
def test_what_adds_up_elsewhere_is_taken_to_add_up_here(food: int, hidden: int) -> None:
    cells: list[Cell] = [
        ("1", QUARTERS[0], 20, 17, 3),
        ("2", QUARTERS[0], 80, 40 + 40 - 40 if food == 3 else 70, food if food == 40 else 40),
        ("3", QUARTERS[0], None, None, None),
    ]
    found = taken(cells, categories=FOOD_AND_HOUSING)
    assert not attacked(found)
    assert found.rows.filter(unit="1", status="hidden").height == min(hidden, 2)


def test_what_was_published_stays_and_what_was_blank_joins() -> None:
    first = taken([("1", QUARTERS[0], 12), ("2", QUARTERS[0], None), ("3", QUARTERS[0], 3)])
    then = [("1", QUARTERS[0], 13), ("2", QUARTERS[0], 15), ("3", QUARTERS[0], 3), ("1", QUARTERS[1], 9)]
    second = taken(then, kept(first))
    assert shown(second) == {"1": 12, "2": 15, "3": "hidden", "city": "not_reported"}
    assert shown(second, QUARTERS[1])["1"] == 9
    assert second.corrected == 1
    assert not attacked(first, second)


def test_a_count_that_is_blank_later_stays_too() -> None:
    first = taken([("1", QUARTERS[0], 12), ("2", QUARTERS[0], 15), ("3", QUARTERS[0], 30)])
    second = taken([("1", QUARTERS[0], None), ("2", QUARTERS[0], 15), ("3", QUARTERS[0], 30)], kept(first))
    assert shown(second) == shown(first)


small_or_large = st.one_of(st.none(), st.integers(0, 7), st.integers(0, 40))
tables = st.lists(st.tuples(*[small_or_large] * 3), min_size=6, max_size=6)


def _cells(drawn: list[tuple[int | None, ...]], *, adds_up: bool) -> list[Cell]:
    places = [(unit, quarter) for quarter in QUARTERS for unit in UNITS]
    cells: list[Cell] = []
    for (unit, quarter), (rest, housing, food) in zip(places, drawn, strict=True):
        known = [n for n in (rest, housing, food) if n is not None]
        whole = None if rest is None else sum(known) - (rest if adds_up else 0)
        cells.append((unit, quarter, whole, housing, food))
    return cells


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(first=tables, later=tables, adds_up=st.booleans())
@example(first=[(None,) * 3] * 5 + [(0, 5, None)], later=[(None,) * 3] * 5 + [(None, None, 0)], adds_up=False)
@example(first=[(1, 3, 9), (1, 20, 2), (1, 8, 30), *[(None, None, None)] * 3], later=[(2, 4, 9)] * 6, adds_up=True)
def test_no_hidden_count_can_be_recovered_from_all_releases_together(
    first: list[tuple[int | None, ...]], later: list[tuple[int | None, ...]], adds_up: bool
) -> None:
    before = taken(_cells(first, adds_up=adds_up), categories=FOOD_AND_HOUSING)
    after = taken(_cells(later, adds_up=adds_up), kept(before), categories=FOOD_AND_HOUSING)
    assert not before.rows.filter(pl.col("value") < K).height
    assert not attacked(before, after, by=linear_program.run)
