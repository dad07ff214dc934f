"""A council member's morning: her district in plain words, ten categories, the map, and whom a resident can call."""

import re

import pytest
from playwright.sync_api import expect

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser


def test_from_the_start_page_to_the_district_and_what_changed_there(reader: Reader) -> None:
    """Three to five sentences, each with its figures; no score."""
    reader.go("/")
    with reader.loads():
        reader.find(".door", has_text="Council members").get_by_role("link", name="District 5").click()
    reader.drawn()
    assert reader.title == "District 5"
    sentences = reader.find(".sentences").first.locator("li")
    assert 3 <= sentences.count() <= 5
    for sentence in sentences.all():
        assert sentence.get_by_role("link", name="figures").get_attribute("href")
    assert "score" not in reader.find("main").inner_text().lower()


def test_the_header_says_how_fresh_each_topic_is_in_words(reader: Reader) -> None:
    reader.go("/district/5")
    fresh = reader.find(".an-fresh li").all_inner_texts()
    words = reader.find("main").inner_text()
    assert re.search(r"Boundaries: .+ in force from \d+ \w+ \d{4}, version \S+, .+\.", words)
    topics = [each.split(" as of ")[0] for each in fresh]
    assert topics[0].startswith("311 service requests")
    assert "Eviction filings and utility shutoffs" in topics, "topics of which the same is true share a line"
    for each in fresh:
        assert re.search(r"as of \d+ \w+ \d{4}, (on time|late|newest data held back)", each), each
    for each in fresh[topics.index("Eviction filings and utility shutoffs") :][:1]:
        assert re.search(r"Last closed month: \w+ \d{4}; \w+ \d{4} is published on \d+ \w+ \d{4}\.", each), each


def test_four_tiles_with_change_city_and_caveat(reader: Reader) -> None:
    """
    | tile                            | caveat beside it            |
    |---------------------------------|-----------------------------|
    | Requests                        | Reports, not conditions.    |
    | Median days to close            |                             |
    | Homes with an eviction filing   | A filing is not an eviction.|
    | Homes with a scheduled shutoff  | Not every … is carried out. |
    """
    reader.go("/district/5")
    tiles = reader.find("main .tile")
    assert tiles.locator(".tile-title").all_inner_texts() == [
        "Requests", "Median days to close", "Homes with an eviction filing", "Homes with a scheduled shutoff",
    ]  # fmt: skip
    for tile in tiles.all():
        words = tile.inner_text()
        assert re.search(r"\d{4}|cannot be", tile.locator(".tile-change").inner_text()), words
        assert "City: " in words
    remarks = [tile.locator(".tile-remark").all_inner_texts() for tile in tiles.all()]
    assert remarks[0] == ["Reports, not conditions."]
    assert remarks[2] == ["A filing is not an eviction."]
    assert remarks[3] and "carried out" in remarks[3][0]


def test_a_category_filters_the_same_page_and_its_title_follows(reader: Reader) -> None:
    reader.go("/district/5")
    row = reader.find("table", has_text="Requests by category").locator("tbody th a").nth(1)
    category = row.inner_text()
    row.click()
    focus = reader.find("#district-focus h2")
    expect(focus).to_contain_text(category)
    assert reader.path == "/district/5"
    assert reader.asked["category"]
    assert reader.title == "District 5"
    assert reader.find("#choose-category").locator("option:checked").inner_text() == category


def test_the_map_of_the_district_shows_its_neighborhoods_and_no_other(reader: Reader) -> None:
    reader.go("/district/5")
    drawn = reader.page.evaluate("document.querySelector('#district-map .js-plotly-plot').data[0].text")
    names = {re.findall("<b>(.*?)</b>", text)[0] for text in drawn}
    listed = set(reader.find("table:has(thead th:first-child:has-text('Neighborhood')) tbody th a").all_inner_texts())
    assert names == listed
    assert 3 <= len(names) < 30


def test_a_resident_calls(phone: Reader) -> None:
    """On the telephone: numbers that can be tapped, on the district's page and at the foot of every other."""
    phone.go("/district/5")
    numbers = phone.find("main .an-contacts a.phone")
    many = numbers.count()
    assert many >= 3
    assert all((each.get_attribute("href") or "").startswith("tel:") for each in numbers.all())
    phone.go("/privacy")
    assert phone.find("footer a.phone").count() == many


def test_a_neighborhood_leads_to_its_trend_and_back(phone: Reader) -> None:
    phone.go("/district/5")
    before = phone.says()
    link = phone.find("table:has(thead th:first-child:has-text('Neighborhood')) tbody th a").first
    name = link.inner_text()
    with phone.loads():
        link.click()
    phone.drawn()
    assert name in phone.title
    phone.page.go_back()
    phone.drawn()
    assert phone.says() == before


def test_keys_alone_lead_from_the_start_to_a_category_of_the_district(reader: Reader) -> None:
    """Skip link, menu of districts, sentences, a category: Tab and Enter only."""
    reader.go("/").press("Tab")
    assert reader.focused == "Skip to content"
    menu = reader.find("header summary")
    reader.tab_to(menu).press("Enter")
    district = reader.find("header details a", has_text="District 5")
    reader.tab_to(district)
    with reader.loads():
        reader.press("Enter")
    reader.drawn().press("Tab").press("Enter")
    assert reader.focused == "main"
    category = reader.find("table", has_text="Requests by category").locator("tbody th a").nth(2)
    name = category.inner_text()
    reader.tab_to(category).press("Enter")
    expect(reader.find("#district-focus h2")).to_contain_text(name)


def test_a_changed_choice_keeps_the_focus_where_it_was(reader: Reader) -> None:
    """Choosing with arrow keys must not throw the reader back to the top of the page."""
    reader.go("/district/5")
    box = reader.find("#choose-measure")
    box.focus()
    reader.press("ArrowDown")
    expect(reader.find("#district-focus h2")).not_to_have_text("Requests")
    expect(reader.find("#choose-measure")).to_be_focused()
