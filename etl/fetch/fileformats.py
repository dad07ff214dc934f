"""The readers of files, for the connectors that bring files of any format."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.city.fileformats import FileFormat
from etl.fetch.connector import Connector
from etl.fetch.csvfile import CsvFile
from etl.fetch.geofile import GeoFile
from etl.fetch.jsonfile import JsonFile
from etl.fetch.parquetfile import ParquetFile
from etl.fetch.spreadsheet import Spreadsheet

READERS: tuple[Connector, ...] = (CsvFile(), Spreadsheet(), JsonFile(), GeoFile(), ParquetFile())


def read_files(declared: FileFormat, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
    """The files as one table of text, in their order. As `Connector.read`; the format's `kind` chooses the reader."""
    reader = next(each for each in READERS if each.kind == declared.kind)
    return reader.read(declared, files, scratch)
