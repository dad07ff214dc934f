"""The address file that was accepted last, kept so that topics can still be counted while a newer one is held.

It is what the city's address feed said of places, as validated: public facts of public addresses, yet kept private.
"""

import os
import secrets
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed


def accept(private: Path, source: str, records: pl.DataFrame) -> None:
    """Keep the records of an address source, mode 0600, whole or not at all. Raises StorageFailed."""
    path = _path(private, source)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        records.write_parquet(part)
        part.replace(path)
    except OSError as error:
        raise StorageFailed(f"The address file could not be kept ({error.strerror}).") from error


def accepted(private: Path, source: str) -> pl.DataFrame | None:
    """What was accepted last of an address source; None if nothing ever was."""
    path = _path(private, source)
    return pl.read_parquet(path) if path.exists() else None


def _path(private: Path, source: str) -> Path:
    return private / "ground" / f"{source}.parquet"
