"""The demo city: same seed, same bytes; the promised sizes; and exactly the defects that its truth file names."""

import hashlib
import json
import stat
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from etl.city import City, Source, load_city
from etl.demo import DemoCity, write_demo_city
from etl.demo.names import CANARY_STREET
from etl.errors import DeclarationError
from etl.geography.directory import build_directory
from etl.records import Validated
from etl.steps.ingest import ingest
from etl.steps.locate import locate
from etl.steps.validate import validate
from layers.areas import AreaSet, load_area_set
from tests.etl.declared import every_year

SMALL = {"seed": 3, "households": 4_000, "months": 14}
FEEDS = ("requests_311", "court", "utility")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoCity:
    return write_demo_city(tmp_path_factory.mktemp("demo") / "city", **SMALL)


@pytest.fixture(scope="module")
def city(demo: DemoCity) -> City:
    return load_city(demo.folder)


@pytest.fixture(scope="module")
def validated(demo: DemoCity, city: City, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Validated]:
    private = tmp_path_factory.mktemp("private")
    return {source.id: _validated(source, city, private) for source in city.sources if source.regime == "events"}


def _validated(source: Source, city: City, private: Path) -> Validated:
    scratch = private / "scratch" / source.id
    found = ingest(source, city.folder, private=private, scratch=scratch, key=b"key")
    return validate(found, source, today=date(2026, 11, 15), city_zone=ZoneInfo(city.settings.time_zone))


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def area_sets(city: City) -> Iterator[AreaSet]:
    for area in city.areas:
        declared = area.model_dump(exclude={"path", "crs", "layer", "lines_of", "income"})
        yield load_area_set(city.resolve(area.path), **declared)


def test_same_seed_same_bytes(demo: DemoCity, tmp_path: Path) -> None:
    time.sleep(max(0.0, 2.1 - (time.time() - demo.truth_file.stat().st_mtime)))  # zip archives tell time in 2 s steps
    write_demo_city(tmp_path / "again", **SMALL)
    assert hashes(tmp_path / "again") == hashes(demo.folder)


def test_another_seed_is_another_city(demo: DemoCity, tmp_path: Path) -> None:
    write_demo_city(tmp_path / "other", **{**SMALL, "seed": 4})
    same = {name for name, seal in hashes(tmp_path / "other").items() if hashes(demo.folder).get(name) == seal}
    assert not any(name.startswith(("feeds", "boundaries")) for name in same)


def test_writing_again_leaves_nothing_of_the_old_city(tmp_path: Path) -> None:
    write_demo_city(tmp_path, seed=1, households=1_000, months=30)
    write_demo_city(tmp_path, seed=1, households=1_000, months=2)
    assert [path.name for path in sorted((tmp_path / "feeds" / "311").iterdir())] == ["requests_2026.csv"]


def test_the_truth_is_private(demo: DemoCity) -> None:
    assert stat.S_IMODE(demo.truth_file.stat().st_mode) == 0o600
    assert json.loads(demo.truth_file.read_text()) == demo.truth


def test_no_other_city_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "city.toml").touch()
    with pytest.raises(DeclarationError, match="no demo"):
        write_demo_city(tmp_path)


@pytest.mark.parametrize("wrong", [{"households": 10}, {"months": 0}])
def test_numbers_that_make_no_city(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(DeclarationError):
        write_demo_city(tmp_path, **wrong)


@pytest.mark.parametrize("feed", FEEDS)
def test_exactly_the_planted_defects_are_rejected(demo: DemoCity, validated: dict[str, Validated], feed: str) -> None:
    assert validated[feed].rejected() == demo.truth[feed]["rejects"]
    assert validated[feed].rows == demo.truth[feed]["rows"] + demo.truth[feed]["junk_rows"]
    assert validated[feed].records.collect().height == demo.truth[feed]["records"]


@pytest.mark.parametrize("feed", FEEDS)
def test_every_record_is_located_as_planted(
    demo: DemoCity, city: City, validated: dict[str, Validated], feed: str
) -> None:
    found = locate(
        validated[feed].records,
        city.source(feed),
        area_sets=list(area_sets(city)),
        city_area="district",
        directory=build_directory(validated["addresses"].records.collect()),
        key=b"key",
        home_keys=every_year(b"key"),
    )
    assert {way: count for way, count in found.located.items() if count} == demo.truth[feed]["located"]


def test_homes_are_told_apart(demo: DemoCity, city: City, validated: dict[str, Validated]) -> None:
    """Distinct homes by year are those of the truth, and the pseudo-homes of cases without a known apartment."""
    directory = build_directory(validated["addresses"].records.collect())
    records = validated["court"].records
    found = locate(
        records,
        city.source("court"),
        area_sets=list(area_sets(city)),
        city_area="district",
        directory=directory,
        key=b"k",
        home_keys=every_year(b"k"),
    )
    placed = found.events.drop_nulls("cell")
    homes = placed.group_by(pl.col("filed").dt.year().cast(pl.String)).agg(pl.col("home").n_unique())
    unknown = demo.truth["court"]["defects"]["unknown_apartment"]
    for year, count in homes.iter_rows():
        assert 0 <= count - demo.truth["court"]["homes_filed_by_year"][year] <= unknown


def test_types_that_nobody_has_mapped_are_counted(demo: DemoCity, validated: dict[str, Validated]) -> None:
    assert validated["requests_311"].unmapped == {"category": demo.truth["requests_311"]["unmapped"]}


def test_supply_and_addresses_have_no_defects(demo: DemoCity, validated: dict[str, Validated]) -> None:
    assert validated["developments"].rejected() == {}
    assert validated["developments"].unmapped == {}
    assert validated["addresses"].rejected() == {}
    supply = validated["developments"].records.collect()
    assert (supply.height, supply["units"].sum()) == (
        demo.truth["developments"]["rows"],
        demo.truth["developments"]["units"],
    )
    assert supply["available_as_of"].is_not_null().sum() == demo.truth["developments"]["availability_told"]


def test_the_address_file_has_every_home(demo: DemoCity, city: City, validated: dict[str, Validated]) -> None:
    addresses = validated["addresses"].records.collect()
    assert addresses["units"].sum() == demo.truth["households"]
    assert addresses["renter_units"].sum() == demo.truth["addresses"]["renter_units"]
    assert addresses["address"].n_unique() == addresses.height
    for areas in area_sets(city):
        found = addresses.with_columns(area=areas.assign(addresses["lat"].to_numpy(), addresses["lng"].to_numpy()))
        assert found["area"].null_count() == 0, f"addresses outside of every {areas.kind}"
        if areas.kind in ("district", "neighborhood"):
            homes = dict(found.group_by("area").agg(pl.col("units").sum().cast(pl.Int64)).iter_rows())
            assert {k: v for k, v in homes.items() if v} == demo.truth["addresses"][f"homes_by_{areas.kind}"]


def test_every_area_is_in_its_boundary_file(demo: DemoCity, city: City) -> None:
    assert demo.truth["addresses"]["areas"]["district"] == 6
    for areas in area_sets(city):
        assert len(areas.areas) == demo.truth["addresses"]["areas"][areas.kind]


def test_some_neighborhoods_span_two_districts(city: City, validated: dict[str, Validated]) -> None:
    addresses = validated["addresses"].records.collect()
    lat, lng = addresses["lat"].to_numpy(), addresses["lng"].to_numpy()
    both = pl.DataFrame({areas.kind: areas.assign(lat, lng) for areas in area_sets(city)})
    districts = both.group_by("neighborhood").agg(pl.col("district").n_unique())["district"]
    assert 5 <= (districts > 1).sum() <= 30


def test_every_canary_is_in_the_feeds_where_it_belongs(demo: DemoCity) -> None:
    requests = "".join(path.read_text() for path in sorted((demo.folder / "feeds" / "311").iterdir()))
    court = pl.read_csv(
        demo.folder / "feeds" / "court" / "detainer_warrants.csv.gz", infer_schema=False, truncate_ragged_lines=True
    )
    sheets = sorted((demo.folder / "feeds" / "utility").iterdir())
    utility = "".join(
        pl.read_excel(path, engine="calamine", has_header=False, infer_schema_length=0).write_csv() for path in sheets
    )
    canaries = demo.truth["canaries"]
    for name in canaries["names"]:
        assert name in requests
        assert name.upper() in court.write_csv()
        assert name in utility
    assert all(account in utility for account in canaries["accounts"])
    assert all(email in requests for email in canaries["emails"])
    assert sum(phone in requests for phone in canaries["phones"]) > len(canaries["names"])
    for feed in (requests, utility):
        assert sum(feed.count(house) for house in canaries["addresses"]) == feed.count(CANARY_STREET) > 0


def test_no_canary_is_in_what_a_city_may_publish(demo: DemoCity) -> None:
    """The housing list names addresses; a canary street in it would be public."""
    supply = (demo.folder / "feeds" / "housing" / "affordable_developments.geojson").read_text().lower()
    declared = "".join(path.read_text() for path in demo.folder.rglob("*.toml")).lower()
    for word in (canary for kind in demo.truth["canaries"].values() for canary in kind):
        assert word.lower() not in supply
        assert word.lower() not in declared


@pytest.mark.slow
def test_the_full_city_has_the_promised_size(tmp_path: Path) -> None:
    truth = write_demo_city(tmp_path).truth
    assert truth["addresses"]["homes"] == 85_000
    kinds = {"district": 6, "neighborhood": 72, "zip": 9, "tract": 62, "district_2013": 6}
    assert truth["addresses"]["areas"] == kinds
    assert truth["developments"]["rows"] == 150
    assert truth["requests_311"]["rows"] / (36.5 / 12) == pytest.approx(46_000, rel=0.05)
    assert truth["court"]["rows"] / 3 == pytest.approx(6_000, rel=0.05)
    assert truth["utility"]["rows"] / 3 == pytest.approx(10_000, rel=0.05)
    defects = {"duplicate": 420, "null_island": 160, "swapped": 130, "default_point": 610, "future_date": 45}
    assert defects.items() <= truth["requests_311"]["defects"].items()


@pytest.mark.slow
def test_the_planted_events_show(tmp_path: Path) -> None:
    truth = write_demo_city(tmp_path).truth
    filed, cut = truth["court"]["homes_filed_by_month"], truth["utility"]["homes_scheduled_by_month"]
    assert filed["2024-04"] < 0.25 * filed["2025-04"]
    assert filed["2024-07"] > 1.2 * filed["2025-07"]
    assert cut["2025-07"] < 0.75 * cut["2024-07"]
    winter = ("11", "12", "01", "02")
    before, after = (sum(filed[f"{year + (m < '06')}-{m}"] for m in winter) for year in (2024, 2025))
    assert after > 1.15 * before
