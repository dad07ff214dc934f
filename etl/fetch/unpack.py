"""From a file as received to plain UTF-8 text: gzip and zip are told by their first bytes, never by their names."""

import errno
import gzip
import zipfile
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from etl.errors import SourceUnreadable
from etl.fetch.connector import LIMITS, Limits

CHUNK = 1 << 20
GLANCE = 1 << 14
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
"""What is raised for an archive that is none, or is locked, cut off or packed in an unknown way."""
_UTF8 = ("utf-8", "utf8", "utf_8", "utf-8-sig", "ascii", "us-ascii")


def plain_text(file: Path, scratch: Path, *, encoding: str = "utf-8", limits: Limits = LIMITS) -> list[Path]:
    """The file itself if it already is plain UTF-8, else unpacked and recoded copies of it in `scratch`.

    A zip of several files gives one copy each, in the order of their names. Raises SourceUnreadable for what is
    truncated, expands beyond the limits, or is not in the declared encoding.
    """
    with file.open("rb") as stream:
        magic = stream.read(4)
    if not magic:
        raise SourceUnreadable(f"{file.name} is empty.", "Ask the agency to send it again; the last release stays up.")
    if magic.startswith(_ZIP):
        return [_written(stream, scratch / name, encoding) for name, stream in _members(file, limits)]
    if magic.startswith(_GZIP):
        return [_written(_gunzipped(file, limits), scratch / f"{file.name}.txt", encoding)]
    if encoding.lower() in _UTF8:
        return [file]
    with file.open("rb") as stream:
        return [_written(_chunks(stream), scratch / f"{file.name}.txt", encoding)]


def plain_bytes(file: Path, *, limits: Limits = LIMITS) -> bytes:
    """The whole content of a small file, unpacked if it is gzip or a zip of one file. Raises SourceUnreadable."""
    content = file.read_bytes()
    if content.startswith(_ZIP):
        return b"".join(b"".join(chunks) for _, chunks in list(_members(file, limits))[:1])
    return b"".join(_gunzipped(file, limits)) if content.startswith(_GZIP) else content


def require_short_lines(file: Path, *, limits: Limits = LIMITS) -> None:
    """Raise SourceUnreadable when a line is certainly too long to be a record.

    Looks for one line break in every window of the limit's length: of a sound file it reads next to nothing.
    """
    size = file.stat().st_size
    with file.open("rb", buffering=0) as stream:
        for start in range(0, size - limits.line_bytes, limits.line_bytes):
            stream.seek(start)
            if b"\n" not in stream.read(GLANCE) and b"\n" not in stream.read(limits.line_bytes - GLANCE):
                raise SourceUnreadable(
                    f"{file.name} has a line of more than {limits.line_bytes // 1000:,} kB.",
                    "Ask the agency for one record per line; the last release stays up.",
                )


def _gunzipped(file: Path, limits: Limits) -> Iterator[bytes]:
    with gzip.open(file) as stream:
        try:
            yield from _limited(_chunks(stream), file.name, file.stat().st_size, limits)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise _damaged(file) from None


def _members(file: Path, limits: Limits) -> Iterator[tuple[str, Iterator[bytes]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = sorted((m for m in archive.infolist() if _is_data(m)), key=lambda m: m.filename)
            if not members:
                raise SourceUnreadable(f"{file.name} holds no file.")
            for place, member in enumerate(members):
                with archive.open(member) as stream:
                    chunks = _limited(_sound(_chunks(stream), file), file.name, member.compress_size, limits)
                    yield f"{file.name}.{place:04d}.txt", chunks
    except _DAMAGED:
        raise _damaged(file) from None


def _sound(chunks: Iterator[bytes], file: Path) -> Iterator[bytes]:
    """The chunks of an archive's member, which are read while nobody else would notice that they are damaged."""
    try:
        yield from chunks
    except _DAMAGED:
        raise _damaged(file) from None
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # a place before its beginning
            raise
        raise _damaged(file) from None


def _is_data(member: zipfile.ZipInfo) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in member.filename.split("/"))
    return not (member.is_dir() or hidden)


def _chunks(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _limited(chunks: Iterator[bytes], name: str, packed: int, limits: Limits) -> Iterator[bytes]:
    unpacked = 0
    for chunk in chunks:
        unpacked += len(chunk)
        too_dense = unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio
        if unpacked > limits.unpacked_bytes or too_dense:
            raise SourceUnreadable(
                f"{name} unpacks to far more than a feed can be ({unpacked // 1_000_000:,} MB and more).",
                "Do not open it; ask the agency what it sent. The last release stays up.",
            )
        yield chunk


def _written(chunks: Iterator[bytes], target: Path, encoding: str) -> Path:
    recode = None if encoding.lower() in _UTF8 else getincrementaldecoder(encoding)()
    with ExitStack() as stack:
        out = stack.enter_context(target.open("wb"))
        try:
            for chunk in chunks:
                out.write(recode.decode(chunk).encode() if recode else chunk)
            if recode:
                out.write(recode.decode(b"", final=True).encode())
        except UnicodeDecodeError:
            raise wrong_encoding(target.name.removesuffix(".txt"), encoding) from None
    return target


def wrong_encoding(name: str, encoding: str) -> SourceUnreadable:
    """The error for text that is not in the declared encoding."""
    return SourceUnreadable(
        f"{name} is not {encoding} text.", "Declare the right encoding under [connector], for example windows-1252."
    )


def _damaged(file: Path) -> SourceUnreadable:
    return SourceUnreadable(f"{file.name} is damaged or cut off.", "Fetch it again; the last release stays up.")
