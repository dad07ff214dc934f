"""How large the parts of an archive really are: its list may lie, and another reader may not go by the list."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

_HEADER, _BEGINS = 30, b"PK\x03\x04"
_CHUNK = 1 << 20


def require_true_sizes(file: Path) -> None:
    """Unpack every part and forget it, never more than a chunk of it in memory.

    Raises BadZipFile where a part is not as large as the archive's list says, is damaged, or is packed in a way that
    no workbook is.
    """
    with ZipFile(file) as archive, file.open("rb") as raw:
        for member in archive.infolist():
            size = 0
            for chunk in _unpacked(member, raw):
                size += len(chunk)
                if size > member.file_size:
                    break
            if size != member.file_size:
                raise BadZipFile("a part is not as large as the list says")


def _unpacked(member: ZipInfo, raw: BinaryIO) -> Iterator[bytes]:
    if member.compress_type == ZIP_STORED:
        yield from _packed(member, raw)
        return
    if member.compress_type != ZIP_DEFLATED:
        raise BadZipFile("a part is packed in an unknown way")
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _packed(member, raw):
            while packed and not unpacking.eof:
                yield unpacking.decompress(packed, _CHUNK)
                packed = unpacking.unconsumed_tail  # noqa: PLW2901 - what is left of this chunk
        yield unpacking.flush()
    except zlib.error as error:
        raise BadZipFile("a part is damaged") from error


def _packed(member: ZipInfo, raw: BinaryIO) -> Iterator[bytes]:
    raw.seek(member.header_offset)
    head = raw.read(_HEADER)
    if len(head) < _HEADER or not head.startswith(_BEGINS):
        raise BadZipFile("a part is not where the list says")
    raw.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    left = member.compress_size
    while left and (chunk := raw.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk
