"""One month of events as one immutable file, named after its content: the same events are the same bytes."""

import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.feeds.parquetend import is_whole

FORBIDDEN = ("lat", "lng", "x", "y", "address", "apartment", "party", "account", "id", "zip")
"""Fields that place or name a record: they end where it is located."""

KEY = "key"
"""The column that names a record: a keyed hash of its id."""

_SEAL_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Partition:
    """The events of one month: `seal` is the hash of their content, `file` where they are."""

    file: str
    seal: str
    rows: int


def damaged(folder: Path) -> StorageFailed:
    """The failure where a month's file is not what was written."""
    return StorageFailed(
        f"A file of the vault {folder.parent.name}/{folder.name} is damaged or missing.",
        "Put it back from a copy, or remove that folder: the next run reads its feed whole.",
    )


def require_there(files: Sequence[Path]) -> None:
    """Raises StorageFailed where one of the months' files is gone, or cut off, or overwritten at its end."""
    for path in files:
        if not is_whole(path):
            raise damaged(path.parent)


def read_month(path: Path) -> pl.DataFrame:
    """The events of a month's file. Raises StorageFailed where it is damaged or gone."""
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise damaged(path.parent) from None


def refuse_named(columns: Iterable[str]) -> None:
    """Raise ValueError where a field that names or places a record came along."""
    if named := [column for column in columns if column in FORBIDDEN]:
        raise ValueError(f"the vault takes no {', '.join(named)}")


def arranged(events: pl.DataFrame) -> pl.DataFrame:
    """The events in the one order in which they are kept: by key; of two with one key the later stands."""
    ordered = events.sort(KEY, maintain_order=True)
    keys = ordered[KEY]
    if ordered.height > 1 and (keys == keys.shift(-1)).fill_null(False).any():
        ordered = ordered.filter((pl.col(KEY) != pl.col(KEY).shift(-1)).fill_null(True))
    texts = [name for name, kind in ordered.schema.items() if isinstance(kind, pl.Categorical)]
    return ordered.with_columns(pl.col(texts).cast(pl.String)).rechunk()  # categories number as they come along


def aligned(events: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Events of another time in the columns of today: null where they lack one, without those that are no more."""
    if events.schema == schema:
        return events
    return events.select(
        pl.col(name).cast(kind, strict=False) if name in events.columns else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    )


class Encoded:
    """The events of a month, arranged, as the bytes of a Parquet file, and the hash of them."""

    def __init__(self, month: str, events: pl.DataFrame) -> None:
        self.month, self.events = month, arranged(events)
        buffer = io.BytesIO()
        self.events.write_parquet(buffer, compression="zstd", compression_level=1)
        self._bytes = buffer.getbuffer()
        seal = hashlib.sha256(self._bytes).hexdigest()
        self.partition = Partition(f"{month}.{seal[:_SEAL_DIGITS]}.parquet", seal, self.events.height)

    def write(self, folder: Path) -> None:
        """Put the file into the folder, mode 0600, whole or not at all, on disk when this returns."""
        path = folder / self.partition.file
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(self._bytes)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
