"""A figure is held against a target: told only where nothing that the figure may be says otherwise."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.measures import Kind, Regime, Status
from layers.period import Grain
from layers.release import MeasureInfo, Target
from portal.queries.figure import Figure
from portal.queries.target import Verdict, judge

DAYS = MeasureInfo(
    name="days_to_close_median", title="Median days to close", unit="days", kind=Kind.DURATION, regime=Regime.EXACT,
    help="", decimals=1, extensive=False, geographies=("district",), grains=(Grain.MONTH,), categories=("all",),
)  # fmt: skip


def goal(**changes: Any) -> Target:
    said = {"topic": "service_requests", "measure": "days_to_close_median", "value": 5.0, "at": "most"}
    return Target(**(said | changes))


@pytest.mark.parametrize(
    ("value", "low", "high", "at", "verdict"),
    [
        # figure  range        target 5       told
        (4.9, None, None, "most", Verdict.MET),
        (5.04, None, None, "most", Verdict.MET),  # printed as 5.0
        (5.1, None, None, "most", Verdict.MISSED),
        (4.9, None, None, "least", Verdict.MISSED),
        (4.96, None, None, "least", Verdict.MET),  # printed as 5.0
        (4.0, 3.0, 4.8, "most", Verdict.MET),
        (4.0, 3.0, 5.2, "most", Verdict.UNCLEAR),
        (6.0, 4.0, 8.0, "most", Verdict.UNCLEAR),
        (7.0, 5.5, 8.5, "most", Verdict.MISSED),
        (7.0, 5.5, 8.5, "least", Verdict.MET),
        (None, 0.0, 4.0, "most", Verdict.MET),  # too few to show, and at most 4
        (None, 0.0, 9.0, "most", Verdict.UNCLEAR),
        (None, None, None, "most", Verdict.NOTHING),
    ],
)
def test_what_is_told(value: float | None, low: float | None, high: float | None, at: str, verdict: Verdict) -> None:
    status = Status.VALUE if value is not None else Status.HIDDEN
    assert judge(Figure(status, value, low, high), goal(at=at), DAYS) is verdict


@given(
    true=st.integers(0, 40),
    below=st.integers(0, 20),
    above=st.integers(0, 20),
    value=st.integers(0, 40),
    at=st.sampled_from(["most", "least"]),
)
def test_a_verdict_is_never_wrong_while_the_truth_lies_in_the_range(
    true: int, below: int, above: int, value: int, at: str
) -> None:
    figure = Figure(Status.VALUE, float(true), float(max(true - below, 0)), float(true + above))
    told = judge(figure, goal(value=float(value), at=at), DAYS)
    keeps = true <= value if at == "most" else true >= value
    if told in (Verdict.MET, Verdict.MISSED):
        assert (told is Verdict.MET) == keeps


def test_a_target_holds_for_its_places_and_periods_from_its_day_on() -> None:
    asked = "district", Grain.MONTH, date(2025, 6, 1)
    assert goal().holds_for(*asked)
    assert goal(since=date(2025, 6, 1), geography="district", grain=Grain.MONTH).holds_for(*asked)
    assert not goal(since=date(2025, 6, 2)).holds_for(*asked)
    assert not goal(geography="city").holds_for(*asked)
    assert not goal(grain=Grain.YEAR).holds_for(*asked)
