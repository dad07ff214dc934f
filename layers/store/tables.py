"""Tables of releases that were read before, kept in memory: a reader steps through the periods of one table.

A release never changes, so what is kept under its id stays true and nothing is ever flushed; what was not asked for
longest makes room.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import polars as pl

MOST_ROWS = 100_000
"""Of one table: a larger one is asked piece by piece."""
MOST_BYTES = 64_000_000
"""Of all tables, in one process."""
TABLE_COLUMNS: tuple[str, ...] = ("category", "unit", "kind", "period", "status", "value", "low", "high", "flag")

TableKey = tuple[str, str, str, str, str, str | None]
"""Topic, release, measure, geography, grain, category (None: all of them)."""


class KeptTables:
    """Rows of one measure, geography and grain: of one category, or of all. Safe to share between threads."""

    def __init__(self, *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES) -> None:
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._kept: OrderedDict[TableKey, pl.DataFrame | None] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def table(self, key: TableKey, read: Callable[[int], pl.DataFrame]) -> pl.DataFrame | None:
        """The table in file order, kept or read now; None where it has too many rows. Nobody may change it.

        read: gives the table's first rows, as many as it is told.
        """
        for known in (key, (*key[:-1], None)):
            with self._lock:
                if known in self._kept:
                    self._kept.move_to_end(known)
                    found = self._kept[known]
                    if found is None and known != key:
                        continue
                    return _of(found, key) if known != key else found
        rows = read(self._most_rows + 1)
        kept = None if rows.height > self._most_rows else rows
        self._keep(key, kept)
        return kept

    def _keep(self, key: TableKey, rows: pl.DataFrame | None) -> None:
        with self._lock:
            self._bytes += _size(rows) - _size(self._kept.pop(key, None))
            self._kept[key] = rows
            while self._bytes > self._most_bytes:
                self._bytes -= _size(self._kept.popitem(last=False)[1])


def _of(rows: pl.DataFrame | None, key: TableKey) -> pl.DataFrame | None:
    return None if rows is None else rows.filter(pl.col("category") == key[-1])


def _size(rows: pl.DataFrame | None) -> int:
    return 0 if rows is None else int(rows.estimated_size())
