"""`/download/view.csv` and `/download/view.geojson`: exactly what a page shows, sent in parts."""

from collections.abc import Callable, Generator

import polars as pl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layers.store.reader import Release
from portal.errors import BadQuestion
from portal.language import _
from portal.releases import Releases
from portal.serving.downloads import CSV, csv_parts, file_name, most_rows, view_rows
from portal.serving.geojson import geojson_parts, shapes_of
from portal.serving.headsonly import asks_heads, heads_only
from portal.serving.pinned import keep_to, pinned_file
from portal.serving.slots import InParts, Slots
from portal.view import View

_LARGE, _MOST_LARGE = 200_000, 4
"""Rows from which a file is large, and how many such files a process sends at once."""
_PATIENCE = 60.0
"""Seconds in which a reader must take the next 64 kB."""
_GEOJSON = "application/geo+json"
Parts = Callable[[pl.DataFrame], Generator[str]]


def view_routes(releases: Releases) -> list[Route]:
    """Both take the query keys of every page."""
    large = Slots(_MOST_LARGE)

    def sent(release: Release, view: View, parts: Parts, ending: str, kind: str) -> Response:
        slot = large.taken() if most_rows(release, view) > _LARGE else None
        try:
            rows = view_rows(release, view)
            if rows.height > _LARGE:
                slot = slot or large.taken()
            elif slot:
                slot.free()
            return InParts(parts(rows), slot, _named(release, view, ending), kind, _PATIENCE)
        except BaseException:
            if slot:
                slot.free()
            raise

    def as_csv(request: Request) -> Response:
        release, view = _asked(releases, request)
        if asks_heads(request):
            return heads_only(_named(release, view, "csv"), CSV)
        return sent(release, view, lambda rows: csv_parts(release.manifest, view, rows), "csv", CSV)

    def as_geojson(request: Request) -> Response:
        release, view = _asked(releases, request)
        shapes = shapes_of(releases, release, view)
        if asks_heads(request):
            return heads_only(_named(release, view, "geojson"), _GEOJSON)
        return sent(
            release, view, lambda rows: geojson_parts(release.manifest, view, shapes, rows), "geojson", _GEOJSON
        )

    return [Route("/download/view.csv", as_csv), Route("/download/view.geojson", as_geojson)]


def _asked(releases: Releases, request: Request) -> tuple[Release, View]:
    shown, view = pinned_file(releases, request)
    if view.topic is None:
        raise BadQuestion(_("The address needs the key topic, for example topic=service_requests."))
    release = shown.as_given().required(view.topic)
    keep_to(view, [release.id], [release.topic])
    return release, view


def _named(release: Release, view: View, ending: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{file_name(release, view, ending)}"'}
