"""The sum of a drawn shape or of chosen places as a file: the sum first, then the published rows it is made of."""

from dataclasses import replace

import polars as pl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layers.measures import Status
from layers.period import period_label
from portal.errors import BadQuestion, NotFound
from portal.language import SOURCE, _, speaking
from portal.map.shapeview import adds_up
from portal.queries.choice import Choice, choose
from portal.queries.figure import FIGURE_COLUMNS
from portal.queries.offer import base_of
from portal.queries.within import Added, added
from portal.releases import Releases
from portal.serving.downloads import COLUMNS, CSV, file_name, header_notes
from portal.serving.headsonly import asks_heads, heads_only
from portal.serving.pinned import keep_to, pinned_file
from portal.view import View


def sum_routes(releases: Releases) -> list[Route]:
    """`/download/sum.csv`, with the query keys of the map."""

    def as_csv(request: Request) -> Response:
        shown, view = pinned_file(releases, request)
        choice = choose(shown.as_given(), view)
        if choice is None:
            raise NotFound(_("There is no such topic or release. The data pages list what there is."))
        keep_to(view, [choice.release.id], [choice.release.topic])
        if not adds_up(view):
            raise BadQuestion(_("The address needs the key shape or chosen. Draw a shape on the map, or add places."))
        counted = replace(choice.view, measure=base_of(choice.measure.name))
        name = f"sum_{file_name(choice.release, counted, 'csv')}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        if asks_heads(request):
            return heads_only(headers, CSV)
        return Response(sum_csv(choice, view), headers=headers, media_type=CSV)

    return [Route("/download/sum.csv", as_csv)]


def sum_csv(choice: Choice, view: View) -> str:
    """Comment lines as above every file, then a row `part=sum` and one `part=place` for each place."""
    with speaking(SOURCE):
        found = added(choice, view)
        rows = pl.concat([_row(choice, found), _places(choice, found)])
        counted = replace(choice.view, measure=found.measure.name)
        notes = [*header_notes(choice.manifest, counted, rows.height), *_notes(found, view)]
    return "".join(f"# {line}\n" for line in notes) + rows.write_csv()


def _notes(found: Added, view: View) -> list[str]:
    lines = [
        f"Sum of {found.places} published places, each whole: "
        + ("those whose middle lies in the drawn shape" if view.shape else "those that were chosen"),
        "Margins of measured figures add as the square root of the sum of their squares, those of hidden ones too",
    ]
    if view.shape:
        lines.append(f"Shape (steps of 0.0001 degrees: first corner lat_lng, then differences): {view.shape}")
    hidden = found.tally.get(Status.HIDDEN.value, 0)
    if hidden:
        lines.append(
            f"Hidden places: {hidden}; the sum is without them, its low and high are the range of all places together"
        )
    if found.why_not:
        lines.append("Medians and shares of several places cannot be added up: there is no sum")
    return lines


def _row(choice: Choice, found: Added) -> pl.DataFrame:
    figure = found.figure
    summed = pl.DataFrame(
        {"unit": ["sum"], "name": [f"sum of {found.places} places"], "status": [figure.status.value],
         "value": [figure.value], "low": [figure.low], "high": [figure.high], "flag": [figure.flag]},
        schema_overrides={"value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "flag": pl.String},
    )  # fmt: skip
    return _worded(choice, found, summed, "sum")


def _places(choice: Choice, found: Added) -> pl.DataFrame:
    return _worded(choice, found, found.rows.select("unit", "name", *FIGURE_COLUMNS), "place")


def _worded(choice: Choice, found: Added, rows: pl.DataFrame, part: str) -> pl.DataFrame:
    period = choice.period
    said = {
        "part": part,
        "topic": choice.release.topic,
        "measure": found.measure.name,
        "category": choice.category,
        "category_title": choice.manifest.group_title(choice.category),
        "geography": choice.geography.name,
        "grain": choice.grain.value,
        "kind": found.measure.kind.value,
        "period": period.isoformat() if period else None,
        "period_label": period_label(period, choice.grain) if period else None,
    }
    named = rows.rename({"name": "unit_name"})
    worded = named.with_columns(pl.lit(value, pl.String).alias(name) for name, value in said.items())
    return worded.select("part", *COLUMNS)
