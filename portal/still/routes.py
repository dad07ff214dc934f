"""The addresses of still maps: `/still/map.svg`, `/still/map.png`, `/still/pack.zip`, and `/embed/map` for other sites.

These take the query keys of the map; `/still/district/ID.svg` and `.png` those of the district's page.
"""

import asyncio
import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from portal.errors import NotFound, NotMade
from portal.language import _
from portal.releases import Releases
from portal.report.press import Press, Wanted
from portal.serving.catalog import origin
from portal.serving.headsonly import asks_heads, heads_only
from portal.serving.pinned import keep_to, pinned_file
from portal.still.district import district_picture
from portal.still.drawing import Picture
from portal.still.embed import POLICY, embedded, nothing_framed
from portal.still.pack import Pack, meeting_pack, pack_name, packed
from portal.still.picture import map_picture
from portal.still.png import png_of
from portal.view import View

PNG, ZIP = "image/png", "application/zip"


def still_routes(releases: Releases, press: Press, base_url: str | None) -> list[Route]:
    """Each answers with a tag, so that a reader fetches a picture once. `press` sets the pack's pages."""

    def svg(request: Request) -> Response:
        found = _asked(releases, request)
        return _sent(request, found.svg.encode(), "image/svg+xml", f"{found.name}.svg")

    def png(request: Request) -> Response:
        return _png(request, _asked(releases, request))

    def drafted(request: Request) -> Pack:
        shown, view = pinned_file(releases, request)
        if view.as_of is not None or view.topic is not None:
            _asked(releases, request)
        made = meeting_pack(shown, view, base_url or origin(request))
        if made is None:
            raise _nothing()
        return made

    async def pack(request: Request) -> Response:
        if asks_heads(request):
            found = await run_in_threadpool(_asked, releases, request)
            return heads_only(_heads(pack_name(found.name), attach=True), ZIP)
        made = await run_in_threadpool(drafted, request)
        body = await run_in_threadpool(packed, made, await _pages(press, made))
        return _sent(request, body, ZIP, made.name, attach=True)

    def embed(request: Request) -> Response:
        headers = {"content-security-policy": POLICY, "vary": "Accept-Language"}
        if not releases.newest:
            return HTMLResponse(nothing_framed(), headers=headers)
        found, city = _asked(releases, request), releases.city
        page = embedded(found, View.read(request.query_params), city.name if city else "Hearthmap")
        return HTMLResponse(page, headers=headers)

    return [
        Route("/still/map.svg", svg),
        Route("/still/map.png", png),
        *_of_districts(releases),
        Route("/still/pack.zip", pack),
        Route("/embed/map", embed),
    ]


def _of_districts(releases: Releases) -> list[Route]:
    """The map of a district's page."""

    def drawn(request: Request) -> Picture:
        shown, view = pinned_file(releases, request)
        return _kept_to(view, district_picture(shown, view, request.path_params["district"]))

    def svg(request: Request) -> Response:
        found = drawn(request)
        return _sent(request, found.svg.encode(), "image/svg+xml", f"{found.name}.svg")

    def png(request: Request) -> Response:
        return _png(request, drawn(request))

    return [Route("/still/district/{district}.svg", svg), Route("/still/district/{district}.png", png)]


async def _pages(press: Press, pack: Pack) -> dict[str, bytes]:
    """Language → the page as PDF; none where this machine cannot make it. Raises Busy where too many wait."""

    async def sheet(code: str, document: str) -> bytes:
        name = f"{code}-{hashlib.sha256(document.encode()).hexdigest()[:32]}"
        return await press.sheet(Wanted(pack.release, name, "pdf"), document)

    try:
        made = await asyncio.gather(*(sheet(*each) for each in pack.sheets.items()))  # all are waited for at once
    except NotMade:
        return {}
    return dict(zip(pack.sheets, made, strict=True))


def _asked(releases: Releases, request: Request) -> Picture:
    shown, view = pinned_file(releases, request)
    return _kept_to(view, map_picture(shown, view))


def _kept_to(view: View, found: Picture | None) -> Picture:
    """The picture, where there is one of the releases that the address pins."""
    if found is None:
        raise _nothing()
    topics = [each.topic for each in found.sources]
    keep_to(view, (each.as_of for each in found.sources), topics if len(topics) == 1 else [view.topic])
    return found


def _nothing() -> NotFound:
    return NotFound(_("There is no map to draw. The data pages list what there is."))


def _png(request: Request, found: Picture) -> Response:
    """Drawing it takes up to a second, so it is not drawn for its heads."""
    name = f"{found.name}.png"
    if asks_heads(request):
        return heads_only(_heads(name), PNG)
    return _sent(request, png_of(found.svg), PNG, name)


def _sent(request: Request, body: bytes, kind: str, name: str, *, attach: bool = False) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return Response(body, media_type=kind, headers={"etag": tag, **_heads(name, attach=attach)})


def _heads(name: str, *, attach: bool = False) -> dict[str, str]:
    shown = "attachment" if attach else "inline"
    return {"content-disposition": f'{shown}; filename="{name}"', "vary": "Accept-Language"}
