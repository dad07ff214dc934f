"""Somebody who reads the portal at a window: goes to addresses, waits until they are drawn, reads what they say."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.machinery.chromium import Watch

WIDE, NARROW = 1280, 320
SECONDS = 30_000
"""How long anything may take before a test gives up, in milliseconds: the machine may be busy."""

# Drawn: the server's first paint has left, every chart stands, and every map has its places and hatches.
DRAWN = """() => {
  if (document.readyState !== "complete" || document.getElementById("first-paint")) return false;
  const drawn = (graph) => {
    const plot = graph.querySelector(".js-plotly-plot");
    if (!plot || !plot._fullLayout || !plot._fullData || !plot._fullData.length) return false;
    const ground = plot._fullLayout.map && plot._fullLayout.map._subplot;
    if (!graph.closest(".an-map") && !graph.classList.contains("an-graph")) return true;
    return Boolean(ground && ground.map && ground.map.getLayer("an-hidden") && ground.map.loaded());
  };
  return [...document.querySelectorAll(".dash-graph")].every(drawn);
}"""

WHAT_IT_SAYS = """() => {
  const main = document.getElementById("main").cloneNode(true);
  main.querySelectorAll(".dash-graph, .js-plotly-plot, script, noscript").forEach((part) => part.remove());
  const chosen = [...document.querySelectorAll("#main select")].map((box) => `${box.name}=${box.value}`);
  const figures = [...document.querySelectorAll("#main .js-plotly-plot")].map((plot) => plot.data.map((trace) =>
    [trace.name, trace.z, trace.text, trace.visible, [...(trace.x || [])], [...(trace.y || [])]]));
  return { words: main.textContent.replace(/\\s+/g, " ").trim(), chosen, figures: JSON.stringify(figures) };
}"""

TABLE = """(table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => ({
  text: cell.textContent.replace(/\\s+/g, " ").trim(), sort: cell.dataset.sort ?? null })))"""


@dataclass(frozen=True, slots=True)
class Reader:
    """One window on the portal at `origin`. `seen` is what its pages did that they must not do."""

    page: Page
    origin: str
    seen: Watch

    def go(self, path: str) -> "Reader":
        """Opens an address of the portal and waits until all of it is drawn."""
        self.page.goto(self.origin + path)
        return self.drawn()

    def drawn(self) -> "Reader":
        self.page.wait_for_function(DRAWN, timeout=SECONDS)
        return self

    def loads(self) -> Any:
        """A context in which the next page is loaded anew: `with reader.loads(): link.click()`."""
        return self.page.expect_navigation(timeout=SECONDS)

    @property
    def asked(self) -> dict[str, str]:
        """The query of the address."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def title(self) -> str:
        """The page's heading."""
        return self.page.locator("h1").inner_text()

    def says(self) -> dict[str, Any]:
        """The view as a whole: words, chosen options, what charts and maps were given to draw."""
        said: dict[str, Any] = self.page.evaluate(WHAT_IT_SAYS)
        return said

    def table(self, selector: str) -> list[list[dict[str, Any]]]:
        """Rows of a table's body: `text` and the figure it is sorted by (`sort`, None without one) of each cell."""
        rows: list[list[dict[str, Any]]] = self.page.locator(selector).first.evaluate(TABLE)
        return rows

    def find(self, selector: str, **options: Any) -> Locator:
        return self.page.locator(selector, **options)

    def press(self, key: str, times: int = 1) -> "Reader":
        for _ in range(times):
            self.page.keyboard.press(key)
        return self

    def tab_to(self, wanted: Locator, *, most: int = 120) -> Locator:
        """Presses Tab until `wanted` has the focus: nothing but the keyboard is used."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("(element) => element === document.activeElement"):
                return wanted
        raise AssertionError(f"{most} presses of Tab do not reach {wanted}")

    @property
    def focused(self) -> str:
        """What has the focus: its id, else its text."""
        found: str = self.page.evaluate("document.activeElement.id || document.activeElement.textContent")
        return found

    def fits(self) -> bool:
        """Whether the page is no wider than the window, once its charts have taken the window's width."""
        with contextlib.suppress(PlaywrightTimeout):
            self.page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth", timeout=5_000)
        overflow: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return overflow <= 0

    def resize(self, width: int, height: int = 740) -> "Reader":
        """Another window width; returns after the page was laid out for it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
        return self


Open = Callable[..., Reader]
"""Opens a window: `window(width=…, scheme=…, origin=…)`; the fixture of tests/browser."""
