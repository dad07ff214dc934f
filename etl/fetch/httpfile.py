"""A file on a web server: one request when nothing changed, and otherwise a download that can be taken up again."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import orjson
import polars as pl

from etl.city.fileformats import FileFormat
from etl.city.webconnectors import HttpConnector
from etl.errors import StorageFailed
from etl.fetch.beginning import SAMPLE_BYTES, records_of
from etl.fetch.connector import Fetched, Request, Sampled
from etl.fetch.download import Version, download, first_bytes
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

    def sample(self, declared: HttpConnector, request: Request, rows: int) -> Sampled:
        """The beginning of the file; the whole of one that cannot be read in part."""
        with open_web(declared, request, secret_headers=_secret(declared, request)) as web:
            return sample_file(web, declared.url, declared.file, request)

    def read(self, declared: HttpConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """As the kind of its file is read."""
        return read_files(declared.file, files, scratch)


def fetch_file(web: Web, url: str, file: FileFormat, request: Request) -> Fetched:
    """The whole file at `url`, or word that it is still the version that `request.since` names."""
    request.arriving.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = request.arriving / f"feed{_suffix(url, file)}"
    asked = hashlib.sha256(url.encode()).hexdigest()[:16]
    done = download(web, url, target, known=_known(request.since, asked), told=request.told)
    if done.unchanged:
        return Fetched((), watermark=request.since, unchanged=True)
    version = {"of": asked, "etag": done.version.etag, "modified": done.version.modified}
    named = done.version.etag or done.version.modified
    return Fetched((target,), watermark=orjson.dumps(version).decode() if named else None, own=True)


def sample_file(web: Web, url: str, file: FileFormat, request: Request) -> Sampled:
    """The first bytes of the file at `url`, as far as they hold whole records; all of it where it is short or packed in
    a way that cannot be read in part."""
    request.arriving.mkdir(parents=True, exist_ok=True, mode=0o700)
    content, size, version = web.retrying()(lambda: first_bytes(web, url, SAMPLE_BYTES))
    changed = _moment(version.modified)
    is_whole = len(content) < SAMPLE_BYTES or len(content) == size
    mended = content if is_whole else records_of(content, file)
    if mended is None:
        return Sampled(fetch_file(web, url, file, replace(request, since=None)).files, "all", None, changed)
    target = request.arriving / f"sample{_suffix(url, file) if is_whole else _SUFFIXES[file.kind]}"
    try:
        target.touch(mode=0o600)
        target.write_bytes(mended)
    except OSError as error:
        raise StorageFailed(f"What was sent could not be kept: {error.strerror}.") from None
    return Sampled((target,), "all" if is_whole else "first", None, changed)


def _suffix(url: str, file: FileFormat) -> str:
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    return suffix if suffix in _KNOWN else _SUFFIXES[file.kind]


def _moment(modified: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(modified or "")
    except ValueError:
        return None


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
