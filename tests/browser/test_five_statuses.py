"""Five statuses, never confused: each is drawn in its own way and said in words wherever a figure can be."""

from collections.abc import Callable

import pytest

from layers.measures import Status
from tests.machinery.reader import Open, Reader
from tests.portal.made_store import make_store

pytestmark = pytest.mark.browser

WORDS = {
    "zero": "none: counted, and there was none",
    "hidden": "too few to show",
    "not_reported": "not reported yet",
    "not_collected": "not collected",
}
LOOKS = (
    """(swatch) => { const style = getComputedStyle(swatch); return style.backgroundColor + style.backgroundImage; }"""
)
# What the map draws for a status: the color of its step, and whether a hatch of its own lies over it.
DRAWN_AS = """() => {
  const plot = document.querySelector("#map-graph .js-plotly-plot");
  const map = plot._fullLayout.map._subplot.map;
  const trace = plot._fullData[0];
  const share = (code) => (code - trace.zmin) / (trace.zmax - trace.zmin);
  const color = (code) => trace.colorscale.filter(([at]) => at <= share(code)).pop()[1];
  const found = {};
  trace.locations.forEach((unit, at) => {
    const code = trace.z[at];
    const hatch = ["hidden", "not_reported", "not_collected"].find((each) =>
      JSON.stringify(map.getLayer("an-" + each).filter).includes(String(trace.marker.line.width[at])) &&
      map.getPaintProperty("an-" + each, "fill-pattern"));
    const words = plot.data[0].text[at].split("<br>")[1].replace(/^[\\d.,± %]+/, "figure");
    found[words] = [code, color(code), hatch ?? "none"];
  });
  return found;
}"""


@pytest.fixture(scope="module")
def made_url(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("made") / "public"
    folder.mkdir()
    return serve(make_store(folder))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_legend_names_each_status_and_draws_each_differently(window: Open, made_url: str, scheme: str) -> None:
    reader = window(scheme=scheme, origin=made_url).go("/map?topic=evictions&geography=neighborhood&grain=month")
    looks = {}
    for status, words in WORDS.items():
        entry = reader.find(".an-legend li", has=reader.find(f".an-s-{status}"))
        assert words in entry.inner_text()
        looks[status] = entry.locator(".an-swatch").evaluate(LOOKS)
    for at, swatch in enumerate(reader.find(".an-classes .an-swatch").all()):
        looks[f"value {at}"] = swatch.evaluate(LOOKS)
    assert len(looks) > len(WORDS)
    assert len(set(looks.values())) == len(looks)


def test_the_map_draws_each_status_in_its_own_way(window: Open, made_url: str) -> None:
    """
    | shown                        | color      | hatch        |
    |------------------------------|------------|--------------|
    | figures, none                | own steps  | none         |
    | too few to show              | own        | strokes      |
    | not reported yet             | own        | dots         |
    """
    asked = {
        "/map?topic=evictions&measure=homes_filed&geography=neighborhood&grain=month": {"figure", "too few to show"},
        "/map?topic=evictions&measure=homes_filed&geography=neighborhood&grain=month&to=2026-11-01": {
            "not reported yet"
        },
        "/map?topic=service_requests&measure=closed_on_time_share&geography=district": {"figure", "not collected"},
    }
    seen: dict[str, list[object]] = {}
    reader = window(origin=made_url)
    for path, words in asked.items():
        found = reader.go(path).page.evaluate(DRAWN_AS)
        assert set(found) >= words, path
        seen |= {word: drawn for word, drawn in found.items() if not word.startswith("figure")}
    assert {word: drawn[2] for word, drawn in seen.items()} == {
        "too few to show": "hidden",
        "not reported yet": "not_reported",
        "not collected": "not_collected",
    }
    assert len({str(drawn[1]) for drawn in seen.values()}) == len(seen)


def test_list_panel_trend_and_file_say_the_status_in_words(window: Open, made_url: str) -> None:
    path = "?topic=evictions&measure=homes_filed&geography=neighborhood&grain=month"
    reader = window(origin=made_url).go(f"/map{path}")
    hidden = reader.find("#map-list tbody tr", has_text="too few to show").first
    name = hidden.locator("th").inner_text()
    hidden.locator("a").click()
    reader.find("#map-panel h2", has_text=name).wait_for()
    assert "too few to show" in reader.find("#map-panel").inner_text().lower()
    unit = reader.asked["unit"]
    reader.go(f"/trends{path}&unit={unit}")
    table = reader.find("#trend-table").inner_text()
    assert "too few to show" in table
    assert "not reported yet" in table
    assert "too few to show" in reader.find(".an-key").inner_text()
    file = reader.page.request.get(f"{made_url}/download/view.csv{path}&unit={unit}").text()
    for status in Status:
        assert f"{status.value} = " in file
    assert ",hidden,,0.0," in file
    assert ",not_reported,,,," in file


def test_an_unfinished_period_is_drawn_as_such_and_said(window: Open, made_url: str) -> None:
    reader = window(origin=made_url).go("/trends?topic=service_requests&measure=requests&grain=year")
    assert "(not finished)" in reader.find("#trend-table tbody tr").first.inner_text()
    assert "not finished" in reader.find(".an-key").inner_text()
    dashes = reader.page.evaluate(
        "document.querySelector('#trends-graph .js-plotly-plot').data.map((trace) => [trace.name, trace.line?.dash])"
    )
    assert dict(dashes)["not finished"] == "dot" != dict(dashes)["figure"]


def test_margins_are_drawn_and_said_of_protected_figures_only(window: Open, made_url: str) -> None:
    """Noise is part of the figure: a band on the chart, ± in the table. Exact figures have neither."""
    reader = window(origin=made_url)
    for query, margins in (
        ("topic=evictions&measure=homes_filed", True),
        ("topic=service_requests&measure=requests", False),
    ):
        reader.go(f"/trends?{query}&geography=district&unit=2")
        assert ("90 % range" in _names(reader)) is margins
        assert ("±" in reader.find("#trend-table").inner_text()) is margins


def _names(reader: Reader) -> list[str]:
    names: list[str] = reader.page.evaluate(
        "document.querySelector('#trends-graph .js-plotly-plot').data.map((t) => t.name)"
    )
    return names
