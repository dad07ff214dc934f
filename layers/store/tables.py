"""Tables of releases that were read before, kept in memory: a reader steps through the periods of one table.

A release never changes, so what is kept under its id stays true and nothing is ever flushed; what was not asked for
longest makes room.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date
from threading import Lock

import numpy as np
import polars as pl

MOST_ROWS = 250_000
"""Of what is kept in one piece: a larger one is asked piece by piece."""
MOST_BYTES = 64_000_000
"""Of all tables, in one process."""
TABLE_COLUMNS: tuple[str, ...] = ("category", "unit", "kind", "period", "status", "value", "low", "high", "flag")

TableKey = tuple[str, str, str, str, str, str | None]
"""Topic, release, measure, geography, grain, category (None: all of them)."""
_EPOCH = date(1970, 1, 1).toordinal()


class Table:
    """Rows of one measure, geography and grain in file order: by category, period and unit. Nobody may change them.

    categories: how many rows each has, in file order.
    """

    def __init__(self, rows: pl.DataFrame, categories: Mapping[str, int]) -> None:
        self.rows = rows
        self._categories: dict[str, tuple[int, int]] = {}
        self._periods: dict[str, dict[date, tuple[int, int]]] = {}
        first = 0
        for category, most in categories.items():
            self._categories[category] = first, most
            first += most

    def of(self, category: str, period: date | None = None) -> pl.DataFrame:
        """The rows of a category, or of one of its periods, without looking through the others."""
        first, most = self._categories.get(category, (0, 0))
        if period is None:
            return self.rows.slice(first, most)
        if category not in self._periods:
            runs = _runs(self.rows["period"].slice(first, most))
            self._periods[category] = {each: (first + start, length) for each, start, length in runs}
        return self.rows.slice(*self._periods[category].get(period, (0, 0)))


def _runs(periods: pl.Series) -> list[tuple[date, int, int]]:
    """Each period with its first row and how many it has."""
    days = periods.to_physical().to_numpy()
    starts = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
    ends = np.append(starts[1:], days.size)
    found = zip(days[starts].tolist(), starts.tolist(), (ends - starts).tolist(), strict=True)
    return [(date.fromordinal(_EPOCH + day), start, most) for day, start, most in found]


class KeptTables:
    """Rows of one measure, geography and grain: of one category, or of all. Safe to share between threads.

    most_rows: of what is kept in one piece.
    """

    def __init__(self, *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES) -> None:
        self.most_rows, self._most_bytes = most_rows, most_bytes
        self._kept: OrderedDict[TableKey, Table] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def table(self, key: TableKey, read: Callable[[], Table]) -> Table:
        """The table, kept or read now."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = read()
        self._keep(key, found)
        return found

    def _keep(self, key: TableKey, table: Table) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += _size(table) - (_size(before) if before else 0)
            self._kept[key] = table
            while self._bytes > self._most_bytes:
                self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(table: Table) -> int:
    return int(table.rows.estimated_size())
