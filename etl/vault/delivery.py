"""What comes into the vault at once, laid out by calendar month, in memory or, where it comes in parts, on disk."""

import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

import polars as pl

from etl.vault.index import UNDATED
from etl.vault.partition import KEY, arranged, refuse_named

Events = pl.DataFrame | Iterable[pl.DataFrame]
"""A frame of events, or parts of one that are never in memory together."""


class Delivery:
    """Events to take, by month. `keys` are all of them. Close it: parts lie in a hidden folder until then."""

    def __init__(self, events: Events, day: str | None, folder: Path) -> None:
        self._day = day
        self._parts: dict[str, list[pl.DataFrame | Path]] = defaultdict(list)
        self._folder = folder / f".delivery-{secrets.token_hex(4)}"
        self.keys = pl.Series(KEY, [], pl.UInt64)
        self.empty = pl.DataFrame(schema={KEY: pl.UInt64})
        try:
            self._take(events)
        except BaseException:
            self.close()
            raise

    @property
    def months(self) -> set[str]:
        """The months of which there are events."""
        return set(self._parts)

    def of(self, month: str) -> pl.DataFrame:
        """The events of a month, arranged."""
        parts = self._parts.get(month, ())
        frames = [part if isinstance(part, pl.DataFrame) else pl.read_parquet(part) for part in parts]
        return arranged(pl.concat(frames)) if frames else self.empty

    def close(self) -> None:
        """Remove what was laid out on disk."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, events: Events) -> None:
        if isinstance(events, pl.DataFrame):
            self._note([events[KEY]], events)
            self._parts.update({month: [part] for month, part in _by_month(events, self._day)})
            return
        keys = []
        for number, part in enumerate(events):
            keys.append(part[KEY])
            self._note([], part)
            for month, some in _by_month(part, self._day):
                self._parts[month].append(self._laid_out(some, f"{month}-{number:06d}.parquet"))
        self._note(keys, None)

    def _note(self, keys: list[pl.Series], part: pl.DataFrame | None) -> None:
        if part is not None:
            refuse_named(part.columns)
            self.empty = arranged(part.head(0))
        if keys:
            self.keys = pl.concat(keys)

    def _laid_out(self, some: pl.DataFrame, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        some.write_parquet(self._folder / name, compression="lz4")
        return self._folder / name


def _by_month(events: pl.DataFrame, day: str | None) -> Iterator[tuple[str, pl.DataFrame]]:
    """Month and its events; without a day, or where it is null, `undated`."""
    if day is None:
        if events.height:
            yield UNDATED, events
        return
    months = events.select(at=pl.col(day).dt.year() * 12 + pl.col(day).dt.month().cast(pl.Int32) - 1)["at"]
    order = months.arg_sort()
    for at, begin, length in _runs(months.gather(order)):
        yield at, events[order.slice(begin, length)]


def _runs(ordered: pl.Series) -> Iterator[tuple[str, int, int]]:
    runs = ordered.rle().struct.unnest()
    begin = 0
    for length, at in runs.select("len", "value").iter_rows():
        yield UNDATED if at is None else f"{at // 12:04d}-{at % 12 + 1:02d}", begin, length
        begin += length
