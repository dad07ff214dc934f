"""The address is the state: reloaded, shared or gone back to, it shows what was seen. What does not exist says so."""

import pytest
from playwright.sync_api import Browser, expect

from tests.machinery.chromium import watch
from tests.machinery.reader import WIDE, Open, Reader

pytestmark = pytest.mark.browser


def choose(reader: Reader, name: str, value: str) -> None:
    """Chooses an option and waits until the page has followed."""
    reader.find(f"#choose-{name}").select_option(value)
    reader.page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
    )


def test_a_map_that_was_put_together_is_the_same_when_reloaded_shared_or_gone_back_to(
    window: Open, browser: Browser, portal_url: str
) -> None:
    """Topic, places, period, overlay and a place, chosen one after another; then back through all of them."""
    reader = window().go("/map")
    steps = [reader.says()]
    choose(reader, "topic", "evictions")
    expect(reader.find("h1")).to_contain_text("eviction filing")
    reader.find(".an-toggle[aria-label=Places] a", has_text="Council districts").click()
    expect(reader.find("h1")).to_contain_text("by council district")
    reader.find(".an-step", has_text="Earlier").click()
    expect(reader.find("h1")).not_to_contain_text("Sep 2026")
    reader.find("#map-list tbody a").first.click()
    expect(reader.find("#map-panel h2")).to_contain_text("District")
    seen = reader.drawn().says()
    assert "by council district" in str(reader.find("#map-graph canvas.maplibregl-canvas").get_attribute("aria-label"))
    assert _reloaded(reader) == seen
    shared = Reader(
        browser.new_page(viewport={"width": WIDE, "height": 900}, reduced_motion="reduce"), portal_url, reader.seen
    )
    shared.page.goto(reader.page.url)
    assert shared.drawn().says() == seen
    assert shared.page.title() == reader.page.title()
    shared.page.close()
    for _ in range(4):
        reader.page.go_back()
    expect(reader.find("h1")).to_contain_text("Requests")
    assert _in_the_end(reader, steps[0])
    for _ in range(4):
        reader.page.go_forward()
    expect(reader.find("#map-panel h2")).to_contain_text("District")
    assert _in_the_end(reader, seen)


def test_a_trend_that_was_put_together_is_the_same_when_reloaded(phone: Reader) -> None:
    phone.go("/trends")
    phone.find(".an-fold > summary").click()
    choose(phone, "topic", "evictions")
    expect(phone.find("h1")).to_contain_text("eviction filing")
    choose(phone, "geography", "district")
    expect(phone.find("h1")).to_contain_text("District")
    choose(phone, "unit", "4")
    expect(phone.find("h1")).to_contain_text("District 4")
    choose(phone, "compare", "2")
    expect(phone.find("#trends-beside-words")).to_contain_text("District 2")
    before = phone.drawn().says()
    grain = phone.find("#choose-grain option:not(:checked)").first.get_attribute("value") or ""
    choose(phone, "grain", grain)
    expect(phone.find("h1")).to_contain_text(f"by {grain}")
    seen = phone.drawn().says()
    assert seen != before
    assert _reloaded(phone) == seen
    phone.page.go_back()
    expect(phone.find("h1")).not_to_contain_text(f"by {grain}")
    assert phone.drawn().says() == before


def test_a_district_in_focus_is_the_same_when_reloaded(reader: Reader) -> None:
    reader.go("/district/1")
    choose(reader, "topic", "shutoffs")
    expect(reader.find("#district-focus h2")).to_contain_text("scheduled shutoff")
    seen = _at_rest(reader)
    assert _reloaded(reader) == seen


def test_the_title_of_the_window_says_what_is_seen(reader: Reader) -> None:
    reader.go("/map?topic=evictions&geography=district")
    before = reader.page.title()
    assert reader.title in before
    reader.find(".an-step", has_text="Earlier").click()
    reader.page.wait_for_function("(before) => document.title !== before", arg=before)
    assert reader.title in reader.page.title()


def test_odd_keys_and_values_are_dropped_and_never_repeated(reader: Reader) -> None:
    """The nearest view that is offered; what was typed is nowhere on the page."""
    reader.go("/map?topic=nowhere&measure=homes_filed&unit=<b>x&geography=moon&grain=fortnight&to=2099-01&zz=zzmark")
    assert reader.title.startswith("Requests")
    for typed in ("nowhere", "moon", "fortnight", "2099"):
        assert typed not in reader.find("main").inner_text()
    for typed in ("zzmark", "<b>x", "%3Cb%3Ex"):
        assert typed not in reader.find("main").inner_html()


@pytest.mark.parametrize("path", ["/nothing", "/district/99", "/data/unknown", "/map/more", "/comparison"])
def test_what_does_not_exist_is_404_and_helps(window: Open, path: str) -> None:
    reader = window()
    answer = reader.page.goto(reader.origin + path)
    assert answer is not None
    assert answer.status == 404
    assert reader.title == "There is no such page"
    for helps in ("/", "/map", "/trends", "/data"):
        assert reader.find(f"main a[href='{helps}']").count() == 1
    assert reader.fits()
    # The browser itself says so in its console; nothing else may.
    assert all("404 (Not Found)" in each for each in reader.seen.errors)
    reader.seen.errors.clear()


@pytest.mark.parametrize("path", ["/map?topic=evictions", "/trends?topic=shutoffs", "/district/2"])
def test_without_script_the_same_words_and_figures_stand(
    window: Open, browser: Browser, portal_url: str, path: str
) -> None:
    """List, table and sentences are in the page itself; the form sends itself; downloads are links."""
    drawn = window().go(path)
    context = browser.new_context(java_script_enabled=False, viewport={"width": WIDE, "height": 900})
    page = context.new_page()
    plain = Reader(page, portal_url, watch(page, portal_url))
    page.goto(portal_url + path)
    assert plain.title == drawn.title
    assert page.locator("main table").first.inner_text() == drawn.find("main table").first.inner_text()
    assert (
        page.locator("a[href^='/download/view.csv']").count() == drawn.find("a[href^='/download/view.csv']").count() > 0
    )
    page.locator("#choose-topic").select_option("service_requests")
    page.get_by_role("button", name="Show").first.click()
    assert plain.asked["topic"] == "service_requests"
    assert plain.seen.problems == []
    context.close()


def _in_the_end(reader: Reader, wanted: dict[str, object]) -> dict[str, object]:
    """What the page says once the last of several steps in a row was answered: the one wanted, or after a while any."""
    for _ in range(50):
        if reader.drawn().says() == wanted:
            break
        reader.page.wait_for_timeout(200)
    assert reader.says() == wanted
    return wanted


def _reloaded(reader: Reader) -> dict[str, object]:
    reader.page.reload()
    return reader.drawn().says()


def _at_rest(reader: Reader) -> dict[str, object]:
    """What the page says once its charts have followed its words: they are given theirs a moment later."""
    said = reader.drawn().says()
    for _ in range(50):
        reader.page.wait_for_timeout(200)
        before, said = said, reader.drawn().says()
        if said == before:
            break
    return said
