"""Chicago end to end, by the command line: what its files give is published, and nothing else."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from layers.grid import text_expr
from layers.measures import Regime
from tests.cities.reading import Readings, sums
from tests.cities.running import Run, found, run_city

TOPICS = ("evictions", "shutoffs", "housing_supply", "households")
STATUSES = {"value", "zero", "hidden", "not_collected", "not_reported"}


@pytest.fixture(scope="module")
def run(chicago: Readings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Everything but the requests, whose six million rows take a while."""
    return run_city(chicago.city.folder, tmp_path_factory.mktemp("chicago-run"), *TOPICS)


@pytest.fixture(scope="module")
def requests_run(chicago: Readings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_city(chicago.city.folder, tmp_path_factory.mktemp("chicago-requests"), "service_requests")


def test_filings_are_published_as_received(run: Run, expected: dict[str, Any]) -> None:
    release = run.release("evictions")
    city = release.counts(measure="homes_filed", geography="city")
    assert {str(p.year): v for p, v in city.select("period", "value").iter_rows()} == expected["chicago_evictions"][
        "filings_by_year"
    ]
    tracts = release.counts(measure="homes_filed", geography="tract")
    assert tracts.height == 801 * 10
    assert {str(p.year): v for p, v in sums(tracts, ["period"], "value").items()} == expected["chicago_evictions"][
        "filings_by_year"
    ]
    assert set(tracts["status"]) == {"value", "zero"}
    assert tracts["low"].null_count() == tracts.height


def test_the_source_says_that_it_counts_cases_not_homes(run: Run) -> None:
    measure = next(m for m in run.release("evictions").manifest.measures if m.name == "homes_filed")
    assert (measure.title, measure.regime) == ("Eviction filings", Regime.SOURCE)
    assert "counts cases" in measure.help


def test_a_zip_that_did_not_report_is_no_zero(run: Run, expected: dict[str, Any]) -> None:
    """59 ZIP codes in 7 years, 388 rows: 25 are not reported, 15 were zero. The city's total is never known.

    What is published adds up to expected.json all the same, because what is missing is missing there too.
    """
    release = run.release("shutoffs")
    zips = release.counts(measure="homes_scheduled", geography="zip")
    by_status = dict(zips.group_by("status").len().iter_rows())
    assert by_status == {"value": 373, "zero": 15, "not_reported": 59 * 7 - 388}
    reported = zips.filter(pl.col("value").is_not_null())
    assert {str(p.year): v for p, v in sums(reported, ["period"], "value").items()} == expected[
        "chicago_water_shutoffs"
    ]["SHUT_by_year"]
    city = release.counts(measure="homes_scheduled", geography="city")
    assert city["status"].to_list() == ["not_reported"] * 7
    assert city["value"].null_count() == 7


def test_homes_by_tract_are_the_denominator(run: Run) -> None:
    """A tract's rate is its filings per 1,000 housing units of the survey; with fewer than 100 there is none."""
    homes = run.release("households").counts(measure="homes", geography="tract").select("unit", homes="value")
    evictions = run.release("evictions")
    year = {"geography": "tract", "period": date(2019, 1, 1)}
    filed = evictions.counts(measure="homes_filed", **year).select("unit", filed="value").join(homes, on="unit")
    rates = evictions.counts(measure="homes_filed_per_1000", **year).join(filed, on="unit")
    told = rates.filter(pl.col("value").is_not_null())
    assert told.select((pl.col("value") - pl.col("filed") / pl.col("homes") * 1000).abs().max()).item() < 0.0001
    assert (told["homes"] >= 100).all()
    assert rates.filter(status="not_collected")["homes"].max() < 100
    assert "American Community Survey" in " ".join(evictions.manifest.denominators)


def test_developments_are_published_exactly(run: Run, expected: dict[str, Any]) -> None:
    release = run.release("housing_supply")
    figures = expected["chicago_affordable_vs_ca"]
    city = release.counts(geography="city", category="all", measure=["developments", "units"])
    assert dict(city.select("measure", "value").iter_rows()) == {
        "developments": figures["rows"],
        "units": figures["units_sum"],
    }
    areas = release.counts(measure="developments", geography="neighborhood", category="all")
    shown = {unit: value for unit, value in areas.select("unit", "value").iter_rows() if value}
    assert shown == {**figures["by_polygon"], "68": figures["by_polygon"]["68"] + 1}
    assert areas.filter(pl.col("status") == "zero").height == 77 - len(shown)
    cells = release.counts(measure="developments", geography="h3_9", category="all").filter(status="value")
    assert cells.height == figures["h3"]["9"]["cells"]


def test_rows_speak_with_the_five_statuses_only(run: Run) -> None:
    for topic in TOPICS:
        counts = run.release(topic).counts(columns=("status", "value"))
        assert set(counts["status"]) <= STATUSES
        assert counts.filter(pl.col("status").is_in(["value", "zero"]) == pl.col("value").is_null()).is_empty()


@pytest.fixture(scope="module")
def secrets(shared_data: Path) -> list[str]:
    """Addresses and request numbers of the raw file, drawn from all over it."""
    raw = pl.read_csv(
        shared_data / "chicago/311/sanitation_code_complaints_from_rds.csv.gz", infer_schema=False
    ).gather_every(601)
    addresses = raw["Street Address"].drop_nulls().str.strip_chars()
    return [*addresses.filter(addresses.str.len_chars() > 8), *raw["Service Request Number"]]


def test_no_address_is_in_what_is_published(run: Run, secrets: list[str]) -> None:
    assert len(secrets) > 200
    assert found(["Eviction filings"], run), "the search finds what is there"
    assert found(secrets, run) == []


@pytest.mark.slow
def test_requests_are_published_by_ward(requests_run: Run, chicago: Readings) -> None:
    """Requests about a place, opened from 2011 to 2014, lie in the ward that holds their point."""
    release = requests_run.release("service_requests")
    events = requests_run.vault("service_requests", "sanitation").filter(
        (pl.col("category") != "yards") & pl.col("created").dt.year().is_between(2011, 2014)
    )
    assert events.height == 56_123
    for geography in ("district", "neighborhood", "zip", "tract"):
        rows = release.counts(measure="requests", geography=geography, grain="year", category="all")
        column = f"area_{geography}"
        wanted = events.filter(pl.col(column).is_not_null()).group_by(column).len()
        shown = rows.group_by("unit").agg(pl.col("value").sum()).filter(pl.col("value") > 0)
        assert dict(shown.iter_rows()) == dict(wanted.iter_rows())
    city = release.counts(measure="requests", geography="city", grain="year", category="all")
    assert city["value"].sum() == events.height


@pytest.mark.slow
def test_yards_wait_for_an_address_file(requests_run: Run) -> None:
    """Complaints about a yard concern a home. Chicago's files hold no address file of homes: none is measured."""
    release = requests_run.release("service_requests")
    events = requests_run.vault("service_requests", "sanitation")
    assert events.filter(category="yards").height == 17_736
    assert "yards" not in set(release.counts(geography="city", columns=("category",))["category"])
    assert "homes" not in set(release.counts(geography="city", columns=("measure",))["measure"])


@pytest.mark.slow
@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_cells_hold_the_requests_whose_points_they_hold(requests_run: Run, resolution: int) -> None:
    """Cell by cell. A few points lie beyond the city's shapes: in cells that touch the city, or (at most 3) in none.

    So the sums of two resolutions may differ by one or two: a large cell that touches the city reaches farther out.
    """
    geography = f"h3_{resolution}"
    events = requests_run.vault("service_requests", "sanitation").filter(
        (pl.col("category") != "yards") & pl.col("created").dt.year().is_between(2011, 2014)
    )
    rows = requests_run.release("service_requests").counts(
        measure="requests", geography=geography, grain="year", category="all"
    )
    shown = rows.group_by("unit").agg(pl.col("value").sum())
    held = events.filter(pl.col(geography).is_not_null()).group_by(geography).len()
    wanted = held.select(text_expr(geography).alias("unit"), "len").join(shown, on="unit", how="left")
    assert wanted.filter(pl.col("value").is_not_null() & (pl.col("value") != pl.col("len"))).is_empty()
    assert wanted.filter(pl.col("value").is_null())["len"].sum() <= 3


@pytest.mark.slow
def test_no_address_is_in_what_is_published_of_requests(requests_run: Run, secrets: list[str]) -> None:
    assert found(secrets[::8], requests_run) == []
