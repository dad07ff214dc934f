"""How long the portal's callbacks take and what a change on the map moves, on the whole demonstration city.

A browser makes each change once, and what it sent is sent again many times to a second, fresh portal. `first` is that
portal's first answer to the question, `median` the middle of all. No time is asserted: a busy machine proves nothing.
`HEARTHMAP_BENCH_STORE` names a public store to use instead of a new demonstration city.
"""

import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.machinery.chromium import watch
from tests.machinery.reader import WIDE, Reader

ROOT = Path(__file__).resolve().parents[2]
TIMES = 21
SETTLED = 1500
"""Milliseconds after the answer in which shapes and whatever else a change needs are asked for."""
MILLISECONDS, KILOBYTES = 100, 50
UPDATE = "/_dash-update-component"
MAP = "document.querySelector('#map-graph .js-plotly-plot')._fullLayout.map._subplot.map"
EVICTIONS = "/map?topic=evictions"
TREND = "/trends?topic=service_requests&geography=neighborhood"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a reader does: on a page at `path`, choose an option (`name=value`) or click what `click` finds."""

    page: str
    what: str
    path: str
    choose: tuple[str, str] | None = None
    click: str = ""
    zoom: float | None = None


CHANGES = (
    Change("map", "another period", "/map", click=".an-step >> nth=0"),
    Change("map", "another category", "/map", choose=("category", "potholes")),
    Change("map", "counts to rates", EVICTIONS, click=".an-toggle[aria-label=Show] a:has-text('Counts')"),
    Change("map", "another topic", "/map", choose=("topic", "evictions")),
    Change("map", "hexagons to neighborhoods", "/map", click="a:has-text('Neighborhoods')"),
    Change("map", "zones to districts", EVICTIONS, click="a:has-text('Council districts')"),
    Change("map", "closer: small hexagons", "/map", zoom=12.6),
    Change("map", "a place and its panel", "/map", click="#map-list tbody a >> nth=0"),
    Change("map", "developments on top", "/map", click="a:has-text('Affordable developments')"),
    Change("map", "concern against supply", "/map", click="a:has-text('Concern against supply')"),
    Change("trends", "another topic", "/trends", choose=("topic", "evictions")),
    Change("trends", "another place", TREND, choose=("unit", "last")),
    Change("trends", "by week", TREND, choose=("grain", "week")),
    Change("district", "another category", "/district/3", choose=("category", "potholes")),
    Change("district", "another topic", "/district/3", choose=("topic", "shutoffs")),
)
PAGES = ("/", "/map", "/map?topic=evictions", "/map?show=concern", "/trends", "/district/3", "/data", "/data/evictions")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDE, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.bench
def test_portal_speed(serve: Callable[..., str], city_store: Path, page: Page) -> None:
    watched = serve(city_store)
    reader = Reader(page, watched, watch(page, watched))
    recorded = [(change, *_record(reader, change)) for change in CHANGES]
    measured = serve(city_store)
    print(f"\nThe portal on {city_store.parent.name}: what a change costs (bars: {MILLISECONDS} ms, {KILOBYTES} kB)")
    heads = f"{'first':>8} {'median':>8} {'of bar':>7} {'moved':>9} {'of bar':>7}"
    print(f"  {'page':<9} {'change':<27} {heads}  shapes, once")
    slowest, largest = 0.0, 0.0
    for change, update, size, shapes in recorded:
        times = _times(measured, update)
        middle, kilobytes = median(times), size / 1000
        slowest, largest = max(slowest, middle), max(largest, kilobytes if change.page == "map" else 0)
        print(
            f"  {change.page:<9} {change.what:<27} {times[0]:>5.0f} ms {middle:>5.0f} ms {middle / MILLISECONDS:>6.2f}×"
            f" {kilobytes:>6.1f} kB {kilobytes / KILOBYTES:>6.2f}×" + (f" {shapes / 1000:>7.1f} kB" if shapes else "")
        )
    print(f"  slowest median {slowest:.0f} ms, largest change of the map {largest:.1f} kB")
    _pages(measured)
    assert reader.seen.problems == []


def _pages(origin: str) -> None:
    """Whole pages, as the server writes them."""
    print(f"  {'page as a whole':<37} {'first':>8} {'median':>8} {'of bar':>7} {'moved':>9}")
    for path in PAGES:
        asked = [_ask(origin, path) for _ in range(TIMES)]
        middle = median(spent for spent, _ in asked)
        print(f"  {path:<37} {asked[0][0]:>5.0f} ms {middle:>5.0f} ms {middle / MILLISECONDS:>6.2f}×", end="")
        print(f" {asked[0][1] / 1000:>6.1f} kB")


def _record(reader: Reader, change: Change) -> tuple[bytes, int, int]:
    """What one change posted, all bytes it moved, and beside them those of shapes, which a browser keeps for good."""
    reader.go(change.path)
    heard: list[Request] = []

    def hear(request: Request) -> None:
        heard.append(request)

    reader.page.on("requestfinished", hear)
    before = reader.title + reader.page.url
    with reader.page.expect_response(lambda answer: UPDATE in answer.url):
        _do(reader, change)
    reader.page.wait_for_timeout(SETTLED)
    reader.drawn().page.remove_listener("requestfinished", hear)
    assert reader.title + reader.page.url != before, f"nothing changed: {change}"
    updates = [each.post_data_buffer or b"" for each in heard if UPDATE in each.url]
    shapes = _moved([each for each in heard if "/geo/" in each.url])
    return updates[-1], _moved(heard) - shapes, shapes


def _moved(requests: list[Request]) -> int:
    """Bytes received over the wire, headers included."""
    sizes = [each.sizes() for each in requests]
    return sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes)


def _do(reader: Reader, change: Change) -> None:
    if change.choose:
        box = reader.find(f"#choose-{change.choose[0]}")
        last = box.locator("option").last.get_attribute("value") or ""
        offered = [each.get_attribute("value") for each in box.locator("option").all()]
        wanted = change.choose[1] if change.choose[1] in offered else last
        box.select_option(wanted)
    elif change.zoom:
        reader.page.evaluate(f"(zoom) => {MAP}.jumpTo({{zoom}})", change.zoom)
    else:
        reader.find(change.click).first.click()


def _times(origin: str, update: bytes) -> list[float]:
    """Milliseconds of each of TIMES answers to the same question."""
    return [_ask(origin, UPDATE, update)[0] for _ in range(TIMES)]


def _ask(origin: str, path: str, body: bytes | None = None) -> tuple[float, int]:
    """Milliseconds until the whole answer was there, and its bytes over the wire."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=60)
    headers = {"accept-encoding": "gzip", "content-type": "application/json"}
    start = time.perf_counter()
    connection.request("POST" if body else "GET", path, body=body, headers=headers)
    answer = connection.getresponse()
    size = len(answer.read())
    spent = (time.perf_counter() - start) * 1000
    connection.close()
    assert answer.status == 200, f"{path}: {answer.status}"
    return spent, size
