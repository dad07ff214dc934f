"""A run after the address file has changed: the homes of the year keep their numbers."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from etl.vault import Vault
from tests.machinery.small_city import etl, files_of, write_small_city


def homes_of(var: Path) -> pl.DataFrame:
    return Vault(var / "private", "evictions", "court").scan().select("key", "home").sort("key").collect()


def second_homes(city: Path) -> None:
    """The address file tells of one home more at every address."""
    (path,) = (city / "feeds/addresses").glob("*.zip")
    with ZipFile(path) as archive:
        (name,) = archive.namelist()
        frame = pl.read_csv(archive.read(name), infer_schema=False)
    changed = frame.with_columns((pl.col("RES_UNITS").cast(pl.Int64) + 1).cast(pl.String))
    with ZipFile(path, "w") as archive:
        archive.writestr(name, changed.write_csv())


@pytest.mark.slow
def test_homes_keep_their_numbers_when_the_address_file_changes(tmp_path: Path) -> None:
    city, var = write_small_city(tmp_path / "city"), tmp_path / "var"
    dry = etl("run", city, "evictions", "--var", var, "--dry-run")
    assert dry.code == 0, dry.said
    assert not (var / "private/homes").exists(), "a dry run keeps nothing"
    assert etl("run", city, "evictions", "--var", var).code == 0
    before, kept = homes_of(var), files_of(var / "private", "homes")
    assert set(kept) == {"homes/2026.parquet"}

    second_homes(city)
    again = etl("run", city, "evictions", "--var", var)
    assert again.code == 0, again.said

    assert homes_of(var).equals(before)
    assert files_of(var / "private", "homes") == kept

    shutil.rmtree(var / "private/homes")
    lost = etl("run", city, "evictions", "--var", var, "--dry-run")
    assert lost.code == 16, "without what was kept they would be other homes"
    assert homes_of(var).equals(before)
