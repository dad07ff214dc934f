"""Kinds of feeds: one file each, one line each in the tuple below."""

from etl.fetch.arcgis import ArcGis
from etl.fetch.ckan import Ckan
from etl.fetch.connector import Connector
from etl.fetch.dropfolder import DropFolder
from etl.fetch.fileformats import READERS
from etl.fetch.httpfile import HttpFile
from etl.fetch.ogcfeatures import OgcFeatures
from etl.fetch.open311 import Open311
from etl.fetch.sftp import Sftp
from etl.fetch.shielded import Shielded
from etl.fetch.socrata import Socrata
from etl.fetch.sqlquery import SqlQuery

CONNECTORS: tuple[Connector, ...] = (
    *READERS,
    HttpFile(),
    DropFolder(),
    Socrata(),
    Ckan(),
    ArcGis(),
    OgcFeatures(),
    Open311(),
    Sftp(),
    SqlQuery(),
)


def connector(kind: str) -> Shielded:
    """The connector of that kind, shielded from what sources send. Raises KeyError with the known kinds."""
    for each in CONNECTORS:
        if each.kind == kind:
            return Shielded(each)
    raise KeyError(f"no connector {kind!r}; known: {', '.join(each.kind for each in CONNECTORS)}")
