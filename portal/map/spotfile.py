"""The hot spots of a map as a file: the published row of each, what it is beside its surroundings, and the cautions."""

from dataclasses import replace

import polars as pl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import NotFound
from portal.language import SOURCE, _, speaking
from portal.map.spotview import cautions, summary
from portal.queries.choice import Choice, choose
from portal.queries.spots import spots_of
from portal.releases import Releases
from portal.serving.downloads import COLUMNS, CSV, file_name, header_notes, rows_of
from portal.serving.headsonly import asks_heads, heads_only
from portal.serving.pinned import keep_to, pinned_file
from portal.view import View

SCORES = ["gi_star", "local_moran", "chance"]


def spot_routes(releases: Releases) -> list[Route]:
    """`/download/hotspots.csv`, with the query keys of the map."""

    def as_csv(request: Request) -> Response:
        shown, view = pinned_file(releases, request)
        choice = choose(shown.as_given(), view)
        if choice is not None:
            keep_to(view, [choice.release.id], [choice.release.topic])
        if choice is None or spots_of(choice).why_not:
            raise NotFound(_("Hot spots are not judged for these figures. The map says why."))
        name = f"hotspots_{file_name(choice.release, _plain(choice), 'csv')}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        if asks_heads(request):
            return heads_only(headers, CSV)
        return Response(spot_csv(choice), headers=headers, media_type=CSV)

    return [Route("/download/hotspots.csv", as_csv)]


def spot_csv(choice: Choice) -> str:
    """Comment lines as above every file, then the list of the page, highest first, with a column `hot_spot`:
    `hot` (high together with its surroundings), `core` (high among high places), `lone` (high among low ones); then
    `gi_star` in standard deviations, `local_moran`, and `chance`, how often noise and chance do as much by themselves.
    """
    spots = spots_of(choice)
    kinds = {unit: kind.value for unit, kind in spots.kinds.items()}
    schema = {"unit": pl.String, "hot_spot": pl.String, **dict.fromkeys(SCORES, pl.Float64)}
    told = [(unit, kind, *spots.scores.get(unit, (None,) * len(SCORES))) for unit, kind in kinds.items()]
    listed = pl.DataFrame(told, schema=schema, orient="row").with_columns(pl.col(SCORES).round_sig_figs(4))
    rows = listed.join(rows_of(choice.release, _plain(choice)), on="unit", how="left", maintain_order="left")
    with speaking(SOURCE):
        said = [summary(spots), *cautions(choice, spots)]
        notes = [*header_notes(choice.manifest, _plain(choice), rows.height), *said]
    return "".join(f"# {line}\n" for line in notes) + rows.select(*COLUMNS, "hot_spot", *SCORES).write_csv()


def _plain(choice: Choice) -> View:
    """The rows of the map, without its overlays."""
    return replace(choice.view, layer=None, show=None)
