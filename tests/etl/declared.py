"""Sources and areas for tests, with as little said as possible."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import polars as pl
import shapely

from etl.city import Source
from etl.records import Ingested, Validated
from etl.steps.ingest import ingest
from etl.steps.locate import YearKeys
from etl.steps.validate import validate
from layers.areas import AreaSet, load_area_set

KEY = b"a key for tests, thirty-two byte"
TODAY = date(2026, 11, 15)
ZONE = ZoneInfo("America/New_York")
US_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")


def source(fields: Mapping[str, str], **said: Any) -> Source:
    """A source of service requests in `feed.csv`, each field read from the column named."""
    declared = {
        "id": "feed",
        "topic": "service_requests",
        "title": "A feed",
        "publisher": "The city",
        "license": "CC0-1.0",
        "cadence": "daily",
        "covers": {"from": "2023-11-01"},
        "connector": {"kind": "csv", "path": "feed.csv"},
        "dates": {"formats": list(US_DATES)},
        "fields": {name: {"column": column, "meaning": "For a test"} for name, column in fields.items()},
        "limits": {"max_reject_share": 1.0},
        **said,
    }
    return Source.model_validate(declared)


def taken(declared: Source, folder: Path) -> Ingested:
    """The source's feed in `folder`, ingested."""
    return ingest(declared, folder, private=folder / "private", scratch=folder / "scratch", key=KEY)


def validated(
    declared: Source, rows: Sequence[Mapping[str, str | None]], *, columns: Sequence[str] = (), **said: Any
) -> Validated:
    """Rows written as a table in the test, validated. `columns` name those of a feed without rows."""
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names}
    frame = pl.DataFrame(columns).with_row_index("row", offset=1).lazy()
    return validate(Ingested(declared.id, frame, ()), declared, **{"today": TODAY, "city_zone": ZONE, **said})


def every_year(key: bytes) -> YearKeys:
    """One key of homes for every year."""
    return lambda years: dict.fromkeys(years, key)


def city_areas(folder: Path) -> tuple[AreaSet, AreaSet]:
    """Two districts, west and east of lng -83.9, and one ZIP that covers only the south of both."""
    shapes = {
        "district": {"1": shapely.box(-84.0, 36.0, -83.9, 36.1), "2": shapely.box(-83.9, 36.0, -83.8, 36.1)},
        "zip": {"37901": shapely.box(-84.0, 36.0, -83.8, 36.05)},
    }
    district, zips = (_areas(folder, kind, boxes) for kind, boxes in shapes.items())
    return district, zips


def _areas(folder: Path, kind: str, boxes: Mapping[str, Any]) -> AreaSet:
    path = folder / f"{kind}.geojson"
    names = [f"{kind.title()} {key}" for key in boxes]
    gpd.GeoDataFrame({"id": list(boxes), "name": names}, geometry=list(boxes.values()), crs=4326).to_file(path)
    return load_area_set(
        path, kind=kind, title=kind, plural=f"{kind}s", id_field="id", name_field="name", valid_from=date(2023, 1, 1)
    )
