"""The prebuilt files of a release: what a resident downloads is written once, beside the rows it comes from."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from layers.period import Grain, period_label
from layers.release import GeoFile, ReleaseDraft

_COARSEST_FIRST: tuple[str, ...] = (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK, Grain.DAY, Grain.ROLLING_12M)


@dataclass(frozen=True, slots=True)
class Download:
    """One prebuilt file: `content` as it lies on disk, `rows` of data in it."""

    name: str
    title: str
    format: str
    rows: int
    content: bytes


def canonical_json(value: Any) -> bytes:
    """The same value always gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def build_downloads(draft: ReleaseDraft, counts: pl.DataFrame, table: bytes) -> list[Download]:
    """CSV of everything, CSV of the areas alone where there are cells too, one GeoJSON per geography with shapes."""
    topic = draft.topic
    files = [_csv(f"{topic}.csv.gz", "Every row of this release", counts.height, table)]
    areas = counts.filter(~pl.col("geography").str.starts_with("h3_"))
    if areas.height < counts.height:
        content = areas.write_csv().encode()
        files.append(_csv(f"{topic}-areas.csv.gz", "The areas and the city, without cells", areas.height, content))
    for shape in draft.geo:
        latest = _latest(counts.filter(pl.col("geography") == shape.geography))
        if latest.height:
            files.append(_geojson(topic, shape, latest))
    if draft.zones_by_year:
        listing = zones_listing(draft.zones_by_year)
        title = "Which cell belongs to which zone, in which years"
        files.append(_csv(f"{topic}-zones.csv.gz", title, listing.height, listing.write_csv().encode()))
    if draft.crosswalk is not None:
        title = "Which share of the homes of one area lies in another"
        content = draft.crosswalk.write_csv().encode()
        files.append(_csv(f"{topic}-crosswalk.csv.gz", title, draft.crosswalk.height, content))
    files += [Download(name, name, name.rsplit(".", 1)[-1], 0, content) for name, content in draft.extra.items()]
    return files


def zones_listing(by_year: Mapping[int, pl.DataFrame]) -> pl.DataFrame:
    """The partitions of all years in one table; `years`, separated by blanks, are those in which a row is true."""
    rows = pl.concat([zones.with_columns(year=pl.lit(year)) for year, zones in by_year.items()], how="diagonal")
    columns = [name for name in rows.columns if name != "year"]
    years = pl.col("year").sort().cast(pl.String).str.join(" ")
    listing = rows.group_by(columns).agg(years=years)
    return listing.sort("cell", "years")


def _csv(name: str, title: str, rows: int, content: bytes) -> Download:
    # mtime=0: the same rows give the same bytes, so that the sha256 says something.
    return Download(name, title, "csv", rows, gzip.compress(content, compresslevel=5, mtime=0))


def _latest(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of all categories together for the newest period of the coarsest grain that shows any figure."""
    total = rows.filter(pl.col("category") == "all")
    for grain in _COARSEST_FIRST:
        grained = total.filter(pl.col("grain") == grain)
        told = grained.filter(pl.col("status").is_in(["value", "zero", "hidden"]))
        if told.height:
            return grained.filter(pl.col("period") == told["period"].max())
    return total.clear()


def _geojson(topic: str, shape: GeoFile, latest: pl.DataFrame) -> Download:
    grain, period = latest["grain"][0], latest["period"][0]
    figures: dict[str, dict[str, Any]] = {}
    for row in latest.select("unit", "measure", "status", "value", "low", "high", "flag").iter_rows(named=True):
        figures.setdefault(row["unit"], {}).update(_properties(row))
    features = [
        {
            **feature,
            "properties": {
                "id": feature["id"],
                **feature["properties"],
                "grain": grain,
                "period": period.isoformat(),
                **figures.get(str(feature["id"]), {}),
            },
        }
        for feature in shape.collection["features"]
    ]
    label = period_label(period, Grain(grain))
    content = gzip.compress(canonical_json({**shape.collection, "features": features}), compresslevel=5, mtime=0)
    name = f"{topic}-{shape.geography}.geojson.gz"
    return Download(name, f"Shapes with figures for {label}, by {shape.geography}", "geojson", len(features), content)


def _properties(row: dict[str, Any]) -> dict[str, Any]:
    measure = row["measure"]
    told = {f"{measure}_{key}": row[key] for key in ("low", "high", "flag") if row[key] is not None}
    return {measure: row["value"], f"{measure}_status": row["status"], **told}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no plain form")
