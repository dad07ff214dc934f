"""A partition per calendar year: drawn when the year is first measured, then still, whatever the address file says.

The two cities of these tests, by their homes per cell:

    in 2025        C 300 and six around it 300 each          seven zones of one cell
    since 2026     C 300, a b 300, c 60 d 60 e f 300         c and d are one zone, the others as before
"""

from datetime import date
from itertools import chain
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import StorageFailed, TooManyRejects
from etl.geography.zoning import Zoning, zoning_of
from etl.protect.calendar import Coverage
from etl.protect.frozen import freeze_zones, frozen_zones, measured_years
from etl.protect.measure import Bench
from etl.protect.partitions import Partitions, partitions_of
from etl.protect.refusals import ZonesMoved
from etl.steps.protect import Protected, protect
from layers.policy import policy_for
from layers.store.downloads import zones_listing
from layers.zones import build_zones, zones_version
from tests.etl.protect.conftest import Filings, MakeBench

HOMES = (30, 100, 500)
COVERAGE = Coverage(date(2025, 1, 1))
EVENTS = tuple((home, f"{y}-{m:02}-10") for home in range(70) for y in (2025, 2026) for m in (1, 5))


def addresses(zones: pl.DataFrame, homes: list[int]) -> pl.DataFrame:
    """An address file with so many homes in each cell of the city."""
    return zones.sort("cell").select(
        pl.col("cell").alias("atom"),
        pl.col("neighborhood").alias("area_neighborhood"),
        pl.col("district").alias("area_district"),
        units=pl.Series(homes),
    )


@pytest.fixture
def before(zones: pl.DataFrame) -> pl.DataFrame:
    return addresses(zones, [300] * 7)


@pytest.fixture
def after(zones: pl.DataFrame) -> pl.DataFrame:
    """The two cells of the south lose most of their homes."""
    south = zones.sort("cell")["neighborhood"].to_list()
    return addresses(zones, [60 if name == "South" else 300 for name in south])


def measured_on(
    private: Path,
    bench: Bench,
    events: pl.DataFrame,
    file: pl.DataFrame,
    as_of: date,
    *,
    dry_run: bool = False,
) -> Protected:
    """A run with this address file on this day."""
    return protect(
        events,
        zoning_of(private, file, homes=HOMES).partitions,
        policy_for("evictions"),
        coverage=COVERAGE,
        as_of=as_of,
        snapshot="s",
        bench=bench,
        dry_run=dry_run,
    )


def test_a_year_is_shown_on_its_own_partition_or_on_that_of_the_year_before(zones: pl.DataFrame) -> None:
    """frozen       2024 A    .    2026 B
    asked  2023 → A   2024 → A   2025 → A   2026 → B   2027 → B
    """
    other = zones.with_columns(homes=pl.col("homes") + 1)
    partitions = partitions_of({2024: zones, 2026: other})
    assert [partitions.of(year).equals(zones) for year in range(2023, 2028)] == [True, True, True, False, False]
    assert [years for _, years in partitions.spans([2027, 2023, 2025, 2026])] == [(2023, 2025), (2026, 2027)]
    assert partitions_of(zones).of(1999).equals(zones)
    with pytest.raises(ValueError, match="no partition"):
        Partitions({}).of(2025)


def test_homes_that_change_within_a_year_move_nothing(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 3, 15))
    frozen = (tmp_path / "zones/2025.parquet").read_bytes()

    later = measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2025, 12, 15))

    assert (tmp_path / "zones/2025.parquet").read_bytes() == frozen
    assert [path.name for path in (tmp_path / "zones").iterdir()] == ["2025.parquet"]
    assert later.zones[2025]["zone1"].n_unique() == 7
    assert later.report.measured_now > 0


def test_a_new_year_is_drawn_anew_and_both_years_stay_addable(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    first = measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15))
    both = measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2027, 4, 15))

    assert {year: zones["zone1"].n_unique() for year, zones in both.zones.items()} == {2025: 7, 2026: 6, 2027: 6}
    assert zones_version(both.zones[2025]) == zones_version(first.zones[2025])
    counts = both.counts.filter((pl.col("kind") == "count") & (pl.col("category") == "all"))
    years = counts.filter((pl.col("grain") == "year") & (pl.col("measure") == "homes_filed"))
    units = years.filter(pl.col("geography") == "zone1").group_by("period").len().sort("period")["len"].to_list()
    assert units == [7, 6, 6], "a zone has rows in the years in which it is in force"
    for geography, expected in (("neighborhood", 2), ("district", 2), ("city", 1)):
        assert years.filter(pl.col("geography") == geography).height == expected * 3
    known = first.counts.filter(pl.col("status").is_in(["value", "hidden"]))
    kept = both.counts.join(known, on=known.columns, how="semi", nulls_equal=True)
    assert kept.height == known.height, "what was published of 2025 stays"


def test_rates_divide_by_the_homes_of_their_own_year(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15))
    both = measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2027, 4, 15))
    city = both.counts.filter((pl.col("geography") == "city") & (pl.col("grain") == "year"))
    pairs = city.filter(pl.col("category") == "all").sort("period")
    shown = pairs.filter(pl.col("measure") == "homes_filed")["value"].to_list()
    rates = pairs.filter(pl.col("measure") == "homes_filed_per_1000")["value"].to_list()
    homes = [2100, 1620]
    assert rates[:2] == [round(value * 1000 / all_homes, 2) for value, all_homes in zip(shown, homes, strict=False)]


def test_an_area_too_small_to_stand_alone_in_a_year_is_not_collected_then(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, before: pl.DataFrame
) -> None:
    """In 2026 the south has 2 × 30 homes, fewer than a zone: it is part of the north of its district."""
    south = zones.sort("cell")["neighborhood"].to_list()
    fewer = addresses(zones, [30 if name == "South" else 300 for name in south])
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15))
    both = measured_on(tmp_path, make_bench(), filings(*EVENTS), fewer, date(2026, 12, 15))
    months = both.counts.filter(
        (pl.col("unit") == "South") & (pl.col("grain") == "month") & (pl.col("measure") == "homes_filed")
    )
    by_year = dict(months.group_by(pl.col("period").dt.year()).agg(pl.col("status").unique().sort()).rows())
    assert by_year[2026] == ["not_collected"]
    assert set(by_year[2025]) <= {"value", "hidden"}
    assert months.height == 24


def test_years_that_are_filled_in_by_one_run_share_a_partition(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, after: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2026, 12, 15))
    frozen = frozen_zones(tmp_path / "zones")
    assert sorted(frozen) == [2025, 2026]
    assert frozen[2025].equals(frozen[2026])


def test_a_dry_run_freezes_nothing(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    dry = measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15), dry_run=True)
    assert dry.zones[2025]["zone1"].n_unique() == 7
    assert not (tmp_path / "zones").exists()
    real = measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2025, 12, 15))
    assert real.zones[2025]["zone1"].n_unique() == 6


def test_a_run_with_nothing_to_measure_freezes_nothing(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 1, 20))
    assert not (tmp_path / "zones").exists()


def test_an_older_folder_keeps_its_single_partition_for_the_years_measured_on_it(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15))
    (tmp_path / "zones/2025.parquet").rename(tmp_path / "zones/zones.parquet")
    assert measured_years(tmp_path / "measurements") == {2025}

    later = measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2026, 12, 15))

    assert {year: zones["zone1"].n_unique() for year, zones in later.zones.items()} == {2025: 7, 2026: 6}
    assert sorted(path.name for path in (tmp_path / "zones").iterdir()) == ["2026.parquet", "zones.parquet"]


def test_measurements_without_the_zones_they_stand_on_are_refused(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15))
    (tmp_path / "zones/2025.parquet").unlink()
    with pytest.raises(ZonesMoved):
        measured_on(tmp_path, make_bench(), filings(*EVENTS), after, date(2025, 12, 15))


def test_an_address_file_that_lost_most_homes_is_refused(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, before: pl.DataFrame
) -> None:
    measured_on(tmp_path, make_bench(), filings(*EVENTS), before, date(2025, 12, 15))
    with pytest.raises(TooManyRejects, match="more than half"):
        zoning_of(tmp_path, addresses(zones, [140] * 7), homes=HOMES)
    with pytest.raises(TooManyRejects, match="no zone"):
        zoning_of(tmp_path / "new", addresses(zones, [0] * 7), homes=HOMES)


def test_damaged_zones_are_told(tmp_path: Path) -> None:
    (tmp_path / "2025.parquet").write_bytes(b"garbage")
    with pytest.raises(StorageFailed, match=r"2025\.parquet"):
        frozen_zones(tmp_path)


def test_frozen_zones_are_for_their_owner_alone(tmp_path: Path, zones: pl.DataFrame) -> None:
    freeze_zones(tmp_path / "zones", 2025, zones)
    assert (tmp_path / "zones/2025.parquet").stat().st_mode & 0o777 == 0o600


# ---------------------------------------------------------------- what a release says of them


def test_a_release_tells_the_zones_of_all_its_years(
    tmp_path: Path, zones: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame
) -> None:
    old, new = (Zoning(tmp_path, zoning_of(tmp_path, f, homes=HOMES).atoms, HOMES) for f in (before, after))
    said = new.in_release({2025: old.drawn, 2026: new.drawn, 2027: new.drawn}, ["zone1", "zone2", "city"])

    assert [(y.year, y.zones, y.smallest_homes) for y in said.years()] == [
        (2025, 7, 300),
        (2026, 6, 120),
        (2027, 6, 120),
    ]
    assert said.version == said.years()[-1].version != said.years()[0].version
    units = said.units({"South": "the south"})
    ids = set(chain(old.drawn["zone1"], new.drawn["zone1"]))
    assert {unit.id for unit in units["zone1"]} == ids
    assert sum("(until 2025)" in unit.name for unit in units["zone1"]) == 2
    (shapes, _) = said.shapes()
    assert [feature["id"] for feature in shapes.collection["features"]] == sorted(ids)
    assert shapes.vintage not in {y.version for y in said.years()}
    assert said.tables()[2025].columns == said.table().columns
    alone = old.in_release({2025: old.drawn}, ["zone1"])
    assert alone.shapes()[0].vintage == alone.version


def test_the_listing_for_people_names_the_years_of_every_row(tmp_path: Path, zones: pl.DataFrame) -> None:
    table = pl.DataFrame({"cell": ["a", "b"], "zone1": ["a", "z1"], "homes": [200, 90]})
    moved = table.with_columns(homes=pl.Series([200, 91]))
    assert zones_listing({2025: table, 2026: table, 2027: moved}).rows() == [
        ("a", "a", 200, "2025 2026 2027"),
        ("b", "z1", 90, "2025 2026"),
        ("b", "z1", 91, "2027"),
    ]


# ---------------------------------------------------------------- invariants

homes_per_cell = st.lists(st.integers(0, 400), min_size=7, max_size=7).filter(lambda homes: sum(homes) >= 100)


@settings(max_examples=15, deadline=None)
@given(histories=st.lists(st.tuples(st.integers(2024, 2027), homes_per_cell), min_size=1, max_size=6))
def test_whatever_the_address_file_says_the_first_partition_of_a_year_stays(
    tmp_path_factory: pytest.TempPathFactory, zones: pl.DataFrame, histories: list[tuple[int, list[int]]]
) -> None:
    folder = tmp_path_factory.mktemp("zones")
    first: dict[int, str] = {}
    for year, homes in histories:
        atoms = zones.sort("cell").select("cell", "neighborhood", "district", homes=pl.Series(homes))
        drawn = build_zones(atoms)
        now = Partitions(frozen_zones(folder), lambda d=drawn: d, lambda y, d: freeze_zones(folder, y, d)).with_years(
            [year], freeze=True
        )
        first.setdefault(year, zones_version(drawn))
        assert {y: now.version(y) for y in first} == first
    assert {y: zones_version(frame) for y, frame in frozen_zones(folder).items()} == first
