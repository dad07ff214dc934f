"""Parts of a feed judged and placed by other processes: on this machine, or wherever the private folder is seen.

What a part is made of and what became of it lie in the feed's scratch folder, private and gone when the feed is closed;
an order names that folder and the part's number, and nothing else goes over a network. A part that is worked on twice,
because a process died, gives the same files. This program alone writes and reads them.
"""

import pickle
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from etl.city import Source
from etl.engine import Runs
from etl.errors import StorageFailed
from etl.feeds.parts import Part, laid_out
from etl.feeds.placement import EVENTS, Placement
from etl.folders import Folders
from etl.location.cache import AddressCache, Aside
from etl.records import Ingested, Located, Validated
from etl.steps.validate import judge

_JUDGING, _PLACING = "judging", "placing"


@dataclass(frozen=True, slots=True)
class Order:
    """One part of a feed."""

    folder: Path
    number: int

    def file(self, kind: str) -> Path:
        """Where something of this part lies."""
        return self.folder / f"{kind}-{self.number:05d}"


@dataclass(frozen=True, slots=True)
class Judging:
    """How parts of a feed are judged."""

    folders: Folders
    source: Source
    today: date
    zone: str


@dataclass(frozen=True, slots=True)
class _Placing:
    placement: Placement
    pieces: tuple[pl.LazyFrame, ...]
    cache: AddressCache


def judged_apart(runs: Runs, judging: Judging, folder: Path, parts: Iterable[pl.DataFrame]) -> Iterator[Part]:
    """The parts of a feed's text, judged, in their order. Raises what `judge` raises, and StorageFailed."""
    _put(judging, folder / _JUDGING)
    orders = [_written(Order(folder, number), part) for number, part in enumerate(parts)]
    for order, done in zip(orders, runs.map(judge_part, orders), strict=True):
        part: Part = _taken(done)
        order.file("text").unlink()
        yield part


def _written(order: Order, part: pl.DataFrame) -> Order:
    part.write_ipc(order.file("text"))
    return order


def judge_part(order: Order) -> Path:
    """Judge one part, and keep its records and what was found; where that is."""
    judging: Judging = _common(order.folder / _JUDGING)
    frame = pl.scan_ipc(order.file("text"), glob=False)
    found = judge(
        Ingested(judging.source.id, frame, ()),
        judging.source,
        today=judging.today,
        city_zone=ZoneInfo(judging.zone),
    )
    return _put(laid_out(found, order.file("records"), judging.folders.key(EVENTS)), order.file("judged"))


def placed_apart(
    runs: Runs, placement: Placement, validated: Validated, folder: Path, cache: AddressCache
) -> Iterator[Located]:
    """The parts of a feed's records, placed, in their order; what was read of addresses is remembered in `cache`."""
    placement.make_keys(validated)
    _put(_Placing(placement, validated.pieces, cache), folder / _PLACING)
    orders = [Order(folder, number) for number in range(len(validated.pieces))]
    for order, done in zip(orders, runs.map(place_part, orders), strict=True):
        located: Located = _taken(done)
        Aside.taken(order.file("addresses"), cache)
        yield located


def place_part(order: Order) -> Path:
    """Place the records of one part; where the events are."""
    placing: _Placing = _common(order.folder / _PLACING)
    records = placing.pieces[order.number].collect(engine="streaming")
    placement = placing.placement
    finder = placement.finder(Aside.of(placing.cache, order.file("addresses")))
    return _put(placement.place(records, finder, placement.keys()), order.file("placed"))


@lru_cache(maxsize=1)
def _common(path: Path) -> Any:
    """What all parts have in common, read once by each process; the folder's name is another for each feed."""
    return _read(path)


def _put(value: object, path: Path) -> Path:
    """Written whole or not at all, also where two processes work on one part."""
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with half.open("wb") as file:
            pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StorageFailed(f"A part of a feed could not be kept ({error.strerror}).") from None
    return path


def _taken(path: Path) -> Any:
    value = _read(path)
    path.unlink()
    return value


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return pickle.load(file)
    except OSError as error:
        raise StorageFailed(f"A part of a feed cannot be read back ({error.strerror}).") from None
