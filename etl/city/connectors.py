"""What `[connector]` may say: one model per kind of feed, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from etl.city.filedrops import DropFolderConnector, SftpConnector
from etl.city.fileformats import CsvFormat, GeofileFormat, JsonFormat, ParquetFormat, SpreadsheetFormat
from etl.city.geoconnectors import ArcgisConnector, OgcFeaturesConnector, Open311Connector
from etl.city.models import Declaration, Text
from etl.city.sqlconnector import SqlConnector
from etl.city.webconnectors import CkanConnector, HttpConnector, SocrataConnector


class LocalFile(Declaration):
    """Files that lie where the city folder can name them. They are there when a declaration is checked."""

    path: Text = Field(
        description="File or glob, relative to the city folder. Matches are read in the order of their names."
    )


class CsvConnector(CsvFormat, LocalFile):
    """CSV or TSV, plain, gzip or zip."""


class SpreadsheetConnector(SpreadsheetFormat, LocalFile):
    """A sheet of an Excel workbook."""


class JsonConnector(JsonFormat, LocalFile):
    """JSON: a list of objects, or an object that holds one."""


class GeofileConnector(GeofileFormat, LocalFile):
    """GeoJSON, shapefile or GeoPackage; points become the columns lng and lat (WGS 84)."""


class ParquetConnector(ParquetFormat, LocalFile):
    """Parquet."""


CONNECTORS = (
    CsvConnector,
    SpreadsheetConnector,
    JsonConnector,
    GeofileConnector,
    ParquetConnector,
    HttpConnector,
    DropFolderConnector,
    SocrataConnector,
    CkanConnector,
    ArcgisConnector,
    OgcFeaturesConnector,
    Open311Connector,
    SftpConnector,
    SqlConnector,
)

Connector = Annotated[
    CsvConnector
    | SpreadsheetConnector
    | JsonConnector
    | GeofileConnector
    | ParquetConnector
    | HttpConnector
    | DropFolderConnector
    | SocrataConnector
    | CkanConnector
    | ArcgisConnector
    | OgcFeaturesConnector
    | Open311Connector
    | SftpConnector
    | SqlConnector,
    Field(discriminator="kind"),
]
