"""What pages ask of releases, over the made-up store."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.measures import Kind
from layers.period import Grain
from portal.queries.choice import choose
from portal.queries.heat import classes_of, heat_map, ranked, round_breaks
from portal.queries.names import name_of
from portal.queries.offer import last_told, offer_of, spans, told_days
from portal.queries.series import by_year, series, with_rolling, with_unfinished, with_year_before
from portal.queries.summary import headline, neighborhood_figures, neighborhoods_of, top_categories
from portal.queries.supply import mismatch, mismatch_places, supply_points
from portal.releases import Releases
from portal.view import View
from tests.portal.test_sentences import REQUESTS

SEPTEMBER = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        # nothing asked: exact counts on middle hexagons, the last month that is over
        ("", "service_requests requests all h3_8 month 2026-10-01"),
        # a protected topic opens as a rate on the finest space
        ("topic=evictions", "evictions homes_filed_per_1000 all zone1 year 2025-01-01"),
        # what is not offered gets the nearest offer
        ("topic=evictions&geography=zip", "evictions homes_filed_per_1000 all zone1 year 2025-01-01"),
        ("topic=evictions&geography=zone2&grain=month", "evictions homes_filed_per_1000 all zone2 quarter 2026-07-01"),
        ("topic=shutoffs&category=paid&geography=neighborhood", "shutoffs homes_scheduled_per_1000 all neighborhood"),
        ("topic=shutoffs&category=paid&geography=district", "shutoffs homes_scheduled_per_1000 paid district month"),
        ("geography=h3_9&category=graffiti&to=2026-05", "service_requests requests graffiti h3_9 month 2026-05-01"),
        ("topic=nonsense&measure=nonsense&geography=nonsense", "service_requests requests all h3_8 month 2026-10-01"),
        ("topic=housing_supply", "housing_supply developments all h3_8 year 2026-01-01"),
    ],
)
def test_every_address_becomes_a_question_the_release_can_answer(releases: Releases, asked: str, answered: str) -> None:
    found = choose(releases, View.read(asked))
    assert found is not None
    told = f"{found.release.topic} {found.measure.name} {found.category} {found.geography.name} {found.grain.value}"
    assert f"{told} {found.period}".startswith(answered)


def test_the_question_is_its_own_address(releases: Releases) -> None:
    found = choose(releases, View.read("topic=evictions&geography=neighborhood"))
    assert found is not None
    again = choose(releases, found.view)
    assert again is not None
    assert again.view == found.view


def test_a_protected_month_is_told_only_once_it_is_closed(releases: Releases) -> None:
    release = releases.release("evictions")
    assert release is not None
    last = last_told(spans(release, "homes_filed", "all", "district", Grain.MONTH))
    assert last is not None
    assert last.start == SEPTEMBER  # October closes on 30 November


def test_the_offer_is_what_the_rows_hold(releases: Releases) -> None:
    release = releases.release("evictions")
    assert release is not None
    offer = offer_of(release)
    assert offer.grains("homes_filed", "zone1") == [Grain.YEAR]
    assert offer.grains("homes_filed", "zone2") == [Grain.QUARTER, Grain.YEAR]
    assert offer.categories("homes_disposed", "neighborhood") == {"all"}
    assert "default" in offer.categories("homes_disposed", "district")


def test_every_place_is_in_the_heat_map_with_its_status(releases: Releases) -> None:
    choice = choose(releases, View.read("topic=evictions&measure=homes_filed&geography=neighborhood&grain=month"))
    assert choice is not None
    found = heat_map(choice)
    rows = choice.release.counts(
        measure="homes_filed", category="all", geography="neighborhood", grain="month", period=SEPTEMBER
    )
    assert found.rows.select("unit", "status", "value").equals(rows.sort("unit").select("unit", "status", "value"))
    assert sum(found.tally.values()) == rows.height


def test_classes_do_not_move_with_the_period(releases: Releases) -> None:
    breaks = set()
    for month in ("2024-02", "2025-06", "2026-09"):
        choice = choose(releases, View.read(f"geography=h3_9&to={month}"))
        assert choice is not None
        breaks.add(heat_map(choice).breaks)
    assert len(breaks) == 1


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=300), st.booleans())
def test_breaks_ascend_and_part_the_figures(values: list[float], whole: bool) -> None:
    breaks = round_breaks(np.array(values), whole=whole)
    assert list(breaks) == sorted(set(breaks))
    assert len(breaks) <= 5
    assert all(min(values) < each <= max(values) for each in breaks)
    assert 0 in classes_of(values, breaks)
    assert classes_of([None], breaks) == [None]


def test_equal_figures_have_one_class_and_no_break() -> None:
    assert round_breaks(np.array([7.0, 7.0, 7.0]), whole=True) == ()
    assert round_breaks(np.array([]), whole=True) == ()


def test_ranks_leave_out_what_cannot_be_ranked() -> None:
    rows = pl.DataFrame(
        [
            ("a", "A", "value", 5.0, "unrankable"),
            ("b", "B", "value", 40.0, None),
            ("c", "C", "hidden", None, None),
            ("d", "D", "zero", 0.0, None),
            ("e", "E", "value", 40.0, "caution"),
            ("f", "F", "not_reported", None, None),
        ],
        schema=["unit", "name", "status", "value", "flag"],
        orient="row",
    )
    found = ranked(rows)
    assert found["unit"].to_list() == ["b", "e", "d", "a", "c", "f"]
    assert found["rank"].to_list() == [1, 1, 3, None, None, None]


def test_a_gap_in_a_series_stays_a_gap_and_stops_the_average() -> None:
    months = [date(2025, m, 1) for m in range(1, 13)] + [date(2026, 1, 1), date(2026, 2, 1)]
    values = [float(m) if m != 3 else None for m in range(1, 15)]
    rows = pl.DataFrame({"period": months, "value": values, "status": ["value"] * 14})
    found = with_rolling(with_unfinished(rows, Grain.MONTH, date(2026, 2, 14)), Grain.MONTH, REQUESTS)
    assert found["unfinished"].to_list() == [False] * 13 + [True]
    assert found["rolling"].to_list() == [None] * 14  # March is in every window of twelve; February is not over


@pytest.mark.parametrize(
    ("kind", "over", "averaged"),
    [
        (Kind.COUNT, None, True),
        (Kind.RATE, None, True),  # per 1,000 homes
        (Kind.RATE, "answered", False),  # cost per call: every month divides by other calls
        (Kind.SHARE, None, False),
        (Kind.DURATION, None, False),  # a mean of medians is no median
    ],
)
def test_a_rolling_average_is_never_one_of_medians_or_shares(kind: Kind, over: str | None, averaged: bool) -> None:
    months = [date(2025, month, 1) for month in range(1, 13)]
    rows = pl.DataFrame({"period": months, "value": [2.0] * 12, "status": ["value"] * 12})
    measure = REQUESTS.model_copy(update={"kind": kind, "over": over})
    found = with_rolling(with_unfinished(rows, Grain.MONTH, date(2026, 2, 14)), Grain.MONTH, measure)
    assert (found["rolling"].null_count() < 12) is averaged


def test_a_year_before_is_the_same_month(releases: Releases) -> None:
    release = releases.release("service_requests")
    assert release is not None
    rows = with_year_before(series(release, "requests", "all", "district", "1", Grain.MONTH), Grain.MONTH)
    now = rows.filter(pl.col("period") == SEPTEMBER).row(0, named=True)
    then = rows.filter(pl.col("period") == date(2025, 9, 1)).row(0, named=True)
    assert now["before_value"] == then["value"]
    first = rows.row(0, named=True)
    assert first["before_status"] is None
    places = by_year(rows.with_columns(unfinished=pl.lit(value=False)), Grain.MONTH)
    assert places.filter(pl.col("period") == SEPTEMBER).select("year", "place").row(0) == (2026, 9)


def test_a_headline_compares_with_last_year_and_the_city(releases: Releases) -> None:
    release = releases.release("evictions")
    measure = release.manifest.measure("homes_filed") if release else None
    assert release is not None
    assert measure is not None
    found = headline(release, measure, "district", "1", grain=Grain.MONTH, period=SEPTEMBER)
    direct = release.counts(measure="homes_filed", category="all", geography="district", unit="1", grain="month")
    figures = dict(direct.select("period", "value").iter_rows())
    assert found.now.value == figures[SEPTEMBER]
    assert found.before.value == figures[date(2025, 9, 1)]
    assert found.city.shown


def test_the_district_has_its_categories_and_neighborhoods(releases: Releases) -> None:
    release = releases.release("service_requests")
    measure = release.manifest.measure("requests") if release else None
    assert release is not None
    assert measure is not None
    rows = top_categories(release, measure, "district", "2", grain=Grain.MONTH, period=SEPTEMBER)
    assert rows.height == 10
    assert rows["value"].to_list() == sorted(rows["value"].to_list(), reverse=True)
    assert "all" not in rows["category"].to_list()
    near = neighborhood_figures(release, measure, "2", grain=Grain.MONTH, period=SEPTEMBER)
    assert near["unit"].to_list() == neighborhoods_of(release, "2") == ["n01", "n11", "n21"]


def test_hidden_places_stand_last_in_concern_against_supply(releases: Releases) -> None:
    found = mismatch(releases, "neighborhood", Grain.MONTH)
    assert found is not None
    gaps = found.rows["gap"].to_list()
    shown = [gap for gap in gaps if gap is not None]
    assert gaps == [*sorted(shown, reverse=True), *[None] * (len(gaps) - len(shown))]
    for row in found.rows.iter_rows(named=True):
        judged = row["evictions"] is not None and row["shutoffs"] is not None and row["units"] is not None
        assert (row["gap"] is not None) == judged
        if judged:
            assert row["concern"] == pytest.approx(row["evictions"] + row["shutoffs"], abs=0.05)
        else:
            assert row["concern_class"] is None


def test_concern_against_supply_needs_the_same_places_in_all_topics(releases: Releases) -> None:
    assert mismatch_places(releases) == [
        (geography, grain)
        for geography in ("neighborhood", "district")
        for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
    ]


def test_developments_stand_where_their_cells_are(releases: Releases) -> None:
    release = releases.release("housing_supply")
    assert release is not None
    points = supply_points(release)
    assert points.height > 0
    assert (points["developments"] > 0).all()
    assert points["lat"].is_between(35.8, 36.1).all()


def test_cells_are_told_by_the_nearest_named_area(releases: Releases) -> None:
    release = releases.release("service_requests")
    assert release is not None
    cell = release.counts(geography="h3_9", measure="requests", grain="year", columns=("unit",))["unit"][0]
    assert name_of(release, "h3_9", cell).startswith("near Neighborhood")
    assert name_of(release, "district", "1") == "District 1"
    assert name_of(release, "city", "city") == "Madeville"


@pytest.mark.parametrize(
    ("topic", "unfinished"),
    [
        ("service_requests", ["2023 Q4", "2026 Q4"]),
        ("community_needs", ["2023 Q4", "2026 Q4"]),  # counted by its agency, quarter by quarter
        ("contact_center", ["2023 Q4", "2026 Q4"]),
        ("households", []),  # a register is as it was read
        ("housing_supply", []),
    ],
)
def test_a_quarter_is_unfinished_where_the_source_speaks_for_a_part_of_it(topic: str, unfinished: list[str]) -> None:
    """
    | the source speaks for  | 1 Nov 2023 …          | … 31 Oct 2026         |
    |------------------------|-----------------------|-----------------------|
    | Q4 2023, Q4 2026       | began before it       | goes on after it      |
    | Q1 2024                | whole                 | whole                 |
    """
    covers = SimpleNamespace(covers_from=date(2023, 11, 1), covers_to=date(2026, 10, 31))
    release: Any = SimpleNamespace(topic=topic, manifest=covers)
    rows = pl.DataFrame({"period": [date(2023, 10, 1), date(2024, 1, 1), date(2026, 10, 1)]})
    found = with_unfinished(rows, Grain.QUARTER, *told_days(release)).filter("unfinished")["period"]
    assert [f"{day.year} Q{(day.month + 2) // 3}" for day in found] == unfinished
