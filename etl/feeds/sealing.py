"""From the files of a feed to a sealed snapshot: kept once, private, on disk, whole or not at all."""

import hashlib
import hmac
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from etl.errors import SourceUnreadable, StorageFailed
from etl.records import Snapshot

CHUNK = 1 << 22
STILL_WRITTEN = "The next run tries again; if it says so every time, ask the agency when it writes its file."


def sealed(files: Sequence[Path], folder: Path, key: bytes, *, arrived: Path | None = None) -> list[Snapshot]:
    """Snapshots of the files in a folder that is named after the content of all of them; the same content is kept once.

    Files in `arrived` are this program's own: they are linked and not copied, and may be removed afterwards. All
    others are copied, and refused as SourceUnreadable when they change meanwhile. Whatever happens, `folder` holds the
    whole snapshot or nothing of it. `key` keys the hashes that may leave this house. Raises StorageFailed where the
    private folder cannot be written.
    """
    half = folder / f".arriving-{os.getpid()}"
    shutil.rmtree(half, ignore_errors=True)
    try:
        with _storage():
            half.mkdir(parents=True, mode=0o700)
            named = zip(files, _names(files), strict=True)
            foreign = {file: _stamp(file) for file in files if not _lies_in(file, arrived)}
            kept = [_kept(file, half / name, key, _lies_in(file, arrived)) for file, name in named]
            if len(files) > 1:  # parts of two deliveries, such as the shapes of one and the rows of another, are none
                _require_same(foreign)
            sync_folder(half)
            return _home(kept, half, folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Have the folder's list of names on disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _home(kept: Sequence[Snapshot], half: Path, folder: Path) -> list[Snapshot]:
    seal = hashlib.sha256("".join(f"{one.path.name}\0{one.sha256}\n" for one in kept).encode()).hexdigest()
    home = folder / seal[:32]
    if home.exists():  # what is there may have been damaged since; what just came is whole
        old = folder / f".replaced-{home.name}"
        shutil.rmtree(old, ignore_errors=True)
        home.rename(old)
        half.rename(home)
        shutil.rmtree(old, ignore_errors=True)
    else:
        half.rename(home)
    sync_folder(folder)
    return [Snapshot(home / one.path.name, one.sha256, one.keyed, one.bytes) for one in kept]


def _kept(file: Path, target: Path, key: bytes, own: bool) -> Snapshot:
    with _opened(file) as stream:
        seal, size = _linked(stream, file, target) if own else _copied(stream, file, target)
    keyed = hmac.digest(key, seal, "sha256").hex()
    return Snapshot(target, seal.hex(), keyed, size)


def _linked(stream: IO[bytes], file: Path, target: Path) -> tuple[bytes, int]:
    """Hash a file of ours where it lies and give it a second name; copy it where the volume knows no second names."""
    os.fchmod(stream.fileno(), 0o600)
    seal, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        seal.update(chunk)
        size += len(chunk)
    os.fsync(stream.fileno())
    try:
        os.link(file, target)
    except OSError:
        stream.seek(0)
        return _copied(stream, file, target)
    return seal.digest(), size


def _copied(stream: IO[bytes], file: Path, target: Path) -> tuple[bytes, int]:
    before = os.fstat(stream.fileno())
    seal, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb", buffering=0) as out:  # noqa: PTH123 - a descriptor has no path
        while size <= before.st_size and (chunk := _read(stream, file)):  # one that only grows would never end
            seal.update(chunk)
            _write(out, chunk)
            size += len(chunk)
        os.fsync(out.fileno())
    after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        raise SourceUnreadable(f"{file.name} is still being written.", STILL_WRITTEN)
    return seal.digest(), size


def _stamp(file: Path) -> tuple[int, int, int]:
    """Which file it is, its bytes and when it was last written; nothing of one that is not there."""
    try:
        about = file.stat()
    except OSError:
        return 0, 0, 0
    return about.st_ino, about.st_size, about.st_mtime_ns


def _require_same(before: Mapping[Path, tuple[int, int, int]]) -> None:
    for file, stamp in before.items():
        if _stamp(file) != stamp:
            raise SourceUnreadable(f"{file.name} was replaced while the files beside it were read.", STILL_WRITTEN)


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb", buffering=0)
    except OSError as error:
        raise SourceUnreadable(f"{file.name} could not be opened: {error.strerror}.") from None


def _read(stream: IO[bytes], file: Path) -> bytes:
    """The next piece of the agency's file, whose folder may be on another machine."""
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise SourceUnreadable(f"{file.name} could not be read to its end: {error.strerror}.") from None


def _write(out: IO[bytes], chunk: bytes) -> None:
    """All of it: an unbuffered file may take less than it is given when the disk is nearly full."""
    left = memoryview(chunk)
    while left:
        left = left[out.write(left) :]


def _names(files: Sequence[Path]) -> list[str]:
    """The files' own names; numbered by their common stem where two folders hold files of one name."""
    names = [file.name for file in files]
    if len(set(names)) == len(names):
        return names
    stems = list(dict.fromkeys(file.with_suffix("") for file in files))
    return [f"{stems.index(file.with_suffix('')):04d}-{file.name}" for file in files]


def _lies_in(file: Path, folder: Path | None) -> bool:
    return folder is not None and file.is_relative_to(folder)


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"The snapshot could not be written: {error.strerror}.") from None
