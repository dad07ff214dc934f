"""Large feeds part by part: read, judged and placed with a stated number of rows in memory, whatever the feed's size.

What concerns the whole feed works on narrow columns: the number of a row and a keyed hash of its id tell which of
several rows of one id is the last; everything that gates compare is a sum over the parts. A feed that fits into one
part never touches the disk on its way.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from etl.ahead import ahead
from etl.city import Source
from etl.drift.observe import added_up
from etl.keyed import seeded_expr
from etl.records import OVERFLOW, ROW, Ingested, Located, Validated

ROWS = 500_000
"""Rows of a part: some 150 MB as text, as much again while it is judged or placed. Two are worked on at once."""

_PURPOSE = "same record"
_DUPLICATE = "duplicate"


class Part(NamedTuple):
    """A part that was judged, its records on disk; `ids` are `row` and `same`, a hash of the id."""

    found: Validated
    file: Path
    ids: pl.DataFrame


Apart = Callable[[Iterable[pl.DataFrame]], Iterator[Part]]
"""Has the parts of a feed's text judged somewhere else, and gives them in their order."""


def judged(
    ingested: Ingested,
    source: Source,
    judge: Callable[[Ingested], Validated],
    *,
    key: bytes,
    rows: int | None = None,
    apart: Apart | None = None,
) -> Validated:
    """What `judge` says of the whole feed, asked part by part; of several parts `apart` is asked where it is given.

    Where there are several parts the records lie in `ingested.scratch`, and `records` scans them: use it before that
    folder goes. Raises what `judge` raises, and SourceUnreadable.
    """
    if ingested.scratch is None:
        return judge(ingested)
    columns = [name.strip() for field in source.fields.values() for name in field.columns]
    ingested.require(columns)
    overflow = [OVERFLOW] if OVERFLOW in ingested.frame.collect_schema() else []
    narrow = ingested.frame.select(*dict.fromkeys([ROW, *overflow, *columns]))
    batches = ingested.batches(narrow, rows or ROWS)
    first, second = next(batches, None), next(batches, None)
    if first is None:
        return judge(ingested)
    if second is None:
        return judge(replace(ingested, frame=first.lazy()))
    ingested.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = _all(first, second, batches)
    del first, second
    if apart is not None:
        return _together(apart(parts), source)
    scratch = ingested.scratch

    def judged_part(part: tuple[int, pl.DataFrame]) -> Part:
        number, frame = part
        return laid_out(judge(replace(ingested, frame=frame.lazy())), scratch / f"records-{number:05d}", key)

    return _together(ahead(judged_part, enumerate(parts)), source)


def _all(first: pl.DataFrame, second: pl.DataFrame, others: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """One after the other, none of them held longer than it takes."""
    both = [second, first]
    del first, second
    while both:
        yield both.pop()
    yield from others


def laid_out(found: Validated, file: Path, key: bytes) -> Part:
    """What was found of a part, its records written to the file, whole or not at all. See `_read_back`."""
    records = found.records.collect()
    half = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    records.select(column.name for column in records if column.null_count() < records.height).write_ipc(half)
    half.replace(file)
    ids = records.select(ROW, same=seeded_expr(pl.col("id"), key, _PURPOSE))
    return Part(replace(found, records=records.clear().lazy()), file, ids)


def _together(parts: Iterator[Part], source: Source) -> Validated:
    files, ids, rejects, refused, observed = [], [], [], [], []
    total, unmapped = 0, Counter[str]()
    for part, file, known in parts:
        files += [file] if known.height else []
        ids.append(known)
        nothing = part.records
        rejects.append(part.rejects)
        refused.append(part.refused)
        total += part.rows
        unmapped.update(part.unmapped)
        observed += [part.observed] if part.observed else []
    again = _told_again(ids)
    pieces = tuple(_read_back(file, nothing.collect_schema()) for file in files)
    named = again.to_frame(ROW).select(ROW, source=pl.lit(source.id), reason=pl.lit(_DUPLICATE))
    return Validated(
        records=pl.concat(pieces) if pieces else nothing,
        rejects=pl.concat([*rejects, named.cast(dict(rejects[0].schema))]).sort(ROW),  # type: ignore[arg-type]  # cast takes a schema
        rows=total,
        unmapped=dict(unmapped),
        observed=added_up(observed) if observed else None,
        refused=pl.concat(refused),
        pieces=pieces,
    ).without(again)


def _read_back(file: Path, schema: pl.Schema) -> pl.LazyFrame:
    """The records of a part. A column that has no value in it was not written."""
    records = pl.scan_ipc(file, glob=False)
    written = records.collect_schema()
    missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in written]
    return records.with_columns(missing).select(schema.names())


def _told_again(ids: list[pl.DataFrame]) -> pl.Series:
    """The rows whose id a later row has, ascending."""
    if not ids:
        return pl.Series(ROW, [], pl.UInt32)
    known = pl.concat(ids)
    if known["same"].n_unique() == known.height:
        return known[ROW].clear()
    return known.filter(~pl.col("same").is_last_distinct())[ROW].sort()


class Placing:
    """Events of the records of a feed, part by part; the numbers of all of them once they have been gone through.

    `check` is called after the last part with what `place` told of all of them: what it raises, whoever goes through
    the parts will get before they can take the last of them for good. Of events it is given how they were placed, and
    their column `keep`. `place` is called by several threads, and tells the suspected points of the whole feed. Of a
    feed in several parts `apart` is asked for all of them in its stead, where it is given.
    """

    def __init__(
        self,
        validated: Validated,
        place: Callable[[pl.DataFrame], Located],
        check: Callable[[Located], None],
        *,
        keep: str | None = None,
        apart: Callable[[], Iterator[Located]] | None = None,
    ) -> None:
        self._narrow = ["located", *([keep] if keep else [])]
        self._validated = validated
        self._place = place
        self._check = check
        self._apart = apart if validated.pieces else None
        self._located = Counter[str]()
        self._faults = Counter[str]()

    @property
    def located(self) -> dict[str, int]:
        """How many records ended up how."""
        return dict(self._located)

    @property
    def faults(self) -> dict[str, int]:
        """How many coordinates were no location, and why."""
        return dict(self._faults)

    @property
    def records(self) -> int:
        """How many records were placed, or not."""
        return self._located.total()

    def events(self) -> "pl.DataFrame | Placing":
        """The events at once where all records fit into memory, and then they were gone through; else the parts."""
        if self._validated.pieces:
            return self
        (whole,) = self
        return whole

    def passed(self) -> None:
        """Raise what `check` raises of all of them. Ask for `events` first: of one part they were gone through then."""
        if self._validated.pieces:
            self.go_through()

    def go_through(self) -> None:
        """Place all records and keep none."""
        for _ in self:
            pass

    def __iter__(self) -> Iterator[pl.DataFrame]:
        self._located.clear()
        self._faults.clear()
        narrow, suspected = [], pl.DataFrame()
        for found in self._apart() if self._apart else ahead(self._place, self._validated.parts()):
            self._located.update(found.located)
            self._faults.update(found.faults)
            suspected = found.suspected
            narrow.append(found.events.select(self._narrow))
            yield found.events
        self._check(Located(pl.concat(narrow), self.located, self.faults, suspected))
