"""What tests share: a demonstration city, its store, a running portal, a PostgreSQL server and a browser.

Each is made when a test first asks for it, once per session. `--demo DIR` keeps the demonstration city there and uses
it again the next time (delete the folder after changing what builds it).
"""

import atexit
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.machinery import demo, portal, postgres
from tests.machinery.room import in_memory

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("hearthmap", deadline=None)  # a busy machine is no failure
settings.load_profile("hearthmap")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--demo", type=Path, metavar="DIR", help="keep the demonstration city here between sessions")


def pytest_configure(config: pytest.Config) -> None:
    """Temporary files in memory where there is room: thousands of small files wait for a disk, and nothing else."""
    if not hasattr(config, "workerinput") and "TMPDIR" not in os.environ:  # other processes inherit it
        folder = in_memory()
        if folder is not None:
            os.environ["TMPDIR"], tempfile.tempdir = str(folder), None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with browser tests last: while Playwright is open its event loop would refuse those of other tests."""
    browsing = {item.path for item in items if _needs_browser(item)}
    items.sort(key=lambda item: item.path in browsing)


def pytest_unconfigure() -> None:
    """Pytest's closing line stays the last one: DuckDB's bindings, kept alive by Hypothesis, complain after it."""
    atexit.register(_say_no_more)


def _say_no_more() -> None:
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)


def _needs_browser(item: pytest.Item) -> bool:
    return bool({"browser", "chromium"} & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of pytest-xdist have in common, for what `made_once` makes; gone with the session."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if hasattr(request.config, "workerinput") else base) / "shared"


@pytest.fixture(scope="session")
def demo_folder(request: pytest.FixtureRequest, shared: Path) -> Path:
    """Where the session's demonstration city is kept."""
    kept = request.config.getoption("--demo")
    return shared / "demo" if kept is None else Path(kept).resolve()


@pytest.fixture(scope="session")
def demo_city(demo_folder: Path) -> Path:
    """City folder of a small demonstration city (seed 7, 6,000 households, 30 months) with its raw feeds."""
    return demo.written(demo_folder).city


@pytest.fixture(scope="session")
def demo_var(demo_folder: Path) -> Path:
    """What the ETL kept of the demonstration city: private/ and public/."""
    return demo.published(demo_folder).var


@pytest.fixture(scope="session")
def demo_store(demo_var: Path) -> Path:
    """The demonstration city's public store. Shared: read only."""
    return demo_var / "public"


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """serve(store, *options) starts a portal and returns its address; it is ended with the session."""
    with ExitStack() as running:

        def start(store: Path, *options: str) -> str:
            log = tmp_path_factory.mktemp("portal") / "log"
            return running.enter_context(portal.serving(store, log, *options))

        yield start


@pytest.fixture(scope="session")
def portal_url(serve: Callable[..., str], demo_store: Path) -> str:
    """Address of a portal on the demonstration city's store."""
    return serve(demo_store)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a real PostgreSQL server; its database `postgres` belongs to the session."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium under Playwright, able to draw maps (WebGL)."""
    from tests.machinery.chromium import launched

    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def chromium(browser: "Browser") -> "Browser":
    """The same as `browser`."""
    return browser
