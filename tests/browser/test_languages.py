"""The language switch on a map that was put together: the view stays, every word changes, callbacks follow."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_address_is_state import choose
from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser


def test_the_language_switch_keeps_the_view(reader: Reader) -> None:
    reader.go("/map")
    choose(reader, "topic", "evictions")
    expect(reader.find("h1")).to_contain_text("eviction filing")
    reader.find(".an-toggle[aria-label=Places] a", has_text="Council districts").click()
    expect(reader.find("h1")).to_contain_text("by council district")
    reader.find("#map-list tbody a").first.click()
    expect(reader.find("#map-panel dl")).to_be_visible()
    place, chosen = reader.find("#map-panel h2").inner_text(), reader.asked
    reader.find("a.language", has_text="Español").click()
    reader.drawn()
    assert reader.find("html").get_attribute("lang") == "es"
    assert reader.asked == chosen | {"lang": "es"}
    expect(reader.find("h1")).to_contain_text("demanda de desalojo")
    expect(reader.find("#map-panel h2")).to_have_text(place.replace("District", "Distrito"))
    expect(reader.find("#map-panel")).to_contain_text("Toda la ciudad")

    choose(reader, "topic", "shutoffs")
    expect(reader.find("h1")).to_contain_text("corte programado")
    assert reader.asked["lang"] == "es", "a choice keeps the language"
    reader.find("#map-list tbody a").first.click()
    expect(reader.find("#map-panel")).to_contain_text("Toda la ciudad")
    reader.find("nav a", has_text="Tendencias").click()
    reader.drawn()
    assert reader.find("html").get_attribute("lang") == "es"
    months = reader.page.locator(".xtick text").all_text_contents()
    assert any(re.search(r"\b(ene|abr|ago|dic)\b", month) for month in months), months

    reader.find("a.language", has_text="English").click()
    expect(reader.find("html")).to_have_attribute("lang", "en")
    expect(reader.find("h1")).to_contain_text("by month")


@pytest.mark.parametrize("path", ["/", "/map", "/trends", "/district/1", "/data/evictions", "/privacy", "/zones"])
def test_a_page_in_spanish_fits_a_telephone(phone: Reader, path: str) -> None:
    phone.go(f"{path}?lang=es")
    assert phone.fits()
