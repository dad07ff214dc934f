"""What passes from step to step: a feed as received, its records, and the events they became. All of it is private."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.errors import SchemaDrift, SourceUnreadable

if TYPE_CHECKING:
    from etl.drift.observe import Observed

ROW = "row"
"""The column with a row's number in its feed: counted from 1, over all files, headers not counted."""

OVERFLOW = "\x00overflow"
"""Filled where a row has more fields than the header: its values are not where they belong, it is no record."""

OK, ADDRESS, AREA = "coordinates", "address", "area"
NORMALIZED, INTERPOLATED, INTERSECTION = "address_normalized", "interpolated", "intersection"
BLOCK, GEOCODED = "block", "geocoded"
NONE, NULL_ISLAND, DEFAULT_POINT, SWAPPED, OUTSIDE = "none", "null_island", "default_point", "swapped", "outside"
PROJECTED, FOUND_DEFAULT = "projected", "default_point_found"
REPAIRED: Mapping[str, str] = {SWAPPED: "repaired_swapped", PROJECTED: "repaired_projected"}
"""Fault of coordinates that a declaration may have repaired, and how such a record is then counted."""
EXACT_WAYS: tuple[str, ...] = (OK, *REPAIRED.values(), ADDRESS, NORMALIZED)
"""Ways that find the very place. Only these give a record that concerns a home its cell."""
ROUGH_WAYS: tuple[str, ...] = (INTERPOLATED, INTERSECTION, BLOCK, GEOCODED)
"""Ways that find the street or the block. Of a home they decide an area only where the whole block lies in it."""
PLACED: tuple[str, ...] = (*EXACT_WAYS, *ROUGH_WAYS, AREA)
"""Ways of locating a record that put it somewhere."""
FAULTS: tuple[str, ...] = (NULL_ISLAND, DEFAULT_POINT, FOUND_DEFAULT, SWAPPED, PROJECTED, OUTSIDE)
"""What can be wrong with coordinates."""
WAYS: tuple[str, ...] = (*PLACED, *FAULTS, NONE)
"""How a record can end up: placed in one of these ways, or not, with what was wrong with its coordinates."""
LOCATED = pl.Enum(WAYS)
"""The type of the column `located`."""
_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file as received. `sha256` seals it and is private; `keyed` is the keyed hash a manifest may name."""

    path: Path
    sha256: str
    keyed: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """A feed as received: `frame` holds every column of the source as String, and `row` (UInt32).

    `complete` is whether it is the whole feed; if not, it is what changed, and `deleted` are the ids that the source
    says are gone. `watermark` is where the next fetch of changes begins, in the connector's own writing. `unchanged` is
    whether the source says that nothing changed since `Request.since`; then there is no frame and no snapshot.
    `deleted_at` and `changed_at` are as of `Fetched`.
    """

    source: str
    frame: pl.LazyFrame
    snapshots: tuple[Snapshot, ...]
    complete: bool = True
    watermark: str | None = None
    deleted: tuple[str, ...] = ()
    unchanged: bool = False
    deleted_at: tuple[str, ...] = ()
    changed_at: str | None = None
    left_out: pl.LazyFrame | None = None
    """The rows that the declaration says are no records of the topic; None where it filters no rows."""
    scratch: Path | None = None
    """A private folder for what of it cannot be in memory at once, gone when the feed is closed."""

    def columns(self) -> list[str]:
        """The source's columns, without `row`."""
        return [name for name in self.frame.collect_schema().names() if name not in (ROW, OVERFLOW)]

    def require(self, columns: Sequence[str]) -> None:
        """Raise SchemaDrift that names the declared columns which the feed lacks. The feed's own are not told."""
        present = {ROW, *self.columns()}
        missing = [name for name in dict.fromkeys(columns) if name.strip() not in present]
        if missing:
            hint = " Its header is one single column: is the delimiter right?" if len(present) == 2 else ""
            names = ", ".join(repr(name) for name in missing)
            raise SchemaDrift(f"Source {self.source} has no column {names}.{hint}")

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """The frame, which was made from this feed's, in memory. Raises SourceUnreadable that tells no value."""
        try:
            return frame.collect(engine="streaming")
        except _UNREADABLE as error:
            raise SourceUnreadable(f"Source {self.source} cannot be read: {_cause(str(error))}") from None

    def batches(self, frame: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
        """The frame, which was made from this feed's, in parts of so many rows, in their order. Raises as `collect`."""
        try:
            yield from frame.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming")
        except _UNREADABLE as error:
            raise SourceUnreadable(f"Source {self.source} cannot be read: {_cause(str(error))}") from None

    def table(self, columns: Sequence[str]) -> pl.DataFrame:
        """These columns as trimmed text, null where blank, and `row`. Raises SchemaDrift and SourceUnreadable."""
        self.require(columns)
        texts = [pl.col(name.strip()).str.strip_chars().replace("", None).alias(name) for name in columns]
        return self.collect(self.frame.select(ROW, *texts))


@dataclass(frozen=True, slots=True)
class Validated:
    """`records`: canonical fields only, typed, and `row`. `rejects`: `row` (UInt32), `source`, `reason`.

    `rows` is how many rows the feed has. `unmapped` counts, per field, the records whose code is in no declared list;
    they are kept: a category as `other`, any other field as null (of a feed in parts also those that a later part tells
    again). `observed` is what was counted for the profile. `refused` are the ids of rows that are no sound record; some
    of them may have a sound row too. `pieces` are the records in parts that fit into memory, in their order; none
    where all do.
    """

    records: pl.LazyFrame
    rejects: pl.DataFrame
    rows: int
    unmapped: Mapping[str, int]
    observed: "Observed | None" = None
    refused: pl.Series = field(default_factory=lambda: pl.Series("id", [], pl.String))
    pieces: tuple[pl.LazyFrame, ...] = ()

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The records, or these columns of them, never more of them in memory than fit."""
        for piece in self.pieces or (self.records,):
            yield (piece if columns is None else piece.select(columns)).collect(engine="streaming")

    def without(self, rows: pl.Series) -> "Validated":
        """The same without the records of these rows."""
        if not rows.len():
            return self
        stays = ~pl.col(ROW).is_in(rows.implode())
        return replace(
            self, records=self.records.filter(stays), pieces=tuple(piece.filter(stays) for piece in self.pieces)
        )

    def rejected(self) -> dict[str, int]:
        """How many rows were rejected, by reason."""
        return dict(self.rejects.group_by("reason").len().sort("reason").iter_rows())


@dataclass(frozen=True, slots=True)
class Located:
    """`events`: pseudonymous, without any coordinate, address or name. `located`: how many records ended up how.

    `faults` counts coordinates that were no location (null island, swapped, a default point, outside), whether or not
    an address or an area helped out, and those that were repaired. `suspected` lists points (`lat`, `lng`, `records`)
    that hold more of the feed than can be; no record was located by one.
    """

    events: pl.DataFrame
    located: Mapping[str, int]
    faults: Mapping[str, int]
    suspected: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)


def _cause(message: str) -> str:
    """What went wrong, in our words: the library's may quote a row."""
    if "utf-8" in message.lower() or "utf8" in message.lower():
        return "it is not in the declared encoding."
    if "end of file" in message:
        return "it is cut off."
    return "a quotation mark is opened and not closed, or the lines are not of the declared kind."
