"""Ingest: take what a connector brings into the private folder, seal it, and open it as one table of text."""

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from etl.city import Source
from etl.city.connectors import LocalFile
from etl.city.source import RowFilter
from etl.errors import SourceUnreadable, StorageFailed
from etl.feeds.sealing import sealed
from etl.fetch import connector
from etl.fetch.connector import NO_SECRETS, Request, Sampled, untold
from etl.fetch.filenames import names_hidden
from etl.records import Ingested

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def ingest(
    source: Source,
    city_folder: Path,
    *,
    private: Path,
    scratch: Path,
    key: bytes,
    since: str | None = None,
    environ: Mapping[str, str] = NO_SECRETS,
    told: Callable[[int, int], None] = untold,
    now: datetime | None = None,
) -> Ingested:
    """The feed of one source, read from its snapshot and never from the agency's file.

    Snapshots lie under `private/snapshots/<source>/<seal>/`, mode 0600; the same bytes are kept once. What comes over
    a network lies in `private/arriving/<source>` until it is sealed; after a failure it stays for the next try.
    `scratch` is a private folder for unpacked text, which must outlive the frame; the caller removes it. `key` keys the
    hashes that may leave this house. `since`, `environ`, `told` and `now` are the connector's: see `Request`. Raises
    SourceUnreadable and StorageFailed.
    """
    reader = connector(source.connector.kind)
    arriving = _place(private / "arriving" / source.id, source)
    request = Request(
        city_folder, arriving, since, source.refresh.overlap, environ, told, columns=source.columns, now=now
    )
    with _arriving(arriving, needed=not isinstance(source.connector, LocalFile)):
        fetched = reader.fetch(source.connector, request)
    if fetched.unchanged:
        shutil.rmtree(arriving, ignore_errors=True)
        return Ingested(source.id, pl.LazyFrame(), (), complete=False, watermark=fetched.watermark, unchanged=True)
    own = arriving if fetched.own else None
    with names_hidden((file.name for file in fetched.files), source.connector):
        snapshots = sealed(fetched.files, private / "snapshots" / source.id, key, arrived=own)
    shutil.rmtree(arriving, ignore_errors=True)
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    frame = reader.read(source.connector, [snapshot.path for snapshot in snapshots], scratch)
    taken = Ingested(
        source.id,
        frame,
        tuple(snapshots),
        complete=fetched.complete,
        watermark=fetched.watermark,
        deleted=fetched.deleted,
        deleted_at=fetched.deleted_at,
        changed_at=fetched.changed_at,
    )
    return _records_only(taken, source.rows)


def glanced_at(
    source: Source,
    city_folder: Path,
    *,
    scratch: Path,
    rows: int,
    environ: Mapping[str, str] = NO_SECRETS,
    told: Callable[[int, int], None] = untold,
    now: datetime | None = None,
) -> tuple[Ingested, Sampled] | None:
    """About so many rows of the feed and what the source says of all of it; None of a feed that lies on this machine.

    Nothing is kept of it: it comes into `scratch`, a private folder that the caller removes. Raises as `ingest`.
    """
    arriving = scratch / "arriving"
    arriving.mkdir(parents=True, mode=0o700)
    request = Request(city_folder, arriving, environ=environ, told=told, columns=source.columns, now=now)
    reader = connector(source.connector.kind)
    with _arriving(arriving, needed=True):
        sampled = reader.sample(source.connector, request, rows)
    if sampled is None:
        return None
    frame = reader.read(source.connector, sampled.files, scratch)
    return _records_only(Ingested(source.id, frame, (), complete=False), source.rows), sampled


def _place(folder: Path, source: Source) -> Path:
    """Where the files of this very declaration arrive: what another one left can be no part of its feed."""
    place = folder / hashlib.sha256(source.connector.model_dump_json().encode()).hexdigest()[:16]
    for other in folder.glob("*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)
    return place


@contextmanager
def _arriving(folder: Path, *, needed: bool) -> Iterator[None]:
    """The private folder for what comes over a network, kept when a fetch fails, but not on a disk that is full.

    A file that has a second name in it was sealed by a run which then ended: writing on in it would write into the
    snapshot.
    """
    try:
        if any(file.stat().st_nlink > 1 for file in folder.rglob("*") if file.is_file()):
            shutil.rmtree(folder)
        if needed:
            folder.mkdir(parents=True, exist_ok=True)
            for private in (folder, folder.parent, folder.parent.parent):
                private.chmod(0o700)
        yield
    except (ConnectionError, TimeoutError):
        raise SourceUnreadable("The source could not be reached, or did not answer in time.") from None
    except StorageFailed as error:
        _make_room(folder, error.__context__)
        raise
    except OSError as error:
        _make_room(folder, error)
        raise StorageFailed(f"What arrived could not be kept: {error.strerror}.") from None


def _make_room(folder: Path, error: BaseException | None) -> None:
    """On a full disk: what the run must still write down needs the room more than a resumed download does."""
    if isinstance(error, OSError) and error.errno in FULL:
        shutil.rmtree(folder, ignore_errors=True)


def _records_only(ingested: Ingested, filters: Sequence[RowFilter]) -> Ingested:
    """The feed without the rows that its declaration leaves out; the others keep their numbers. Raises SchemaDrift."""
    if not filters:
        return ingested
    ingested.require([chosen.column for chosen in filters])
    passes = pl.all_horizontal(_passes(chosen) for chosen in filters)
    return replace(ingested, frame=ingested.frame.filter(passes), left_out=ingested.frame.filter(~passes))


def _passes(chosen: RowFilter) -> pl.Expr:
    """Codes match but for case and outer blanks; a blank is no code."""
    listed = [code.strip().lower() for code in (chosen.keep or chosen.drop)]
    found = pl.col(chosen.column.strip()).str.strip_chars().str.to_lowercase().is_in(listed).fill_null(False)
    return found if chosen.keep else ~found
