"""New York end to end, by the command line: what its files give is published, and nothing else."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from layers.measures import Regime
from layers.store.reader import Store
from tests.cities.reading import Readings
from tests.cities.running import Run, found, run_city

TOPICS = ("evictions", "housing_supply")
STATUSES = {"value", "zero", "hidden", "not_collected", "not_reported"}
SENSITIVE = ("sensitive", "Police matters")


@pytest.fixture(scope="module")
def run(nyc: Readings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What is quick: evictions as counted and as listed, and affordable housing per home of 855,535 tax lots."""
    return run_city(nyc.city.folder, tmp_path_factory.mktemp("nyc-run"), *TOPICS)


@pytest.fixture(scope="module")
def whole_run(nyc: Readings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_city(nyc.city.folder, tmp_path_factory.mktemp("nyc-whole"))


def test_evictions_are_published_by_the_districts_that_counted_them(run: Run) -> None:
    release = run.release("evictions")
    districts = release.counts(measure="set_outs", geography="district_2013")
    assert districts.height == 51
    assert set(districts["status"]) == {"value"}
    city = release.counts(measure="set_outs", geography="city")
    assert city["value"].to_list() == [districts["value"].sum()] == [44_515]
    assert set(release.counts(columns=("geography",))["geography"]) == {"district_2013", "city"}


def test_an_eviction_carried_out_is_called_so(run: Run) -> None:
    manifest = run.release("evictions").manifest
    (measure,) = (m for m in manifest.measures if m.name == "set_outs")
    assert (measure.title, measure.regime) == ("Evictions carried out", Regime.SOURCE)
    assert "homes_filed" not in {m.name for m in manifest.measures}
    assert "filings" in manifest.is_not
    told = {topic.topic: topic.title for topic in Store(run.public).status().topics}
    assert told["evictions"] == manifest.title == "Evictions carried out"


def test_rates_are_per_home_of_the_same_districts(run: Run) -> None:
    release = run.release("evictions")
    rates = release.counts(measure="set_outs_per_1000", geography="district_2013")
    assert rates.height == 51
    assert rates["value"].is_between(0.5, 60).all()


def test_the_marshals_list_is_in_no_release(run: Run) -> None:
    """Its private counts by ZIP code and month are kept for the steward."""
    manifest = run.release("evictions").manifest
    assert [source.id for source in manifest.sources] == ["evictions_2019"]
    counts = run.vault("evictions", "marshals-counts").filter(geography="zip")
    assert counts["records"].sum() == 36_907
    assert found(["Evictions carried out by marshals", "Department of Investigation"], run) == []


def test_affordable_units_by_council_district(run: Run, expected: dict[str, Any]) -> None:
    """By points as in expected.json, and with the 1,717 that only name their district; one names neither."""
    figures = expected["nyc_affordable_vs_council"]
    release = run.release("housing_supply")
    city = release.counts(geography="city", category="all", measure=["developments", "units"])
    assert dict(city.select("measure", "value").iter_rows()) == {
        "developments": figures["rows"],
        "units": figures["all_counted_units"],
    }
    districts = release.counts(measure="developments", geography="district", category="all")
    shown = dict(districts.select("unit", "value").iter_rows())
    assert sum(shown.values()) == figures["rows"] - 1
    assert all(shown[unit] >= number for unit, number in figures["by_polygon"].items())
    cells = release.counts(measure="developments", geography="h3_9", category="all")
    assert cells["value"].sum() == figures["in_a_polygon"]
    assert cells.filter(status="value").height == figures["h3"]["9"]["cells"]
    assert cells["value"].max() == figures["h3"]["9"]["max"]


def test_how_buildings_were_placed_is_told(run: Run) -> None:
    quality = run.release("housing_supply").manifest.quality
    told = {figure.name: figure.value for figure in quality if figure.name.startswith("located_")}
    assert told == {"located_coordinates": 80.0, "located_area": 20.0, "located_none": 0.0}


def test_rows_speak_with_the_five_statuses_only(run: Run) -> None:
    for topic in TOPICS:
        counts = run.release(topic).counts(columns=("status", "value"))
        assert set(counts["status"]) <= STATUSES
        assert counts.filter(pl.col("status").is_in(["value", "zero"]) == pl.col("value").is_null()).is_empty()


@pytest.fixture(scope="module")
def secrets(shared_data: Path) -> list[str]:
    """Addresses, case numbers and marshals of the evictions; addresses and numbers of requests."""
    marshals = pl.read_csv(shared_data / "nyc/evictions/Evictions_2017_2018.csv.gz", infer_schema=False)
    requests = pl.read_csv(shared_data / "nyc/311/hadro_311_sample.csv.gz", infer_schema=False)
    names = marshals.select(pl.col("MARSHAL_FIRST_NAME") + " " + pl.col("MARSHAL_LAST_NAME")).to_series().unique()
    drawn = marshals.gather_every(503)
    asked = requests.gather_every(97)
    addresses = pl.concat([drawn["EVICTION_ADDRESS"].alias("a"), asked["Incident Address"].alias("a")]).drop_nulls()
    return [
        *names,
        *addresses.filter(addresses.str.len_chars() > 8),
        *drawn["COURT_INDEX_NUMBER"],
        *asked["Unique Key"],
    ]


def test_no_address_name_or_case_is_in_what_is_published(run: Run, secrets: list[str]) -> None:
    assert len(secrets) > 200
    assert found(["Evictions carried out"], run), "the search finds what is there"
    assert found(secrets, run) == []


@pytest.mark.slow
def test_requests_about_places_are_published_and_no_others(whole_run: Run) -> None:
    """Of 6,765 requests of the day 143 are sensitive, 4,074 concern a home, 2,548 a place."""
    release = whole_run.release("service_requests")
    events = whole_run.vault("service_requests", "requests_311")
    homes = ["heat_and_hot_water", "housing_code", "noise_at_home", "bulky_items"]
    places = events.filter(~pl.col("category").is_in(homes))
    assert (events.height, places.height) == (6_622, 2_548)
    city = release.counts(measure="requests", geography="city", grain="year")
    shown = {c: v for c, v in city.select("category", "value").iter_rows() if v}
    own = {each.category: sum(shown.get(name, 0) for name in each.groups) for each in release.manifest.agencies}
    streets = release.manifest.agency_of("street")
    assert streets is not None and streets.title == "Department of Transportation"  # the feed says DOT
    assert shown == {"all": 2_548, **dict(places.group_by("category").len().iter_rows()), **own}
    assert set(SENSITIVE).isdisjoint(set(release.counts(geography="city", columns=("category",))["category"]))
    for geography in ("district", "district_2013", "community_board", "zip"):
        column = f"area_{geography}"
        rows = release.counts(measure="requests", geography=geography, grain="month", category="all")
        wanted = places.filter(pl.col(column).is_not_null()).group_by(column).len()
        assert {u: v for u, v in rows.select("unit", "value").iter_rows() if v} == dict(wanted.iter_rows())


@pytest.mark.slow
def test_two_days_measure_no_home(whole_run: Run) -> None:
    """A period is measured when its feed covers it whole: two days measure no home, and none is shown."""
    rows = whole_run.release("service_requests").counts(measure="homes", columns=("status", "value"))
    assert set(rows["status"]) <= {"not_collected", "not_reported"}
    assert rows["value"].null_count() == rows.height


@pytest.mark.slow
def test_homes_are_those_of_the_tax_lots(whole_run: Run) -> None:
    homes = whole_run.release("households").counts(measure="homes", geography=["city", "district"])
    assert homes.filter(geography="city")["value"].to_list() == [3_655_722]
    assert homes.filter(geography="district")["value"].sum() == 3_655_722


@pytest.mark.slow
def test_nothing_private_is_in_the_whole_of_it(whole_run: Run, secrets: list[str]) -> None:
    assert found(secrets[::4], whole_run) == []
