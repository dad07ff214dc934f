"""A first visit on a simulated mid-range phone: processor at a quarter, 10 Mbit/s, 40 ms. No time is asserted.

- *painted*: the largest content of the first screen stands.
- *complete*: that, and every chart whose box is in the first screen shows its figures, as a picture or live.
- *live*: those charts answer to a finger too, and the page is the drawn one (the first paint has left).
- *whole*: every chart of the page is drawn, also those far below.

`HEARTHMAP_BENCH_STORE` names a public store to use instead of the small demonstration city.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

PAGES = (
    "/", "/district/3", "/map", "/trends", "/compare", "/contact-center", "/agency/public_works", "/data/evictions",
)  # fmt: skip
SLOWER, BITS, LATENCY = 4, 10_000_000, 40
MILLISECONDS, KILOBYTES = 2_000, 1_000
PATIENCE = 20_000
BUNDLE = "plotly"
"""In the name of Plotly's own files, which are counted apart."""
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
    const all = list.getEntries(); done(all[all.length - 1].startTime)
}).observe({type: 'largest-contentful-paint', buffered: true}))"""
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
WATCH = """(() => {
  const lines = (plot) => Boolean(plot.querySelector(".scatterlayer .trace, .barlayer .trace"));
  const map = (plot) => {
    const ground = plot._fullLayout?.map?._subplot?.map;
    return Boolean(ground && ground.getLayer("an-hidden") && ground.loaded());
  };
  const live = (box) => {
    const plot = box.querySelector(".js-plotly-plot");
    return Boolean(plot && plot._fullLayout && (box.matches(".an-map") ? map(plot) : lines(plot)));
  };
  const seen = (picture) => picture.complete && picture.naturalWidth && getComputedStyle(picture).display !== "none";
  const shown = (box) => live(box) || box.querySelector(".an-drawn") || [...box.querySelectorAll("img")].some(seen);
  const inView = (box) => {
    const { top, bottom, height } = box.getBoundingClientRect();
    return height > 0 && bottom > 0 && top < window.innerHeight;
  };
  const told = (window.visited = {});
  const note = (name, so) => { if (so && !(name in told)) told[name] = performance.now(); };
  const look = () => {
    const main = document.getElementById("main");
    if (main && document.readyState !== "loading") {
      const static_ = !document.getElementById("react-entry-point");
      const handed = static_ || !document.getElementById("first-paint");
      const boxes = [...main.querySelectorAll(".an-chart, .an-map")].filter((box) => box.getClientRects().length);
      const first = boxes.filter(inView);
      note("complete", (handed || boxes.length) && first.every(shown));
      note("live", handed && first.every(live));
      note("whole", handed && boxes.every(live));
      told.first = first.length;
      told.all = boxes.length;
    }
    if (!("whole" in told)) setTimeout(() => requestAnimationFrame(look), 20);
  };
  look();
})()"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds since the visit began; kB moved without and of Plotly; charts in the first screen and in all."""

    painted: float
    complete: float
    live: float
    whole: float
    loaded: float
    moved: float
    bundle: float
    charts: str


@pytest.mark.bench
def test_first_visit(serve: Callable[..., str], demo_store: Path, browser: Browser) -> None:
    named = os.environ.get("HEARTHMAP_BENCH_STORE")
    origin = serve(Path(named) if named else demo_store)
    print(f"\nFirst visit, processor {SLOWER} times slower, {BITS / 1e6:.0f} Mbit/s, {LATENCY} ms (bars: 2 s, 1 MB)")
    heads = ("painted", "complete", "of bar", "live", "whole page", "load event", "moved", "of bar", "Plotly", "charts")
    print(f"  {'page':<20}" + "".join(f"{head:>12}" for head in heads))
    for path in PAGES:
        seen = _visit(browser, f"{origin}{path}")
        figures = (
            f"{seen.painted:.0f} ms", f"{seen.complete:.0f} ms", f"{seen.complete / MILLISECONDS:.2f}×",
            f"{seen.live:.0f} ms", f"{seen.whole:.0f} ms", f"{seen.loaded:.0f} ms", f"{seen.moved:.0f} kB",
            f"{seen.moved / KILOBYTES:.2f}×", f"{seen.bundle:.0f} kB", seen.charts,
        )  # fmt: skip
        print(f"  {path:<20}" + "".join(f"{figure:>12}" for figure in figures))
        assert seen.moved > 0


def _visit(browser: Browser, url: str) -> Seen:
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    page.add_init_script(WATCH)
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
    page.wait_for_function("() => 'whole' in window.visited", timeout=PATIENCE, polling=500)
    page.wait_for_timeout(500)
    painted, loaded, told = page.evaluate(PAINTED), page.evaluate(LOADED), page.evaluate("() => window.visited")
    bundle = sum(size for key, size in sizes.items() if BUNDLE in names.get(key, ""))
    moved = sum(sizes.values()) - bundle
    context.close()
    return Seen(
        painted, max(painted, told["complete"]), max(painted, told["live"]), max(painted, told["whole"]), loaded,
        moved / 1000, bundle / 1000, f"{told['first']} of {told['all']}",
    )  # fmt: skip
