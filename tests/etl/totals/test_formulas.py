"""From a feed's totals to a release's rows: sums divided by sums, and what is missing is missing.

Calls of one week in March 2026, and what is asked of the month:

day      offered  answered  abandoned  talk, s
Mon  2       100        90         10     9000
Tue  3        20        20          0     6000
Wed  4         -         -          -        -   the phone system told nothing
                                                 every other day of the month: 10, 10, 0, 1000
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.totals.asked import Question
from etl.totals.formulas import FORMULAS
from etl.totals.rows import rows_of
from etl.totals.series import Series, Span, series_of
from etl.totals.sums import rows_of_formula
from layers.period import Grain, period_start
from layers.topics import topic

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
ABOUT = topic("contact_center")
Parts = dict[tuple[str, str], Sequence[Series]]


def _span(grain: Grain = Grain.DAY, first: date = FIRST, last: date = LAST, **closed: tuple[str, ...]) -> Span:
    return Span(grain, first, last, **closed)


def _series(values: Mapping[date, float | None], span: Span) -> Series:
    rows = pl.DataFrame(
        {"start": list(values), "value": list(values.values())}, schema={"start": pl.Date, "value": pl.Float64}
    )
    return series_of(rows, span)


def _rows(parts: Parts, first: date = FIRST, last: date = LAST, *, measures: Collection[str] = ()) -> pl.DataFrame:
    asked = Question(ABOUT, first, last, {}, 11)
    wanted = [formula for formula in FORMULAS if formula.measure in measures]
    return pl.concat(rows_of_formula(formula, parts, asked) for formula in wanted)


def _told(rows: pl.DataFrame, measure: str, grain: str = "month") -> list[tuple[str, float | None, str | None]]:
    found = rows.filter(measure=measure, grain=grain, category="all").sort("period")
    return found.select("status", "value", "flag").rows()


def _march() -> Parts:
    days = [FIRST + timedelta(days=n) for n in range(31)]
    usual = {"offered": 10.0, "answered": 10.0, "abandoned": 0.0, "talk_time": 1000.0}
    other = {
        date(2026, 3, 2): {"offered": 100.0, "answered": 90.0, "abandoned": 10.0, "talk_time": 9000.0},
        date(2026, 3, 3): {"offered": 20.0, "answered": 20.0, "abandoned": 0.0, "talk_time": 6000.0},
        date(2026, 3, 4): dict.fromkeys(usual),
    }
    return {
        (part, ""): [_series({day: other.get(day, usual)[part] for day in days}, _span())] for part in usual
    }  # fmt: skip


def test_a_share_is_a_sum_over_a_sum_and_a_blank_day_is_said() -> None:
    rows = _rows(_march(), measures=("offered", "abandoned_share", "talk_time"))
    assert _told(rows, "offered") == [("value", 400.0, "partial")]
    assert _told(rows, "abandoned_share") == [("value", 0.025, "partial")]
    assert _told(rows, "talk_time") == [("value", round(43_000 / 390, 6), "partial")], "not the mean of daily means"


def test_the_week_with_the_blank_day_is_flagged_and_the_next_is_not() -> None:
    weeks = _told(_rows(_march(), measures=["offered"]), "offered", "week")
    assert weeks[1:3] == [("value", 160.0, "partial"), ("value", 70.0, None)]


def test_a_quarter_is_made_from_sums_not_from_its_months() -> None:
    days = {date(2026, 1, 10): (100.0, 50.0), date(2026, 2, 10): (10.0, 0.0), date(2026, 3, 10): (10.0, 0.0)}
    span = _span(Grain.MONTH, date(2026, 1, 1))
    months = {day.replace(day=1): both for day, both in days.items()}
    parts: Parts = {
        ("offered", ""): [_series({day: offered for day, (offered, _) in months.items()}, span)],
        ("abandoned", ""): [_series({day: gone for day, (_, gone) in months.items()}, span)],
    }
    rows = _rows(parts, date(2026, 1, 1), measures=["abandoned_share"])
    assert [value for _, value, _ in _told(rows, "abandoned_share")] == [0.5, 0.0, 0.0]
    assert _told(rows, "abandoned_share", "quarter") == [("value", round(50 / 120, 6), None)]
    assert _told(rows, "abandoned_share", "year") == [("value", round(50 / 120, 6), "partial")], "the year goes on"


def test_what_nobody_tells_is_not_collected() -> None:
    rows = rows_of(_march(), Question(ABOUT, FIRST, LAST, {}, 11)).rows
    assert _told(rows, "occupancy") == [("not_collected", None, None)]
    assert _told(rows, "satisfaction") == [("not_collected", None, None)]
    assert set(rows["measure"]) == {measure.name for measure in ABOUT.measures}


def test_a_month_without_figures_is_not_reported_and_a_month_before_them_was_not_collected() -> None:
    """Jan: before the feed. Feb: told. Mar: blank. Apr: told."""
    told = {date(2026, 2, 1): 5.0, date(2026, 3, 1): None, date(2026, 4, 1): 0.0}
    parts: Parts = {("complaints", ""): [_series(told, _span(Grain.MONTH, date(2026, 1, 1), date(2026, 4, 30)))]}
    assert _told(_rows(parts, date(2026, 1, 1), date(2026, 4, 30), measures=["complaints"]), "complaints") == [
        ("not_collected", None, None),
        ("value", 5.0, None),
        ("not_reported", None, None),
        ("zero", 0.0, None),
    ]


def test_a_monthly_cost_is_divided_only_by_calls_of_the_whole_month() -> None:
    """A day of March is blank, so the whole cost of March would stand over part of its calls."""
    calls = _march()["answered", ""][0]
    cost = _series({FIRST: 1200.0}, _span(Grain.MONTH))
    phone = Series(cost.grain, cost.rows.with_columns(category=pl.lit("phone")))
    rows = _rows(
        {("answered", ""): [calls], ("cost", ""): [cost], ("cost", "channel"): [phone]}, measures=["cost_per_call"]
    )
    assert _told(rows, "cost_per_call") == [("not_collected", None, None)]
    whole = Series(calls.grain, calls.rows.with_columns(pl.col("value").fill_null(10.0)))
    rows = _rows(
        {("answered", ""): [whole], ("cost", ""): [cost], ("cost", "channel"): [phone]}, measures=["cost_per_call"]
    )
    assert _told(rows, "cost_per_call")[0][:2] == ("value", 3.0)


def test_closed_days_are_not_missing() -> None:
    days = [FIRST + timedelta(days=n) for n in range(31)]
    open_days = {day: 10.0 for day in days if day.weekday() < 5}
    span = _span(closed_on=("sat", "sun"))
    assert _told(_rows({("offered", ""): [_series(open_days, span)]}, measures=["offered"]), "offered") == [
        ("value", 220.0, None)
    ]


def test_a_week_counts_where_its_thursday_is() -> None:
    """Weeks of 23 Feb, 2 Mar … 30 Mar 2026; the last one's Thursday is 2 April."""
    weeks = {date(2026, 2, 23) + timedelta(weeks=n): 7.0 for n in range(6)}
    rows = _rows(
        {("offered", ""): [_series(weeks, _span(Grain.WEEK, date(2026, 2, 23)))]},
        date(2026, 2, 23),
        measures=["offered"],
    )
    assert _told(rows, "offered") == [("value", 7.0, "partial"), ("value", 28.0, None)]


def test_staff_and_services_are_averaged_and_turnover_is_of_a_year() -> None:
    """One of 30 left in one month of three: 1 / 30 a quarter, 4 / 30 a year."""
    span = _span(Grain.MONTH, date(2026, 1, 1))
    months = [date(2026, n, 1) for n in (1, 2, 3)]
    parts: Parts = {
        ("staff", ""): [_series(dict.fromkeys(months, 30.0), span)],
        ("left", ""): [_series(dict(zip(months, (0.0, 1.0, 0.0), strict=True)), span)],
    }
    rows = _rows(parts, date(2026, 1, 1), measures=("staff", "turnover"))
    assert _told(rows, "staff", "quarter") == [("value", 30.0, None)]
    assert _told(rows, "turnover", "quarter") == [("value", round(4 / 30, 6), None)]


def test_a_feed_that_began_later_is_no_part_of_the_time_before() -> None:
    phone = _series({date(2026, 1, 1): 5.0, date(2026, 2, 1): 5.0}, _span(Grain.MONTH, date(2026, 1, 1)))
    chat = _series({date(2026, 2, 1): 3.0}, _span(Grain.MONTH, date(2026, 2, 1)))
    rows = _rows({("handled", ""): [phone, chat]}, date(2026, 1, 1), date(2026, 2, 28), measures=["handled"])
    assert _told(rows, "handled") == [("value", 5.0, None), ("value", 8.0, None)]


counts = st.one_of(st.none(), st.integers(0, 5000))


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(counts, st.integers(0, 5000)), min_size=90, max_size=90))
def test_a_share_times_its_denominator_is_its_numerator_in_every_grain(drawn: list[tuple[int | None, int]]) -> None:
    first = date(2026, 1, 1)
    days = [first + timedelta(days=n) for n in range(90)]
    offered = {day: None if n is None else float(n) for day, (n, _) in zip(days, drawn, strict=True)}
    gone = {day: None if n is None else float(min(n, k)) for day, (n, k) in zip(days, drawn, strict=True)}
    span = _span(first=first)
    parts: Parts = {("offered", ""): [_series(offered, span)], ("abandoned", ""): [_series(gone, span)]}
    rows = _rows(parts, first, LAST, measures=("offered", "abandoned_share"))
    for grain in ("week", "month", "quarter", "year"):
        both = rows.filter(grain=grain, measure="abandoned_share").join(
            rows.filter(grain=grain, measure="offered"), on="period"
        )
        for row in both.filter(pl.col("value").is_not_null()).iter_rows(named=True):
            inside = [d for d in days if _in(d, row["period"], Grain(grain))]
            assert row["value"] * row["value_right"] == pytest.approx(sum(gone[d] or 0 for d in inside), abs=0.6)
            assert row["value_right"] == sum(offered[d] or 0 for d in inside)
            assert (row["flag"] == "partial") == (row["flag_right"] == "partial")


def _in(day: date, period: date, grain: Grain) -> bool:
    return period_start(day, grain) == period
