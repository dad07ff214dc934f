"""Ingest: copy a feed as it is into the private folder, seal the copies, and open them as one table of text."""

import hashlib
import hmac
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from etl.city import Source
from etl.city.source import RowFilter
from etl.errors import SourceUnreadable, StorageFailed
from etl.fetch import connector
from etl.fetch.connector import NO_SECRETS, Request, untold
from etl.records import Ingested, Snapshot

CHUNK = 1 << 22


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
) -> Ingested:
    """The feed of one source, read from its snapshot and never from the agency's file.

    Snapshots lie under `private/snapshots/<source>/<seal>/`, mode 0600; the same bytes are kept once. `scratch` is a
    private folder for unpacked text, which must outlive the frame; the caller removes it. `key` keys the hashes that
    may leave this house. `since`, `environ` and `told` are the connector's: see `Request`. Raises SourceUnreadable and
    StorageFailed.
    """
    reader = connector(source.connector.kind)
    arriving = private / "arriving" / source.id
    fetched = reader.fetch(
        source.connector, Request(city_folder, arriving, since, source.refresh.overlap, environ, told)
    )
    if fetched.unchanged:
        return Ingested(source.id, pl.LazyFrame(), (), complete=False, watermark=fetched.watermark, unchanged=True)
    snapshots = _sealed(fetched.files, private / "snapshots" / source.id, key)
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
    )
    return _records_only(taken, source.rows)


def _records_only(ingested: Ingested, filters: Sequence[RowFilter]) -> Ingested:
    """The feed without the rows that its declaration leaves out; the others keep their numbers. Raises SchemaDrift."""
    if not filters:
        return ingested
    ingested.require([chosen.column for chosen in filters])
    return replace(ingested, frame=ingested.frame.filter(_passes(chosen) for chosen in filters))


def _passes(chosen: RowFilter) -> pl.Expr:
    """Codes match but for case and outer blanks; a blank is no code."""
    listed = [code.strip().lower() for code in (chosen.keep or chosen.drop)]
    found = pl.col(chosen.column.strip()).str.strip_chars().str.to_lowercase().is_in(listed).fill_null(False)
    return found if chosen.keep else ~found


def _sealed(files: Sequence[Path], folder: Path, key: bytes) -> list[Snapshot]:
    """Copy every file into a folder that is named after the content of all of them."""
    arriving = folder / f".arriving-{os.getpid()}"
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        arriving.mkdir(parents=True, mode=0o700)
        copies = [_copied(file, arriving / name, key) for file, name in zip(files, _names(files), strict=True)]
        seal = hashlib.sha256("".join(f"{c.path.name}\0{c.sha256}\n" for c in copies).encode()).hexdigest()
        home = folder / seal[:32]
        if home.exists():
            shutil.rmtree(arriving)
        else:
            arriving.rename(home)
    except SourceUnreadable:
        shutil.rmtree(arriving, ignore_errors=True)
        raise
    except OSError as error:
        shutil.rmtree(arriving, ignore_errors=True)
        raise StorageFailed(f"The snapshot could not be written: {error.strerror}.") from None
    return [Snapshot(home / c.path.name, c.sha256, c.keyed, c.bytes) for c in copies]


def _names(files: Sequence[Path]) -> list[str]:
    """The files' own names; numbered by their common stem where two folders hold files of one name."""
    names = [file.name for file in files]
    if len(set(names)) == len(names):
        return names
    stems = list(dict.fromkeys(file.with_suffix("") for file in files))
    return [f"{stems.index(file.with_suffix('')):04d}-{file.name}" for file in files]


def _copied(file: Path, target: Path, key: bytes) -> Snapshot:
    seal, size = hashlib.sha256(), 0
    try:
        stream = file.open("rb")
    except OSError as error:
        raise SourceUnreadable(f"{file.name} could not be opened: {error.strerror}.") from None
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with stream, open(descriptor, "wb", buffering=0) as out:  # noqa: PTH123 - a descriptor has no path
        while chunk := stream.read(CHUNK):
            seal.update(chunk)
            out.write(chunk)
            size += len(chunk)
    keyed = hmac.digest(key, seal.digest(), "sha256").hex()
    return Snapshot(target, seal.hexdigest(), keyed, size)
