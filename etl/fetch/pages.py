"""Pages of a service, written as they come: one file each, and a note of how far the query has come."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from etl.errors import SourceUnreadable, StorageFailed
from etl.fetch.connector import untold
from etl.fetch.jsonfile import records_table
from etl.records import ROW

_PROGRESS = "progress.json"


class Pages:
    """The pages of one query in a private folder.

    `query` says what is asked for, without any secret: what an earlier try left there is taken up again only if it
    answered that very query, and is removed if not. `place` is the connector's own note of where the next page begins
    (an id, an offset); None before the first. `rows` and `size` count what has come. Only one page is ever in memory.
    """

    def __init__(self, folder: Path, query: Mapping[str, Any], *, told: Callable[[int, int], None] = untold) -> None:
        self._folder, self._told = folder, told
        self._query = hashlib.sha256(orjson.dumps(query, option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._names: list[str] = []
        self.place: Any = None
        self.rows = self.size = 0
        self._take_up()

    @property
    def files(self) -> tuple[Path, ...]:
        """The pages so far, in their order."""
        return tuple(self._folder / name for name in self._names)

    def add(self, records: Sequence[Mapping[str, Any]], place: Any, *, columns: Sequence[str] = ()) -> None:
        """Write a page, and note where the next one begins. `columns` are in the file even if no record has them.

        Every record is flattened: see `records_table`. Raises StorageFailed.
        """
        table = records_table(records, columns)
        name = f"page-{len(self._names) + 1:06d}.parquet"
        try:
            half = self._folder / f"{name}.part"
            table.write_parquet(half)
            half.chmod(0o600)
            half.replace(self._folder / name)
            self._names.append(name)
            self.rows += table.height
            self.size += (self._folder / name).stat().st_size
            self.note(place)
        except OSError as error:
            raise StorageFailed(f"A page could not be written: {error.strerror}.") from None
        self._told(self.rows, self.size)

    def note(self, place: Any) -> None:
        """Note where the next page begins, without a page. Raises OSError."""
        self.place = place
        said = {"query": self._query, "names": self._names, "rows": self.rows, "size": self.size, "place": place}
        half = self._folder / f"{_PROGRESS}.part"
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as out:  # noqa: PTH123 - a descriptor has no path
            out.write(orjson.dumps(said))
        half.replace(self._folder / _PROGRESS)

    def restart(self) -> None:
        """Forget all that came."""
        for path in [*self._folder.glob("page-*"), self._folder / _PROGRESS]:
            path.unlink(missing_ok=True)
        self._names, self.place, self.rows, self.size = [], None, 0, 0

    def _take_up(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            said = orjson.loads((self._folder / _PROGRESS).read_bytes())
            if said["query"] == self._query and all((self._folder / name).is_file() for name in said["names"]):
                self._names, self.place = list(said["names"]), said["place"]
                self.rows, self.size = int(said["rows"]), int(said["size"])
                return
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            pass
        self.restart()


def read_pages(files: Sequence[Path]) -> pl.LazyFrame:
    """The pages as one table of text, scanned; a column that only some pages have is null in the others."""
    try:
        names = dict.fromkeys(name for file in files for name in pl.read_parquet_schema(file))
        pages = pl.scan_parquet(
            list(files),
            glob=False,
            schema=dict.fromkeys(names, pl.String),
            missing_columns="insert",
            row_index_name=ROW,
            row_index_offset=1,
        )
    except (pl.exceptions.PolarsError, OSError):
        raise SourceUnreadable("A page of the feed is no Parquet file, or is cut off.") from None
    return pages


def once_each(frame: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """The rows without those whose key comes again later on, numbered anew; rows without a key all stay."""
    keys = frame.select(ROW, key).collect(engine="streaming")
    again = keys.filter(pl.col(key).is_not_null() & ~pl.col(key).is_last_distinct())[ROW]
    if again.is_empty():
        return frame
    return frame.filter(~pl.col(ROW).is_in(again.implode())).drop(ROW).with_row_index(ROW, offset=1)
