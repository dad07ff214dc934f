"""Direct small figures, floor 5, margin 3: what is too small must be hidden, alike in every file.

shown     hidden          downloads
5 … ∞     0 to 4 + 3      the same, row by row
"""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from etl.audit.attacks.small_figures import run
from layers.release import GeoFile
from tests.etl.audit.stores import CLEAN, YEARS, ZONES, counts, places, public, release, told, zones_frame

ZONE_A = "zone1/a         2025     <"


def attack(folder: Path) -> set[tuple[str, str]]:
    return told(run(public(folder)).findings)


def shapes(**properties: object) -> GeoFile:
    collection = {"type": "FeatureCollection", "features": [{"id": z, "properties": {**properties}} for z in "abcd"]}
    return GeoFile("zone1", "v1", collection)


def test_a_release_without_small_figures_passes(tmp_path: Path) -> None:
    release(tmp_path, CLEAN, geo=[shapes(name="a place")])
    attempt = run(public(tmp_path))
    assert attempt.findings == ()
    assert attempt.tried == 22 + 22 + 4  # the table, its CSV, and the zones of the GeoJSON
    assert attempt.best.startswith("Of 48 figures in tables and downloads none is below its floor, and the 1 that are")


def test_a_figure_below_the_floor_is_found(tmp_path: Path) -> None:
    release(tmp_path, CLEAN.replace(ZONE_A, "zone1/a         2025     2"))
    assert attack(tmp_path) == {("homes_filed, zone1 a, 2025", "2 is shown, the floor is 5")}


def test_a_zero_is_found(tmp_path: Path) -> None:
    release(tmp_path, CLEAN.replace(ZONE_A, "zone1/a         2025     0"))
    assert attack(tmp_path) == {("homes_filed, zone1 a, 2025", "none at all is shown, which is below the floor")}


def test_a_value_left_behind_a_hidden_status_is_found(tmp_path: Path) -> None:
    hidden = pl.col("status") == "hidden"
    release(tmp_path, counts(CLEAN).with_columns(value=pl.when(hidden).then(2.0).otherwise("value")))
    assert attack(tmp_path) == {("homes_filed, zone1 a, 2025", "hidden, yet the value is there")}


def test_a_flag_of_a_hidden_figure_is_found(tmp_path: Path) -> None:
    hidden = pl.col("status") == "hidden"
    release(tmp_path, counts(CLEAN).with_columns(flag=pl.when(hidden).then(pl.lit("caution"))))
    assert attack(tmp_path) == {("homes_filed, zone1 a, 2025", "hidden, yet its flag says how large it is")}


@pytest.mark.parametrize(("low", "high"), [(1.0, 7.0), (0.0, 3.0), (0.0, None)])
def test_a_range_that_narrows_a_hidden_figure_is_found(tmp_path: Path, low: float, high: float | None) -> None:
    hidden = pl.col("status") == "hidden"
    high_there = pl.when(hidden).then(pl.lit(high, pl.Float64)).otherwise("high")
    release(
        tmp_path, counts(CLEAN).with_columns(low=pl.when(hidden).then(pl.lit(low)).otherwise("low"), high=high_there)
    )
    assert places(run(public(tmp_path)).findings) == {"homes_filed, zone1 a, 2025"}


def test_a_range_that_follows_the_figure_is_found(tmp_path: Path) -> None:
    """Two hidden months of one place with two ranges: the narrower one holds fewer homes."""
    table = counts("district/1 2025-10 <\n district/1 2025-11 <\n district/1 2025-12 9")
    narrower = table.with_row_index().with_columns(high=pl.when(pl.col("index") == 1).then(5.0).otherwise("high"))
    release(tmp_path, narrower.drop("index"))
    assert attack(tmp_path) == {("homes_filed, district 1, Nov 2025", "hidden, but its range is 0.0 to 5.0")}


def test_a_period_that_was_measured_anew_may_have_its_own_margin(tmp_path: Path) -> None:
    table = counts("district/1 2025-11 <\n district/1 2025-12 9±8")
    edition = {"table": "filings-month-district", "period": "2025-11-01", "edition": 2}
    measures = [{"name": "homes_filed", "tables": [{"family": "filings"}]}]
    release(tmp_path, table, measures=measures, protection={"editions": [edition]})
    assert attack(tmp_path) == set()


def test_a_download_that_shows_what_the_table_hides_is_found(tmp_path: Path) -> None:
    folder = release(tmp_path, CLEAN)
    leaking = counts(CLEAN.replace(ZONE_A, "zone1/a         2025     6"))
    (folder / "downloads" / "evictions.csv.gz").write_bytes(gzip.compress(leaking.write_csv().encode()))
    assert attack(tmp_path) == {
        ("homes_filed, zone1 a, 2025", "evictions.csv.gz says value 6.0 3.0 9.0, the table says hidden 0.0 7.0")
    }


def test_a_map_file_that_shows_what_the_table_hides_is_found(tmp_path: Path) -> None:
    path = release(tmp_path, CLEAN, geo=[shapes()]) / "downloads" / "evictions-zone1.geojson.gz"
    collection = json.loads(gzip.decompress(path.read_bytes()))
    collection["features"][0]["properties"]["homes_filed"] = 2
    path.write_bytes(gzip.compress(json.dumps(collection).encode()))
    assert places(run(public(tmp_path)).findings) == {"homes_filed, zone1 a, 2025"}


def test_a_row_that_only_a_download_has_is_found(tmp_path: Path) -> None:
    folder = release(tmp_path, CLEAN)
    more = counts(CLEAN + "zone1/a 2025-12 7\n")
    (folder / "downloads" / "evictions-areas.csv").write_bytes(more.write_csv().encode())
    assert attack(tmp_path) == {
        ("homes_filed, zone1 a, Dec 2025", "evictions-areas.csv says value 7.0 4.0 10.0, the table says nothing")
    }


def test_a_download_that_nobody_can_check_is_found(tmp_path: Path) -> None:
    folder = release(tmp_path, CLEAN)
    (folder / "downloads" / "cases.xlsx").write_bytes(b"PK")
    (folder / "downloads" / "cases.csv").write_bytes(b"case,street\n1,Main\n")
    assert {learned.split()[0] for _, learned in attack(tmp_path)} == {"cases.xlsx", "cases.csv"}


@pytest.mark.parametrize(("homes", "found"), [("30", set()), ("31", {"evictions-zones.csv"})])
def test_a_list_of_zones_must_be_the_partition(tmp_path: Path, homes: str, found: set[str]) -> None:
    folder = release(tmp_path, CLEAN, protection=YEARS)
    listing = zones_frame(ZONES.replace("1         30", f"1         {homes}")).with_columns(years=pl.lit("2025 2026"))
    listing.write_csv(folder / "downloads" / "evictions-zones.csv")
    assert {learned.split(maxsplit=1)[0] for _, learned in attack(tmp_path)} == found


def test_shapes_with_figures_are_found(tmp_path: Path) -> None:
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "zone1.v1.geojson").write_text(json.dumps(shapes(homes_filed=2, homes=150).collection))
    release(tmp_path, CLEAN)
    assert attack(tmp_path) == {("zone1.v1.geojson", "the shapes carry the property homes_filed")}


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("c4    c      B      N2            1         110", "c4 c B N2 1 99", {"zone1 c", "zone2 B"}),
        ("c5    d      C      N2            2         700", "c5 d C N2 2 400", set()),
        ("c5    d      C      N2            2         700", "c5 d C N2 2 400\n c6 e D N2 2 500", {"zone2 C"}),
    ],
)
def test_zones_smaller_than_promised_are_found(tmp_path: Path, before: str, after: str, where: set[str]) -> None:
    release(tmp_path, CLEAN, zones=ZONES.replace(before, after))
    assert places(run(public(tmp_path)).findings) == where


@pytest.mark.parametrize(("value", "unit"), [(97.4, "%"), (311, "rows")])
def test_an_exact_side_figure_is_found(tmp_path: Path, value: float, unit: str) -> None:
    figures = [
        {"name": "placed", "period": "2025", "value": value, "unit": unit},
        {"name": "placed", "period": "2024", "value": 97.0, "unit": "%"},
    ]
    release(tmp_path, CLEAN, quality=figures)
    assert places(run(public(tmp_path)).findings) == {"placed, 2025"}


def test_counts_as_received_may_say_none_but_nothing_below_their_threshold(tmp_path: Path) -> None:
    drawn = "tract/1 2019 0\n tract/2 2019 7\n tract/3 2019 <\n tract/4 2019 12"
    received = {"name": "homes_filed", "regime": "source", "floor": 10}
    table = counts(drawn, floor=10).with_columns(high=pl.when(pl.col("status") == "hidden").then(9.0))
    release(tmp_path, table, zones=None, measures=[received])
    assert attack(tmp_path) == {("homes_filed, tract 2, 2019", "7 is shown, the floor is 10")}


def test_one_figure_of_the_demonstration_city_shown_below_its_floor_is_found(demo_store: Path, tmp_path: Path) -> None:
    assert run(public(demo_store)).findings == ()
    folder = next(demo_store.glob("releases/evictions/*"))
    copied = tmp_path / "releases" / "evictions" / folder.name
    copied.mkdir(parents=True)
    for name in ("manifest.json", "zones.parquet"):
        (copied / name).symlink_to(folder / name)
    table = pl.read_parquet(folder / "counts.parquet").with_row_index()
    hidden = table.filter(geography="zone1", status="hidden", kind="count")["index"][0]
    there = pl.col("index") == hidden
    table.with_columns(
        status=pl.when(there).then(pl.lit("value")).otherwise("status"),
        value=pl.when(there).then(3.0).otherwise("value"),
    ).drop("index").write_parquet(copied / "counts.parquet")
    (found,) = run(public(tmp_path)).findings
    assert found.learned == "3 is shown, the floor is 5"


WEIGHTS = """from_geography,from_unit,to_geography,to_unit,homes,share,basis
zip,1,district,1,100,0.333333,homes
zip,1,district,2,200,0.666667,homes
zip,2,district,2,0,0.5,land
"""


@pytest.mark.parametrize(("table", "read"), [(WEIGHTS, True), (WEIGHTS.replace("200", "207"), False)])
def test_weights_hold_homes_and_their_shares_alone(tmp_path: Path, table: str, read: bool) -> None:
    folder = release(tmp_path, CLEAN)
    (folder / "downloads" / "evictions-crosswalk.csv.gz").write_bytes(gzip.compress(table.encode()))
    found = run(public(tmp_path)).findings
    assert bool([f for f in found if "cannot be read" in f.learned]) is not read
