"""Where a map cannot be drawn, the same map comes as a picture."""

import re

import pytest
from playwright.sync_api import expect

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser

NO_WEBGL = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
};
"""
PICTURE = "#map-stage img.an-still"


def test_without_webgl_the_map_is_a_picture_that_follows_the_address(reader: Reader) -> None:
    reader.page.add_init_script(NO_WEBGL)
    reader.page.goto(f"{reader.origin}/map?topic=evictions&geography=district")
    picture = reader.find(PICTURE)
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 1200)
    assert picture.get_attribute("alt")
    reader.find("a:has-text('Neighborhoods')").first.click()
    expect(picture).to_have_attribute("src", re.compile(r"/still/map\.svg\?.*geography=neighborhood"))
    offered = reader.find("a[href^='/still/map.png']").get_attribute("href")
    assert picture.get_attribute("src") == str(offered).replace("map.png", "map.svg")
    expect(picture).to_have_js_property("complete", value=True)


def test_the_picture_of_a_map_can_be_taken_along(reader: Reader) -> None:
    reader.go("/map?topic=evictions&geography=district")
    with reader.page.expect_download() as download:
        reader.find("a[href^='/still/map.png']").evaluate("(link) => { link.download = ''; link.click(); }")
    assert download.value.suggested_filename.startswith("evictions_")
    assert download.value.suggested_filename.endswith(".png")
