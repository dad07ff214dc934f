"""What passes from step to step: a feed as received, its records, and the events they became. All of it is private."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ROW = "row"
"""The column with a row's number in its feed: counted from 1, over all files, headers not counted."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file as received. `sha256` seals it and is private; `keyed` is the keyed hash a manifest may name."""

    path: Path
    sha256: str
    keyed: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """A feed as received: `frame` holds every column of the source as String, and `row` (UInt32)."""

    source: str
    frame: pl.LazyFrame
    snapshots: tuple[Snapshot, ...]

    def columns(self) -> list[str]:
        """The source's columns, without `row`."""
        return [name for name in self.frame.collect_schema().names() if name != ROW]


@dataclass(frozen=True, slots=True)
class Validated:
    """`records`: canonical fields only, typed, and `row`. `rejects`: `row` (UInt32), `source`, `reason`.

    `rows` is how many rows the feed has. `unmapped` counts, per field, the records whose code is in no declared list;
    they are kept: a category as `other`, any other field as null.
    """

    records: pl.LazyFrame
    rejects: pl.DataFrame
    rows: int
    unmapped: Mapping[str, int]

    def rejected(self) -> dict[str, int]:
        """How many rows were rejected, by reason."""
        return dict(self.rejects.group_by("reason").len().sort("reason").iter_rows())


@dataclass(frozen=True, slots=True)
class Located:
    """`events`: pseudonymous, without any coordinate, address or name. `located`: how many records ended up how.

    `faults` counts coordinates that were no location (null island, swapped, a default point, outside), whether or not
    an address or an area helped out.
    """

    events: pl.DataFrame
    located: Mapping[str, int]
    faults: Mapping[str, int]
