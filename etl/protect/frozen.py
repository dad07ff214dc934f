"""Partitions on disk, one per calendar year: a change of homes data never moves a zone under a measurement."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.protect.measurements import replace_private

FOLDER = "zones"
"""Under the private folder: `<year>.parquet`."""
_ONE_FOR_ALL = "zones.parquet"
"""What was frozen once for all years, before each year had its own: years measured on it keep it."""


def freeze_zones(folder: Path, year: int, drawn: pl.DataFrame) -> pl.DataFrame:
    """The partition of the year: the one frozen already, else `drawn`, frozen from now on. Durable when it returns."""
    path = folder / f"{year}.parquet"
    if not path.exists():
        replace_private(drawn, path)
    return _read(path)


def frozen_zones(folder: Path, measured_years: Iterable[int] = ()) -> dict[int, pl.DataFrame]:
    """The frozen partition of each year that has one; empty before the first measurement.

    `measured_years` are those of which something was measured; without a file of their own they stand on the single
    partition of an older private folder. Raises StorageFailed where a file cannot be read.
    """
    found = {int(path.stem): _read(path) for path in sorted(folder.glob("[0-9]*.parquet"))}
    older = folder / _ONE_FOR_ALL
    if older.exists():
        single = _read(older)
        found |= {year: single for year in measured_years if year not in found}
    return found


def measured_years(measurements: Path) -> set[int]:
    """The years of which a vector is stored: read from file names."""
    return {int(path.name[:4]) for path in measurements.glob("*/*/*/[0-9]*.parquet")}


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(f"The frozen zones {path.name} of the private folder cannot be read.") from error
