"""Parquet."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.city.connectors import ParquetConnector
from etl.city.fileformats import ParquetFormat
from etl.errors import SourceUnreadable
from etl.fetch.connector import Fetched, Request, as_text, column_names, local_files, numbered


class ParquetFile:
    """`kind = "parquet"`."""

    kind = "parquet"

    def fetch(self, declared: ParquetConnector, request: Request) -> Fetched:
        """The files that the path means."""
        return local_files(declared.path, request.city_folder)

    def read(self, declared: ParquetFormat, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """Scans, one per file; moments come as ISO text."""
        return numbered([_scan(file) for file in files])


def _scan(file: Path) -> pl.LazyFrame:
    try:
        frame = pl.scan_parquet(file, glob=False)
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError):
        raise SourceUnreadable(f"{file.name} is no Parquet file, or is cut off.") from None
    return as_text(frame.rename(dict(zip(names, column_names(names), strict=True))))
