"""The beginning of a file, cut behind its last whole record so that it can be read as a file of its kind."""

import re
import zlib
from codecs import getincrementaldecoder

import orjson

from etl.city.fileformats import CsvFormat, FileFormat

SAMPLE_BYTES = 1 << 18
"""How much of a file is asked for to look at it."""
_GZIP, _ZIP, _ZIP_HEADER = b"\x1f\x8b", b"PK\x03\x04", 30
_DEFLATED = 8
_PACKED_RATIO = 40
"""Of a packed beginning so many times its size is unpacked at most."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]|"', re.S)


def records_of(start: bytes, file: FileFormat) -> bytes | None:
    """The whole records with which a file begins, unpacked; None where its kind cannot be read in part, as a workbook,
    and where not even one record is whole."""
    if file.kind in ("spreadsheet", "parquet"):
        return None
    start = _unpacked(start)
    if start.startswith(_ZIP):
        return None
    if isinstance(file, CsvFormat):
        return _lines(start, file)
    return _objects(start.removeprefix(b"\xef\xbb\xbf"))


def _unpacked(start: bytes) -> bytes:
    """As far as a packed beginning goes: gzip, or the first member of a zip of packed members."""
    most = _PACKED_RATIO * len(start)
    try:
        if start.startswith(_GZIP):
            return zlib.decompressobj(31).decompress(start, most)
        if start.startswith(_ZIP) and int.from_bytes(start[8:10], "little") == _DEFLATED:
            names = int.from_bytes(start[26:28], "little") + int.from_bytes(start[28:30], "little")
            return zlib.decompressobj(-15).decompress(start[_ZIP_HEADER + names :], most)
    except zlib.error:
        return start
    return start


def _lines(start: bytes, file: CsvFormat) -> bytes | None:
    """Up to the last line break that stands outside of quotation marks."""
    try:
        text = getincrementaldecoder(file.encoding)().decode(start)
    except UnicodeDecodeError:
        return None
    end = text.rfind("\n")
    while end >= 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return text[: end + 1].encode(file.encoding) if end >= 0 else None


def _objects(start: bytes) -> bytes | None:
    """JSON up to the last whole object of its first list, the list and what holds it closed; or its whole lines."""
    first, _, _ = start.lstrip().partition(b"\n")
    if _is_json(first) and start.count(b"\n") > 1:
        return start[: start.rfind(b"\n") + 1]
    closing: list[bytes] = []
    found = None
    for token in _TOKEN.finditer(start):
        mark = token.group()
        if mark in (b"[", b"{"):
            closing.append(b"]" if mark == b"[" else b"}")
        elif mark in (b"]", b"}"):
            if not closing or closing.pop() != mark:
                return None
            if mark == b"}" and closing[-1:] == [b"]"] and closing.count(b"]") == 1:
                found = (token.end(), b"".join(reversed(closing)))
        elif mark == b'"':  # a text that is cut off
            break
    if found is None:
        return None
    whole = start[: found[0]] + found[1]
    return whole if _is_json(whole) else None


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
