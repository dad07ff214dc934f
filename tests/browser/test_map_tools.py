"""Search, shapes and the projector, with keys alone where keys must do."""

import json
import math
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser
MAP = "/map?topic=evictions&measure=homes_filed&geography=neighborhood&grain=year"


def test_a_place_is_found_by_keys_and_what_is_typed_is_not_sent(reader: Reader) -> None:
    """Type, arrow down, Enter: the panel of that place has the focus. What is asked for is asked before a letter."""
    reader.go(MAP)
    name = reader.find("#map-list tbody a").nth(3).inner_text()
    field = reader.find("#map-find")
    with reader.page.expect_response("**/places.json*"):
        field.focus()
    sent: list[str] = []
    reader.page.on("request", lambda request: sent.append(request.url))
    field.press_sequentially(name[:5].lower())
    expect(reader.find("#map-found [role=option]").first).to_be_visible()
    everything = ("/assets/map/addresses.js?", "/geo/addresses")  # all public addresses, whatever was typed
    assert [url for url in sent if not url.removeprefix(reader.origin).startswith(everything)] == []
    field.fill(name)
    reader.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "map-found-0"
    expect(reader.find("#map-found [aria-selected=true]")).to_contain_text(name)
    reader.press("Enter")
    expect(reader.find("#map-panel h2")).to_have_text(name, ignore_case=True)
    expect(reader.find("#map-panel")).to_be_focused()
    assert not any(name in url for url in sent)


def test_a_shape_is_drawn_by_keys_and_its_sum_is_a_link(reader: Reader) -> None:
    """Enter sets a corner in the middle of the map, arrows move the map; the address alone shows the same again."""
    reader.go(MAP)
    reader.find("button", has_text="Draw a shape").focus()
    reader.press("Enter")
    expect(reader.find("canvas.maplibregl-canvas")).to_be_focused()
    center = "JSON.stringify(hearthmap.map().getCenter())"
    reader.press("Enter")
    reader.find("button", has_text="Take back").press("Enter")  # it cannot be pressed again, and hands the focus on
    expect(reader.find("canvas.maplibregl-canvas")).to_be_focused()
    reader.press("Enter")
    for key in ("ArrowRight", "ArrowDown"):
        for _ in range(2):
            before = reader.page.evaluate(center)
            reader.press(key)
            reader.page.wait_for_function(f"(before) => {center} !== before && !hearthmap.map().isMoving()", arg=before)
        reader.press("Enter")
    expect(reader.find(".an-shape [role=status]")).to_have_text("Corners: 3")
    reader.find("button", has_text="Finish").press("Enter")
    expect(reader.find("#map-panel h2")).to_have_text("Your shape")
    expect(reader.find("#map-panel")).to_be_focused()
    words = reader.find("#map-panel").inner_text()
    reader.go(f"/map?{reader.page.url.partition('?')[2]}")
    assert reader.find("#map-panel").inner_text() == words


def test_a_file_is_read_here_and_a_bad_one_says_why(reader: Reader, tmp_path: Path) -> None:
    """
    | file                     | what happens                              |
    |--------------------------|-------------------------------------------|
    | GeoJSON around the city  | its sum                                   |
    | words                    | neither GeoJSON nor KML                   |
    | a polygon elsewhere      | does not touch the city                   |
    | two polygons             | there are 2                               |
    | 40,000 corners           | its sum, with 50 of them, in a moment     |
    """
    reader.go(MAP)
    south, west, north, east = reader.page.evaluate("hearthmap.box()")
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    far = [[lng + 40, lat] for lng, lat in ring]
    told = reader.find(".an-shape [role=status]")
    for content, words in (
        ("words", "neither GeoJSON nor KML"),
        (json.dumps({"type": "Polygon", "coordinates": [far]}), "does not touch the city"),
        (json.dumps({"type": "MultiPolygon", "coordinates": [[ring], [far]]}), "There are 2 polygons"),
    ):
        (tmp_path / "a.json").write_text(content)
        reader.find("#map-file").set_input_files(tmp_path / "a.json")
        expect(told).to_contain_text(words)
    (tmp_path / "a.json").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    reader.find("#map-file").set_input_files(tmp_path / "a.json")
    expect(reader.find("#map-panel h2")).to_have_text("Your shape")
    assert reader.asked["shape"].count("_") == 7
    middle, turn = ((west + east) / 2, (south + north) / 2), 2 * math.pi / 40_000
    circle = [
        [round(middle[0] + math.cos(n * turn), 4), round(middle[1] + math.sin(n * turn), 4)] for n in range(40_000)
    ]
    (tmp_path / "a.json").write_text(json.dumps({"type": "Polygon", "coordinates": [circle]}, separators=(",", ":")))
    reader.find("#map-file").set_input_files(tmp_path / "a.json")
    expect(told).to_contain_text("40000 corners; 50 of them are kept")
    assert reader.asked["shape"].count("_") == 99


def test_a_page_on_a_projector_is_walked_by_keys_and_left_by_escape(reader: Reader) -> None:
    reader.go("/trends?topic=evictions&geography=district&unit=1")
    with reader.loads():
        reader.find("a[data-present]").press("Enter")
    reader.drawn()
    expect(reader.find("header.site-header")).to_be_hidden()
    expect(reader.find(".present-as-of")).to_contain_text("Figures as of")
    expect(reader.find(".present-at")).to_contain_text("Part 1 of")
    reader.press("ArrowRight")
    expect(reader.find(".present-at")).to_contain_text("Part 2 of")
    assert reader.focused == "Over time"
    reader.press("ArrowLeft")
    assert reader.focused == reader.title
    with reader.loads():
        reader.press("Escape")
    assert not {"present", "as_of"} & set(reader.asked)
