"""The same published figures behind two other servers: Datasette on SQLite, pygeoapi on GeoParquet.

Both get the rows that the map can show, no others, sorted and indexed as the release is.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import polars as pl
import shapely
import yaml

from layers.store.reader import Store
from portal.view import View
from tests.benchmarks.crowd import Asked
from tests.benchmarks.served import served
from tests.benchmarks.walkers import TOPICS
from tests.feeds.pygeoapi_service import CRS84, config
from tests.machinery.process import free_port

KEYS = ("topic", "measure", "geography", "grain", "category", "period")
COLUMNS = ("unit", "status", "value", "low", "high", "flag")
PLACES = ("h3_8", "zone2", "neighborhood", "district")
MOST = 5_000


def published(store: Path) -> pl.DataFrame:
    """The rows of the map's topics, measures and places, in the order of the releases."""
    found = []
    for topic, measure in sorted(TOPICS.items()):
        release = Store(store).release(topic)
        found.append(release.counts(measure=measure, geography=PLACES, grain=("month", "quarter")))
    rows = pl.concat(found).with_columns(pl.col("period").cast(pl.String))
    return rows.sort(*KEYS, "unit").select(*KEYS, *COLUMNS)


def pairs(query: str) -> dict[str, str]:
    """What a query of the map asks for, by column."""
    view = View.read(query)
    asked = {"period": str(view.to), **{name: getattr(view, name) for name in KEYS[:-1]}}
    return {name: str(value) for name, value in asked.items()}


# ---- Datasette ----


def datasette_app() -> Any:
    """Datasette over the database that the environment names, as an application."""
    from datasette.app import Datasette

    return Datasette(immutables=[os.environ["PEER_DATABASE"]], settings={"max_returned_rows": MOST}).app()


@contextmanager
def datasette(folder: Path, rows: pl.DataFrame) -> Iterator[str]:
    path = folder / "published.db"
    with sqlite3.connect(path) as database:
        database.execute(f"create table counts ({', '.join(rows.columns)})")
        database.executemany(f"insert into counts values ({', '.join('?' * rows.width)})", rows.iter_rows())
        database.execute(f"create index asked on counts ({', '.join(KEYS)}, unit)")
        database.execute("analyze")
    database.close()
    with served("tests.benchmarks.peers:datasette_app()", folder, "/-/versions.json", peer_database=str(path)) as url:
        yield url


def ask_datasette(query: str) -> Asked:
    """Its quickest way: SQL over the index, rows as JSON arrays."""
    where = " and ".join(f"{name} = :{name}" for name in KEYS)
    sql = f"select {', '.join(COLUMNS)} from counts where {where} order by unit"
    return f"/published.json?{urlencode({'sql': sql, **pairs(query), '_shape': 'arrays'})}", b""


# ---- pygeoapi ----


@contextmanager
def geoapi(folder: Path, store: Path, rows: pl.DataFrame) -> Iterator[str]:
    path = folder / "published.parquet"
    _geoparquet(path, store, rows)
    port = free_port()
    provider = {
        "name": "Parquet", "data": {"source": str(path)}, "id_field": "id",
        "geometry": {"x_field": ["west", "east"], "y_field": ["south", "north"]}, "storage_crs": CRS84,
    }  # fmt: skip
    told = config(f"http://127.0.0.1:{port}", {"counts": provider}, MOST)
    (folder / "pygeoapi.yml").write_text(yaml.safe_dump(told))
    (folder / "openapi.json").write_text(json.dumps({"openapi": "3.0.2", "info": {"title": "t"}, "paths": {}}))
    (folder / "s3fs.py").touch()  # imported for sources on S3, which this is not; its dependencies are many
    files = {
        "pythonpath": str(folder),
        "pygeoapi_config": str(folder / "pygeoapi.yml"),
        "pygeoapi_openapi": str(folder / "openapi.json"),
    }
    with served("pygeoapi.starlette_app:APP", folder, "/conformance?f=json", port=port, **files) as url:
        yield url


def ask_geoapi(query: str) -> Asked:
    """A FeatureCollection of the places with their figures."""
    return f"/collections/counts/items?{urlencode({'f': 'json', 'limit': MOST, **pairs(query)})}", b""


def _geoparquet(path: Path, store: Path, rows: pl.DataFrame) -> None:
    """Rows with their shapes, in groups as large as those of a release."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = rows.join(_shapes(store), on=("geography", "unit"), maintain_order="left").with_row_index("id").to_arrow()
    about = {"version": "1.1.0", "primary_column": "geometry"}
    told = {**about, "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon", "MultiPolygon"]}}}
    known = {"large_string": pa.string(), "large_binary": pa.binary()}  # the only kinds of them that pygeoapi knows
    plain = table.cast(pa.schema([each.with_type(known.get(str(each.type), each.type)) for each in table.schema]))
    pq.write_table(plain.replace_schema_metadata({"geo": json.dumps(told)}), path, row_group_size=50_000)


def _shapes(store: Path) -> pl.DataFrame:
    found = {}
    for info in (info for topic in TOPICS for info in Store(store).release(topic).manifest.geographies):
        path = store / "geo" / f"{info.name}.{info.vintage}.geojson"
        if info.name in PLACES and path.exists():
            for each in json.loads(path.read_bytes())["features"]:
                found[info.name, str(each["id"])] = shapely.from_geojson(json.dumps(each["geometry"]))
    boxes = [(*key, *shape.bounds, shape.wkb) for key, shape in found.items()]
    return pl.DataFrame(boxes, schema=["geography", "unit", "west", "south", "east", "north", "geometry"], orient="row")
