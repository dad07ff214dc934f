"""Counting a topic from its monthly partitions: each piece once, kept until an event of its period changes.

What is kept lies in `private/counts/<topic>/`, one file per piece: sums, medians and dates of groups, never a record.
Its name holds a hash of everything that it follows from: the seals of the partitions, what was asked, the code.
"""

import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from etl.engine import Runs
from etl.errors import StorageFailed
from etl.exact.pieces import PIECE_SCHEMA, Counted, Piece, count_piece, end_of, pieces_of
from etl.exact.plan import Plan
from etl.exact.tables import rows_of_pieces
from etl.vault.index import UNDATED
from layers.period import Grain, period_end, period_range

FOLDER = "counts"
"""Under the private folder."""
_DIGITS = 24
_NEVER = ""


class Held(NamedTuple):
    """The events of one source and month: the hash of their content, and the file."""

    seal: str
    file: Path


@dataclass(frozen=True, slots=True)
class Order:
    """One piece of work, complete in itself: the files to read, what to count, where to put it."""

    piece: Piece
    files: tuple[Path, ...]
    date_column: str
    categories: tuple[str, ...] | None
    end: datetime
    to: Path


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pieces were counted now, and how many were as they had been kept."""

    counted: int
    kept: int


def counted(
    plan: Plan,
    held: Mapping[str, Sequence[Held]],
    runs: Runs,
    *,
    date_column: str,
    categories: Sequence[str] | None,
    ground: str,
    folder: Path,
) -> tuple[pl.DataFrame, Tally]:
    """The rows of `etl.exact.events.count_events` of all events in `held` (by month, `2026-11`), in its order.

    `categories` limits what is counted; `ground` names whatever else kept figures follow from: code, area vintages.
    `folder` is for this topic alone. No more than the largest period is ever in memory. Raises StorageFailed.
    """
    orders = list(_orders(plan, held, date_column, categories, ground, folder))
    known = {order.to: _kept(order) for order in orders}
    waiting = [order for order in orders if known[order.to] is None]
    if waiting:
        _prepared(folder)
    for order, _ in zip(waiting, runs.map(count_order, waiting), strict=True):
        known[order.to] = _kept(order)
    _forget(folder, {order.to.name for order in orders})
    return rows_of_pieces(map(_required, known.items()), plan), Tally(len(waiting), len(orders) - len(waiting))


def count_order(order: Order) -> Path:
    """Count one piece and keep it; where it is. Raises StorageFailed where a partition cannot be read, or the disk
    refuses."""
    try:
        scans = [pl.scan_parquet(file, glob=False) for file in order.files]
        events = scans[0] if len(scans) == 1 else pl.concat(scans, how="diagonal_relaxed")
        found = count_piece(
            events, order.piece, date_column=order.date_column, categories=order.categories, end=order.end
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(f"The events of {order.piece.grain} {order.piece.period} cannot be read.") from error
    _write(found, order.to)
    return order.to


def forget_months(folder: Path, months: AbstractSet[str]) -> int:
    """Remove what is kept of periods with one of these months (`2026-11`; `undated`: of all); how many pieces. Who
    takes a record back cannot wait for the next count, which may never come."""
    gone = 0
    for path in folder.glob("*.parquet"):
        grain, _, start = path.name.partition(".")[0].partition("-")
        first = date.fromisoformat(start)
        inside = period_range(first, period_end(first, Grain(grain)), Grain.MONTH)
        if UNDATED in months or not months.isdisjoint(f"{month:%Y-%m}" for month in inside):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _orders(
    plan: Plan,
    held: Mapping[str, Sequence[Held]],
    date_column: str,
    categories: Sequence[str] | None,
    ground: str,
    folder: Path,
) -> Iterator[Order]:
    for piece in pieces_of(plan):
        parts = [part for month in piece.months for part in held.get(f"{month:%Y-%m}", ())]
        if parts:
            order = Order(
                piece=piece,
                files=tuple(part.file for part in parts),
                date_column=date_column,
                categories=tuple(categories) if categories is not None else None,
                end=end_of(plan),
                to=folder,
            )
            name = f"{piece.grain}-{piece.period}.{_digest(order, [part.seal for part in parts], ground)}.parquet"
            yield replace(order, to=folder / name)


def _digest(order: Order, seals: Iterable[str], ground: str) -> str:
    told = json.dumps(
        [asdict(order.piece), order.date_column, order.categories, sorted(seals), ground], default=str, sort_keys=True
    )
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]


def _kept(order: Order) -> pl.DataFrame | None:
    """The rows as they were kept; None where they were not, are damaged, or a promise has come due since."""
    try:
        told = pl.read_parquet_metadata(order.to)
        kept = Counted(pl.read_parquet(order.to), _moment(told["after"]), _moment(told["until"]))
    except (pl.exceptions.PolarsError, OSError, KeyError, ValueError):
        return None
    return kept.rows.select(*PIECE_SCHEMA) if kept.holds(order.end) else None


def _required(piece: tuple[Path, pl.DataFrame | None]) -> pl.DataFrame:
    path, rows = piece
    if rows is None:
        raise StorageFailed(f"Counts that were kept as {path.name} cannot be read back.")
    return rows


def _moment(text: str) -> datetime | None:
    return None if text == _NEVER else datetime.fromisoformat(text)


def _write(found: Counted, path: Path) -> None:
    told = {
        "after": found.after.isoformat() if found.after else _NEVER,
        "until": found.until.isoformat() if found.until else _NEVER,
    }
    buffer = io.BytesIO()
    found.rows.write_parquet(buffer, compression="zstd", compression_level=1, metadata=told)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(buffer.getbuffer())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageFailed(f"Counts could not be kept ({error.strerror}).") from error


def _prepared(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageFailed(f"Counts could not be kept ({error.strerror}).") from error


def _forget(folder: Path, names: set[str]) -> None:
    """Remove what no period is made of any more: after a change, a withdrawal, another declaration."""
    for path in folder.glob("*.parquet"):
        if path.name not in names:
            path.unlink(missing_ok=True)
