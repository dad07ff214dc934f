"""Windows on a portal over the demonstration city. What a page must not do is checked after every test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.machinery.chromium import watch
from tests.machinery.reader import NARROW, SECONDS, WIDE, Open, Reader
from tests.portal.made_store import make_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

HIGH = {WIDE: 900, NARROW: 640}


@dataclass(frozen=True, slots=True)
class MadePortal:
    """A portal over the made-up store, which offers digests by e-mail. `subscriptions` is their database."""

    address: str
    subscriptions: str


@pytest.fixture(scope="session")
def made_portal(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> MadePortal:
    folder = tmp_path_factory.mktemp("frame")
    (folder / "public").mkdir()
    url = f"sqlite:///{folder / 'kept' / 'subscriptions.sqlite'}"
    return MadePortal(serve(make_store(folder / "public"), "--subscriptions", url), url)


@pytest.fixture(scope="module")
def contexts(browser: "Browser") -> Iterator[Callable[[int, str], "BrowserContext"]]:
    """contexts(width, scheme): the module's one browser profile of that kind, so that scripts are fetched once."""
    kept: dict[tuple[int, str], BrowserContext] = {}

    def context(width: int, scheme: str) -> "BrowserContext":
        if (width, scheme) not in kept:
            kept[width, scheme] = browser.new_context(
                viewport={"width": width, "height": HIGH[width]},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                accept_downloads=True,
            )
            kept[width, scheme].set_default_timeout(SECONDS)
        return kept[width, scheme]

    yield context
    for each in kept.values():
        each.close()


@pytest.fixture
def window(contexts: Callable[[int, str], "BrowserContext"], portal_url: str) -> Iterator[Open]:
    """window(width=…, scheme=…, origin=…) opens a window. No error, failure or other host may show up in it."""
    opened: list[Reader] = []
    with ExitStack() as closing:

        def open_(*, width: int = WIDE, scheme: str = "light", origin: str = portal_url) -> Reader:
            page = contexts(width, scheme).new_page()
            closing.callback(page.close)
            opened.append(Reader(page, origin, watch(page, origin)))
            return opened[-1]

        yield open_
        assert [problem for each in opened for problem in each.seen.problems] == []


@pytest.fixture
def reader(window: Open) -> Reader:
    """A wide, light window."""
    return window()


@pytest.fixture
def phone(window: Open) -> Reader:
    """A window 320 pixels wide."""
    return window(width=NARROW)
