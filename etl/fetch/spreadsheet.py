"""A sheet of an Excel workbook (xlsx, xlsb, xls, ods)."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

import fastexcel
import polars as pl

from etl.city.connectors import SpreadsheetConnector
from etl.city.fileformats import SpreadsheetFormat
from etl.errors import SourceUnreadable
from etl.fetch.connector import LIMITS, Fetched, Limits, Request, as_text, column_names, local_files, numbered
from etl.fetch.truesize import require_true_sizes


class Spreadsheet:
    """`kind = "spreadsheet"`."""

    kind = "spreadsheet"

    def fetch(self, declared: SpreadsheetConnector, request: Request) -> Fetched:
        """The workbooks that the path means."""
        return local_files(declared.path, request.city_folder)

    def read(self, declared: SpreadsheetFormat, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The sheet of every workbook. Days and moments come as ISO text whatever the cell's format."""
        return numbered([_sheet(file, declared) for file in files])


def _sheet(file: Path, declared: SpreadsheetFormat) -> pl.LazyFrame:
    _require_sane_archive(file, LIMITS)
    try:
        book = fastexcel.read_excel(file)
        if not book.sheet_names:
            raise SourceUnreadable(f"{file.name} has no sheet.")
        sheet = book.load_sheet(
            declared.sheet or book.sheet_names[0],
            header_row=declared.header_row,
            dtypes="string",
            dtype_coercion="coerce",
        )
        frame = pl.DataFrame(sheet)
    except fastexcel.FastExcelError:
        what = f"{file.name} has no sheet {declared.sheet!r} or is no workbook." if declared.sheet else None
        raise SourceUnreadable(what or f"{file.name} is no workbook, or is damaged.") from None
    frame.columns = column_names(frame.columns)
    return as_text(frame.lazy())


def _require_sane_archive(file: Path, limits: Limits) -> None:
    if file.stat().st_size == 0:
        raise SourceUnreadable(f"{file.name} is empty.", "Ask the agency to send it again; the last release stays up.")
    if not is_zipfile(file):
        return
    try:
        with ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (BadZipFile, NotImplementedError, ValueError):  # NotImplementedError: packed in an unknown way
        raise SourceUnreadable(f"{file.name} is damaged or cut off.") from None
    dense = unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * file.stat().st_size
    if dense or unpacked > limits.unpacked_bytes:
        raise SourceUnreadable(f"{file.name} unpacks to far more than a feed can be.", "Ask the agency what it sent.")
    try:
        require_true_sizes(file)  # the reader of sheets unpacks what is there, not what the list says
    except BadZipFile:
        what = f"{file.name} is damaged, or holds more than it says."
        raise SourceUnreadable(what, "Ask the agency what it sent.") from None
