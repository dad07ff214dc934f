"""With what charts are drawn: Plotly as it lies in `assets/plotly`, and no other."""

import re
from hashlib import sha256

import pytest
from playwright.sync_api import expect

from portal.settings import ASSETS
from tests.machinery.reader import Open, Reader

FETCHED = "() => performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)"
READ = """async (path) => {
  const digest = await crypto.subtle.digest("SHA-256", await (await fetch(path)).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""


@pytest.mark.parametrize(("path", "files"), [("/trends", ["lines.js"]), ("/map", ["lines.js", "map.js"])])
def test_a_page_loads_what_its_charts_need_and_dash_loads_no_plotly(
    reader: Reader, path: str, files: list[str]
) -> None:
    fetched = reader.go(path).page.evaluate(FETCHED)
    assert sorted(each for each in fetched if "plotly" in each) == [f"/assets/plotly/{name}" for name in files]
    for name in files:  # the browser asks for it compressed with Brotli
        assert reader.page.evaluate(READ, f"/assets/plotly/{name}") == sha256(_file(name)).hexdigest()


def test_what_does_not_come_is_said_and_its_picture_stands(window: Open) -> None:
    """
    | missing  | page    | what stands there                    | what is said                              |
    |----------|---------|--------------------------------------|-------------------------------------------|
    | lines.js | /trends | the picture from the first byte      | the chart could not be loaded, nor is it  |
    |          |         |                                      | asked for more than twice                 |
    | map.js   | /map    | the map as a picture of this view    | the same of the map, until it is there:   |
    |          |         |                                      | it is asked for again at the next figure  |
    """
    reader = window()
    said = reader.find(".an-missing[role=status]")
    reader.page.route("**/plotly/*.js*", lambda route: route.abort())
    reader.page.goto(f"{reader.origin}/trends")
    expect(said).to_have_text("This chart could not be loaded. The table below says the same.")
    charts = reader.find("#react-entry-point .an-chart")
    expect(charts.locator(".an-drawn-plot").first).to_be_visible()
    expect(reader.find("#react-entry-point .an-chart:not([hidden]) > .an-drawn")).to_have_count(charts.count())
    assert reader.page.evaluate("document.head.querySelectorAll('script[src*=lines]').length") == 2
    reader.page.unroute("**/plotly/*.js*")
    reader.page.route("**/plotly/map.js*", lambda route: route.abort())
    reader.page.goto(f"{reader.origin}/map")
    expect(said).to_contain_text("The live map could not be loaded.")
    expect(reader.find(".an-map > .an-still")).to_have_attribute("src", re.compile(r"^/still/map\.svg\?"))
    reader.page.unroute("**/plotly/map.js*")
    reader.page.locator("#scheme").click()
    expect(reader.find(".an-missing, .an-still")).to_have_count(0)
    assert {each for each in reader.seen.errors if "net::ERR_FAILED" not in each} == set()
    assert len(reader.seen.errors) <= 4
    reader.seen.errors.clear()  # only what the test took away


def _file(name: str) -> bytes:
    return (ASSETS / "plotly" / name).read_bytes()
