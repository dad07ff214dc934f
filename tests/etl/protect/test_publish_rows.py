"""What is said of protected figures: drawn measurements in, rows out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.protect.calendar import ClosedUpTo, Coverage, PeriodState, closed_up_to, period_states
from etl.protect.key import MeasurementKey
from etl.protect.measure import key_cells
from etl.protect.measurements import Measurement
from etl.protect.publish_rows import rows_of
from etl.protect.quality import YearQuality, year_quality
from layers.ladder import LadderTable
from layers.period import Grain
from layers.policy import DisclosurePolicy, collected, policy_for
from layers.store.schema import COUNTS_SCHEMA, KEY, conform

POLICY = collected(policy_for("evictions"), {"filed"})
SHUTOFFS = policy_for("shutoffs")
MONTH = date(2025, 3, 1)


def states(policy: DisclosurePolicy, closed: date = MONTH) -> dict[Grain, dict[date, PeriodState]]:
    """One closed month, its quarter and year; one month not reported yet; one not collected."""
    starts = {Grain.MONTH: closed, Grain.QUARTER: date(2025, 1, 1), Grain.YEAR: date(2025, 1, 1)}
    return {
        grain: {
            start: PeriodState.CLOSED,
            start.replace(year=2026): PeriodState.NOT_REPORTED,
            start.replace(year=2024): PeriodState.NOT_COLLECTED,
        }
        for grain, start in starts.items()
    }


def measured(
    policy: DisclosurePolicy, zones: pl.DataFrame, noisy: Mapping[str, list[int]] | int, sigma: float = 2.0
) -> dict[LadderTable, dict[date, Measurement]]:
    """Noisy vectors by table; a table that is not named has `noisy` (or 0) everywhere."""
    found = {}
    for table in policy.ladder:
        cells = key_cells(zones, policy, table)
        values = [noisy] * cells.height if isinstance(noisy, int) else noisy.get(table.name, [0] * cells.height)
        period = MONTH if table.grain is Grain.MONTH else date(2025, 1, 1)
        key = MeasurementKey(policy.topic, "public", table.name, period)
        vector = cells.with_columns(noisy=pl.Series(values, dtype=pl.Int64))
        found[table] = {period: Measurement(key, vector, sigma, "s", "z", publishable=True, counted=0)}
    return found


def rows(
    policy: DisclosurePolicy, zones: pl.DataFrame, noisy: Mapping[str, list[int]] | int, sigma: float = 2.0
) -> pl.DataFrame:
    return conform(rows_of(policy, zones, measured(policy, zones, noisy, sigma), states(policy)))


def month(frame: pl.DataFrame, kind: str = "count") -> pl.DataFrame:
    return frame.filter((pl.col("grain") == "month") & (pl.col("period") == MONTH) & (pl.col("kind") == kind))


def shown(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[str, float | None]]:
    return {(g, u): (s, v) for g, u, s, v in frame.select("geography", "unit", "status", "value").rows()}


def test_pieces_add_up_to_neighborhoods_districts_and_city(zones: pl.DataFrame) -> None:
    """piece         North/1   North/2   South/2
    measured          30         3        40       (σ 2)
    district          30        43               (agrees)
    """
    frame = rows(POLICY, zones, {"filings-month-neighborhood": [30, 3, 40], "filings-month-district": [30, 43]})
    assert shown(month(frame)) == {
        ("neighborhood", "North"): ("value", 33),
        ("neighborhood", "South"): ("value", 40),
        ("district", "1"): ("value", 30),
        ("district", "2"): ("value", 43),
        ("city", "city"): ("value", 73),
    }


def test_below_the_floor_is_hidden_with_a_range_that_says_nothing_more(zones: pl.DataFrame) -> None:
    frame = rows(POLICY, zones, {"filings-month-neighborhood": [1, 2, 1], "filings-month-district": [1, 3]})
    neighborhoods = month(frame).filter(pl.col("geography") == "neighborhood").sort("unit")
    assert neighborhoods["status"].to_list() == ["hidden", "hidden"]
    assert neighborhoods["value"].to_list() == [None, None]
    assert neighborhoods["low"].to_list() == [0, 0]
    empty = month(rows(POLICY, zones, 0)).filter(pl.col("geography") == "neighborhood").sort("unit")
    assert neighborhoods["high"].to_list() == empty["high"].to_list(), "the range does not depend on the figure"
    assert (neighborhoods["high"] >= POLICY.floor - 1).all()


def test_a_range_stands_beside_every_value(zones: pl.DataFrame) -> None:
    frame = month(rows(POLICY, zones, 50)).filter(pl.col("status") == "value")
    assert (frame["low"] < frame["value"]).all()
    assert (frame["high"] - frame["value"] == frame["value"] - frame["low"]).all()


@pytest.mark.parametrize(("sigma", "flag"), [(1.0, None), (6.0, "caution"), (12.0, "unrankable")])
def test_uncertain_figures_are_flagged(zones: pl.DataFrame, sigma: float, flag: str | None) -> None:
    frame = month(rows(POLICY, zones, 12, sigma))
    district = frame.filter((pl.col("geography") == "district") & (pl.col("unit") == "1"))
    assert district.select("status", "flag").row(0) == ("value", flag)


def test_rates_follow_from_published_counts_only(zones: pl.DataFrame) -> None:
    frame = rows(POLICY, zones, {"filings-month-neighborhood": [30, 1, 1], "filings-month-district": [30, 2]})
    rate = month(frame, "rate").filter(pl.col("geography") == "district").sort("unit")
    assert rate["measure"].unique().to_list() == ["homes_filed_per_1000"]
    assert rate["value"].to_list() == [round(30 * 1000 / 900, 2), None]
    assert rate["status"].to_list() == ["value", "hidden"]


def test_categories_add_up_to_their_district(zones: pl.DataFrame) -> None:
    frame = rows(
        SHUTOFFS,
        zones,
        {"scheduled-month-district-outcome": [40, 20, 12, 30, 2] * 2, "scheduled-month-neighborhood": [104, 50, 54]},
    )
    by_category = month(frame).filter(pl.col("geography") == "city")
    values = dict(by_category.select("category", "value").rows())
    hidden = set(by_category.filter(pl.col("status") == "hidden")["category"])
    assert values["all"] == 208
    assert hidden == {"other"}
    assert values["disconnected"] == 80
    assert set(month(frame).filter(pl.col("category") != "all")["geography"]) == {"district", "city"}


noisy_values = st.integers(-30, 60)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_totals_are_sums_and_nothing_below_the_floor_is_shown(zones: pl.DataFrame, data: st.DataObject) -> None:
    sizes = {t.name: key_cells(zones, SHUTOFFS, t).height for t in SHUTOFFS.ladder}
    noisy = {name: data.draw(st.lists(noisy_values, min_size=n, max_size=n)) for name, n in sizes.items()}
    floorless = policy_for("shutoffs", {"floor": 1})
    frame = rows(floorless, zones, noisy).with_columns(pl.col("value").fill_null(0))
    counts = frame.filter(pl.col("kind") == "count")
    keys = ["measure", "grain", "period"]
    everything = counts.filter(pl.col("category") == "all")
    totals = everything.group_by(*keys, "geography").agg(pl.col("value").sum())
    assert totals.group_by(keys).agg(pl.col("value").n_unique())["value"].max() == 1, (
        "every geography has the same total"
    )
    months = counts.filter((pl.col("grain") == "month") & pl.col("geography").is_in(["district", "city"]))
    parts = months.filter(pl.col("category") != "all").group_by("unit", "period").agg(parts=pl.col("value").sum())
    whole = months.filter(pl.col("category") == "all").join(parts, on=["unit", "period"])
    assert (whole["value"] == whole["parts"]).all()
    normal = rows(SHUTOFFS, zones, noisy).filter(pl.col("kind") == "count")
    assert normal["value"].drop_nulls().ge(SHUTOFFS.floor).all()
    assert "zero" not in normal["status"].to_list()


@settings(max_examples=15, deadline=None)
@given(noisy=st.integers(-5, 90))
def test_the_rows_do_not_depend_on_the_figures(zones: pl.DataFrame, noisy: int) -> None:
    names = [*KEY, "kind"]
    assert rows(POLICY, zones, noisy).select(names).equals(rows(POLICY, zones, 0).select(names))


def test_every_unit_has_every_period_and_category(zones: pl.DataFrame) -> None:
    frame = rows(SHUTOFFS, zones, 5)
    assert list(frame.columns) == list(COUNTS_SCHEMA)
    expected = {"zone1": 7, "neighborhood": 2, "district": 2, "city": 1}
    yearly = frame.filter((pl.col("grain") == "year") & (pl.col("kind") == "count"))
    for geography, units in expected.items():
        assert yearly.filter(pl.col("geography") == geography).height == units * 3
    monthly = frame.filter(
        (pl.col("grain") == "month") & (pl.col("geography") == "district") & (pl.col("kind") == "count")
    )
    assert monthly.height == 2 * 3 * 6
    silent = frame.filter(pl.col("period").dt.year() != 2025)
    assert set(silent["status"]) == {"not_reported", "not_collected"}
    assert silent["high"].null_count() == silent.height


# ---------------------------------------------------------------- side figures


@pytest.mark.parametrize(
    ("noisy", "expected"),
    [
        #  placed, over the cap, not placed (noise of scale 2: at least 40 homes)
        ([180, 20, 50], YearQuality(2025, placed=80, over_cap=8)),
        ([100, -3, 0], YearQuality(2025, placed=100, over_cap=0)),
        ([30, 5, 4], YearQuality(2025, placed=None, over_cap=None)),
        ([-4, -9, 0], YearQuality(2025, placed=None, over_cap=None)),
    ],
)
def test_both_shares_are_whole_percents_of_enough_homes(
    zones: pl.DataFrame, noisy: list[int], expected: YearQuality
) -> None:
    assert year_quality(POLICY, measured(POLICY, zones, {"quality-year-city-placed": noisy})) == (expected,)


def test_a_share_that_was_not_told_apart_is_not_made_up(zones: pl.DataFrame) -> None:
    """A measurement of an older private folder knows two values only."""
    found = measured(POLICY, zones, {"quality-year-city-placed": [90, 0, 10]})
    older = {
        table: {
            p: replace(m, cells=m.cells.filter(pl.col("leaf") != "over_cap")) if table.family == "quality" else m
            for p, m in periods.items()
        }
        for table, periods in found.items()
    }
    assert year_quality(POLICY, older) == (YearQuality(2025, placed=90, over_cap=None),)


# ---------------------------------------------------------------- calendar


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        #   covered from 15 Jan 2025 to 31 Aug 2026; today 15 Nov 2026; a month closes after 30 days
        (date(2025, 1, 1), PeriodState.NOT_COLLECTED),  # covered in part
        (date(2025, 2, 1), PeriodState.CLOSED),
        (date(2026, 8, 1), PeriodState.CLOSED),
        (date(2026, 9, 1), PeriodState.NOT_COLLECTED),  # closed, but after the last covered day
        (date(2026, 10, 1), PeriodState.NOT_REPORTED),  # closes on 30 Nov
        (date(2026, 11, 1), PeriodState.NOT_REPORTED),
    ],
)
def test_what_may_be_said_of_a_period(period: date, expected: PeriodState) -> None:
    found = period_states(POLICY, Grain.MONTH, Coverage(date(2025, 1, 15), date(2026, 8, 31)), date(2026, 11, 15))
    assert found[period] is expected
    assert (min(found), max(found)) == (date(2025, 1, 1), date(2026, 11, 1))


def test_a_period_closes_on_its_day_and_not_before() -> None:
    coverage = Coverage(date(2026, 1, 1))
    for day, last in ((date(2026, 10, 29), date(2026, 8, 1)), (date(2026, 10, 30), date(2026, 9, 1))):
        assert closed_up_to(POLICY, Grain.MONTH, coverage, day).last_closed == last


def test_the_next_release_is_named() -> None:
    found = closed_up_to(POLICY, Grain.QUARTER, Coverage(date(2023, 11, 1), date(2026, 10, 31)), date(2026, 11, 15))
    assert found == ClosedUpTo(Grain.QUARTER, date(2026, 7, 1), date(2026, 10, 1), date(2027, 2, 14))
    young = closed_up_to(POLICY, Grain.YEAR, Coverage(date(2026, 11, 1)), date(2026, 11, 15))
    assert young == ClosedUpTo(Grain.YEAR, None, date(2027, 1, 1), date(2028, 3, 30))


def test_the_first_period_counts_when_the_sources_begin_on_its_first_day() -> None:
    #                     January   February
    #  from 1 January     closed    closed
    #  from 2 January     -         closed
    as_of = date(2025, 3, 30)
    for first, expected in ((1, PeriodState.CLOSED), (2, PeriodState.NOT_COLLECTED)):
        states = period_states(POLICY, Grain.MONTH, Coverage(date(2025, 1, first)), as_of)
        assert [states[date(2025, month, 1)] for month in (1, 2)] == [expected, PeriodState.CLOSED]


@pytest.mark.parametrize(
    ("first", "awaited"), [(date(2025, 6, 1), date(2025, 6, 1)), (date(2025, 6, 2), date(2025, 7, 1))]
)
def test_the_first_release_waits_for_the_first_whole_period(first: date, awaited: date) -> None:
    told = closed_up_to(POLICY, Grain.MONTH, Coverage(first), date(2025, 5, 20))
    assert (told.last_closed, told.next_period) == (None, awaited)
    assert told.next_on == POLICY.closes(awaited, Grain.MONTH)
