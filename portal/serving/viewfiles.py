"""`/download/view.csv` and `/download/view.geojson`: exactly what a page shows, sent in parts."""

from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from layers.store.reader import Release
from portal.errors import BadQuestion
from portal.language import _
from portal.releases import Releases
from portal.serving.downloads import CSV, csv_parts, file_name, view_rows
from portal.serving.geojson import geojson_parts, shapes_of
from portal.serving.headsonly import asks_heads, heads_only
from portal.serving.pinned import pinned_file
from portal.serving.slots import Slots
from portal.view import View

_LARGE, _MOST_LARGE = 200_000, 4
"""Rows from which a file is large, and how many such files a process sends at once."""
_GEOJSON = "application/geo+json"


def view_routes(releases: Releases) -> list[Route]:
    """Both take the query keys of every page."""
    large = Slots(_MOST_LARGE)

    def sent(parts: Iterator[str], rows: int, named: Mapping[str, str], kind: str) -> Response:
        return StreamingResponse(large.holding(parts) if rows > _LARGE else parts, headers=named, media_type=kind)

    def as_csv(request: Request) -> Response:
        release, view = _asked(releases, request)
        named = _named(release, view, "csv")
        if asks_heads(request):
            return heads_only(named, CSV)
        rows = view_rows(release, view)
        return sent(csv_parts(release.manifest, view, rows), rows.height, named, CSV)

    def as_geojson(request: Request) -> Response:
        release, view = _asked(releases, request)
        named, shapes = _named(release, view, "geojson"), shapes_of(releases, release, view)
        if asks_heads(request):
            return heads_only(named, _GEOJSON)
        rows = view_rows(release, view)
        return sent(geojson_parts(release.manifest, view, shapes, rows), rows.height, named, _GEOJSON)

    return [Route("/download/view.csv", as_csv), Route("/download/view.geojson", as_geojson)]


def _asked(releases: Releases, request: Request) -> tuple[Release, View]:
    _shown, view = pinned_file(releases, request)
    if view.topic is None:
        raise BadQuestion(_("The address needs the key topic, for example topic=service_requests."))
    return releases.required(view.topic, view.as_of), view


def _named(release: Release, view: View, ending: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{file_name(release, view, ending)}"'}
