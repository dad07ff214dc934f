"""With what charts are drawn: Plotly as it lies in `assets/plotly`, and no other."""

from hashlib import sha256

import pytest

from portal.settings import ASSETS
from tests.machinery.reader import Reader

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


def _file(name: str) -> bytes:
    return (ASSETS / "plotly" / name).read_bytes()
