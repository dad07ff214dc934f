"""A whole run closes a year: its key is destroyed, its figures stay, and nothing of it is ever counted again."""

import gzip
import shutil
from pathlib import Path

import polars as pl
import pytest

from etl.vault import Vault
from layers.store.reader import Store
from tests.machinery.small_city import declare, etl, files_of, write_small_city

TODAY, AFTER = "2026-11-15", "2027-04-05"
"""Between these two days 2026 closes (on 31 March 2027)."""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """City and var, run once in 2026, then on a day after 2026 has closed."""
    folder = tmp_path_factory.mktemp("closing")
    city, var = write_small_city(folder / "city"), folder / "var"
    declare(city / "sources/court.toml", lambda text: text.replace(", to = 2026-10-31", ""))  # a feed that goes on
    assert etl("run", city, "evictions", "--var", var).code == 0
    assert [path.name for path in (var / "private/keys").glob("homes*")] == ["homes-evictions-public-2026.key"]
    declare(city / "city.toml", lambda text: text.replace(TODAY, AFTER))
    assert etl("run", city, "evictions", "--var", var).code == 12, "no filing came for months: a person looks at it"
    assert homes_of(var) == ["homes-evictions-public-2026.key"], "nor does a run that is held"
    answer = ("--by", "Ann Ames", "--reason", "the court was closed", "--var", var)
    assert etl("holds", city, "approve", "court", *answer).code == 0
    dry = etl("run", city, "evictions", "--var", var, "--dry-run")
    assert dry.code == 0, dry.said
    assert (var / "private/keys/homes-evictions-public-2026.key").exists(), "a dry run retires nothing"
    ended = etl("run", city, "evictions", "--var", var)
    assert ended.code == 0, ended.said
    return city, var


def homes_of(var: Path) -> list[str]:
    return sorted(path.name for path in (var / "private/keys").glob("homes*"))


def test_the_key_of_a_year_that_is_done_is_gone(closed: tuple[Path, Path]) -> None:
    assert homes_of(closed[1]) == ["homes-evictions-public-2026.retired"]


def test_the_next_run_publishes_the_same_figures_without_any_home(closed: tuple[Path, Path], tmp_path: Path) -> None:
    city, var = closed[0], Path(shutil.copytree(closed[1], tmp_path / "var"))
    before = Store(var / "public").release("evictions")
    measurements = files_of(var / "private", "measurements")

    assert etl("run", city, "evictions", "--var", var).code == 0

    assert Store(var / "public").release("evictions").counts().equals(before.counts())
    assert files_of(var / "private", "measurements") == measurements
    vault = Vault(var / "private", "evictions", "court").scan().collect()
    assert vault.height
    assert vault.filter(pl.col("filed").dt.year() == 2026)["home"].null_count() == vault.height
    assert homes_of(var) == ["homes-evictions-public-2026.retired"]


def test_late_records_of_a_year_that_is_done_are_in_no_figure_and_name_no_home(
    closed: tuple[Path, Path], tmp_path: Path
) -> None:
    city, var = (Path(shutil.copytree(each, tmp_path / name)) for each, name in zip(closed, ("c", "v"), strict=True))
    feed = city / "feeds/court/detainer_warrants.csv.gz"
    header, *rows = gzip.decompress(feed.read_bytes()).splitlines(keepends=True)
    late = [b"LATE-%d," % number + row.partition(b",")[2] for number, row in enumerate(rows[-5:])]
    feed.write_bytes(gzip.compress(b"".join([header, *rows, *late])))
    before, measured = Store(var / "public").release("evictions"), files_of(var / "private", "measurements")
    held = Vault(var / "private", "evictions", "court").rows

    ended = etl("run", city, "evictions", "--var", var)

    assert ended.code == 0, ended.said
    assert Store(var / "public").release("evictions").counts().equals(before.counts())
    assert files_of(var / "private", "measurements") == measured
    vault = Vault(var / "private", "evictions", "court")
    assert vault.rows > held
    assert vault.scan().filter(pl.col("filed").dt.year() == 2026).collect()["home"].drop_nulls().is_empty()
    assert homes_of(var) == ["homes-evictions-public-2026.retired"]


def test_a_key_that_a_killed_run_had_only_marked_is_destroyed_by_the_next(
    closed: tuple[Path, Path], tmp_path: Path
) -> None:
    city, var = closed[0], Path(shutil.copytree(closed[1], tmp_path / "var"))
    (var / "private/keys/homes-evictions-public-2026.key").write_bytes(b"k" * 32)

    assert etl("run", city, "evictions", "--var", var).code == 0

    assert homes_of(var) == ["homes-evictions-public-2026.retired"]


def test_no_edition_of_a_year_that_is_done_can_be_booked(closed: tuple[Path, Path]) -> None:
    city, var = closed
    refused = etl(
        "edition", city, "evictions", "filings-month-district", "2026-09-01",
        "--reason", "a wrong feed", "--by", "R. Ames", "--var", var,
    )  # fmt: skip
    assert refused.code == 14, refused.said
    assert "is done" in refused.said


def test_the_manifest_names_the_zones_of_each_year(closed: tuple[Path, Path]) -> None:
    _, var = closed
    release = Store(var / "public").release("evictions")
    protection = release.manifest.protection
    assert protection is not None
    assert [told.year for told in protection.zones_by_year] == [2026, 2027]
    assert all(told.smallest_homes >= 100 for told in protection.zones_by_year)
    assert protection.zones_version == protection.zones_by_year[-1].version
    assert "downloads/evictions-zones.csv.gz" in [file.name for file in release.manifest.files]
    assert sorted(path.name for path in (var / "private/zones").iterdir()) == ["2026.parquet", "2027.parquet"]
