"""The vault: pseudonymous events, private, from which releases are counted. No name, address or coordinate is in it."""

import os
import secrets
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed

FORBIDDEN = ("lat", "lng", "x", "y", "address", "apartment", "party", "account", "id", "zip")
"""Fields that place or name a record: they end where it is located."""


def keep(private: Path, topic: str, source: str, events: pl.DataFrame) -> Path:
    """Replace the events of a source, whole, mode 0600.

    Raises ValueError where a field that names a record came along, StorageFailed where the disk refuses.
    """
    named = [column for column in events.columns if column in FORBIDDEN]
    if named:
        raise ValueError(f"the vault takes no {', '.join(named)}")
    path = private / "vault" / topic / f"{source}.parquet"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        events.write_parquet(part)
        part.replace(path)
    except OSError as error:
        raise StorageFailed(f"The vault could not be written ({error.strerror}).") from error
    return path


def kept(private: Path, topic: str, source: str) -> pl.DataFrame | None:
    """The events of a source, or None if it never was read."""
    path = private / "vault" / topic / f"{source}.parquet"
    return pl.read_parquet(path) if path.exists() else None
