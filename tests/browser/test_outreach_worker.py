"""An outreach worker's day: where concern is high and homes are few, why a place is not finer, place by place."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser

CONCERN = "/map?show=concern"
PLACE = "/map?topic=evictions&measure=homes_filed_per_1000&geography=neighborhood&grain=year"
MIDDLE_OF = """(unit) => {
  const plot = document.querySelector("#map-graph .js-plotly-plot");
  const map = plot._fullLayout.map._subplot.map;
  const point = plot.calcdata[0].find((each) => each.loc === unit);
  const at = map.project(point.ct);
  const box = map.getCanvas().getBoundingClientRect();
  return [box.left + at.x, box.top + at.y];
}"""
ZOOM = "document.querySelector('#map-graph .js-plotly-plot')._fullLayout.map._subplot.map.getZoom()"
CENTER = "document.querySelector('#map-graph .js-plotly-plot')._fullLayout.map._subplot.map.getCenter().lng"


def panel(reader: Reader) -> Locator:
    return reader.find("#map-panel")


def test_where_need_is_high_and_supply_is_low(reader: Reader) -> None:
    """From the start page: a ranked table, the reason for each place, the age of what is said."""
    reader.go("/")
    with reader.loads():
        reader.find(".door", has_text="Outreach").get_by_role("link", name="Concern against supply").click()
    reader.drawn()
    assert reader.title.startswith("Concern against supply")
    rows = reader.table("#mismatch")
    gaps = [float(row[-1]["sort"]) for row in rows if row[-1]["sort"] is not None]
    assert gaps == sorted(gaps, reverse=True)
    assert len(gaps) >= 5
    for row in rows:
        assert re.fullmatch(r"(low|middle|high) / (low|middle|high)|not judged", row[-1]["text"])
    below = reader.find("#map-below").inner_text()
    assert "A filing is not an eviction" in below
    assert "stock is not vacancy" in below
    assert re.search(r"filings and shutoffs of \d{4}, affordable units of \d{4}", below)


def test_concern_is_the_sum_of_the_two_rates_and_the_files_say_the_same(reader: Reader) -> None:
    reader.go(CONCERN)
    for row in reader.table("#mismatch"):
        filings, shutoffs, concern = (each["sort"] and float(each["sort"]) for each in row[1:4])
        if concern is not None:
            assert concern == pytest.approx(filings + shutoffs, abs=0.1)
    links = [each.get_attribute("href") or "" for each in reader.find("#map-below .an-downloads a").all()]
    assert len(links) == 3
    for place, link in ((1, links[0]), (2, links[1]), (4, links[2])):
        body = reader.page.request.get(reader.origin + link).text().splitlines()
        rows = [line for line in body if not line.startswith("#")]
        heads = rows[0].split(",")
        told = {
            cells[heads.index("unit_name")]: cells[heads.index("value")] for cells in (r.split(",") for r in rows[1:])
        }
        for row in reader.table("#mismatch"):
            if row[place]["sort"] is not None:
                assert float(told[row[0]["text"]]) == float(row[place]["sort"])


def test_a_place_of_the_list_opens_its_panel_and_the_map_marks_it(reader: Reader) -> None:
    reader.go(PLACE)
    link = reader.find("#map-list tbody a").first
    name = link.inner_text()
    link.click()
    expect(panel(reader).locator("h2")).to_have_text(name, ignore_case=True)
    expect(panel(reader)).to_be_focused()
    words = panel(reader).inner_text()
    for told in ("90 % certain", "Per 1,000 homes", "City, per 1,000 homes", "Whole city", "Change", "Trend"):
        assert told in words, told
    assert (
        reader.page.evaluate("document.querySelector('#map-graph .js-plotly-plot').layout.meta.unit")
        == reader.asked["unit"]
    )


def test_a_click_on_the_map_opens_the_place_under_it(reader: Reader) -> None:
    reader.go(PLACE)
    row = reader.find("#map-list tbody a").nth(2)
    name, unit = row.inner_text(), (row.get_attribute("href") or "").split("unit=")[1].split("&")[0]
    reader.find("#map-graph").scroll_into_view_if_needed()
    reader.page.mouse.click(*reader.page.evaluate(MIDDLE_OF, unit))
    expect(panel(reader).locator("h2")).to_have_text(name, ignore_case=True)
    assert reader.asked["unit"] == unit


def test_keys_alone_move_the_map_and_open_a_place(reader: Reader) -> None:
    """Tab to the map; arrows move it, + and − zoom it, Enter opens the place in the middle."""
    reader.go(PLACE)
    canvas = reader.tab_to(reader.find("#map-graph canvas.maplibregl-canvas"))
    assert (canvas.get_attribute("aria-label") or "").startswith("Map.")
    west, far = reader.page.evaluate(CENTER), reader.page.evaluate(ZOOM)
    reader.press("ArrowLeft")
    reader.page.wait_for_function(f"(before) => {CENTER} < before", arg=west)
    reader.press("Equal")
    reader.page.wait_for_function(f"(before) => {ZOOM} > before + 0.4", arg=far)
    reader.press("Enter")
    expect(panel(reader).locator("h2")).to_be_visible()
    assert reader.asked["unit"]


def test_keys_alone_lead_through_the_list_to_a_panel_and_back(reader: Reader) -> None:
    reader.go(PLACE)
    link = reader.find("#map-list tbody a").nth(1)
    name = link.inner_text()
    reader.tab_to(link).press("Enter")
    expect(panel(reader)).to_be_focused()
    expect(panel(reader).locator("h2")).to_have_text(name, ignore_case=True)
    close = panel(reader).get_by_text("Close")
    reader.tab_to(close, most=3).press("Enter")
    expect(reader.find("#map-list")).to_be_focused()
    assert "unit" not in reader.asked


def test_places_that_protection_forbids_stay_and_say_why(reader: Reader) -> None:
    """
    | measure            | not offered                          |
    |--------------------|--------------------------------------|
    | homes with a filing| hexagons, former lines, tracts, ZIPs |
    | requests (exact)   | zones                                |
    """
    for query, off in (
        ("?topic=evictions", {"Hexagons", "Districts until 2022", "Census tracts", "ZIP codes"}),
        (
            "?topic=service_requests&measure=requests",
            {"Zones of at least 100 homes", "Large zones of at least 500 homes"},
        ),
    ):
        reader.go(f"/map{query}")
        refused = reader.find(".an-toggle [aria-disabled=true]")
        assert set(refused.all_inner_texts()) == off
        why = reader.find(".an-why")
        why.locator("summary").click()
        told = why.locator("li").all_inner_texts()
        assert {name for line in told for name in line.split(": ")[0].split(", ")} == off
        assert all(len(line.split(": ", 1)[1]) > 30 for line in told)


def test_an_address_cannot_ask_for_what_protection_forbids(reader: Reader) -> None:
    """Whoever types `geography=h3_9` or a tract gets an offered view, and the file has no row."""
    for forbidden in ("h3_9", "h3_8", "tract", "zip"):
        answer = reader.page.request.get(
            f"{reader.origin}/download/view.csv?topic=evictions&measure=homes_filed&geography={forbidden}"
        )
        rows = [line for line in answer.text().splitlines() if line and not line.startswith("#")]
        assert len(rows) <= 1, forbidden
    reader.go("/map?topic=evictions&measure=homes_filed&geography=h3_9")
    current = reader.find(".an-toggle[aria-label=Places] [aria-current]")
    assert current.count() == 1
    assert "exagon" not in current.inner_text()


def test_affordable_developments_lie_over_the_map_and_go_again(reader: Reader) -> None:
    shown = "document.querySelector('#map-graph .js-plotly-plot').data[3].visible"
    reader.go(PLACE)
    assert reader.page.evaluate(shown) is False
    switch = reader.find(".an-toggle[aria-label=Also] a", has_text="Affordable developments")
    switch.click()
    reader.page.wait_for_function(f"() => {shown} === true")
    expect(reader.find(".an-supply-key")).to_contain_text("Stock is not vacancy")
    assert reader.asked["layer"] == "supply"
    switch.click()
    reader.page.wait_for_function(f"() => {shown} === false")
    assert "layer" not in reader.asked


def test_closer_means_finer_hexagons_and_the_city_stays_the_same(reader: Reader) -> None:
    """Zooming changes the hexagons of exact measures; the city's figure does not change with them."""
    reader.go("/map?topic=service_requests&measure=requests&geography=h3_7")
    city = reader.find("#map-head .lead").inner_text().split("The whole city")[1]
    before = _sum(reader)
    reader.page.evaluate(
        "document.querySelector('#map-graph .js-plotly-plot')._fullLayout.map._subplot.map.jumpTo({zoom: 12.6})"
    )
    expect(reader.find("h1")).to_contain_text("small hexagon", ignore_case=True)
    assert reader.asked["geography"] == "h3_9"
    assert reader.find("#map-head .lead").inner_text().split("The whole city")[1] == city
    reader.drawn()
    assert _sum(reader) == before


def test_no_street_and_no_person_is_on_a_page_of_a_place(reader: Reader) -> None:
    reader.go(f"{PLACE}&unit={_first_unit(reader)}")
    words = reader.find("main").inner_text()
    assert not re.search(r"\b\d+ \w+ (St|Ave|Rd|Ln|Dr|Blvd|Way|Ct)\b", words)


def _first_unit(reader: Reader) -> str:
    reader.go(PLACE)
    return (reader.find("#map-list tbody a").first.get_attribute("href") or "").split("unit=")[1].split("&")[0]


def _sum(reader: Reader) -> float:
    """All figures that the map is told to draw."""
    texts: list[str] = reader.page.evaluate("document.querySelector('#map-graph .js-plotly-plot').data[0].text")
    return sum(float(text.split("<br>")[1].replace(",", "")) for text in texts)
