"""A steward at a window: signs in, sees a held feed, approves it, runs it, adds a source, withdraws a record."""

import os
import re
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.etl.console.conftest import city_in
from tests.etl.drift.made_city import SECRET, MadeCity, made_city, requests
from tests.machinery.chromium import watch
from tests.machinery.process import end, free_port, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "a battery of horses"
MS = 60_000
COLUMNS = {"id": "Number", "created": "Opened", "category": "Type", "lat": "Latitude", "lng": "Longitude"}
MORE = """
[categories]
potholes = ["Pothole"]
[groups]
potholes = { title = "Potholes", kind = "place" }
other = { title = "Other", kind = "place" }
"""
PAGES = (
    "/", "/source/requests", "/topic/service_requests", "/releases", "/log", "/add", "/add/http",
    "/act/approve/requests", "/act/withdraw-records/service_requests",
)  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> MadeCity:
    """The made-up city after a run, and with a feed that is held."""
    made = made_city(tmp_path_factory.mktemp("window"), "")
    made = city_in(made.folder.parent)
    assert made.etl("run").code == 0
    made.send(list(requests())[::3])
    assert made.etl("run").code == 12
    return made


@pytest.fixture(scope="module")
def address(city: MadeCity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`python -m etl console` in a process of its own."""
    command = [sys.executable, "-m", "etl", "console", str(city.folder), "--var", str(city.var)]
    nobody = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (nobody.returncode, "nobody can sign in yet" in nobody.stderr) == (2, True)
    environ = os.environ | {"HEARTHMAP_CONSOLE_PASSWORD": PASSWORD}
    subprocess.run([*command, "user", "add", "Ann Ames"], cwd=ROOT, env=environ, capture_output=True, check=True)
    port, log = free_port(), tmp_path_factory.mktemp("log") / "console.log"
    with log.open("ab") as out:
        process = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, stdout=out, stderr=out)
    try:
        wait_until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), process, log, seconds=90)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process, signal.SIGTERM)
    told = log.read_text()
    assert re.fullmatch(r"Console on \S+ \(stop with Ctrl-C\)\n", told), told


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def window(browser: "Browser", address: str) -> Iterator["Page"]:
    """A window of somebody who is signed in; no error, and no request to any other host, in all of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(MS)
    page = context.new_page()
    page.goto(address + "/")
    page.fill("#name", "Ann Ames")
    page.fill("#password", "not her password")
    page.click("button[type=submit]")
    page.get_by_text("The name or the password is wrong").wait_for()
    seen = watch(page, address)
    page.fill("#name", "Ann Ames")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#console-live .card")
    yield page
    assert seen.problems == [], "\n".join(seen.problems)
    context.close()


def act(page: "Page", button: str, reason: str = "for a test") -> None:
    """Gives a reason, ticks the box and confirms, with the keyboard; waits until the act is done."""
    page.locator("#reason").focus()
    page.keyboard.type(reason)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == button
    page.keyboard.press("Enter")
    page.wait_for_url("**/job/*")
    page.reload()  # nothing is lost
    page.locator("#console-live .badge-good", has_text="Done").wait_for()


@pytest.mark.slow
def test_every_page_is_for_everybody(window: "Page", address: str) -> None:
    for scheme in ("light", "dark"):
        window.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in PAGES:
            for width in (1280, 320):
                window.set_viewport_size({"width": width, "height": 800})
                window.goto(address + path)
                assert window.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            found = Axe().run(window, options={"resultTypes": ["violations"]}).response["violations"]
            assert [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in found] == [], (path, scheme)
    window.emulate_media(color_scheme="light")
    window.set_viewport_size({"width": 1280, "height": 900})


def test_a_held_feed_is_approved_and_run(window: "Page", address: str) -> None:
    window.goto(address + "/")
    card = window.locator("#console-live .card")
    assert "Held" in card.inner_text()
    assert "has shrunk from 1,200 to 400 rows" in card.inner_text()
    card.get_by_role("link", name="Look at it and decide").click()
    window.get_by_role("link", name="Approve …").click()
    assert "max_shrink_share" in window.locator("main").inner_text()
    act(window, "Approve", "the office told us")
    window.goto(address + "/act/run/service_requests")
    act(window, "Run")
    window.goto(address + "/")
    window.locator("#console-live .card .badge-good", has_text="In order").wait_for()
    window.goto(address + "/log")
    assert "the office told us" in window.locator("main").inner_text()


def test_a_record_is_withdrawn_by_a_list(window: "Page", address: str, tmp_path: Path) -> None:
    (tmp_path / "sealed.txt").write_text("R-00009\n")
    window.goto(address + "/act/withdraw-records/service_requests")
    window.set_input_files("#file", tmp_path / "sealed.txt")
    act(window, "Withdraw the records", "sealed by the court")
    told = window.locator("main").inner_text()
    assert "1 ids listed, 1 of them new" in told
    assert "R-00009" not in told


def test_a_source_is_added(window: "Page", address: str, city: MadeCity) -> None:
    """From the form and its private preview, over a check that refuses and one that does not, into the list."""
    path = city.folder / "sources/second.toml"
    window.goto(address + "/add/csv")
    said = {
        "id": "second", "title": "More requests", "publisher": "P", "license": "CC0-1.0", "from": "2025-09-01",
        "reason": "a second office", "connector.path": "requests.csv",
    }  # fmt: skip
    for name, text in said.items():
        window.fill(f"[name='{name}']", text)
    window.select_option("#topic", "service_requests")
    window.select_option("#cadence", "daily")
    window.check("#values")  # a topic that tells of homes: rows only where somebody asks
    window.get_by_role("button", name="Preview").click()
    window.wait_for_url("**/draft/*")
    while not window.locator("select").count():  # the feed is being read
        window.get_by_role("link", name="Show the preview").click()
    assert f"{SECRET} 3" in window.locator("main").inner_text()
    for field, column in COLUMNS.items():
        window.locator(f"[name='column.{field}']").select_option(column)
    window.fill("#formats", "%m/%d/%Y")
    window.fill("#more", 'nonsense = "of"')
    window.get_by_role("button", name="Check").click()
    window.locator(".note-late", has_text="nonsense").wait_for()
    assert not path.exists()

    window.fill("#more", MORE)  # what was filled in is still there
    window.get_by_role("button", name="Check").click()
    window.get_by_text("Nothing is written yet").wait_for()
    assert '"Opened"' in window.locator(".diff").inner_text()
    assert not path.exists()
    window.check("#confirm")
    window.get_by_role("button", name="Write the file").click()
    window.wait_for_url("**/job/*")
    window.locator("#console-live").get_by_text("sources/second.toml is written").wait_for()
    assert tomllib.loads(path.read_text())["fields"]["created"]["column"] == "Opened"

    window.goto(address + "/")
    card = window.locator("#console-live .card", has=window.get_by_role("link", name="More requests"))
    card.wait_for()
    card.get_by_role("link", name="More requests").click()
    window.wait_for_url("**/source/second")
    assert "csv" in window.locator("main").inner_text()
    window.goto(address + "/log")
    assert window.locator("main").inner_text().count("a second office") >= 3, "asked, done, and written"
