"""Exactly what a page shows, as a file: the same rows, with the caveats above them and the as-of in the name."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from layers.measures import STATUS_MEANING, Regime
from layers.period import Grain, period_label
from layers.release import Manifest
from layers.store.reader import Release
from portal.errors import BadQuestion, NotFound
from portal.language import SOURCE, _, speaking
from portal.queries.rolling import WEEKS, four_weeks
from portal.releases import Releases
from portal.serving.slots import Slots
from portal.view import View
from portal.words.wording import day_text

COLUMNS = (
    "topic", "measure", "category", "category_title", "geography", "unit", "unit_name", "grain", "kind", "period",
    "period_label", "status", "value", "low", "high", "flag",
)  # fmt: skip
"""The columns of a release's table, and the words that go with three of them."""


_AHEAD = timedelta(weeks=WEEKS - 1)
"""From the Monday that names four weeks to the last of their Mondays."""
_LAST = date.max - _AHEAD
_CSV = "text/csv; charset=utf-8"
_LARGE, _MOST_LARGE = 200_000, 4
"""Rows from which a file is large, and how many such files a process sends at once."""
_ROWS_AT_ONCE = 10_000
"""Of a file that is sent: a whole topic has a million rows, which as one text would be a gigabyte for each reader."""


def view_routes(releases: Releases) -> list[Route]:
    """`/download/view.csv` and `/download/view.geojson`, with the query keys of every page."""
    large = Slots(_MOST_LARGE)

    def as_csv(request: Request) -> Response:
        release, view = _asked(releases, request)
        named = {"content-disposition": f'attachment; filename="{file_name(release, view, "csv")}"'}
        if request.method == "HEAD":
            return StreamingResponse(iter(()), headers=named, media_type=_CSV)
        rows = _rows(release, view)
        parts = _csv_parts(release.manifest, view, rows)
        return StreamingResponse(
            large.holding(parts) if rows.height > _LARGE else parts, headers=named, media_type=_CSV
        )

    def as_geojson(request: Request) -> Response:
        release, view = _asked(releases, request)
        body = json.dumps(feature_collection(releases, release, view), separators=(",", ":"))
        return _attachment(body, "application/geo+json", file_name(release, view, "geojson"))

    return [Route("/download/view.csv", as_csv), Route("/download/view.geojson", as_geojson)]


def rows_of(release: Release, view: View) -> pl.DataFrame:
    """The rows of the view, in the release's order, with names for categories, places and periods. No row limit."""
    return _with_words(release.manifest, _rows(release, view)).select(COLUMNS)


def _rows(release: Release, view: View) -> pl.DataFrame:
    unit = [view.unit, *(view.compare or "").split(",")] if view.unit else None
    windows = view.grain == Grain.ROLLING_4W.value
    places = [each.split(":", 1) for each in (view.places or "").split(",") if each]
    rows = release.counts(
        measure=view.measure,
        category=view.category,
        geography=[kind for kind, _id in places] if places else view.geography,
        unit=[id_ for _kind, id_ in places] if places else [each for each in unit if each] if unit else None,
        grain=Grain.WEEK.value if windows else view.grain,
        first=view.from_,
        last=min(view.to, _LAST) + _AHEAD if view.to and windows else view.to,
    )
    if places:
        rows = rows.filter(pl.concat_str("geography", "unit", separator=":").is_in((view.places or "").split(",")))
    if windows:
        exact = _exact_counts(release.manifest)
        weeks = rows.filter(pl.col("measure").is_in(exact))
        rows = four_weeks(weeks, by=("measure", "category", "geography", "unit")).with_columns(grain=pl.lit(view.grain))
    return rows


def _with_words(manifest: Manifest, rows: pl.DataFrame) -> pl.DataFrame:
    keys = rows["category"].unique().to_list()
    titles = {key: manifest.group_title(key) for key in keys}
    names = {
        f"{geography.name}/{unit.id}": unit.name for geography in manifest.geographies for unit in geography.units
    } | {"city/city": manifest.city.name}
    spans = rows.select("grain", "period").unique()
    labels = {f"{grain}/{start}": period_label(start, Grain(grain)) for grain, start in spans.iter_rows()}
    return rows.with_columns(
        category_title=pl.col("category").replace_strict(titles, default=None, return_dtype=pl.String),
        unit_name=pl.format("{}/{}", "geography", "unit").replace_strict(names, default=None, return_dtype=pl.String),
        period_label=pl.format("{}/{}", "grain", "period").replace_strict(labels, default=None, return_dtype=pl.String),
    )


def _exact_counts(manifest: Manifest) -> list[str]:
    """Measures whose weeks may be added up."""
    return [m.name for m in manifest.measures if m.extensive and m.regime is Regime.EXACT]


def csv_text(manifest: Manifest, view: View, rows: pl.DataFrame) -> str:
    """Comment lines (`# …`) with title, as-of, caveats and the five statuses; then header and rows."""
    return _notes(manifest, view, rows.height) + rows.write_csv()


def _csv_parts(manifest: Manifest, view: View, rows: pl.DataFrame) -> Iterator[str]:
    """The same text in parts, each written when it is sent. `rows` without words."""
    yield _notes(manifest, view, rows.height)
    for at in range(0, max(rows.height, 1), _ROWS_AT_ONCE):
        part = _with_words(manifest, rows.slice(at, _ROWS_AT_ONCE)).select(COLUMNS)
        yield part.write_csv(include_header=at == 0)


def _notes(manifest: Manifest, view: View, rows: int) -> str:
    return "".join(f"# {line}\n" for line in header_notes(manifest, view, rows))


def header_notes(manifest: Manifest, view: View, rows: int) -> list[str]:
    """What must be said beside the figures: what they are, of when, with which margins and cautions.

    In English whoever asks: a file's bytes do not depend on the reader's language.
    """
    with speaking(SOURCE):
        return list(_header_notes(manifest, view, rows))


def _header_notes(manifest: Manifest, view: View, rows: int) -> Iterable[str]:
    measure = manifest.measure(view.measure) if view.measure else None
    yield f"{manifest.city.name}: {manifest.title}{f' - {measure.title}' if measure else ''}"
    yield f"As of {day_text(manifest.as_of)}, release {manifest.release}; {rows} rows; license {manifest.license}"
    if measure:
        yield measure.help
    if manifest.protection:
        yield (
            "Figures of a measured kind carry a small random amount; low and high are the range in which the true "
            f"figure lies with 90 % confidence. Below {manifest.protection.floor} the status is hidden."
        )
    yield from manifest.caveats
    yield from manifest.notes
    yield "An empty value is explained by status: " + "; ".join(
        f"{status.value} = {text}" for status, text in STATUS_MEANING.items()
    )


def file_name(release: Release, view: View, ending: str) -> str:
    """`evictions_homes_filed_district_month_2026-01_as-of_2026-11-15.csv`: what was asked, and of which day."""
    asked = [view.measure, view.category, view.geography, view.unit, view.grain, _month(view.from_), _month(view.to)]
    parts = [release.topic, *(each for each in asked if each), "as-of", release.manifest.as_of.isoformat()]
    safe = ["".join(c if c.isalnum() or c in "-_" else "-" for c in part) for part in parts]
    return f"{'_'.join(safe)}.{ending}"


def feature_collection(releases: Releases, release: Release, view: View) -> dict[str, Any]:
    """The shapes of one geography, each with the rows of the view at that place under `counts`.

    Raises BadQuestion without a geography, NotFound where it has no shapes.
    """
    if view.geography is None:
        raise BadQuestion(_("GeoJSON needs the key geography, for example geography=district."))
    geography = release.manifest.geography(view.geography)
    path = releases.folder / "geo" / f"{geography.name}.{geography.vintage}.geojson" if geography else None
    if path is None or not path.is_file():
        raise NotFound(_("This topic has no shapes for that geography. Its data page lists those it has."))
    rows = rows_of(release, view)
    counts: dict[str, list[dict[str, Any]]] = {}
    told = ("measure", "category", "grain", "period", "period_label", "status", "value", "low", "high", "flag")
    for unit, *values in rows.select("unit", *told).with_columns(pl.col("period").cast(pl.String)).iter_rows():
        counts.setdefault(unit, []).append(dict(zip(told, values, strict=True)))
    shapes = json.loads(path.read_bytes())
    features = [
        {**each, "properties": {**each["properties"], "counts": counts[str(each["id"])]}}
        for each in shapes["features"]
        if str(each.get("id")) in counts
    ]
    return {**shapes, "features": features, "notes": header_notes(release.manifest, view, rows.height)}


def _asked(releases: Releases, request: Request) -> tuple[Release, View]:
    view = View.read(request.query_params)
    if view.topic is None:
        raise BadQuestion(_("The address needs the key topic, for example topic=service_requests."))
    return releases.required(view.topic, view.as_of), view


def _attachment(body: str, kind: str, name: str) -> Response:
    return Response(body, headers={"content-disposition": f'attachment; filename="{name}"'}, media_type=kind)


def _month(moment: date | None) -> str | None:
    return moment.isoformat() if moment else None


def dictionary_csv(rows: Iterable[tuple[str, str, str]]) -> str:
    """Name, type and meaning of each column, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("column", "type", "meaning"))
    writer.writerows(rows)
    return text.getvalue()
