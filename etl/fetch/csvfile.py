"""CSV and TSV: plain, gzip or zip; with or without a header; any encoding. Plain UTF-8 is read lazily, in a stream."""

import csv
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.city.connectors import CsvConnector
from etl.city.fileformats import CsvFormat
from etl.errors import SourceUnreadable
from etl.fetch.connector import LIMITS, Fetched, Request, column_names, local_files, numbered
from etl.fetch.unpack import plain_text, require_short_lines, wrong_encoding
from etl.records import OVERFLOW, ROW


class CsvFile:
    """`kind = "csv"`."""

    kind = "csv"

    def fetch(self, declared: CsvConnector, request: Request) -> Fetched:
        """The files that the path means."""
        return local_files(declared.path, request.city_folder)

    def read(self, declared: CsvFormat, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """Scans, one per file; columns that only some files have are null in the others."""
        texts = [text for file in files for text in plain_text(file, scratch, encoding=declared.encoding)]
        if len(texts) == 1:
            return _scan(texts[0], declared, numbered_rows=True)
        return numbered([_scan(text, declared, numbered_rows=False) for text in texts])


def _scan(text: Path, declared: CsvFormat, *, numbered_rows: bool) -> pl.LazyFrame:
    header, lines = _header(text, declared)
    require_short_lines(text)
    if len(header) > LIMITS.columns:
        raise SourceUnreadable(
            f"{text.name} has more than {LIMITS.columns:,} columns.",
            "Is the delimiter right, and is it one record per line? The last release stays up.",
        )
    names = column_names(header if declared.header else declared.columns)
    return pl.scan_csv(
        text,
        has_header=False,
        skip_lines=declared.skip_rows + (lines if declared.header else 0),
        separator=declared.delimiter,
        schema=dict.fromkeys([*names, OVERFLOW], pl.String),
        missing_columns="insert",
        truncate_ragged_lines=True,
        glob=False,
        row_index_name=ROW if numbered_rows else None,
        row_index_offset=1 if numbered_rows else 0,
    )


def _header(text: Path, declared: CsvFormat) -> tuple[list[str], int]:
    """The fields of the first record that counts, and how many lines it takes. Raises SourceUnreadable."""
    with text.open("rb") as stream:
        start = stream.read(LIMITS.line_bytes)
    _require_table(text.name, start, declared)
    try:
        lines = start.decode("utf-8-sig", errors="strict" if len(start) < LIMITS.line_bytes else "ignore").splitlines()
    except UnicodeDecodeError:
        raise wrong_encoding(text.name, declared.encoding) from None
    reader = csv.reader((line + "\n" for line in lines[declared.skip_rows :]), delimiter=declared.delimiter)
    try:
        return next(reader), reader.line_num
    except (csv.Error, StopIteration):
        what = f"{text.name} ends before its header, or has none that can be read."
        raise SourceUnreadable(what, "Check skip_rows and delimiter; the last release stays up.") from None


def _require_table(name: str, start: bytes, declared: CsvFormat) -> None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise wrong_encoding(name, declared.encoding)
    opening = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if opening in (b"<", b"{"):
        kind = "a web page" if opening == b"<" else "JSON"
        remedy = (
            "The agency's server sent something else: open its address, or correct the path. The last release stays up."
        )
        raise SourceUnreadable(f"{name} is {kind}, not a table.", remedy)
    if not opening:
        raise SourceUnreadable(f"{name} is empty.", "Ask the agency to send it again; the last release stays up.")
    if len(start) == LIMITS.line_bytes and b"\n" not in start:
        raise SourceUnreadable(
            f"{name} has no line break in its first {LIMITS.line_bytes // 1000:,} kB.",
            "Ask the agency for one record per line; the last release stays up.",
        )
