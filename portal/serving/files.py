"""Files of the store, served as they lie there: with ranges, entity tags (their sha256), gzip where it is kept."""

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from layers.addressbook import INDEX, PART
from layers.release import FileInfo, Manifest
from layers.signature import KEY_LIST, KEYS, key_list
from layers.store.reader import Release
from portal.errors import NotFound
from portal.frame.bundle import FOR_EVER
from portal.language import _
from portal.releases import Releases
from portal.serving.headsonly import asks_heads, heads_only

_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
    ".md": "text/markdown; charset=utf-8",
    ".pem": "application/x-pem-file",
}
_CHUNK = 1 << 16
LATEST = "latest"


def file_routes(releases: Releases) -> list[Route]:
    """`/download/<topic>/<release|latest>/<file>`, `/geo/<geography>.<vintage>.geojson`, `/geo/addresses…json` and
    `/keys/<file>`."""

    def download(request: Request) -> Response:
        names = request.path_params
        release = releases.required(names["topic"], None if names["release"] == LATEST else names["release"])
        if names["release"] == LATEST:
            return RedirectResponse(f"/download/{release.topic}/{release.id}/{names['file']}", 302)
        return _release_file(release, names["file"], request)

    def shapes(request: Request) -> Response:
        name = request.path_params["name"]
        path = releases.folder / "geo" / name
        if name == INDEX or PART.fullmatch(name):
            return _address_file(path, request)
        if not _plain(name) or not name.endswith(".geojson") or not path.is_file():
            raise NotFound(_("There are no such shapes. The data pages list the geographies of each topic."))
        return send_file(path, f'"{name}"', request.headers, attach=False)

    def keys(request: Request) -> Response:
        return _key_file(releases.folder, request.path_params["name"], request.headers)

    return [
        Route("/download/{topic}/{release}/{file}", download),
        Route("/geo/{name}", shapes),
        Route("/keys/{name}", keys),
    ]


def _key_file(store: Path, name: str, headers: Headers) -> Response:
    """A public key that is listed, or the list of them, which changes when the city changes its key."""
    try:
        known = {f"{key.id}.pem" for key in key_list(store).keys} | {KEY_LIST}
        content = (store / KEYS / name).read_bytes() if name in known else None
    except (OSError, ValueError):  # a damaged list names no key
        content = None
    if content is None:
        raise NotFound(_("There is no such key. The certificates name the keys that signed them."))
    sent = {"etag": f'"{hashlib.sha256(content).hexdigest()}"', "cache-control": "no-cache"}
    if _has(headers, sent["etag"]):
        return Response(status_code=304, headers=sent)
    return Response(content, headers=sent, media_type=_TYPES[Path(name).suffix])


def _address_file(path: Path, request: Request) -> Response:
    """A file of the city's public addresses: the index, which changes with them, or one that its content names."""
    packed = path.with_name(f"{path.name}.gz")
    try:
        if path.name != INDEX and packed.is_file():
            return _send_unpacked(packed, path.name, path.stem, request)
        content = path.read_bytes()
    except OSError:
        raise NotFound(_("The city’s addresses are not public here, or these are old ones.")) from None
    sent = {"etag": f'"{hashlib.sha256(content).hexdigest()}"', "cache-control": "no-cache"}
    if _has(request.headers, sent["etag"]):
        return Response(status_code=304, headers=sent)
    return Response(content, headers=sent, media_type=_TYPES[path.suffix])


def listed_files(manifest: Manifest) -> tuple[FileInfo, ...]:
    """The files of a release that are offered for download, in the manifest's order."""
    return tuple(each for each in manifest.files if _plain(Path(each.name).name))


def _release_file(release: Release, name: str, request: Request) -> Response:
    if name == "manifest.json":
        return send_file(release.folder / name, f'"{release.id}"', request.headers, attach=False)
    by_name = {Path(each.name).name: each for each in listed_files(release.manifest)}
    exact, packed = by_name.get(name), by_name.get(f"{name}.gz")
    if exact is not None:
        return send_file(release.folder / exact.name, f'"{exact.sha256}"', request.headers)
    if packed is not None:
        return _send_unpacked(release.folder / packed.name, name, packed.sha256, request)
    raise NotFound(_("This release has no such file. The data page of the topic lists its files."))


def send_file(path: Path, tag: str, headers: Headers, *, attach: bool = True) -> Response:
    """The file for ever cacheable under its tag; 304 where the reader has it; parts where the reader asks for parts."""
    sent = {"etag": tag, "cache-control": FOR_EVER}
    if _has(headers, tag):
        return Response(status_code=304, headers=sent)
    kind = _TYPES.get(path.suffix, "application/octet-stream")
    return FileResponse(path, headers=sent, media_type=kind, filename=path.name if attach else None)


def _send_unpacked(path: Path, name: str, sha256: str, request: Request) -> Response:
    """`x.csv` of a stored `x.csv.gz`: as it is to readers who take gzip (all browsers), else unpacked on the way."""
    packs = "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{sha256}{"" if packs else "-plain"}"'
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    sent = {
        "etag": tag,
        "cache-control": FOR_EVER,
        "vary": "Accept-Encoding",
        "content-disposition": f'attachment; filename="{name}"',
    }
    if _has(request.headers, tag):
        return Response(status_code=304, headers=sent)
    if packs:
        return FileResponse(path, headers=sent | {"content-encoding": "gzip"}, media_type=kind)
    if asks_heads(request):
        return heads_only(sent, kind)
    return StreamingResponse(_unpack(path), headers=sent, media_type=kind)


def _unpack(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _has(headers: Headers, tag: str) -> bool:
    known = [each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")]
    return tag in known or "*" in known


def _plain(name: str) -> bool:
    """Whether a name from outside may be the last part of a path."""
    return bool(name) and not name.startswith(".") and all(each.isalnum() or each in "-_." for each in name)
