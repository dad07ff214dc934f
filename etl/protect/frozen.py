"""The partition is drawn once and kept, so that a change of homes data never moves a zone under a measurement."""

from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.protect.measurements import replace_private


def freeze_zones(folder: Path, drawn: pl.DataFrame) -> pl.DataFrame:
    """The partition in force: that of `folder` if one was frozen there, else `drawn`, frozen from now on."""
    kept = frozen_zones(folder)
    if kept is not None:
        return kept
    replace_private(drawn, folder / "zones.parquet")
    return drawn


def frozen_zones(folder: Path) -> pl.DataFrame | None:
    """The frozen partition; None before the first measurement."""
    path = folder / "zones.parquet"
    if not path.exists():
        return None
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed("The frozen zones of the private folder cannot be read.") from error
