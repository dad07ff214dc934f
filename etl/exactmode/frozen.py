"""The published exact tables: written once when a period is first counted, read back for ever, whatever a feed says."""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.protect.measurements import sync_folder, write_private
from etl.protect.refusals import MeasurementLost, ZonesMoved

_CELLS = ("geography", "unit", "category", "count", "shown", "small")
_FACTS = ("threshold", "snapshot", "zones_version")


@dataclass(frozen=True, slots=True, eq=False)
class FrozenTable:
    """A measure's table of one period. Private: `small` says which hidden counts are below the threshold.

    `cells` has `geography`, `unit`, `category`, `count` (null where it is hidden), `shown` and `small`.
    """

    measure: str
    grain: str
    period: date
    cells: pl.DataFrame
    threshold: int
    snapshot: str
    zones_version: str

    @property
    def sha256(self) -> str:
        """The hash of the cells and of what is kept beside them."""
        head = f"{self.measure}|{self.grain}|{self.period}|{self.threshold}|{self.snapshot}|{self.zones_version}\n"
        return hashlib.sha256((head + self.cells.write_csv()).encode()).hexdigest()


class FrozenTables:
    """A private folder `<topic>/<measure>-<grain>/<period>.parquet`, mode 0600."""

    def __init__(self, folder: Path, topic: str) -> None:
        self._folder = folder / topic

    def periods(self, measure: str, grain: str) -> set[date]:
        """The periods that are frozen."""
        return {date.fromisoformat(path.stem) for path in self._table(measure, grain).glob("[0-9]*.parquet")}

    def read(self, measure: str, grain: str, period: date, *, zones_version: str) -> FrozenTable:
        """The table as it was published. Raises MeasurementLost where it was altered, ZonesMoved on other zones."""
        path = self._table(measure, grain) / f"{period}.parquet"
        try:
            facts = pl.read_parquet_metadata(path)
            cells = pl.read_parquet(path).select(_CELLS)
            table = FrozenTable(
                measure, grain, period, cells, int(facts["threshold"]), facts["snapshot"], facts["zones_version"]
            )
        except (pl.exceptions.PolarsError, KeyError, ValueError, OSError) as error:
            raise StorageFailed(f"The frozen table {measure}, {grain} {period} cannot be read.") from error
        if facts["sha256"] != table.sha256:
            raise MeasurementLost(f"The frozen table {measure}, {grain} {period} was altered.")
        if table.zones_version != zones_version:
            raise ZonesMoved(f"The frozen table {measure}, {grain} {period} stands on other zones than these.")
        return table

    def write_once(self, tables: Iterable[FrozenTable]) -> None:
        """Store them, each whole or not at all; an existing one is never replaced. Durable when this returns."""
        for table in tables:
            self._write(table)

    def _write(self, table: FrozenTable) -> None:
        path = self._table(table.measure, table.grain) / f"{table.period}.parquet"
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        facts = {name: str(getattr(table, name)) for name in _FACTS} | {"sha256": table.sha256}
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(table.cells.select(_CELLS), part, facts)
            with contextlib.suppress(FileExistsError):  # somebody was first: theirs is the table
                os.link(part, path)
            sync_folder(path.parent)
        except OSError as error:
            raise StorageFailed(f"The table {table.measure} of {table.period} could not be kept.") from error
        finally:
            part.unlink(missing_ok=True)

    def _table(self, measure: str, grain: str) -> Path:
        return self._folder / f"{measure}-{grain}"
