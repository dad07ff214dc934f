"""The frame in a real browser: search, colors, menus, keys, the first paint, and readers without script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import MadePortal
from tests.machinery.chromium import watch
from tests.machinery.layout import heading_faults, small_targets

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}
PLAIN = (
    "/",
    "/data",
    "/data/evictions",
    "/privacy",
    "/zones",
    "/methods",
    "/status",
    "/accessibility",
    "/changes",
    "/subscribe",
    "/saved",
)
INTERACTIVE = ("/map", "/trends", "/district/1")


@pytest.fixture
def address(made_portal: MadePortal) -> str:
    return made_portal.address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    yield found
    found.close()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])
def test_plain_pages_are_quiet_fit_and_accessible(
    browser: Browser, address: str, size: dict[str, int], scheme: str
) -> None:
    """No error, no other host, no sideways scrolling, no violation of axe-core's rules, no crowd of small targets."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    for path in PLAIN:
        page = context.new_page()
        seen = watch(page, address)
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        assert seen.problems == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert small_targets(page) + heading_faults(page) == [], path
        violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], path
        page.close()
    context.close()


def test_the_search_finds_a_place_by_keyboard(context: BrowserContext, address: str) -> None:
    """Type a part of a name, arrow down, Enter: the place's own page."""
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Find a neighborhood or council district").press_sequentially("hood 1")
    assert page.locator("#found a").count() == 3
    assert "Places found: 3" in (page.locator("#found-told").text_content() or "")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Neighborhood 11Neighborhood"
    page.keyboard.press("Escape")
    assert page.locator("#found").is_hidden()
    page.get_by_label("Find a neighborhood or council district").fill("district 2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/district/2")


def test_what_is_typed_is_not_sent(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("Find a neighborhood or council district").press_sequentially("12 Elm Street")
    page.wait_for_timeout(300)
    assert sent == []


def test_the_scheme_follows_the_system_until_it_is_chosen(browser: Browser, address: str) -> None:
    """
    | system | chosen | shown |
    |--------|--------|-------|
    | dark   | -      | dark  |
    | dark   | light  | light |
    | dark, another page | light | light |
    """
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}/methods")
    assert _scheme(page) == "dark"
    page.get_by_role("button", name="Light colors").click()
    assert _scheme(page) == "light"
    assert page.get_by_role("button", name="Dark colors").is_visible()
    page.goto(f"{address}/privacy")
    assert _scheme(page) == "light"
    context.close()


def _scheme(page: Page) -> str:
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    parts = [int(part) for part in ground.removeprefix("rgb(").rstrip(")").split(",")]
    return "dark" if sum(parts) < 3 * 128 else "light"


def test_the_first_tab_skips_the_header(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(f"{address}/data")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_district_menu_closes_by_escape_and_gives_the_focus_back(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    page.get_by_text("Districts", exact=True).click()
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="District 1")
    assert link.is_visible()
    link.focus()
    page.keyboard.press("Escape")
    assert not link.is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_noise_of_the_street_can_be_moved(context: BrowserContext, address: str) -> None:
    """Without noise every figure tells the two streets apart, and the guess is certain."""
    page = context.new_page()
    page.goto(f"{address}/privacy")
    page.get_by_label("Move the noise").fill("0")
    told = page.locator(".street-draws li")
    assert told.all_text_contents() == ["9"] * 12 + ["8"] * 12
    assert page.locator("#street li.told").count() == 24
    assert "100 % right" in page.locator("#street-guess").inner_text()
    page.get_by_label("Move the noise").fill("3")
    assert page.locator("#street li.told").count() < 8
    assert "about 57 % of the time" in page.locator("#street-guess").inner_text()


def test_a_home_of_the_street_is_taken_away_and_the_noise_drawn_again_by_keyboard(
    context: BrowserContext, address: str
) -> None:
    """
    | key                        | true count | published             | announced |
    |----------------------------|------------|-----------------------|-----------|
    | (before)                   | 9          | a draw                | nothing   |
    | noise to 0, Enter on home  | 8          | 8                     | yes       |
    | Space on home              | 9          | 9                     | yes       |
    | noise to 6, Enter on draw, 40 times | 9 | several, some too few | yes       |
    """
    page = context.new_page()
    page.add_init_script("let at = 7; Math.random = () => (at = (at * 16807) % 2147483647) / 2147483647;")
    page.goto(f"{address}/privacy")
    said = page.locator("#street-says")
    assert (page.locator("#street-true").inner_text(), said.text_content()) == ("9", "")
    page.locator("#street-noise").focus()
    page.keyboard.press("Home")
    page.locator("#street-home").focus()
    page.keyboard.press("Enter")
    assert said.text_content() == "The marked home is taken away. True count 8. Published this time: 8."
    assert page.evaluate("document.activeElement.textContent") == "Put the marked home back"
    page.keyboard.press("Space")
    assert said.text_content() == "The marked home is there. True count 9. Published this time: 9."
    page.locator("#street-noise").focus()
    page.keyboard.press("End")
    page.locator("#street-draw").focus()
    seen = set()
    for _ in range(40):
        page.keyboard.press("Enter")
        seen.add(page.locator("#street-published").inner_text())
    assert len(seen) > 4
    assert "too few to show" in seen
    assert not seen & {"1", "2", "3", "4", "0"}


@pytest.mark.parametrize("path", INTERACTIVE)
def test_the_drawn_page_takes_over_from_the_first_paint(context: BrowserContext, address: str, path: str) -> None:
    page = context.new_page()
    seen = watch(page, address)
    page.goto(address + path, wait_until="commit")
    page.wait_for_selector("#first-paint", state="detached", timeout=60_000)
    page.wait_for_selector("#page h1")
    assert page.locator("h1").count() == 1
    assert seen.problems == []


@pytest.mark.parametrize("path", INTERACTIVE + PLAIN)
def test_a_reader_without_script_has_the_page_and_the_downloads(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + path)
    assert page.locator("h1").first.is_visible()
    assert page.locator("#scheme").is_hidden()
    if path in INTERACTIVE:
        assert page.get_by_text("Maps and charts need JavaScript").is_visible()
        assert page.locator("table").first.is_visible()
    context.close()


def test_a_download_arrives_whole(context: BrowserContext, address: str, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto(f"{address}/data/evictions")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").first.click()
    target = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(target)
    assert target.name == "evictions.csv.gz"
    assert target.stat().st_size > 1000
