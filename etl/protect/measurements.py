"""The store of noisy vectors: written once, read back for ever, whatever a feed says later."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.protect.key import MeasurementKey

CELLS = ("district", "unit", "leaf")
"""The columns that name a cell of a measured table; `noisy` (Int64) stands beside them."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """A noisy vector and the evidence beside it. Private: `counted` is the exact number of homes that went in."""

    key: MeasurementKey
    cells: pl.DataFrame
    sigma: float
    snapshot: str
    zones_version: str
    publishable: bool
    counted: int

    @cached_property
    def sha256(self) -> str:
        """The hash of the vector, of the cells it belongs to and of how it was made."""
        head = f"{self.key}|{self.sigma!r}|{self.snapshot}|{self.zones_version}|{self.publishable}|{self.counted}\n"
        return hashlib.sha256((head + self.cells.write_csv()).encode()).hexdigest()


class Measurements:
    """A private folder `<topic>/<tier>/<table>/<period>-e<edition>.parquet`, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: MeasurementKey) -> Path:
        return self._folder / key.topic / key.tier / key.table / f"{key.period}-e{key.edition}.parquet"

    def read(self, key: MeasurementKey) -> Measurement | None:
        """The stored vector; None if there is none. Raises StorageFailed when the file was altered."""
        path = self.path(key)
        if not path.exists():
            return None
        try:
            facts = pl.read_parquet_metadata(path)
            stored = Measurement(
                key=key,
                cells=pl.read_parquet(path).select(*CELLS, "noisy"),
                sigma=float(facts["sigma"]),
                snapshot=facts["snapshot"],
                zones_version=facts["zones_version"],
                publishable=facts["publishable"] == "yes",
                counted=int(facts["counted"]),
            )
        except (pl.exceptions.PolarsError, KeyError, ValueError, OSError) as error:
            raise StorageFailed(f"The stored measurement {key} cannot be read.") from error
        if facts["sha256"] != stored.sha256:
            raise StorageFailed(f"The stored measurement {key} was altered.")
        return stored

    def write_once(self, measured: Measurement, *, before_link: Callable[[], None] = lambda: None) -> Measurement:
        """Store it, unless one is stored already; in either case what is stored. Durable when this returns.

        The file appears whole or not at all, and an existing one is never replaced.
        """
        path = self.path(measured.key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for leftover in path.parent.glob(f".{path.name}.*.part"):  # of a run that was killed: nobody has seen it
            leftover.unlink(missing_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            _write(measured, temporary)
            before_link()
            with contextlib.suppress(FileExistsError):  # somebody was first: theirs is the measurement
                os.link(temporary, path)
            sync_folder(path.parent)
        except OSError as error:
            raise StorageFailed(f"The measurement {measured.key} could not be stored.") from error
        finally:
            temporary.unlink(missing_ok=True)
        stored = self.read(measured.key)
        if stored is None:
            raise StorageFailed(f"The measurement {measured.key} is not where it was stored.")
        return stored


def _write(measured: Measurement, path: Path) -> None:
    facts = {
        "sigma": repr(measured.sigma),
        "snapshot": measured.snapshot,
        "zones_version": measured.zones_version,
        "publishable": "yes" if measured.publishable else "no",
        "counted": str(measured.counted),
        "sha256": measured.sha256,
    }
    write_private(measured.cells.select(*CELLS, "noisy"), path, facts)


def write_private(frame: pl.DataFrame, path: Path, facts: dict[str, str] | None = None) -> None:
    """A Parquet file of mode 0600, on disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        frame.write_parquet(file, metadata=facts)
        file.flush()
        os.fsync(file.fileno())


def replace_private(frame: pl.DataFrame, path: Path) -> None:
    """The same, swapped in whole for whatever was there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write_private(frame, temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(f"The private file {path.name} could not be written.") from error
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder as durable as the files' contents."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
