"""Following a place by mail without an account and without script, and views kept in the reader's own browser."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from portal.digest.book import Subscriptions
from portal.digest.tables import subscriptions
from tests.browser.conftest import MadePortal
from tests.machinery.chromium import watch

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 700}


def sound(page: Page) -> None:
    """No violation of axe-core's rules, no sideways scrolling."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_from_signing_up_to_leaving_without_script(browser: Browser, made_portal: MadePortal) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{made_portal.address}/district/1")
    page.get_by_role("link", name="Follow this district by e-mail or feed").first.click()
    page.get_by_label("Your e-mail address").fill("ann@example.org")
    assert page.get_by_label("Place 1").input_value() == "district:1"
    page.get_by_role("button", name="Send me the link to confirm").click()
    assert page.locator("h1").inner_text() == "Please look into your mail"
    token = _token(made_portal)
    page.goto(f"{made_portal.address}/subscription/{token}")
    page.get_by_role("button", name="Yes, send me this digest").click()
    assert "Confirmed." in page.get_by_role("status").inner_text()
    page.get_by_label("Place 2").select_option(label="Neighborhood 11")
    page.get_by_label("How often to look").select_option("daily")
    page.get_by_role("button", name="Save", exact=True).click()
    assert "Saved." in page.get_by_role("status").inner_text()
    page.reload()
    assert page.get_by_label("Place 2").input_value() == "neighborhood:n11"
    page.get_by_role("button", name="Unsubscribe and delete my address").click()
    assert page.locator("h1").inner_text() == "You are unsubscribed"
    page.goto(f"{made_portal.address}/subscription/{token}")
    assert page.locator("h1").inner_text() == "This link no longer works"
    context.close()


def _token(made_portal: MadePortal) -> str:
    """What the mail to confirm would hold; sending is tried in tests/portal/digest."""
    book = Subscriptions(made_portal.subscriptions, lambda: datetime.now(UTC))
    with book.engine.connect() as connection:
        number = connection.execute(sa.select(subscriptions.c.id)).scalar_one()
    token = book.new_token(number)
    book.engine.dispose()
    assert token is not None
    return token


def test_the_pages_behind_a_mail_are_sound(browser: Browser, made_portal: MadePortal) -> None:
    """To confirm, a refused form, and to change: at 320 pixels, dark."""
    context = browser.new_context(viewport=NARROW, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{made_portal.address}/subscribe")
    page.get_by_label("Your e-mail address").fill("bob@example.org")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Send me the link to confirm").click()
    assert page.get_by_role("alert").inner_text() == "Choose at least one topic."
    sound(page)
    page.get_by_label("Your e-mail address").fill("bob@example.org")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Send me the link to confirm").click()
    page.goto(f"{made_portal.address}/subscription/{_token(made_portal)}")
    sound(page)
    page.get_by_role("button", name="Yes, send me this digest").click()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_role("button", name="Unsubscribe and delete my address").click()
    context.close()


def test_a_view_is_kept_in_the_browser_alone(browser: Browser, made_portal: MadePortal, tmp_path: Path) -> None:
    """Save by keyboard, open, rename, take along, delete; no request tells of it; a foreign link is not listed."""
    context = browser.new_context(viewport=NARROW, reduced_motion="reduce", accept_downloads=True)
    page = context.new_page()
    seen = watch(page, made_portal.address)
    page.goto(f"{made_portal.address}/district/1/report")
    heading = page.locator("h1").inner_text()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Save this view").focus()
    page.keyboard.press("Enter")
    assert page.locator("#save-told").inner_text() == "Saved in this browser."
    page.keyboard.press("Space")
    assert page.locator("#save-told").inner_text() == "Saved already."
    assert asked == []
    page.evaluate("""() => {
      const kept = JSON.parse(localStorage.getItem("hearthmap-saved"));
      localStorage.setItem("hearthmap-saved", JSON.stringify([...kept, {name: "<b>x</b>", href: "/map?as_of=x", at: ""},
        {name: "elsewhere", href: "//evil.example", at: ""}, {name: "script", href: "javascript:alert(1)"},
        {name: "tab", href: "/\\t/evil.example"}, {name: "slash", href: "/\\\\evil.example"}, 7]));
    }""")
    page.locator(".keep").get_by_role("link", name="Saved views").click()
    links = page.locator("#saved-list a")
    assert links.all_inner_texts() == [heading, "<b>x</b>"]
    page.get_by_text("Rename", exact=True).first.click()
    page.get_by_label("New name").first.fill("For Monday")
    page.keyboard.press("Enter")
    assert links.first.inner_text() == "For Monday"
    assert page.locator("#saved-told").inner_text() == "Renamed: For Monday"
    sound(page)
    page.get_by_role("button", name="Delete <b>x</b>").click()
    assert links.all_inner_texts() == ["For Monday"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as a text file").click()
    waiting.value.save_as(tmp_path / "views.txt")
    assert (tmp_path / "views.txt").read_text("utf-8") == f"For Monday\n{made_portal.address}/district/1/report\n"
    links.first.click()
    assert page.locator("h1").inner_text() == heading
    page.goto(f"{made_portal.address}/saved")
    page.get_by_role("button", name="Delete all").click()
    assert page.get_by_text("Nothing is saved yet").is_visible()
    assert page.evaluate("document.activeElement.id") == "saved-title"
    assert page.evaluate("localStorage.getItem('hearthmap-saved')") == "[]"
    assert seen.problems == []
    context.close()


def test_without_script_the_page_says_how_to_keep_a_view(browser: Browser, made_portal: MadePortal) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{made_portal.address}/saved")
    assert page.get_by_text("keep the address of a page as a bookmark").is_visible()
    assert page.locator("#saved").is_hidden()
    page.goto(f"{made_portal.address}/report")
    assert page.locator("#save-view").is_hidden()
    context.close()
