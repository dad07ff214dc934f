"""Chicago before anything is protected: counts of the real files equal those that were made independently of us."""

from typing import Any

import polars as pl
import pytest

from tests.cities.reading import Readings, assigned, by_area, cell_figures, event_cells, plus, points, sums

SANITATION = ("Service Request Number", "Completion Date", "Ward", "Community Area", "Latitude", "Longitude")


@pytest.fixture(scope="module")
def complaints(chicago: Readings) -> pl.DataFrame:
    """All rows of the sanitation file as text."""
    return chicago["sanitation"].text(*SANITATION)


@pytest.fixture(scope="module")
def ward_figures(expected: dict[str, Any]) -> dict[str, Any]:
    return dict(expected["chicago_sanitation_vs_ward"])


def test_all_rows_are_read(complaints: pl.DataFrame, ward_figures: dict[str, Any]) -> None:
    where = points(complaints, "Latitude", "Longitude")
    assert {
        "rows": complaints.height,
        "distinct_ids": complaints["Service Request Number"].n_unique(),
        "rows_with_coord_in_bbox": where.height,
        "closed_nonnull": complaints.height - complaints["Completion Date"].null_count(),
    } == {name: ward_figures[name] for name in ("rows", "distinct_ids", "rows_with_coord_in_bbox", "closed_nonnull")}


def test_repeated_requests_are_the_only_rejects(chicago: Readings, ward_figures: dict[str, Any]) -> None:
    """375 rows tell of a request again: 74,401 rows are 74,026 requests. All dates and numbers can be read."""
    sanitation = chicago["sanitation"]
    assert sanitation.validated.rejected() == {"duplicate": 375}
    assert sanitation.records.height == ward_figures["distinct_ids"]
    assert sanitation.validated.unmapped == {}


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_cells_of_all_rows(complaints: pl.DataFrame, ward_figures: dict[str, Any], resolution: int) -> None:
    where = points(complaints, "Latitude", "Longitude")
    assert cell_figures(where, resolution) == ward_figures["h3"][str(resolution)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("district", "chicago_sanitation_vs_ward"), ("neighborhood", "chicago_sanitation_vs_community_area")],
)
def test_areas_of_all_rows(
    chicago: Readings, complaints: pl.DataFrame, expected: dict[str, Any], kind: str, name: str
) -> None:
    units = assigned(points(complaints, "Latitude", "Longitude"), chicago.areas(kind))
    assert by_area(units) == expected[name]["by_polygon"]
    assert units.drop_nulls().len() == expected[name]["in_a_polygon"]


def test_requests_by_ward_are_the_rows_without_the_repeated_ones(
    chicago: Readings, complaints: pl.DataFrame, ward_figures: dict[str, Any]
) -> None:
    """Events that a run counts + rows rejected as repeated = the rows of expected.json, ward by ward."""
    sanitation = chicago["sanitation"]
    repeated = complaints.filter(pl.col("row").is_in(sanitation.rejected("duplicate").implode()))
    again = by_area(assigned(points(repeated, "Latitude", "Longitude"), chicago.areas("district")))
    assert plus(by_area(sanitation.events["area_district"]), again) == dict(sorted(ward_figures["by_polygon"].items()))


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_requests_fill_the_cells_of_their_points(chicago: Readings, complaints: pl.DataFrame, resolution: int) -> None:
    """The cells of a run's events are those of the rows that are no repeats, count by count."""
    sanitation = chicago["sanitation"]
    once = complaints.filter(~pl.col("row").is_in(sanitation.rejected("duplicate").implode()))
    figures = cell_figures(points(once, "Latitude", "Longitude"), resolution)
    held = event_cells(sanitation.events, resolution)["len"]
    assert (held.len(), held.max()) == (figures["cells"], figures["max"])


def test_days_to_close(chicago: Readings, ward_figures: dict[str, Any]) -> None:
    """Half of the requests were closed within 72 hours, with and without the repeated rows; none before it began."""
    events = chicago["sanitation"].events
    hours = (events["closed"] - events["created"]).dt.total_minutes() / 60
    assert hours.median() == ward_figures["median_hours_to_close"]
    assert (hours < 0).sum() == ward_figures["closed_before_created"]
    assert str(events["created"].min()) == ward_figures["created_min"]
    assert str(events["created"].max()) == ward_figures["created_max"]


@pytest.mark.parametrize(
    ("kind", "column", "name"),
    [
        pytest.param("district", "Ward", "chicago_sanitation_vs_ward", id="ward: 72.15 %, of older lines"),
        pytest.param(
            "neighborhood", "Community Area", "chicago_sanitation_vs_community_area", id="community area: 98.47 %"
        ),
    ],
)
def test_what_the_columns_say_against_where_the_points_lie(
    chicago: Readings, complaints: pl.DataFrame, expected: dict[str, Any], kind: str, column: str, name: str
) -> None:
    """`Ward` names wards of the lines before 2012, so the points decide; `Community Area` has never changed.

    The share of points whose ward, by the shapes drawn in 2012, is that of the column is expected.json's 72.15 %.
    """
    where = points(complaints, "Latitude", "Longitude").join(complaints.select("row", column), on="row")
    units = assigned(where, chicago.areas(kind))
    said = where[column].str.strip_suffix(".0")
    agree = (units == said).filter(units.is_not_null())
    assert round(100 * agree.fill_null(False).sum() / agree.len(), 2) == expected[name]["source_vs_polygon_agree_pct"]


def test_wards_moved_as_wholes(chicago: Readings, complaints: pl.DataFrame) -> None:
    """Why the column is of other lines and not just careless: in some wards nearly every point disagrees.

    Ward 2 lay on the near West and South Sides until 2012, and lies on the North Side since.
    """
    where = points(complaints, "Latitude", "Longitude").join(complaints.select("row", "Ward"), on="row")
    both = where.with_columns(
        shape=assigned(where, chicago.areas("district")), column=pl.col("Ward").str.strip_suffix(".0")
    ).drop_nulls("shape")
    agree = both.group_by("shape").agg(agree=(pl.col("shape") == pl.col("column")).mean())
    shares = dict(agree.iter_rows())
    assert shares["2"] < 0.1
    assert sum(share > 0.9 for share in shares.values()) > 5


def test_developments_and_units(chicago: Readings, expected: dict[str, Any]) -> None:
    """488 developments with 24,440 units; 487 have coordinates, one is placed by its community area (68)."""
    figures = expected["chicago_affordable_vs_ca"]
    supply = chicago["affordable_developments"]
    assert (supply.events.height, int(supply.events["units"].sum())) == (figures["rows"], figures["units_sum"])
    assert supply.located.located == {"coordinates": figures["rows_with_coord_in_bbox"], "area": 1}
    by_points = supply.events.filter(located="coordinates")
    assert by_area(by_points["area_neighborhood"]) == figures["by_polygon"]
    assert supply.events.filter(located="area")["area_neighborhood"].to_list() == ["68"]
    for resolution in (7, 8, 9):
        held = event_cells(by_points, resolution)["len"]
        assert (held.len(), held.max()) == (
            figures["h3"][str(resolution)]["cells"],
            figures["h3"][str(resolution)]["max"],
        )


def test_filings_by_year(chicago: Readings, expected: dict[str, Any]) -> None:
    """804 tracts in ten years. Three of them lie outside the city's tract file; nobody was filed against there."""
    feed = chicago["eviction_filings"].text("filing_year", "tract", "eviction_filings_total")
    figures = expected["chicago_evictions"]
    filings = feed.with_columns(pl.col("eviction_filings_total").cast(pl.Float64))
    assert (feed.height, feed["tract"].n_unique()) == (figures["rows"], figures["tracts"])
    assert sums(filings, ["filing_year"], "eviction_filings_total") == figures["filings_by_year"]
    known = [area.id for area in chicago.areas("tract").areas]
    beyond = filings.filter(~pl.col("tract").is_in(known))
    assert (beyond["tract"].n_unique(), beyond["eviction_filings_total"].sum()) == (3, 0)


def test_shutoffs_by_year(chicago: Readings, expected: dict[str, Any]) -> None:
    feed = chicago["water_shutoffs"].text("zip", "year", "SHUT")
    figures = expected["chicago_water_shutoffs"]
    assert (feed.height, feed["zip"].n_unique()) == (figures["rows"], figures["zips"])
    assert sums(feed.with_columns(pl.col("SHUT").cast(pl.Float64)), ["year"], "SHUT") == figures["SHUT_by_year"]


def test_only_one_vintage_of_homes_is_taken(chicago: Readings) -> None:
    """The file holds each tract twice; `rows` keeps the estimates of 2014 to 2018."""
    homes = chicago["homes_by_tract"].text("census_year", "tract", "housing_units_total")
    assert homes["census_year"].unique().to_list() == ["2014-2018 5-year estimates"]
    assert homes.height == homes["tract"].n_unique() == 804
    assert homes["housing_units_total"].cast(pl.Int64).sum() == 1_222_734
