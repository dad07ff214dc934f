"""A real pygeoapi on loopback, over two small files."""

import csv
import importlib
import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.serving import make_server

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LAT_LNG = "http://www.opengis.net/def/crs/EPSG/0/4326"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"

Row = Mapping[str, Any]


@contextmanager
def pygeoapi(folder: Path, rows: Sequence[Row], shapes: Mapping[str, Any], *, most: int) -> Iterator[str]:
    """The address of a service with the collections `requests` (points, CSV) and `parcels` (GeoJSON)."""
    with (folder / "requests.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (folder / "parcels.geojson").write_text(json.dumps(shapes))
    (folder / "openapi.json").write_text(json.dumps({"openapi": "3.0.2", "info": {"title": "t"}, "paths": {}}))
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)  # type: ignore[arg-type]  # replaced below
    address = f"http://127.0.0.1:{server.port}"
    (folder / "pygeoapi.yml").write_text(yaml.safe_dump(config(address, _providers(folder), most)))
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("PYGEOAPI_CONFIG", str(folder / "pygeoapi.yml"))
        environ.setenv("PYGEOAPI_OPENAPI", str(folder / "openapi.json"))
        server.app = importlib.import_module("pygeoapi.flask_app").APP
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def _providers(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        "requests": {
            "name": "CSV",
            "data": str(folder / "requests.csv"),
            "id_field": "id",
            "geometry": {"x_field": "x", "y_field": "y"},
            "crs": [CRS84, LAT_LNG, MERCATOR],
            "storage_crs": CRS84,
        },
        "parcels": {"name": "GeoJSON", "data": str(folder / "parcels.geojson"), "id_field": "id"},
    }


def config(address: str, providers: Mapping[str, Mapping[str, Any]], most: int) -> dict[str, Any]:
    """The settings of a service: its collections by name, each with its provider."""
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0},
            "url": address,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": "none"},
            "limits": {"default_items": most, "max_items": most, "on_exceed": "throttle"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "t",
                "description": "d",
                "keywords": ["k"],
                "terms_of_service": "t",
                "url": "u",
            },
            "license": {"name": "CC0-1.0"},
            "provider": {"name": "n", "url": "u"},
            "contact": {"name": "n"},
        },
        "resources": {name: _collection(provider) for name, provider in providers.items()},
    }


def _collection(provider: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "collection",
        "title": "t",
        "description": "d",
        "keywords": ["k"],
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": CRS84}},
        "links": [],
        "providers": [{"type": "feature", **provider}],
    }
