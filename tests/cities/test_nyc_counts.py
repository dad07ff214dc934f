"""New York before anything is protected: counts of the real files equal those that were made independently of us."""

from typing import Any

import polars as pl
import pytest

from etl.city.source import FieldDeclaration, Location
from etl.steps.count import private_counts
from tests.cities.reading import Reading, Readings, assigned, by_area, cell_figures, event_cells, points, sums

REQUESTS = ("Unique Key", "Closed Date", "Latitude", "Longitude")
MARSHALS = (
    "COURT_INDEX_NUMBER",
    "DOCKET_NUMBER",
    "EVICTION_ADDRESS",
    "EVICTION_APT_NUM",
    "EXECUTED_DATE",
    "MARSHAL_FIRST_NAME",
    "MARSHAL_LAST_NAME",
    "RESIDENTIAL_COMMERCIAL_IND",
    "BOROUGH",
    "EVICTION_ZIP",
    "SCHEDULE_STATUS",
)


@pytest.fixture(scope="module")
def requests(nyc: Readings) -> pl.DataFrame:
    """All rows of the 311 sample as text."""
    return nyc["requests_311"].text(*REQUESTS)


@pytest.fixture(scope="module")
def with_sensitive(nyc: Readings) -> Reading:
    """The 311 sample as if no group were sensitive: then no row is left out."""
    source = nyc.city.source("requests_311")
    groups = {name: group.model_copy(update={"kind": "place"}) for name, group in source.groups.items()}
    return nyc.variant("requests_311", groups=groups)


@pytest.fixture(scope="module")
def figures(expected: dict[str, Any]) -> dict[str, Any]:
    return dict(expected["nyc_311_hadro_vs_council"])


@pytest.fixture(scope="module")
def marshals(nyc: Readings) -> pl.DataFrame:
    """All rows of the marshals' file as text, businesses too."""
    return nyc.variant("marshals", rows=()).text(*MARSHALS)


def test_all_requests_are_read(with_sensitive: Reading, requests: pl.DataFrame, figures: dict[str, Any]) -> None:
    """Two-digit years, hours without a zero before them and a byte-order mark are read: no row is rejected."""
    records = with_sensitive.records
    hours = (records["closed"] - records["created"]).dt.total_minutes() / 60
    assert {
        "rows": requests.height,
        "distinct_ids": requests["Unique Key"].n_unique(),
        "rows_with_coord_in_bbox": points(requests, "Latitude", "Longitude").height,
        "closed_nonnull": records.height - records["closed"].null_count(),
        "closed_before_created": (hours < 0).sum(),
        "created_min": str(records["created"].min()),
        "created_max": str(records["created"].max()),
    } == {
        name: figures[name]
        for name in (
            "rows",
            "distinct_ids",
            "rows_with_coord_in_bbox",
            "closed_nonnull",
            "closed_before_created",
            "created_min",
            "created_max",
        )
    }
    assert hours.median() == pytest.approx(figures["median_hours_to_close"], abs=0.001)
    assert with_sensitive.validated.rejected() == {}


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_cells_of_all_requests(requests: pl.DataFrame, figures: dict[str, Any], resolution: int) -> None:
    assert cell_figures(points(requests, "Latitude", "Longitude"), resolution) == figures["h3"][str(resolution)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("district", "nyc_311_hadro_vs_council"), ("community_board", "nyc_311_hadro_vs_community_board")],
)
def test_areas_of_all_requests(
    nyc: Readings, requests: pl.DataFrame, expected: dict[str, Any], kind: str, name: str
) -> None:
    units = assigned(points(requests, "Latitude", "Longitude"), nyc.areas(kind))
    assert by_area(units) == expected[name]["by_polygon"]
    assert units.drop_nulls().len() == expected[name]["in_a_polygon"]


def test_every_type_is_in_a_declared_group(nyc: Readings) -> None:
    """116 types of request, each placed by hand: none falls to `other` unseen. 143 rows are sensitive and dropped."""
    sample = nyc["requests_311"]
    assert sample.validated.unmapped == {}
    assert sample.validated.rejected() == {"sensitive_type": 143}


def test_events_lie_where_the_points_lie(with_sensitive: Reading, figures: dict[str, Any]) -> None:
    """6,650 requests by coordinates, as in expected.json; 25 more by the ZIP code that they name; 90 by nothing."""
    assert with_sensitive.located.located == {"coordinates": figures["in_a_polygon"], "area": 25, "none": 90}
    assert by_area(with_sensitive.events["area_district"]) == figures["by_polygon"]
    for resolution in (7, 8, 9):
        held = event_cells(with_sensitive.events, resolution)["len"]
        wanted = figures["h3"][str(resolution)]
        assert (held.len(), held.max()) == (wanted["cells"], wanted["max"])


def test_feet_with_commas_place_the_same(nyc: Readings, with_sensitive: Reading) -> None:
    """The file's X and Y are New York's feet (EPSG:2263), "989,089": read so, districts are the same.

    They are rounded to a foot, so that 1 in 1,000 points may fall to the other side of a cell's edge.
    """
    kept = {k: v for k, v in with_sensitive.source.fields.items() if k not in ("lat", "lng")}
    feet = {
        "x": FieldDeclaration(column="X Coordinate (State Plane)", meaning="Feet east"),
        "y": FieldDeclaration(column="Y Coordinate (State Plane)", meaning="Feet north"),
    }
    by_feet = nyc.variant(
        "requests_311",
        fields={**kept, **feet},
        location=Location(crs="EPSG:2263", thousands=","),
        groups=with_sensitive.source.groups,
    )
    both = with_sensitive.events.select("key", "h3_9", "area_district").join(
        by_feet.events.select("key", "h3_9", "area_district"), on="key", suffix="_feet"
    )
    assert by_feet.located.located == with_sensitive.located.located
    assert (both["area_district"] == both["area_district_feet"]).fill_null(True).mean() >= 0.9995
    assert (both["h3_9"] == both["h3_9_feet"]).fill_null(True).mean() >= 0.998


def test_affordable_buildings(nyc: Readings, expected: dict[str, Any]) -> None:
    """8,604 buildings, 290,757 units. 6,886 have coordinates; 1,717 are placed by the district that the file names.

    One large project names neither: it counts for the city alone. 28 buildings have no count of units and add none.
    """
    figures = expected["nyc_affordable_vs_council"]
    supply = nyc["affordable_buildings"]
    assert supply.validated.rejected() == {}
    assert (supply.events.height, int(supply.events["units"].sum())) == (figures["rows"], figures["all_counted_units"])
    assert supply.events["units"].null_count() == 28
    assert supply.located.located == {"coordinates": figures["in_a_polygon"], "area": 1717, "none": 1}
    by_points = supply.events.filter(located="coordinates")
    assert by_area(by_points["area_district"]) == figures["by_polygon"]
    for resolution in (7, 8, 9):
        held = event_cells(by_points, resolution)["len"]
        wanted = figures["h3"][str(resolution)]
        assert (held.len(), held.max()) == (wanted["cells"], wanted["max"])
    numbers = supply.text("Building ID")["Building ID"]
    assert numbers.drop_nulls().n_unique() == figures["distinct_ids"]


def test_council_districts_of_2023_agree_with_the_column(nyc: Readings, expected: dict[str, Any]) -> None:
    """99.97 % of the buildings with coordinates lie in the district that the file names; by lines of 2013, 88.5 %."""
    text = nyc["affordable_buildings"].text("Council District", "Latitude", "Longitude")
    where = points(text, "Latitude", "Longitude").join(text.select("row", "Council District"), on="row")
    shares = {}
    for kind in ("district", "district_2013"):
        units = assigned(where, nyc.areas(kind))
        shares[kind] = round(100 * (units == where["Council District"]).fill_null(False).sum() / units.count(), 2)
    assert shares == {
        "district": expected["nyc_affordable_vs_council"]["source_vs_polygon_agree_pct"],
        "district_2013": 88.51,
    }


def test_the_marshals_file_as_it_is(marshals: pl.DataFrame, expected: dict[str, Any]) -> None:
    """All figures of expected.json but one: it finds 6,477 blank apartments, we 6,438.

    Its counter also takes the 39 apartments that say "NA", "N/A" or "NULL" for blank; to us they are text.
    """
    figures = expected["nyc_marshal_evictions"]
    year = marshals["EXECUTED_DATE"].str.slice(6)
    counted = {
        "rows": marshals.height,
        "fully_duplicated_rows": marshals.height - marshals.select(MARSHALS).n_unique(),
        "distinct_court_index": marshals["COURT_INDEX_NUMBER"].n_unique(),
        "distinct_docket": marshals["DOCKET_NUMBER"].n_unique(),
        "residential": (marshals["RESIDENTIAL_COMMERCIAL_IND"] == "Residential").sum(),
        "by_borough": by_area(marshals["BOROUGH"]),
        "by_year": by_area(year),
        "future_dates": marshals["EXECUTED_DATE"].filter(year > "2025").to_list(),
        "zip_not_5_digits": (~marshals["EVICTION_ZIP"].str.contains(r"^\d{5}$")).sum(),
    }
    assert counted == {name: figures[name] for name in counted}
    apartment = marshals["EVICTION_APT_NUM"]
    nothing = apartment.is_null() | apartment.str.to_uppercase().is_in(["NA", "N/A", "NULL"])
    assert (apartment.null_count(), nothing.sum()) == (6438, figures["apt_null"])


def test_evictions_by_zip_are_counted_privately(nyc: Readings, marshals: pl.DataFrame) -> None:
    """By ZIP code and month: homes only, the 26 repeated rows once, the eviction of 2070 not at all.

    Counted a second way from the text: all different residential rows before 2026. 73 name no ZIP code of the city's
    map (11249 is younger than the map, 00000 is none): they count for no ZIP code.
    """
    reading = nyc["marshals"]
    assert reading.validated.rejected() == {"duplicate": 26, "future_date": 1}
    counts = private_counts(reading.events, "filed", ["zip"])
    known = [area.id for area in nyc.areas("zip").areas]
    homes = marshals.filter(
        (pl.col("RESIDENTIAL_COMMERCIAL_IND") == "Residential") & (pl.col("EXECUTED_DATE") != "03/29/2070")
    ).unique(MARSHALS)
    unit = pl.when(pl.col("EVICTION_ZIP").is_in(known)).then("EVICTION_ZIP")
    month = pl.col("EXECUTED_DATE").str.to_date("%m/%d/%Y").dt.truncate("1mo")
    wanted = homes.group_by(unit=unit, month=month).len("records")
    assert sums(counts, ["unit", "month"], "records") == sums(wanted, ["unit", "month"], "records")
    assert counts.filter(pl.col("unit").is_null())["records"].sum() == 73


def test_nothing_that_names_a_home_is_kept(nyc: Readings) -> None:
    """Neither address nor apartment is on the allow-list: the file has no coordinates and the city no address file."""
    assert {"address", "apartment", "lat", "lng"}.isdisjoint(nyc["marshals"].records.columns)


def test_evictions_of_2019_are_counted_by_districts_of_2013(nyc: Readings) -> None:
    """A map file whose shapes are no points gives its fields. Every district of 2013 is in it once."""
    feed = nyc["evictions_2019"].text("coun_dist", "count_evictions")
    units = feed["coun_dist"].str.replace(r"\.0+$", "")
    assert sorted(units) == sorted(area.id for area in nyc.areas("district_2013").areas)
    assert feed["count_evictions"].cast(pl.Int64).sum() == 44_515


def test_homes_by_tax_lot(nyc: Readings) -> None:
    """855,552 rows; 17 lots stand in it twice. 3,656,119 residential units, without the repeated lots 3,655,722."""
    lots = nyc["tax_lots"]
    assert (lots.validated.rows, lots.validated.rejected()) == (855_552, {"duplicate": 17})
    text = lots.text("unitsres")
    repeated = text.filter(pl.col("row").is_in(lots.rejected("duplicate").implode()))
    units = text["unitsres"].cast(pl.Float64).sum()
    assert (units, units - repeated["unitsres"].cast(pl.Float64).sum()) == (3_656_119, lots.records["units"].sum())
