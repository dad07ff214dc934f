"""A file on a web server: one request when nothing changed, and otherwise a download that can be taken up again."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import orjson
import polars as pl

from etl.city.fileformats import FileFormat
from etl.city.webconnectors import HttpConnector
from etl.fetch.connector import Fetched, Request
from etl.fetch.download import Version, download
from etl.fetch.fileformats import read_files
from etl.fetch.http import Web, open_web

_SUFFIXES = {"csv": ".csv", "spreadsheet": ".xlsx", "json": ".json", "geofile": ".geojson", "parquet": ".parquet"}
_KNOWN = frozenset({*_SUFFIXES.values(), ".tsv", ".txt", ".gz", ".zip", ".xlsb", ".xls", ".ods", ".gpkg", ".kml"})


class HttpFile:
    """`kind = "http"`."""

    kind = "http"

    def fetch(self, declared: HttpConnector, request: Request) -> Fetched:
        """The file; with `since`, unchanged if the server says so (ETag, or else the moment of its last change)."""
        with open_web(declared, request, secret_headers=_secret(declared, request)) as web:
            return fetch_file(web, declared.url, declared.file, request)

    def read(self, declared: HttpConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """As the kind of its file is read."""
        return read_files(declared.file, files, scratch)


def fetch_file(web: Web, url: str, file: FileFormat, request: Request) -> Fetched:
    """The whole file at `url`, or word that it is still the version that `request.since` names."""
    request.arriving.mkdir(parents=True, exist_ok=True, mode=0o700)
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    target = request.arriving / f"feed{suffix if suffix in _KNOWN else _SUFFIXES[file.kind]}"
    asked = hashlib.sha256(url.encode()).hexdigest()[:16]
    done = download(web, url, target, known=_known(request.since, asked), told=request.told)
    if done.unchanged:
        return Fetched((), watermark=request.since, unchanged=True)
    version = {"of": asked, "etag": done.version.etag, "modified": done.version.modified}
    named = done.version.etag or done.version.modified
    return Fetched((target,), watermark=orjson.dumps(version).decode() if named else None, own=True)


def _known(since: str | None, asked: str) -> Version | None:
    """The version that was taken last, if it was of this address."""
    try:
        said = orjson.loads(since or "")
        return Version(said["etag"], said["modified"]) if said["of"] == asked else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _secret(declared: HttpConnector, request: Request) -> dict[str, str]:
    if declared.secret is None:
        return {}
    secret = request.secret(declared.secret)
    if declared.user is not None:
        return {"Authorization": f"Basic {b64encode(f'{declared.user}:{secret}'.encode()).decode()}"}
    name, _, value = declared.header.partition(": ")
    return {name: value.replace("{secret}", secret)}
