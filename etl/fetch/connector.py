"""The seam behind which every kind of feed lives, and the limits that protect the machine from any of them."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, runtime_checkable

import polars as pl

from etl.errors import SourceUnreadable
from etl.records import ROW
from etl.secret import secret

MEGABYTE = 1_000_000
EASTERNMOST = timedelta(hours=14)
"""How far a clock on earth is ahead of UTC at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file of a feed may unpack to, how long one line of text may be, and how many columns it may have."""

    unpacked_bytes: int = 64_000 * MEGABYTE
    ratio: int = 200
    ratio_from_bytes: int = 100 * MEGABYTE
    line_bytes: int = MEGABYTE
    columns: int = 10_000


LIMITS = Limits()


def untold(rows: int, size: int) -> None:
    """Tell nobody how far a download is."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a connector waits and measures time: seconds. `draw` is uniform in [0, 1). Tests wait for nothing."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random


NO_SECRETS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """What a connector is asked for, and what it may use.

    `arriving` is a private folder of this source alone for what comes over a network; what a cut-off try left there
    may be taken up again, and the caller empties it once the files are sealed. `since` is the watermark that the last
    accepted fetch returned, in the connector's own writing: None asks for everything. Changes are asked for from
    `overlap` before it, because agencies' clocks differ and rows arrive late. `told` takes rows and bytes so far.
    `environ` holds the secrets that a declaration names. `columns` are those that the declaration keeps or filters
    rows by: a connector that can choose asks for no others; empty means all. `now` is the moment of the run; without
    it every file counts as written long ago.
    """

    city_folder: Path
    arriving: Path
    since: str | None = None
    overlap: timedelta = timedelta(0)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    told: Callable[[int, int], None] = untold
    columns: tuple[str, ...] = ()
    timing: Timing = field(default=Timing(), repr=False)
    now: datetime | None = None

    def secret(self, name: str) -> str:
        """The secret of that name: from the environment, or from the file that `<name>_FILE` names.

        Raises DeclarationError that names the variable and never its value.
        """
        return secret(self.environ, name)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the feed's files on this machine, in the order in which their rows count.

    `complete` is whether the files hold the whole feed; if not, they hold what changed since `Request.since`, and
    `deleted` the ids that the source says are gone. `watermark` is what the next request passes as `since`.
    `unchanged` is whether the source says that nothing changed; then `files` is empty. `own` is whether the files lie
    in `Request.arriving`, so that they may be moved away.
    `deleted_at` says when each of `deleted` went, and `changed_at` names the column with the moment of each row's last
    change, both in one writing that sorts; empty and None where the source does not say.
    """

    files: tuple[Path, ...]
    complete: bool = True
    watermark: str | None = None
    deleted: tuple[str, ...] = ()
    unchanged: bool = False
    own: bool = False
    deleted_at: tuple[str, ...] = ()
    changed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Sampled:
    """Some rows of a feed, in files as of `Fetched`, and what the source says of the whole of it.

    `which` rows: those `changed` or `added` last, the `first` ones, or `all` there are. `there` is how many rows the
    source counts, `changed` when it says that it last changed; None where it does not say.
    """

    files: tuple[Path, ...]
    which: Literal["changed", "added", "first", "all"]
    there: int | None = None
    changed: datetime | None = None


@runtime_checkable
class Sampling(Protocol):
    """A kind of feed that need not be fetched whole to be looked at."""

    def sample(self, declared: Any, request: Request, rows: int) -> Sampled:
        """About so many rows, for as little as the source can be asked for. `read` reads them. Raises as `fetch`."""
        ...


class Connector(Protocol):
    """One kind of feed. `kind` is what `[connector] kind` says; `declared` is that table, typed."""

    kind: str

    def fetch(self, declared: Any, request: Request) -> Fetched:
        """Bring the feed's files to this machine. Raises SourceUnreadable, and DeclarationError for a secret."""
        ...

    def read(self, declared: Any, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """Every column as String with its name trimmed, and `row`. May unpack into `scratch`, which is private.

        Raises SourceUnreadable; a frame that is lazy may do so only when it is collected, as a Polars error.
        """
        ...


def moment_of(text: Any) -> datetime | None:
    """What a source writes as the moment of a change; in UTC where it names no zone. None for what is no moment."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def local_files(path: str, folder: Path) -> Fetched:
    """The files that a declared path or glob means, in the order of their names; never a part of the feed."""
    found = [Path(name) for name in sorted(glob(str(folder / path), recursive=True))]  # noqa: PTH207 - may be absolute
    files = [file for file in found if file.is_file()]
    if not files:
        raise SourceUnreadable(f"No file matches {path!r}.")
    return Fetched(tuple(files))


def numbered(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """The frames of several files as one feed, its rows numbered through."""
    feed = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
    return feed.with_row_index(ROW, offset=1)


def column_names(names: Sequence[str]) -> list[str]:
    """Trimmed and made unique: a repeated name gets `_2`, an empty one its place, and `row` becomes `row_source`."""
    unique: dict[str, None] = {}
    times: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        base = name.strip().strip("\ufeff") or f"column_{place}"
        base = "row_source" if base == ROW else base
        given = base
        while given in unique:
            times[base] = times.get(base, 1) + 1
            given = f"{base}_{times[base]}"
        unique[given] = None
    return list(unique)


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
