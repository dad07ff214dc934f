"""What a reader's connection carries: a first visit, and each thing they do after it.

`pytest -s` prints them; `HEARTHMAP_BENCH_STORE` names a public store to use instead of the small demonstration city.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.settings import PortalSettings
from tests.benchmarks.walkers import UPDATE, callback

FIRST_VISIT, INTERACTION = 1_000_000, 50_000
DEPENDENCIES = "/_dash-dependencies"
ASKED_BY_DASH = ("/_dash-layout", DEPENDENCIES, "/_dash-component-suites/dash/dcc/async-graph.js")
PACKED = {"accept-encoding": "gzip"}

VISITS = ("/", "/district/3", "/map", "/trends", "/compare", "/agency", "/contact-center", "/data/evictions")
STEPS = (
    # what                         page              callback         the query of the address after it
    ("map: another period", "/map", "map-figure", "?to=2026-07-01"),
    ("map: another category", "/map", "map-figure", "?category=potholes"),
    ("map: counts to rates", "/map", "map-figure", "?topic=evictions&measure=homes_filed_per_1000"),
    ("map: another topic", "/map", "map-figure", "?topic=shutoffs"),
    ("map: neighborhoods", "/map", "map-figure", "?geography=neighborhood"),
    ("map: tracts", "/map", "map-figure", "?geography=tract"),
    ("map: small hexagons", "/map", "map-figure", "?geography=h3_9"),
    ("map: a place and its panel", "/map", "map-figure", "?geography=neighborhood&unit=N01"),
    ("map: developments on top", "/map", "map-figure", "?layer=supply"),
    ("map: hot spots", "/map", "map-figure", "?layer=hotspots"),
    ("map: concern against supply", "/map", "map-figure", "?show=concern"),
    ("trends: another topic", "/trends", "trends-head", "?topic=evictions"),
    ("trends: another place", "/trends", "trends-head", "?geography=neighborhood&unit=N01"),
    ("trends: by week", "/trends", "trends-head", "?grain=week"),
    ("trends: a year of weeks, rolling", "/trends", "trends-head", "?grain=rolling_4w"),
    ("compare: four places", "/compare", "compare-head", "?places=district:1,district:2,neighborhood:N01,city:city"),
    ("district: another category", "/district/3", "district-focus", "?category=potholes"),
    ("district: another topic", "/district/3", "district-focus", "?topic=shutoffs"),
    ("contact center: a measure", "/contact-center", "center-top", "?measure=abandoned_share"),
)
PAGES = (
    ("agency: one of them", "/agency/public_works"),
    ("district: another one", "/district/5"),
    ("map: by address", "/map?topic=evictions"),
    ("home, again", "/"),
)


@pytest.fixture(scope="module")
def client(demo_store: Path) -> Iterator[TestClient]:
    store = Path(os.environ.get("HEARTHMAP_BENCH_STORE", demo_store))
    with TestClient(create_app(PortalSettings(store=store))) as found:
        yield found


@pytest.mark.parametrize("path", VISITS)
def test_a_first_visit_is_under_a_megabyte_beside_plotly(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    loaded = {path, *_loaded(page.text)}
    sizes = {}
    if "_dash-config" in page.text:
        filled = _posted(client, next(callback(client.get(DEPENDENCIES).json(), "page.children", path, {}))(""))
        sizes[UPDATE] = int(filled.headers["content-length"])
        loaded |= {*ASKED_BY_DASH, *re.findall(r'"(/geo/[^"]+|/assets/[^"]+\.json[^"]*)"', filled.text)}
    sizes |= {address: _moved(client, address) for address in loaded}
    moved = sum(sizes.values())
    print(f"\n  {path:<18} {len(sizes):>3} files {moved / 1000:>6.1f} kB", end="")
    assert moved < FIRST_VISIT


def test_each_thing_a_reader_does_is_under_fifty_kilobytes(client: TestClient) -> None:
    dependencies = client.get("/map") and client.get(DEPENDENCIES).json()
    sizes = {}
    for what, path, owner, query in STEPS:
        ask = next(callback(dependencies, owner, path, {"map-drawn.data": ["", ""]}))
        answer = _posted(client, ask(query))
        assert answer.status_code == 200, what
        sizes[what] = int(answer.headers["content-length"])
    sizes |= {what: _moved(client, path) for what, path in PAGES}

    print("".join(f"\n  {what:<34} {size / 1000:>6.1f} kB" for what, size in sizes.items()))
    assert {what: size for what, size in sizes.items() if size >= INTERACTION} == {}


def _loaded(text: str) -> set[str]:
    """What a browser loads with a page: styles, scripts, pictures."""
    tags = re.findall(r"<(?:script|img|link)\b[^>]*>", text)
    linked = [tag for tag in tags if "<link" not in tag or re.search(r'rel="(?:stylesheet|icon|preload)"', tag)]
    return {each for tag in linked for each in re.findall(r'(?:src|href)="(/[^"]+)"', tag)}


def _posted(client: TestClient, body: bytes) -> Any:
    return client.post(UPDATE, content=body, headers={"content-type": "application/json", **PACKED})


def _moved(client: TestClient, address: str) -> int:
    """Bytes of the body as they go over the wire."""
    with client.stream("GET", address, headers=PACKED) as answer:
        assert answer.status_code == 200, address
        return sum(len(part) for part in answer.iter_raw())
