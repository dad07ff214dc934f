"""Before and after a dated event: the same number of periods, of the same times of year, and no claim beyond chance."""

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.measures import Kind, Regime
from layers.period import Grain, add_months
from layers.release import MeasureInfo
from portal.language import offered, speaking
from portal.queries.around import Around, Lack, Way, around
from portal.queries.change import Direction
from portal.queries.figure import Figure, Status
from portal.trend.around import sentences

EVENT = date(2025, 1, 15)
FIRST = date(2024, 1, 1)


def measure(kind: Kind = Kind.COUNT, regime: Regime = Regime.EXACT, *, name: str = "requests") -> MeasureInfo:
    return MeasureInfo(
        name=name, title="Requests", unit="requests", kind=kind, regime=regime, help="", decimals=0,
        extensive=kind is Kind.COUNT, geographies=("city",), grains=(Grain.MONTH,), categories=("all",),
    )  # fmt: skip


def months(values: Sequence[float | None], *, first: date = FIRST, margin: float | None = None) -> pl.DataFrame:
    """One month after another; None is hidden."""
    rows = [
        {
            "period": add_months(first, at), "status": "hidden" if value is None else "value", "value": value,
            "low": None if margin is None or value is None else value - margin,
            "high": None if margin is None or value is None else value + margin, "flag": None, "unfinished": False,
        }
        for at, value in enumerate(values)
    ]  # fmt: skip
    numbers = dict.fromkeys(("value", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides={**numbers, "flag": pl.String})


def compare(
    rows: pl.DataFrame, about: MeasureInfo | None = None, *, over: Mapping[date, Figure] | None = None,
    event: date = EVENT,
) -> Around:  # fmt: skip
    return around(rows, over or {}, event, Grain.MONTH, about or measure())


def test_the_same_months_stand_side_by_side() -> None:
    """
    | month     | 2024 | 2025 |
    |-----------|------|------|
    | January   | 100  | 100  |   the event falls into it: on neither side
    | February  | 110  | 210  |
    | March     | 120  | 225  |
    | April     | 130  | 230  |
    | May       | 140  | 235  |
    | June–Dec  | 900  |  –   |   a busy season that has no counterpart yet
    """
    found = compare(months([100, 110, 120, 130, 140, *[900] * 7, 100, 210, 225, 230, 235]))
    assert [(each.after.month, each.after.year, each.before.month, each.before.year) for each in found.pairs] == [
        (month, 2025, month, 2024) for month in (2, 3, 4, 5)
    ]
    assert found.seasons
    assert found.inside == date(2025, 1, 1)
    assert found.now is not None
    assert found.then is not None
    assert (found.then.figure.value, found.now.figure.value) == (125, 225)
    assert (found.then.low, found.then.high, found.now.low, found.now.high) == (110, 140, 210, 235)
    assert found.change.direction is Direction.ROSE
    said = sentences(found, measure())
    assert said[0].startswith("After it 225 requests on average, before it 125 requests on average: 80\u00a0% more")
    assert said[1] == "The same times of year: Feb 2025 to May 2025 beside Feb 2024 to May 2024."
    assert said[2] == "Jan 2025, in which it began, belongs to neither side."


def test_winter_is_never_beside_summer_in_silence() -> None:
    """Data from July 2024 on: nothing is told of a year before the first half of 2025, so nothing is claimed."""
    found = compare(months([400] * 6 + [100] * 6, first=date(2024, 7, 1)), event=date(2025, 1, 1))
    assert not found.seasons
    assert found.change.direction is Direction.DIFFERS
    said = sentences(found, measure())
    assert "told, not judged: the times of year differ" in said[0]
    assert "Jan 2025 to Jun 2025 beside Jul 2024 to Dec 2024" in said[1]


def test_one_wild_month_is_no_change() -> None:
    """The sums differ by far more than chance of counts; the pairs do not agree."""
    found = compare(months([100] * 13 + [900, 90, 95, 92, 97]))
    assert found.change.direction is Direction.LEVEL
    assert "such a difference too" in sentences(found, measure())[0]


def test_medians_are_compared_one_by_one() -> None:
    about = measure(Kind.DURATION, name="days_to_close_median")
    found = compare(months([5.0] * 13 + [4.0, 4.5, 4.0, 3.0, 4.0, 4.8]), about)
    assert (found.way, found.lower, found.higher) == (Way.ONE_BY_ONE, 6, 0)
    assert found.change.direction is Direction.FELL
    assert found.now is not None
    assert found.now.figure.value is None  # no mean of medians anywhere
    assert "never averaged" in sentences(found, about)[0]
    few = compare(months([5.0] * 13 + [4.0, 4.5, 4.0]), about)
    assert few.change.direction is Direction.LEVEL


@pytest.mark.parametrize(
    ("rows", "about", "lack"),
    [
        (months([9] * 13), measure(), Lack.EARLY),
        (months([9] * 3, first=date(2025, 2, 1)), measure(), Lack.NONE_BEFORE),
        (months([9, None, *[9] * 11, 9, 9]), measure(), Lack.HIDDEN),
        (months([9] * 15), measure(name="open"), Lack.MOVING),
    ],
)
def test_what_cannot_be_compared_says_why(rows: pl.DataFrame, about: MeasureInfo, lack: Lack) -> None:
    assert compare(rows, about).lack is lack


@given(st.lists(st.tuples(*[st.integers(1, 5000)] * 4), min_size=1, max_size=11))
def test_shares_are_put_together_by_their_parts(parts: list[tuple[int, int, int, int]]) -> None:
    """The share of all months together is that of all parts, never the mean of the months' shares."""
    values: list[float | None] = [0.5] * (13 + len(parts))
    over = {}
    for at, (hits_then, rest_then, hits_now, rest_now) in enumerate(parts):
        for where, hits, rest in ((1 + at, hits_then, rest_then), (13 + at, hits_now, rest_now)):
            values[where] = hits / (hits + rest)
            over[add_months(FIRST, where)] = Figure(Status.VALUE, float(hits + rest))
    found = compare(months(values), measure(Kind.SHARE), over=over)
    assert found.way is Way.TOGETHER
    assert found.now is not None
    assert found.now.figure.value == pytest.approx(sum(p[2] for p in parts) / sum(p[2] + p[3] for p in parts))


@pytest.mark.parametrize("margin", [None, 12.0])
def test_where_nothing_changed_at_most_one_comparison_in_ten_claims_a_change(margin: float | None) -> None:
    random = np.random.default_rng(20250115)
    about = measure(regime=Regime.EXACT if margin is None else Regime.MEASURED)
    season = 200 + 80 * np.sin(np.arange(24) * np.pi / 6)
    claims = 0
    for _ in range(300):
        counts = random.poisson(season) + (0 if margin is None else random.normal(0, margin / 1.645, 24))
        found = compare(months([float(each) for each in counts], margin=margin), about)
        claims += found.change.direction in (Direction.ROSE, Direction.FELL)
    assert claims <= 0.10 * 300 + 1.645 * (300 * 0.1 * 0.9) ** 0.5


# ---- pages ----


def test_trends_show_it_with_table_and_file(client: TestClient) -> None:
    asked = "topic=service_requests&measure=requests&grain=month&around=2024-07-10"
    page = client.get(f"/trends?{asked}").text
    part = html.unescape(page[page.index('id="around"') :])
    assert "Heat wave: Requests" in part
    assert "no proof of cause" in part
    rows = len(re.findall(r"<tr>", part.split("The compared figures as a table")[1].split("</table>")[0])) - 1
    link = re.search(r'href="(/download/view\.csv[^"]*)"', part)
    assert link is not None
    held = list(csv.DictReader(each for each in io.StringIO(client.get(link[1]).text) if not each.startswith("#")))
    assert rows > 0
    assert len(held) >= 2 * rows
    unasked = client.get("/trends?topic=service_requests&around=2020-01-01").text
    assert re.search(r'<div role="status"><p[^>]*>Choose an event', unasked)
    assert re.search(r'<div role="status"><h3[^>]*>Heat wave: Requests', part), "a choice is said where it stands"


def test_an_agency_shows_it_in_every_language(client: TestClient) -> None:
    for code in offered():
        page = client.get(f"/agency/public_works?measure=days_to_close_median&around=2024-07-10&lang={code}").text
        with speaking(code):
            assert 'id="around"' in page
        assert "Heat wave" in page
