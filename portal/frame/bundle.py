"""Files that pages load, put together so that a visit asks for few of them, and kept compressed."""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from portal.settings import ASSETS

FOR_EVER = "public, max-age=31536000, immutable"
KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class Bundle:
    """One file of several. `path` is where it is asked for; `small`: where the same lies compressed with Brotli."""

    path: str
    body: bytes
    small: Path | None = None

    @cached_property
    def address(self) -> str:
        """It names the content, so it may be kept for ever."""
        return f"{self.path}?v={hashlib.sha256(self.body).hexdigest()[:10]}"

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.body, 9, mtime=0)


def joined(path: str, files: Sequence[bytes]) -> Bundle:
    """Scripts or styles as one file. A script's own `use strict` stays its own."""
    between = b"\n;\n" if path.endswith(".js") else b"\n"
    return Bundle(path, between.join([b"", *files]))


@cache
def asset_bundle(path: str, names: tuple[str, ...]) -> Bundle:
    """Some of our own assets as one."""
    return joined(path, [(ASSETS / name).read_bytes() for name in names])


@cache
def compressed_asset(name: str) -> Bundle:
    """An asset beside which its compressed form lies."""
    return Bundle(f"/assets/{name}", (ASSETS / name).read_bytes(), ASSETS / f"{name}.br")


def sent(bundle: Bundle, request: Request) -> Response:
    """A bundle in the smallest form that the reader's browser takes."""
    headers = {"vary": "Accept-Encoding", "cache-control": FOR_EVER if "v" in request.query_params else "no-cache"}
    taken = request.headers.get("accept-encoding", "")
    body = bundle.body
    if bundle.small is not None and "br" in taken:
        body, headers["content-encoding"] = bundle.small.read_bytes(), "br"
    elif "gzip" in taken:
        body, headers["content-encoding"] = bundle.packed, "gzip"
    return Response(body, media_type=KINDS[bundle.path.rsplit(".", 1)[-1]], headers=headers)
