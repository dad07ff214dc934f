"""`/still/map.svg` and `/still/map.png`: the map of an address as a picture, pinned to its release."""

import hashlib
from functools import lru_cache

import resvg_py
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import NotFound
from portal.releases import Releases
from portal.settings import ASSETS
from portal.still.picture import Picture, map_picture
from portal.view import View

FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
SCALE = 2
"""Pixels of the PNG per pixel of the picture: sharp on paper."""


def still_routes(releases: Releases) -> list[Route]:
    """Both pictures take the query keys of the map."""

    def svg(request: Request) -> Response:
        found = _asked(releases, request)
        return _sent(request, found.svg.encode(), "image/svg+xml", f"{found.name}.svg")

    def png(request: Request) -> Response:
        found = _asked(releases, request)
        return _sent(request, png_of(found.svg), "image/png", f"{found.name}.png")

    return [Route("/still/map.svg", svg), Route("/still/map.png", png)]


def _asked(releases: Releases, request: Request) -> Picture:
    view = View.read(request.query_params)
    releases.refuse_withdrawn(view.as_of)
    found = map_picture(releases, view)
    if found is None:
        raise NotFound("There is no map to draw. The data pages list what there is.")
    return found


@lru_cache(maxsize=16)
def png_of(svg: str) -> bytes:
    """The picture as PNG, drawn with the fonts that the site brings along."""
    fonts = [str(ASSETS / "fonts" / name) for name in FONTS]
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=fonts, skip_system_fonts=True, zoom=SCALE, sans_serif_family="Noto Sans"
        )
    )


def _sent(request: Request, body: bytes, kind: str, name: str) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers={"etag": tag})
    headers = {"etag": tag, "content-disposition": f'inline; filename="{name}"', "vary": "Accept-Language"}
    return Response(body, media_type=kind, headers=headers)
