"""The seam behind which every kind of feed lives, and the limits that protect the machine from any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from etl.errors import SourceUnreadable
from etl.records import ROW

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file of a feed may unpack to, and how long one line of text may be."""

    unpacked_bytes: int = 64_000 * MEGABYTE
    ratio: int = 200
    ratio_from_bytes: int = 100 * MEGABYTE
    line_bytes: int = MEGABYTE


LIMITS = Limits()


class Connector(Protocol):
    """One kind of feed. `kind` is what `[connector] kind` says; `declared` is that table, typed."""

    kind: str

    def fetch(self, declared: Any, folder: Path) -> list[Path]:
        """The feed's files on this machine, in the order in which their rows count. Raises SourceUnreadable."""
        ...

    def read(self, declared: Any, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """Every column as String with its name trimmed, and `row`. May unpack into `scratch`, which is private.

        Raises SourceUnreadable; a frame that is lazy may do so only when it is collected, as a Polars error.
        """
        ...


def local_files(path: str, folder: Path) -> list[Path]:
    """The files that a declared path or glob means, in the order of their names."""
    found = [Path(name) for name in sorted(glob(str(folder / path), recursive=True))]  # noqa: PTH207 - may be absolute
    files = [file for file in found if file.is_file()]
    if not files:
        raise SourceUnreadable(f"No file matches {path!r}.")
    return files


def numbered(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """The frames of several files as one feed, its rows numbered through."""
    feed = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
    return feed.with_row_index(ROW, offset=1)


def column_names(names: Sequence[str]) -> list[str]:
    """Trimmed and made unique: a repeated name gets `_2`, an empty one its place, and `row` becomes `row_source`."""
    unique: list[str] = []
    for place, name in enumerate(names, start=1):
        base = name.strip().strip("\ufeff") or f"column_{place}"
        base = "row_source" if base == ROW else base
        given, times = base, 1
        while given in unique:
            times += 1
            given = f"{base}_{times}"
        unique.append(given)
    return unique


def as_text(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Every column as String; nested values as JSON text."""
    schema = frame.collect_schema()
    return frame.select(_text(name, kind) for name, kind in schema.items())


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    if isinstance(kind, pl.List):
        return (
            column.cast(pl.List(pl.String)).list.join(", ") if not kind.inner.is_nested() else pl.lit(None, pl.String)
        )
    return column.cast(pl.String)
