"""Download a large file to disk: in small pieces, taken up again where it was cut off, and never taken for whole."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from etl.errors import StorageFailed
from etl.fetch.connector import LIMITS, MEGABYTE, untold
from etl.fetch.http import HttpFailed, Web, require_no_page

if TYPE_CHECKING:
    import httpx2

_WHOLE, _PART, _UNCHANGED, _BEYOND = 200, 206, 304, 416
_GLANCE = 2_048
_TOLD_EVERY = 8 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a file the server says it sent; either may be None."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """`unchanged`: the server says the file is still the known version; then nothing was written."""

    version: Version
    unchanged: bool = False


def download(
    web: Web,
    url: str,
    target: Path,
    *,
    params: Mapping[str, str | int] = {},
    headers: Mapping[str, str] = {},
    known: Version | None = None,
    told: Callable[[int, int], None] = untold,
) -> Downloaded:
    """Write the file at `url` to `target`, whose folder exists and is private.

    Until it is whole it lies beside it as `<name>.part`, and a later call takes it up again if the server still holds
    that very version. `tries` counts tries in a row that brought nothing. Raises HttpFailed for a body that stays
    short of its length, a web page, or a server's refusal; StorageFailed.
    """
    arrival = _Arrival(web, url, target, dict(params), dict(headers), known, told)
    try:
        while (done := web.retrying()(arrival.further)) is None:
            web.timing.sleep(1.0)
        return done
    except OSError as error:
        raise StorageFailed(f"A download could not be written: {error.strerror}.") from None


def first_bytes(web: Web, url: str, most: int) -> tuple[bytes, int | None, Version]:
    """One try at the first `most` bytes of the file at `url`, how long it is if the server says so, and its version.

    A server that knows no ranges is left as soon as it has sent so much. Raises as `download`.
    """
    asked = {"Accept-Encoding": "identity", "Range": f"bytes=0-{most - 1}"}
    with web.stream(url, headers=asked, accept=(_WHOLE, _PART, _BEYOND)) as response:
        version = Version(response.headers.get("etag"), response.headers.get("last-modified"))
        if response.status_code == _BEYOND:  # it has no first byte
            return b"", 0, version
        length = response.headers.get("content-length", "")
        size = _whole_size(response) if response.status_code == _PART else int(length) if length.isdigit() else None
        content = b""
        for chunk in web.chunks(response):
            content += chunk
            if len(content) >= most:
                break
        require_no_page(response.url.host, content)
        if len(content) < min(most, size or 0):
            raise HttpFailed(f"{response.url.host} broke off in the middle of its answer.", again=True)
        return content[:most], size, version


def _whole_size(response: "httpx2.Response") -> int | None:
    said = re.fullmatch(r"bytes 0-\d+/(\d+)", response.headers.get("content-range", "").strip())
    if said is None:
        raise HttpFailed(f"{response.url.host} did not send the beginning that it was asked for.", again=True)
    return int(said[1])


class _Arrival:
    """One file on its way."""

    def __init__(
        self,
        web: Web,
        url: str,
        target: Path,
        params: dict[str, str | int],
        headers: dict[str, str],
        known: Version | None,
        told: Callable[[int, int], None],
    ) -> None:
        self._web, self._url, self._params, self._headers = web, url, params, headers
        self._known, self._told = known, told
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._about = target.with_name(f"{target.name}.part.json")
        self._query = hashlib.sha256(orjson.dumps([url, params], option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._farthest = 0

    def further(self) -> Downloaded | None:
        """One try. None when the body was cut off, but farther along than ever: then the next goes on from there."""
        validator, size = self._left()
        asked = {"Accept-Encoding": "identity", **self._headers, **_unless(self._known)}
        if validator and size:
            asked |= {"Range": f"bytes={size}-", "If-Range": validator}
        try:
            with self._web.stream(
                self._url, params=self._params, headers=asked, accept=(_WHOLE, _PART, _UNCHANGED, _BEYOND)
            ) as response:
                return self._taken(response, size)
        except HttpFailed as error:
            reached = self._part.stat().st_size if self._part.exists() else 0
            if not error.again or error.status is not None or reached <= self._farthest:
                raise
            self._farthest = reached
            return None

    def _taken(self, response: "httpx2.Response", size: int) -> Downloaded:
        version = Version(response.headers.get("etag"), response.headers.get("last-modified"))
        if response.status_code == _UNCHANGED:
            return Downloaded(self._known or version, unchanged=True)
        start = size if response.status_code == _PART else 0
        if response.status_code == _BEYOND or (response.status_code == _PART and not _goes_on(response, start)):
            self._part.unlink(missing_ok=True)
            raise HttpFailed(f"{response.url.host} did not go on where it was cut off.", again=True)
        self._remember(response)
        self._write(response, start)
        self._about.unlink(missing_ok=True)
        self._part.replace(self._target)
        return Downloaded(version)

    def _write(self, response: "httpx2.Response", start: int) -> None:
        size = start
        self._part.touch(mode=0o600)
        with self._part.open("ab" if start else "wb", buffering=0) as out:
            for chunk in self._web.chunks(response, most=LIMITS.unpacked_bytes):
                if size < _GLANCE:
                    require_no_page(response.url.host, chunk)
                out.write(chunk)
                if size // _TOLD_EVERY != (size := size + len(chunk)) // _TOLD_EVERY:
                    self._told(0, size)
        length = response.headers.get("content-length", "")
        if length.isdigit() and response.num_bytes_downloaded != int(length):
            raise HttpFailed(f"{response.url.host} broke off in the middle of its answer.", again=True)

    def _left(self) -> tuple[str | None, int]:
        """What a cut-off try left: the version it is of, in the words of If-Range, and its size."""
        try:
            about = orjson.loads(self._about.read_bytes())
            if about["query"] == self._query and isinstance(about["validator"], str):
                return about["validator"], self._part.stat().st_size
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            pass
        return None, 0

    def _remember(self, response: "httpx2.Response") -> None:
        """Before the first byte, so that whatever is found later is known to be of that version."""
        validator = None if _is_packed(response) else _strong(response.headers)
        self._about.write_bytes(orjson.dumps({"query": self._query, "validator": validator}))


def _unless(known: Version | None) -> dict[str, str]:
    if known is None:
        return {}
    said = {"If-None-Match": known.etag, "If-Modified-Since": None if known.etag else known.modified}
    return {name: value for name, value in said.items() if value}


def _strong(headers: Mapping[str, str]) -> str | None:
    """What tells two versions apart for certain (RFC 9110, 8.8): a strong ETag, or a day of change well before now."""
    if etag := headers.get("etag"):
        return None if etag.startswith("W/") else etag
    try:
        modified, now = headers["last-modified"], headers["date"]
        age = (parsedate_to_datetime(now) - parsedate_to_datetime(modified)).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None
    return modified if age >= 60 else None


def _goes_on(response: "httpx2.Response", start: int) -> bool:
    """Whether the piece begins at `start`, ends where the file ends, and is of the file's own bytes."""
    said = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("content-range", "").strip())
    return said is not None and (int(said[1]), int(said[2]) + 1) == (start, int(said[3])) and not _is_packed(response)


def _is_packed(response: "httpx2.Response") -> bool:
    return response.headers.get("content-encoding", "identity") != "identity"
