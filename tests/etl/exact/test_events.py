"""Exact counts: the key set is complete, totals are sums, and the five statuses are five."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.exact.events import count_events
from etl.exact.plan import Plan
from layers.grid import cell_text
from layers.store.schema import conform
from tests.etl.exact.requests import CELL8, TOPIC, event, frame, plan


def figures(rows: pl.DataFrame, measure: str, geography: str, grain: str = "month", category: str = "all") -> dict:
    kept = rows.filter(measure=measure, geography=geography, grain=grain, category=category)
    return {(r["unit"], r["period"].isoformat()[:7]): (r["status"], r["value"]) for r in kept.iter_rows(named=True)}


def test_counts_by_area_and_month() -> None:
    rows = count_events(
        frame(
            event(datetime(2026, 1, 5)),
            event(datetime(2026, 1, 6), "trees"),
            event(datetime(2026, 2, 1), district="2"),
            event(datetime(2026, 2, 2), district=None),  # not placed: the city alone
        ),
        plan(),
        date_column="created",
    )

    #             Jan  Feb  Mar
    # district 1    2    0    0
    # district 2    0    1    0
    # city          2    2    0
    assert figures(rows, "requests", "district") == {
        ("1", "2026-01"): ("value", 2.0), ("1", "2026-02"): ("zero", 0.0), ("1", "2026-03"): ("zero", 0.0),
        ("2", "2026-01"): ("zero", 0.0), ("2", "2026-02"): ("value", 1.0), ("2", "2026-03"): ("zero", 0.0),
    }  # fmt: skip
    assert [v for _, v in figures(rows, "requests", "city").values()] == [2.0, 2.0, 0.0]
    assert figures(rows, "requests", "h3_8", category="trees")[(cell_text(CELL8), "2026-01")] == ("value", 1.0)


def test_how_long_and_how_punctual() -> None:
    january = datetime(2026, 1, 1, 8)
    closed = [
        event(january, closed=january + timedelta(days=d), promised=january + timedelta(days=5), status="closed")
        for d in (1, 2, 3, 10)
    ]
    still_open = event(january, promised=january + timedelta(days=5))
    not_yet_due = event(january, promised=datetime(2026, 6, 1))
    rows = count_events(frame(*closed, still_open, not_yet_due), plan(), date_column="created")

    key = ("city", "2026-01")
    assert figures(rows, "days_to_close_median", "city")[key] == ("value", 2.5)
    assert figures(rows, "days_to_close_p90", "city")[key][1] == pytest.approx(7.9)  # 0.7 of the way from 3 to 10
    assert figures(rows, "closed_on_time_share", "city")[key] == ("value", 0.6)  # 3 of the 5 that were due
    assert figures(rows, "open", "city")[key] == ("value", 2.0)
    assert figures(rows, "oldest_open_days", "city")[key] == ("value", 68.0)  # 1 January 8:00 to the end of 10 March
    assert figures(rows, "days_to_close_median", "city")[("city", "2026-02")] == ("not_collected", None)


def test_an_agency_is_told_from_all_of_its_requests_and_its_median_is_no_mean_of_medians() -> None:
    january = datetime(2026, 1, 1, 8)
    days = {"potholes": (1, 2, 3, 40, 50), "trees": (60,)}
    rows = count_events(
        frame(
            *(
                event(january, name, closed=january + timedelta(days=d), status="closed")
                for name, own in days.items()
                for d in own
            ),
            event(january, "parks", closed=january, status="closed"),  # nobody's
        ),
        plan(),
        date_column="created",
    )

    #            requests  median days
    # potholes          5            3
    # trees             1           60
    # works             6    21.5 (of 1 2 3 40 50 60)
    key = ("1", "2026-01")
    for name, told in {"potholes": (5, 3), "trees": (1, 60), "agency_works": (6, 21.5), "all": (7, 3)}.items():
        assert figures(rows, "requests", "district", category=name)[key][1] == told[0]
        assert figures(rows, "days_to_close_median", "district", category=name)[key][1] == told[1]
    assert figures(rows, "requests", "district", category="agency_nobody")[key] == ("zero", 0.0)
    assert not figures(rows, "requests", "h3_8", category="agency_works")  # cells tell no agency


def test_other_lines_of_a_kind_have_the_tables_of_the_kind() -> None:
    both = replace(plan(), units={**plan().units, "district_2013": ("1", "9")}, lines_of={"district_2013": "district"})
    #                         lines in force   lines of before
    events = frame(
        event(datetime(2026, 1, 5), district="1", area_district_2013="9"),
        event(datetime(2026, 1, 6), district="2", area_district_2013="9"),
    )
    rows = count_events(events, both, date_column="created")

    for geography, told in {"district": {"1": 1.0, "2": 1.0}, "district_2013": {"1": 0.0, "9": 2.0}}.items():
        found = figures(rows, "requests", geography)
        assert {unit: value for (unit, month), (_, value) in found.items() if month == "2026-01"} == told
    tables = [
        set(rows.filter(geography=name).select("measure", "grain", "category").unique().rows())
        for name in ("district", "district_2013")
    ]
    assert tables[0] == tables[1]


def test_days_outside_the_coverage_are_in_no_row() -> None:
    rows = count_events(
        frame(event(datetime(2025, 12, 31)), event(datetime(2026, 3, 11))), plan(), date_column="created"
    )

    assert rows.filter(measure="requests")["value"].sum() == 0


def test_rolling_windows_add_up_twelve_months() -> None:
    wide = Plan(
        topic="service_requests", measures=TOPIC.measures, categories=("potholes",), units={"city": ("city",)},
        covers_from=date(2025, 1, 1), covers_to=date(2026, 2, 28), as_of=date(2026, 3, 1),
    )  # fmt: skip
    events = [event(datetime(2025, month, 3)) for month in range(1, 13)] + [event(datetime(2026, 2, 1))]
    rows = count_events(frame(*events), wide, date_column="created")

    # windows that start in January, February, March 2025: 12, 11, 11 (+1 in February 2026, -2 of January, February)
    assert [v for _, v in figures(rows, "requests", "city", "rolling_12m").values()] == [12.0, 11.0, 11.0]


MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 4, 1))
EVENTS = st.lists(
    st.builds(event, MOMENTS, st.sampled_from(["potholes", "trees", "graffiti"]), st.sampled_from(["1", "2", None])),
    max_size=40,
)


@settings(max_examples=12, deadline=None)
@given(EVENTS)
def test_which_rows_there_are_does_not_depend_on_what_happened(events: list[dict[str, object]]) -> None:
    key = ["measure", "category", "geography", "unit", "grain", "period"]
    empty = count_events(frame(event(datetime(2020, 1, 1))), plan(), date_column="created")
    rows = count_events(frame(event(datetime(2020, 1, 1)), *events), plan(), date_column="created")

    assert rows.select(key).equals(empty.select(key))
    conform(rows.with_columns(topic=pl.lit("service_requests")))


@settings(max_examples=12, deadline=None)
@given(EVENTS)
def test_coarse_periods_are_the_sums_of_fine_ones(events: list[dict[str, object]]) -> None:
    rows = count_events(frame(event(datetime(2020, 1, 1)), *events), plan(), date_column="created")
    by = ["measure", "category", "geography", "unit"]
    counts = rows.filter(pl.col("measure") == "requests", pl.col("geography") != "h3_9")
    sums = {
        grain: counts.filter(grain=grain).group_by(by).agg(pl.col("value").sum()).sort(by)
        for grain in ("month", "quarter", "year")
        if counts.filter(grain=grain).height
    }
    month = sums["month"].filter(pl.col("geography").is_in(["district", "city"]))
    for grain in ("quarter", "year"):
        assert sums[grain].filter(pl.col("geography").is_in(["district", "city"])).equals(month)
