"""One file with all that must survive, each part with its sha256, written whole or not at all."""

import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from etl.backup.rows import fill, rows_of, table_names
from etl.errors import DeclarationError, StorageFailed
from etl.folders import Folders
from layers.policy import Tier

CONTENTS = "contents.json"
FORMAT = 1
RECORDS = ("vault", "snapshots", "counts")
"""Folders of the private side that hold records, or counts of some, and can be made again from the feeds."""
PASSING = ("arriving", "scratch", "staging", "cache", "state.sqlite", "run.lock")
"""What a run leaves behind, and what is kept in another form."""
_STATE = "state/"


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup: files by their path below `--var`, tables of the private database with their rows."""

    format: int
    city: str
    made_at: str
    with_records: bool
    files: dict[str, str]
    tables: dict[str, int]


def write_backup(
    folders: Folders, engine: sa.Engine, target: Path, *, city: str, now: datetime, with_records: bool = False
) -> Backup:
    """Write `target` (0600, a gzipped tar). The caller holds the run's lock, so that nothing moves meanwhile.

    Raises StorageFailed where the disk refuses, DeclarationError where `target` is there already or lies inside.
    """
    _refuse_target(folders, target)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=5) as archive:
                files = {name: _add(archive, name, path) for name, path in _files(folders, with_records)}
                tables = {name: _add_table(archive, engine, name) for name in table_names(engine)}
                made = Backup(FORMAT, city, now.isoformat(), with_records, files, tables)
                _add_bytes(archive, CONTENTS, json.dumps(asdict(made), indent=1).encode())
            out.flush()
            os.fsync(out.fileno())
        part.rename(target)
    except OSError as error:
        raise StorageFailed(f"The backup could not be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return made


def restore(source: Path, root: Path, *, city: str, state_url: str | None) -> Backup:
    """Put a backup back under `root`, which must hold nothing yet, and into the empty database of `state_url`.

    Nothing is put in place before every part of the backup was read and found whole. Raises StorageFailed where it is
    damaged or the database is not empty, DeclarationError where it is another city's or `root` is taken.
    """
    if root.exists() and any(root.iterdir()):
        raise _wrong("--var", f"{root.name} is not empty.", "Restore into a new folder; rename the old one first.")
    work = root.with_name(f".{root.name}.{secrets.token_hex(4)}")
    try:
        made = _unpacked(source, work, city)
        Folders(work).prepare(Tier.PARTNER if (work / "partner").exists() else Tier.PUBLIC)
        fill(state_url or f"sqlite:///{_private_file(work / 'private' / 'state.sqlite')}", _tables(work, made))
        shutil.rmtree(work / "state", ignore_errors=True)
        if root.exists():
            root.rmdir()
        work.rename(root)
    except OSError as error:
        raise StorageFailed(f"The backup could not be put back: {error.strerror}.") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return made


def _files(folders: Folders, with_records: bool) -> Iterator[tuple[str, Path]]:
    left_out = {*PASSING, *(() if with_records else RECORDS)}
    for path in sorted(folders.root.rglob("*")):
        place = path.relative_to(folders.root)
        hidden = any(part.startswith(".") for part in place.parts)
        private = place.parts[0] == "private" and len(place.parts) > 1
        if path.is_file() and not hidden and not (private and _stem(place.parts[1]) in left_out):
            yield place.as_posix(), path


def _stem(name: str) -> str:
    """SQLite keeps two files beside its own."""
    return name.removesuffix("-wal").removesuffix("-shm")


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    info = archive.gettarinfo(path, name)
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        archive.addfile(info, _Hashing(stream, digest))
    return digest.hexdigest()


class _Hashing:
    """A file that hashes what is read of it."""

    def __init__(self, stream: io.BufferedReader, digest: "hashlib._Hash") -> None:
        self._stream, self._digest = stream, digest

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._digest.update(chunk)
        return chunk


def _add_table(archive: tarfile.TarFile, engine: sa.Engine, name: str) -> int:
    lines = list(rows_of(engine, name))
    _add_bytes(archive, f"{_STATE}{name}.jsonl", b"".join(lines))
    return len(lines)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


def _unpacked(source: Path, work: Path, city: str) -> Backup:
    work.mkdir(mode=0o700, parents=True)
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(work, filter="data")
        made = Backup(**json.loads((work / CONTENTS).read_bytes()))
    except (tarfile.TarError, EOFError, ValueError, TypeError, KeyError, FileNotFoundError):
        raise _damaged() from None
    if made.format != FORMAT:
        raise StorageFailed(f"The backup has format {made.format}; this version reads {FORMAT}.", "Use the newer one.")
    if made.city != city:
        raise _wrong("FILE", f"is a backup of the city {made.city}, not of {city}.", "Name that city's folder.")
    for name, digest in made.files.items():
        if not (work / name).is_file() or hashlib.sha256((work / name).read_bytes()).hexdigest() != digest:
            raise _damaged()
    (work / CONTENTS).unlink()
    return made


def _tables(work: Path, made: Backup) -> dict[str, Iterable[bytes]]:
    found: dict[str, Iterable[bytes]] = {}
    for name, rows in made.tables.items():
        path = work / "state" / f"{name}.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        if len(lines) != rows:
            raise _damaged()
        found[name] = lines
    return found


def _private_file(path: Path) -> Path:
    path.touch(mode=0o600)
    return path


def _refuse_target(folders: Folders, target: Path) -> None:
    if target.exists():
        raise _wrong("FILE", "is there already.", "Name a new file: an old backup is never written over.")
    if folders.root.resolve() in target.resolve().parents:
        raise _wrong("FILE", "lies inside what it would save.", "Name a file elsewhere, best on another machine.")


def _damaged() -> StorageFailed:
    return StorageFailed("The backup is damaged or is none: nothing was put back.", "Use another copy of it.")


def _wrong(key: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("command line", key, what, remedy)
