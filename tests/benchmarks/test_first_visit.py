"""A first visit on a simulated mid-range phone: processor at a quarter, 10 Mbit/s, 40 ms. No time is asserted.

`HEARTHMAP_BENCH_STORE` names a public store to use instead of the small demonstration city.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

PAGES = ("/", "/district/3", "/map", "/trends", "/data/evictions")
SLOWER, BITS, LATENCY = 4, 10_000_000, 40
MILLISECONDS, KILOBYTES = 2_000, 1_000
BUNDLE = "plotly"
"""In the name of Plotly's own file, which is counted apart."""
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
    const all = list.getEntries(); done(all[all.length - 1].startTime)
}).observe({type: 'largest-contentful-paint', buffered: true}))"""
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


@pytest.mark.bench
def test_first_visit(serve: Callable[..., str], demo_store: Path, browser: Browser) -> None:
    named = os.environ.get("HEARTHMAP_BENCH_STORE")
    origin = serve(Path(named) if named else demo_store)
    print(f"\nFirst visit, processor {SLOWER} times slower, {BITS / 1e6:.0f} Mbit/s, {LATENCY} ms (bars: 2 s, 1 MB)")
    print(f"  {'page':<16} {'content painted':>16} {'of bar':>7} {'all loaded':>11} {'moved':>9} {'of bar':>7}  Plotly")
    for path in PAGES:
        painted, loaded, moved, bundle = _visit(browser, f"{origin}{path}")
        print(
            f"  {path:<16} {painted:>13.0f} ms {painted / MILLISECONDS:>6.2f}× {loaded:>8.0f} ms"
            f" {moved:>6.0f} kB {moved / KILOBYTES:>6.2f}×  {bundle:.0f} kB"
        )
        assert moved > 0


def _visit(browser: Browser, url: str) -> tuple[float, float, float, float]:
    """Milliseconds to the largest paint and to the load event; kB moved without and of the bundle."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def asked(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["request"]["url"]

    def ended(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    tools.on("Network.requestWillBeSent", asked)
    tools.on("Network.loadingFinished", ended)
    tools.send("Network.enable")
    speed = {"downloadThroughput": BITS / 8, "uploadThroughput": BITS / 8}
    tools.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY, **speed})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url, wait_until="load")
    page.wait_for_timeout(4_000)
    painted, loaded = float(page.evaluate(PAINTED)), float(page.evaluate(LOADED))
    bundle = sum(size for key, size in sizes.items() if BUNDLE in names.get(key, ""))
    context.close()
    return painted, loaded, (sum(sizes.values()) - bundle) / 1000, bundle / 1000
