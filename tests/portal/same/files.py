"""The forms for programs: files of a view, of a sum, of a whole release; their figures are the release's to the bit."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from tests.portal.same.said import day
from tests.portal.same.stored import Asked

UNSAID = "unsaid"
"""Stands for a flag where a form has none."""
FIGURE = ("status", "value", "low", "high", "flag")
WHOLE = 20_000_000
"""Bytes from which a file of a whole release is left to the slow walk."""
Problems = Iterator[str]


def view_csv(asked: Asked) -> Problems:
    text = asked.stored.client.get(f"/download/view.csv{asked.query()}").text
    yield from _rows("csv", asked, _of_csv(text))
    yield from _notes("csv", asked, "".join(line for line in text.splitlines(True) if line.startswith("#")))


def rows_wrong(form: str, asked: Asked, text: str) -> Problems:
    """What is wrong with a file of the view that travels inside another."""
    yield from _rows(form, asked, _of_csv(text))
    yield from _notes(form, asked, text)


def place_csv(asked: Asked) -> Problems:
    """The file that a trend links to: one place, all periods."""
    text = asked.stored.client.get(f"/download/view.csv{asked.query(unit=asked.key.unit, from_=None, to=None)}").text
    for row in _of_csv(text):
        if row["period"] == asked.key.period.isoformat():
            yield from _row("csv of a place", asked, row)


def view_geojson(asked: Asked) -> Problems:
    if not asked.drawn:
        return
    answer = asked.stored.client.get(f"/download/view.geojson{asked.query()}").json()
    counts = [{**each, "unit": f["id"]} for f in answer["features"] for each in f["properties"]["counts"]]
    yield from _rows("geojson", asked, counts)
    yield from _notes("geojson", asked, " ".join(answer["notes"]))


def sum_csv(asked: Asked) -> Problems:
    """A sum of one place is that place."""
    if not asked.drawn or asked.key.measure.endswith("_per_1000"):
        return
    answer = asked.stored.client.get(f"/download/sum.csv{asked.query(chosen=asked.key.unit)}")
    rows = _of_csv(answer.text)
    yield from (wrong for row in rows if row["part"] == "place" for wrong in _row("sum", asked, row))
    summed = next(row for row in rows if row["part"] == "sum")
    if asked.stored.measure(asked.key)["extensive"] and summed["status"] in ("value", "zero"):
        yield from _row("sum", asked, {**summed, "unit": asked.key.unit, "flag": _flag(asked)})


def _flag(asked: Asked) -> str | None:
    row = asked.stored.row(asked.key)
    return row.flag if row else None


def whole_files(asked: Asked, *, most: int = WHOLE) -> Problems:
    """Every file of the release that holds the view."""
    key, manifest = asked.key, asked.stored.manifest(asked.key.topic, asked.key.release)
    for name in (each["name"].rsplit("/", 1)[-1].removesuffix(".gz") for each in manifest["files"]):
        if name.endswith(".geojson") and not name.endswith(f"-{key.geography}.geojson"):
            continue
        found = _whole(asked, name, most)
        if found is not None:
            kept = found.filter(
                (pl.col("measure") == key.measure) & (pl.col("category") == key.category)
                & (pl.col("geography") == key.geography) & (pl.col("grain") == key.grain)
                & (pl.col("period") == key.period.isoformat())
            )  # fmt: skip
            if kept.height or name in (f"{key.topic}.csv", "counts.parquet"):
                yield from _rows(f"file {name}", asked, kept.iter_rows(named=True))


def _whole(asked: Asked, name: str, most: int) -> pl.DataFrame | None:
    """A file as a table, kept for the next view; None where it holds no figures, or more than the quick walk reads."""
    kept, key = asked.stored.files, (asked.key.topic, asked.key.release, name)
    if key not in kept:
        answer = asked.stored.client.get(f"/download/{key[0]}/{key[1]}/{name}")
        assert answer.status_code == 200, name
        kept[key] = _table(name, answer.content) if len(answer.content) <= most else None
    return kept[key]


def _table(name: str, content: bytes) -> pl.DataFrame | None:
    columns = ("measure", "category", "geography", "unit", "grain", "period", *FIGURE)
    if name.endswith(".csv"):
        numbers = dict.fromkeys(("value", "low", "high"), pl.Float64)
        return pl.read_csv(content, comment_prefix="#", columns=list(columns), infer_schema=False).cast(numbers)
    if name == "counts.parquet":
        return pl.read_parquet(io.BytesIO(content)).with_columns(pl.col("period").cast(pl.String)).select(columns)
    if name.endswith(".geojson"):
        return _of_features(content).with_columns(geography=pl.lit(name.removesuffix(".geojson").rsplit("-", 1)[1]))
    assert name in ("zones.parquet", "certificate.json", "certificate.sig"), f"{name} is in no form of the walk"
    return None


def _of_features(content: bytes) -> pl.DataFrame:
    """One row for each measure of each shape; flags are not in these files."""
    rows = []
    for feature in json.loads(content)["features"]:
        said = feature["properties"]
        for measure in (name.removesuffix("_status") for name in said if name.endswith("_status")):
            row = {"measure": measure, "category": "all", "unit": feature["id"], "status": said[f"{measure}_status"]}
            row |= {"value": said.get(measure), "flag": UNSAID, "grain": said["grain"], "period": said["period"]}
            rows.append(row | {end: said.get(f"{measure}_{end}") for end in ("low", "high")})
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("value", "low", "high"), pl.Float64))


# ---- against the release ----


def _of_csv(text: str) -> list[dict[str, Any]]:
    lines = (line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    return list(csv.DictReader(io.StringIO("".join(lines))))


def _rows(form: str, asked: Asked, rows: Iterable[dict[str, Any]]) -> Problems:
    found = list(rows)
    units = {row["unit"] for row in found}
    if units != set(asked.stored.places(asked.key)) or len(units) != len(found):
        yield f"{form} has other places than the release, or some twice: {asked}"
        return
    for row in found:
        yield from _row(form, asked, row)


def _row(form: str, asked: Asked, row: dict[str, Any]) -> Problems:
    known = asked.stored.row(replace(asked.key, unit=row["unit"]))
    said = [row["status"], *(_number(row[name]) for name in ("value", "low", "high")), row["flag"] or None]
    flag = UNSAID if known is None or said[-1] == UNSAID else known.flag
    wanted = known and [known.status, known.value, known.low, known.high, flag]
    if said != wanted:
        yield f"{form} says {said} of {row['unit']}, the release {known}: {asked}"


def _number(text: Any) -> float | None:
    return None if text is None or text == "" else float(text)


def _notes(form: str, asked: Asked, text: str) -> Problems:
    """Files speak English whoever asks."""
    if day(asked.stored.as_of(asked.key), "en") not in text or asked.key.release not in text:
        yield f"{form} does not say its day or its release: {asked}"
