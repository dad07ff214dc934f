"""The servers and the browser that other tests rely on."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.machinery.chromium import watch
from tests.machinery.once import made_once
from tests.machinery.room import in_memory

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


@pytest.mark.parametrize(
    ("available", "needed", "found"),
    [
        ("MemAvailable: 16 kB\n", 8 * 1024, True),  # twice as much as is needed: as much stays free
        ("MemAvailable: 15 kB\n", 8 * 1024, False),
        ("MemAvailable: 99 kB\n", 2**60, False),  # more than any folder takes
        ("MemTotal: 99 kB\n", 8 * 1024, False),
    ],
)
def test_temporary_files_lie_in_memory_where_there_is_room(
    tmp_path: Path, available: str, needed: int, found: bool
) -> None:
    (tmp_path / "meminfo").write_text(available)
    assert in_memory(tmp_path, tmp_path / "meminfo", needed) == (tmp_path if found else None)


def test_where_there_is_no_memory_to_mount_files_lie_where_they_always_do(tmp_path: Path) -> None:
    assert in_memory(tmp_path / "nowhere", tmp_path / "nothing") is None


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / f"{len(made)}").touch()
        if len(made) == 1:
            raise ValueError("half of it")

    with pytest.raises(ValueError, match="half of it"):
        made_once(tmp_path / "x" / "city", make)
    for _ in range(2):
        assert [path.name for path in made_once(tmp_path / "x" / "city", make).iterdir()] == ["2"]
    assert len(made) == 2
