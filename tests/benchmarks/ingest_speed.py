"""From a CSV of service requests to counts by cell, month and category, three ways; each run in a process of its own.

`python -m tests.benchmarks.ingest_speed WAY FILE` prints one line of JSON: seconds, seconds of processor time, peak
memory in MB, and what was counted. `write_requests` makes the file: 30 columns, some 400 bytes a row.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.benchmarks.peak import peak_bytes

CATEGORIES = tuple(f"Request type {n:02d}" for n in range(12))
DATES = "%m/%d/%Y %I:%M:%S %p"
RESOLUTION = 9
WEST, SOUTH, EAST, NORTH = -84.05, 35.90, -83.80, 36.05
DISTRICTS = 6
BATCH = 250_000
KEY = b"a key for benchmarks"


def write_requests(path: Path, rows: int) -> None:
    """Requests in a city of some 3,500 cells and three years, sound all of them; the same rows for the same number."""
    import numpy as np

    rng = np.random.default_rng(7)
    with path.open("wb") as out:
        for start in range(0, rows, BATCH):
            _batch(rng, start, min(BATCH, rows - start)).write_csv(out, include_header=start == 0)


def _batch(rng, start, size):
    import numpy as np
    import polars as pl

    opened = np.datetime64("2023-11-01T00:00:00") + rng.integers(0, 3 * 365 * 86_400, size).astype("timedelta64[s]")
    closed = opened + rng.integers(600, 30 * 86_400, size).astype("timedelta64[s]")
    told = np.array(["light out on the corner", "large hole in the road", "furniture dumped behind the building"])
    columns = {
        "Request Number": np.arange(start, start + size) + 24_000_000,
        "Date Opened": pl.Series(opened.astype("datetime64[us]")).dt.strftime(DATES),
        "Date Closed": pl.Series(closed.astype("datetime64[us]")).dt.strftime(DATES),
        "Type": np.array(CATEGORIES)[rng.integers(0, len(CATEGORIES), size)],
        "Status": np.array(["Closed", "Open"])[rng.integers(0, 2, size)],
        "Description": told[rng.integers(0, 3, size)],
        "Caller": pl.Series(rng.integers(1000, 9999, size)).cast(pl.String)
        + " Caller, (865) 555-0100, please call back",
        "Address": pl.Series(rng.integers(1, 9999, size)).cast(pl.String) + " SOUTH GAY STREET, KNOXVILLE, TN",
        **{f"Field {n:02d}": np.full(size, f"field {n:02d}") for n in range(20)},
        "Latitude": rng.uniform(SOUTH, NORTH, size).round(6),
        "Longitude": rng.uniform(WEST, EAST, size).round(6),
    }
    return pl.DataFrame(columns)


def hearthmap(path: Path) -> dict[str, int]:
    """Our own steps: fetch, validate, locate, group, part by part."""
    import geopandas as gpd
    import numpy as np
    import polars as pl
    import shapely

    from etl.city import Source
    from etl.feeds.parts import Placing, judged
    from etl.fetch import connector
    from etl.fetch.connector import Request
    from etl.records import Ingested, Located, Validated
    from etl.steps.locate import default_points, locate, point_columns
    from etl.steps.validate import judge
    from layers.areas import load_area_set

    fields = {
        "id": "Request Number",
        "created": "Date Opened",
        "closed": "Date Closed",
        "category": "Type",
        "status": "Status",
        "lat": "Latitude",
        "lng": "Longitude",
    }
    source = Source.model_validate(
        {
            "id": "requests",
            "topic": "service_requests",
            "title": "Requests",
            "publisher": "City",
            "license": "CC0-1.0",
            "cadence": "daily",
            "covers": {"from": "2023-11-01"},
            "connector": {"kind": "csv", "path": str(path)},
            "fields": {name: {"column": column, "meaning": "-"} for name, column in fields.items()},
            "dates": {"formats": [DATES]},
            "groups": {f"g{n}": {"title": code, "kind": "place"} for n, code in enumerate(CATEGORIES)},
            "categories": {f"g{n}": [code] for n, code in enumerate(CATEGORIES)},
        }
    )
    edges = np.linspace(WEST - 0.01, EAST + 0.01, DISTRICTS + 1)
    boxes = [shapely.box(w, SOUTH - 0.01, e, NORTH + 0.01) for w, e in pairwise(edges)]
    with tempfile.TemporaryDirectory() as folder:
        districts = Path(folder) / "districts.gpkg"
        gpd.GeoDataFrame({"id": range(1, DISTRICTS + 1)}, geometry=boxes, crs=4326).to_file(districts)
        areas = load_area_set(
            districts, kind="district", title="", plural="", id_field="id", valid_from=date(2023, 1, 1)
        )
        reader = connector("csv")
        asked = Request(Path(folder), Path(folder) / "arriving")
        feed = reader.read(source.connector, reader.fetch(source.connector, asked).files, Path(folder))

        def judging(part: Ingested) -> Validated:
            return judge(part, source, today=date(2027, 1, 1), city_zone=ZoneInfo("America/New_York"))

        def placing(records: pl.DataFrame) -> Located:
            return locate(
                records,
                source,
                **places,
                directory=None,
                suspected=suspected,
                key=KEY,
                home_keys=lambda years: dict.fromkeys(years, KEY),
                resolutions=(RESOLUTION,),
            )

        ingested = Ingested("requests", feed, (), scratch=Path(folder) / "scratch")
        places: dict[str, Any] = {"area_sets": [areas], "city_area": "district"}
        validated = judged(ingested, source, judging, key=KEY)
        suspected = default_points(lambda: validated.parts(point_columns(source)), source, **places)
        month = pl.col("created").dt.truncate("1mo").alias("month")
        parts = [
            events.select(pl.col("cell"), pl.col("category").cast(pl.Categorical), month)
            for events in Placing(validated, placing, lambda _: None, keep="created")
        ]
        counts = pl.concat(parts).lazy().group_by("cell", "month", "category").len("n").collect(engine="streaming")
    return {"rows": validated.rows, "counted": int(counts["n"].sum()), "groups": counts.height}


def bare_polars(path: Path) -> dict[str, int]:
    """The least that Polars can do: scan, cell, group; no check of anything."""
    import polars as pl

    from layers.grid import cell_expr

    counts = (
        pl.scan_csv(path, infer_schema=False)
        .select(
            pl.col("Type"),
            pl.col("Date Opened").str.to_datetime(DATES).dt.truncate("1mo").alias("month"),
            pl.col("Latitude").cast(pl.Float64).alias("lat"),
            pl.col("Longitude").cast(pl.Float64).alias("lng"),
        )
        .with_columns(cell_expr("lat", "lng", RESOLUTION).alias("cell"))
        .group_by("cell", "month", "Type")
        .len("n")
        .collect(engine="streaming")
    )
    return {"rows": int(counts["n"].sum()), "counted": int(counts["n"].sum()), "groups": counts.height}


def pandas_and_h3(path: Path) -> dict[str, int]:
    """The script one would write first: pandas with h3-py."""
    import h3
    import pandas as pd

    frame = pd.read_csv(path, usecols=["Date Opened", "Type", "Latitude", "Longitude"])
    frame["month"] = pd.to_datetime(frame["Date Opened"], format=DATES).dt.to_period("M")
    frame["cell"] = [
        h3.latlng_to_cell(lat, lng, RESOLUTION) for lat, lng in zip(frame["Latitude"], frame["Longitude"], strict=True)
    ]
    counts = frame.groupby(["cell", "month", "Type"]).size()
    return {"rows": len(frame), "counted": int(counts.sum()), "groups": len(counts)}


WAYS: dict[str, Callable[[Path], dict[str, int]]] = {
    "hearthmap": hearthmap,
    "bare polars": bare_polars,
    "pandas + h3-py": pandas_and_h3,
}


def main(way: str, file: str) -> None:
    """Run one way and print what it took. Importing the libraries is not counted."""
    warm(way)
    start, before = time.perf_counter(), time.process_time()
    counted = WAYS[way](Path(file))
    seconds, processor = time.perf_counter() - start, time.process_time() - before
    peak = peak_bytes() / 1e6
    sys.stdout.write(
        json.dumps({"seconds": round(seconds, 2), "processor": round(processor, 2), "peak_mb": round(peak), **counted})
        + "\n"
    )


def warm(way: str) -> None:
    """Run once on a handful of rows, so that what is measured is not the import of libraries."""
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.csv"
        write_requests(few, 100)
        WAYS[way](few)


if __name__ == "__main__":
    main(*sys.argv[1:])
