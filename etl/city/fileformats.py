"""How a file of a feed is read, whichever way it came: the options of each format, told apart by `kind`."""

import codecs
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from etl.city.models import Declaration, Text


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("not an encoding Python knows, such as utf-8 or windows-1252") from None
    return name


class CsvFormat(Declaration):
    """How a CSV or TSV file is read, plain, gzip or zip."""

    kind: Literal["csv"] = Field(description="Kind of feed.")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="What separates the columns.")
    encoding: Annotated[str, AfterValidator(_known_encoding)] = Field(default="utf-8", description="Text encoding.")
    header: bool = Field(default=True, description="Whether the first row names the columns.")
    columns: tuple[Text, ...] = Field(default=(), description="Names of the columns, where `header` is false.")
    skip_rows: int = Field(default=0, ge=0, description="Lines above the header that are no data.")


class SpreadsheetFormat(Declaration):
    """A sheet of an Excel workbook."""

    kind: Literal["spreadsheet"] = Field(description="Kind of feed.")
    sheet: str | None = Field(default=None, description="Name of the sheet; without it, the first.")
    header_row: int = Field(default=0, ge=0, description="Row that names the columns, counted from 0.")


class JsonFormat(Declaration):
    """JSON: a list of objects, or an object that holds one."""

    kind: Literal["json"] = Field(description="Kind of feed.")
    records: str | None = Field(default=None, description="Key that holds the list, with dots for keys inside keys.")


class GeofileFormat(Declaration):
    """GeoJSON, shapefile or GeoPackage; points become the columns lng and lat (WGS 84)."""

    kind: Literal["geofile"] = Field(description="Kind of feed.")
    layer: str | None = Field(default=None, description="Layer, where the file has several.")


class ParquetFormat(Declaration):
    """Parquet."""

    kind: Literal["parquet"] = Field(description="Kind of feed.")


FileFormat = Annotated[
    CsvFormat | SpreadsheetFormat | JsonFormat | GeofileFormat | ParquetFormat, Field(discriminator="kind")
]
"""`file = { kind = "csv", delimiter = "|" }` of a connector that brings files from elsewhere."""
