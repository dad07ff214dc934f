"""Kinds of feeds: one file each, one line each in the tuple below."""

from etl.fetch.connector import Connector
from etl.fetch.csvfile import CsvFile
from etl.fetch.geofile import GeoFile
from etl.fetch.jsonfile import JsonFile
from etl.fetch.parquetfile import ParquetFile
from etl.fetch.spreadsheet import Spreadsheet

CONNECTORS: tuple[Connector, ...] = (CsvFile(), Spreadsheet(), JsonFile(), GeoFile(), ParquetFile())


def connector(kind: str) -> Connector:
    """The connector of that kind. Raises KeyError with the known kinds."""
    for each in CONNECTORS:
        if each.kind == kind:
            return each
    raise KeyError(f"no connector {kind!r}; known: {', '.join(each.kind for each in CONNECTORS)}")
