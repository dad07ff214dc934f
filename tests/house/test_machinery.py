"""The servers and the browser that other tests rely on."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.machinery.chromium import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RENDERER = """() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    return gl ? gl.getParameter(gl.VERSION) : null;
}"""


def test_a_real_postgresql_answers(postgres_url: str) -> None:
    with sa.create_engine(postgres_url).connect() as connection:
        assert connection.execute(sa.text("select current_setting('server_encoding')")).scalar() == "UTF8"


@pytest.mark.browser
def test_the_browser_can_draw_maps(browser: "Browser") -> None:
    page = browser.new_page()
    assert "WebGL 2" in page.evaluate(RENDERER)
    page.close()


@pytest.mark.browser
def test_a_watched_page_cannot_hide_what_it_does(browser: "Browser", tmp_path: Path) -> None:
    page = browser.new_page()
    seen = watch(page, "http://127.0.0.1:9")
    page.route("**/*", lambda route: route.abort())
    page.set_content("<script>console.error('oops'); throw new Error('thrown')</script><img src='http://other.test/x'>")
    page.wait_for_timeout(200)
    page.close()
    assert "oops" in seen.errors
    assert "thrown" in seen.errors
    assert seen.foreign == ["http://other.test/x"]
