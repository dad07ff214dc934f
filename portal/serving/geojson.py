"""Shapes with the rows of a view, as GeoJSON: written in parts while it is sent, never one text in memory."""

import json
from collections.abc import Generator, Iterator
from typing import Any

import polars as pl

from layers.release import Manifest
from layers.store.reader import Release
from portal.errors import BadQuestion, NotFound
from portal.language import _
from portal.releases import Releases
from portal.serving.downloads import header_notes, with_words
from portal.view import View

_TOLD = ("measure", "category", "grain", "period", "period_label", "status", "value", "low", "high", "flag")
_ROWS_AT_ONCE = 10_000
Shapes = dict[str, Any]


def shapes_of(releases: Releases, release: Release, view: View) -> Shapes:
    """The shapes of the geography that a view names, as GeoJSON is read.

    Raises BadQuestion without a geography, NotFound where it has no shapes.
    """
    if view.geography is None:
        raise BadQuestion(_("GeoJSON needs the key geography, for example geography=district."))
    geography = release.manifest.geography(view.geography)
    path = releases.folder / "geo" / f"{geography.name}.{geography.vintage}.geojson" if geography else None
    if path is None or not path.is_file():
        raise NotFound(_("This topic has no shapes for that geography. Its data page lists those it has."))
    shapes: Shapes = json.loads(path.read_bytes())
    return shapes


def geojson_parts(manifest: Manifest, view: View, shapes: Shapes, rows: pl.DataFrame) -> Generator[str]:
    """Each shape that has rows, with them under `counts`, in the order of the shapes. `rows` without words.

    What breaks off in the middle is no JSON: the last bracket comes last.
    """
    features = {str(each.get("id")): each for each in shapes["features"]}
    order = _by_shape(rows, list(features))
    around = {key: value for key, value in shapes.items() if key != "features"}
    around["notes"] = header_notes(manifest, view, rows.height)
    yield f'{_json(around)[:-1]},"features":['
    last = None
    for start in range(0, len(order), _ROWS_AT_ONCE):
        part = with_words(manifest, rows[order.slice(start, _ROWS_AT_ONCE)])
        said: list[str] = []
        for unit, counts in _counts(part):
            if unit == last:
                said.append(f",{counts}")
            else:
                said.append(f"{']}},' if last is not None else ''}{_opened(features[unit])}{counts}")
            last = unit
        yield "".join(said)
    yield "]}}]}" if last is not None else "]}"


def _by_shape(rows: pl.DataFrame, units: list[str]) -> pl.Series:
    """Where the rows of the first unit stand, then those of the second, …: the rows themselves are not copied."""
    order = pl.DataFrame({"unit": units}, schema={"unit": pl.String}).with_row_index("at")
    placed = rows.select("unit").with_row_index("row").join(order, on="unit", how="inner")
    return placed.select("at", "row").sort("at", "row")["row"]


def _counts(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Each place in turn, and its rows as JSON objects with commas between them."""
    told = [pl.col(name).cast(pl.String) if name == "period" else pl.col(name) for name in _TOLD]
    written = rows.select("unit", counts=pl.struct(told).struct.json_encode())
    yield from written.group_by("unit", maintain_order=True).agg(pl.col("counts").str.join(",")).iter_rows()


def _opened(feature: dict[str, Any]) -> str:
    """A shape up to where its counts begin: `properties` come last, `counts` the last of them."""
    others = {key: value for key, value in feature.items() if key != "properties"}
    properties = _json({**(feature.get("properties") or {}), "counts": []})
    return f'{_json(others)[:-1]},"properties":{properties.removesuffix("]}")}'


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
