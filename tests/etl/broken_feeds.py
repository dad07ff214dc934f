"""A directory of broken feeds, written by the tests themselves: each with the exit code and the sentence it must give.

`SOUND` is the feed that they break. The values in it that start with CANARY may stand in no error.
"""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROWS = 400
HEADER = "Number,Opened,Closed,Type,Status,Caller,Latitude,Longitude"
CANARY = "CANARYROSE"


def sound_lines(header: str = HEADER) -> list[str]:
    """A header and 400 sound rows inside the test city (lat 36.0 to 36.1, lng -84.0 to -83.8)."""
    return [header, *(_row(n) for n in range(ROWS))]


def _row(n: int) -> str:
    opened = f"{1 + n % 12:02d}/{1 + n % 28:02d}/2025 {1 + n % 12:02d}:15:00 {'AM' if n % 2 else 'PM'}"
    lat, lng = 36.001 + n * 0.0002, -83.99 + n * 0.0004
    return f"{1000 + n},{opened},,Pothole {CANARY},Open,{CANARY} {n} Street (865) 555-0100,{lat:.5f},{lng:.5f}"


def text(*lines: str) -> bytes:
    """Lines as a file."""
    return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True)
class BrokenFeed:
    """What is wrong, the bytes that arrive, and what a run must say: `exit_code` 0 means that it goes on."""

    name: str
    content: Callable[[], bytes]
    exit_code: int
    sentence: str = ""


def _with(n: int, line: str) -> bytes:
    lines = sound_lines()
    return text(*lines[:n], line, *lines[n:])


def _changed(change: Callable[[str], str]) -> bytes:
    return text(*map(change, sound_lines()))


def _cells(change: Callable[[list[str]], list[str]]) -> bytes:
    lines = sound_lines()
    return text(lines[0], *(",".join(change(line.split(","))) for line in lines[1:]))


def _zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feed.csv", content)
    return stream.getvalue()


def _bomb() -> bytes:
    return text(HEADER) + b"1,\n" * 70_000_000


def _in_feet(cells: list[str]) -> list[str]:
    return [*cells[:6], "588123.4", "2590411.9"]


def _swapped(cells: list[str]) -> list[str]:
    return [*cells[:6], cells[7], cells[6]]


def _mixed_dates(cells: list[str]) -> list[str]:
    return [cells[0], "2025-03-04 10:00" if int(cells[0]) % 3 == 0 else cells[1], *cells[2:]]


def _float_ids(cells: list[str]) -> list[str]:
    return [f"{cells[0]}.0", *cells[1:]]


BROKEN_FEEDS: tuple[BrokenFeed, ...] = (
    BrokenFeed("empty", lambda: b"", 10, "is empty"),
    BrokenFeed("blank lines", lambda: b"\n\r\n \n", 10, "is empty"),
    BrokenFeed("header only", lambda: text(HEADER), 12, "has 0 rows"),
    BrokenFeed("wrong delimiter", lambda: _changed(lambda line: line.replace(",", ";")), 11, "is the delimiter right"),
    BrokenFeed(
        "wrong encoding", lambda: _with(200, f"9,,,caf\xe9 {CANARY},,,,").decode().encode("latin-1"), 10, "not utf-8"
    ),
    BrokenFeed(
        "wrong encoding far inside",
        lambda: text(*sound_lines(), *(["# " + "x" * 98] * 20_000)) + b"9,caf\xe9\n",
        10,
        "not in the declared encoding",
    ),
    BrokenFeed("utf-16", lambda: text(*sound_lines()).decode().encode("utf-16"), 10, "not utf-8"),
    BrokenFeed("truncated gzip", lambda: gzip.compress(text(*sound_lines()))[:-200], 10, "damaged or cut off"),
    BrokenFeed("truncated zip", lambda: _zipped(text(*sound_lines()))[:-200], 10, "damaged or cut off"),
    BrokenFeed("zip without a file", lambda: b"PK\x05\x06" + b"\0" * 18, 10, "holds no file"),
    BrokenFeed(
        "web page", lambda: b"<!DOCTYPE html>\n<html><body>503 " + CANARY.encode() + b"</body></html>", 10, "a web page"
    ),
    BrokenFeed("error as JSON", lambda: b'{"error": "' + CANARY.encode() + b'"}', 10, "JSON, not a table"),
    BrokenFeed(
        "column renamed", lambda: text(*sound_lines(HEADER.replace("Opened", "Open Date"))), 11, "no column 'Opened'"
    ),
    BrokenFeed("column added", lambda: _changed(lambda line: f"{line},{CANARY}"), 0),
    BrokenFeed(
        "title above the header", lambda: text(f"Report for {CANARY}", *sound_lines()), 11, "no column 'Number'"
    ),
    BrokenFeed("header told again", lambda: _with(100, HEADER), 0),
    BrokenFeed("10 MB single line", lambda: b"x" * 10_000_000, 10, "no line break"),
    BrokenFeed("10 MB line inside", lambda: _with(9, "7,x," + "y" * 10_000_000), 10, "a line of more than 1,000 kB"),
    BrokenFeed("zip bomb", lambda: _zipped(_bomb()), 10, "unpacks to far more"),
    BrokenFeed("gzip bomb", lambda: gzip.compress(_bomb(), 1), 10, "unpacks to far more"),
    BrokenFeed("ids as floats", lambda: _cells(_float_ids), 0),
    BrokenFeed("mixed date formats", lambda: _cells(_mixed_dates), 12, "bad_date 133"),
    BrokenFeed("coordinates in feet", lambda: _cells(_in_feet), 13, "0.0% of the records could be located"),
    BrokenFeed("coordinates swapped", lambda: _cells(_swapped), 13, "0.0% of the records could be located"),
    BrokenFeed("quotation mark never closed", lambda: _with(300, f'9,"{CANARY}'), 10, "quotation mark"),
)


def write_broken_feeds(folder: Path) -> None:
    """All of them as files, to be looked at."""
    for feed in BROKEN_FEEDS:
        (folder / f"{feed.name}.csv").write_bytes(feed.content())
