"""Geography against geography.

one partition                  cells → zone1 → zone2 → (neighborhood, district) → city: whole zones left over
ZIP codes, tracts, hexagons    cut through zones: slivers left over
two names, two partitions      the same cells twice: two answers to one question
"""

import json
from pathlib import Path

import polars as pl
import pytest

from etl.audit.attacks.geography_against_geography import run
from tests.etl.audit.stores import CLEAN, YEARS, ZONES, counts, places, public, release, told, zones_frame

REQUESTS = {"name": "requests", "regime": "exact", "floor": None}


def attack(folder: Path) -> set[tuple[str, str]]:
    return told(run(public(folder)).findings)


def test_one_partition_passes(tmp_path: Path) -> None:
    release(tmp_path, CLEAN, id="2026-04-15-000000000001")
    release(tmp_path, CLEAN, id="2026-05-15-000000000002")
    attempt = run(public(tmp_path))
    assert attempt.findings == ()
    assert attempt.best.startswith("All 22 figures stand on 12 places made of the same zones")


def test_an_open_row_of_a_place_outside_is_no_less_a_finding(tmp_path: Path) -> None:
    release(tmp_path, CLEAN + "zip/37901 2025-12 .\n")
    assert places(run(public(tmp_path)).findings) == {"homes_filed, zip 37901"}


@pytest.mark.parametrize("place", ["zip/37901", "tract/47093000100", "h3_9/8944ca36103ffff", "ward/7", "zone1/x"])
def test_a_figure_for_a_place_outside_the_partition_is_found(tmp_path: Path, place: str) -> None:
    release(tmp_path, CLEAN + f"{place} 2025 9\n")
    where = f"homes_filed, {place.replace('/', ' ')}"
    assert attack(tmp_path) == {(where, "1 figures for 1 places that are no part of the partition")}


def test_a_rate_for_a_place_outside_the_partition_is_found(tmp_path: Path) -> None:
    rates = counts("zip/37901 2025 9\n zip/37902 2025 <", measure="homes_filed_per_1000")
    measures = [{"name": "homes_filed_per_1000", "kind": "rate"}]
    release(tmp_path, pl.concat([counts(CLEAN), rates.with_columns(kind=pl.lit("rate"))]), measures=measures)
    assert places(run(public(tmp_path)).findings) == {"homes_filed_per_1000, zip 37901"}


def test_the_same_place_under_two_names_is_found(tmp_path: Path) -> None:
    """Zone c is zone B is the part of N2 in district 1: 6 homes under one name, 8 under the other."""
    release(tmp_path, CLEAN.replace("zone1/c         2025     6", "zone1/c         2025     8"))
    assert attack(tmp_path) == {("homes_filed, zone1 c, 2025", "the same cells as zone2 B, but another figure")}


def test_a_zone_in_two_larger_ones_is_found(tmp_path: Path) -> None:
    release(tmp_path, CLEAN, zones=ZONES.replace("c2    a      A", "c2    a      B"))
    assert ("zone1 a", "it lies in more than one zone2") in attack(tmp_path)


def test_two_partitions_of_one_year_are_found(tmp_path: Path) -> None:
    release(tmp_path, CLEAN, id="2026-04-15-000000000001")
    redrawn = ZONES.replace("c2    a      A", "c2    b      A")
    release(tmp_path, CLEAN, id="2026-05-15-000000000002", zones=redrawn, topic="shutoffs")
    learned = "1 cells belong to another place or count other homes than in an earlier release"
    assert attack(tmp_path) == {("zone1", learned)}


def test_a_partition_for_each_year_passes(tmp_path: Path) -> None:
    folder = release(tmp_path, CLEAN, zones=ZONES.replace("c2    a      A", "c2    b      A"), protection=YEARS)
    zones_frame(ZONES).write_parquet(folder / "zones-2025.parquet")
    assert attack(tmp_path) == set()


def test_other_homes_for_the_same_zone_are_found(tmp_path: Path) -> None:
    units = [{"id": "a", "homes": 151}, {"id": "b", "homes": 400}]
    release(tmp_path, CLEAN, geographies=[{"name": "zone1", "units": units}])
    assert attack(tmp_path) == {("zone1 a", "151 homes on the page, another number in the partition")}


def test_exact_figures_of_a_protected_topic_are_found(tmp_path: Path) -> None:
    table = pl.concat([counts(CLEAN), counts("zip/37901 2025 9", measure="requests")])
    release(tmp_path, table, measures=[REQUESTS])
    assert attack(tmp_path) == {("requests", "an exact figure of a protected topic")}


def test_exact_mode_is_its_owners_choice(tmp_path: Path) -> None:
    rates = counts("city 2025 9", measure="homes_filed_per_1000").with_columns(kind=pl.lit("rate"))
    measures = [
        {"name": "homes_filed", "regime": "exact"},
        {"name": "homes_filed_per_1000", "kind": "rate", "regime": "exact"},
    ]
    release(tmp_path, pl.concat([counts(CLEAN), rates]), measures=measures, protection={"mode": "exact"})
    assert attack(tmp_path) == set()


def test_exact_figures_beside_measured_ones_of_the_same_category_are_found(tmp_path: Path) -> None:
    home = counts("city 2025 9\n city 2025 9 heat", measure="homes")
    place = counts("city 2025 9\n city 2025 9 potholes\n city 2025 4 heat", measure="requests")
    release(tmp_path, pl.concat([home, place]), topic="service_requests", measures=[REQUESTS], protected=False)
    assert attack(tmp_path) == {("requests", "exact figures of categories about homes: heat")}


def test_exact_figures_for_zones_of_homes_are_found(tmp_path: Path) -> None:
    place = counts("city 2025 9\n zone1/a 2025 3", measure="requests")
    measures = [{**REQUESTS, "geographies": ["city", "zone1"]}]
    table = pl.concat([counts("city 2025 9", measure="homes"), place])
    release(tmp_path, table, topic="service_requests", measures=measures, protected=False)
    assert attack(tmp_path) == {("requests", "exact figures for the zones of homes: zone1")}


def test_an_average_about_homes_is_found(tmp_path: Path) -> None:
    days = {"name": "days_to_judgment", "kind": "duration", "regime": "measured", "floor": 5, "categories": ["all"]}
    release(tmp_path, CLEAN, measures=[days])
    assert attack(tmp_path) == {("days_to_judgment", "a duration computed from the records of homes")}


def test_one_zip_code_in_the_demonstration_city_is_found(demo_store: Path, tmp_path: Path) -> None:
    assert run(public(demo_store)).findings == ()
    folder = next(demo_store.glob("releases/shutoffs/*"))
    copied = tmp_path / "releases" / "shutoffs" / folder.name
    copied.mkdir(parents=True)
    for name in ("manifest.json", "zones.parquet"):
        (copied / name).symlink_to(folder / name)
    table = pl.read_parquet(folder / "counts.parquet")
    leak = table.filter(geography="district", status="value", kind="count")[:1].with_columns(geography=pl.lit("zip"))
    pl.concat([table, leak]).write_parquet(copied / "counts.parquet")
    (found,) = run(public(tmp_path)).findings
    assert found.learned == "1 figures for 1 places that are no part of the partition"
    assert json.loads((copied / "manifest.json").read_bytes())["topic"] == found.topic
