"""Single private tables beside the events, such as the counts of a feed that is not published: replaced whole."""

import os
import secrets
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.vault.partition import refuse_named


def keep(private: Path, topic: str, name: str, table: pl.DataFrame) -> Path:
    """Replace a table of the topic, whole, mode 0600.

    Raises ValueError where a field that names a record came along, StorageFailed where the disk refuses.
    """
    refuse_named(table.columns)
    path = private / "vault" / topic / f"{name}.parquet"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        table.write_parquet(part)
        part.replace(path)
    except OSError as error:
        raise StorageFailed(f"The vault could not be written ({error.strerror}).") from error
    return path


def kept(private: Path, topic: str, name: str) -> pl.DataFrame | None:
    """The table, or None if there never was one."""
    path = private / "vault" / topic / f"{name}.parquet"
    return pl.read_parquet(path) if path.exists() else None
