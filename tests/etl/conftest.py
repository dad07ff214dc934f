"""What tests of the private program share: an empty private database, once as SQLite and once as PostgreSQL, and a
small city with what its first run left.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.state import State, open_state
from tests.machinery.once import made_once
from tests.machinery.private_state import KINDS, empty_database
from tests.machinery.small_city import etl_process, write_small_city


@pytest.fixture(params=KINDS)
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLAlchemy URL of an empty private database; every test that asks for it runs on both kinds."""
    with empty_database(request.param, tmp_path, lambda: str(request.getfixturevalue("postgres_url"))) as url:
        yield url


@pytest.fixture
def state(state_url: str) -> Iterator[State]:
    """An empty private state of either kind."""
    state = open_state(state_url)
    yield state
    state.engine.dispose()


@pytest.fixture(scope="session")
def small_city(shared: Path) -> Path:
    """The folder of a small city with sound feeds. Shared: copy it before changing anything in it."""
    return made_once(shared / "small", lambda folder: write_small_city(folder / "city")) / "city"


@pytest.fixture(scope="session")
def first_run(shared: Path, small_city: Path) -> Path:
    """What `--var` named in the small city's first run of everything, and beside it `said`. Shared: copy it as well."""

    def run(folder: Path) -> None:
        ended = etl_process("run", small_city, "--var", folder / "var")
        assert ended.code == 0, ended.said
        (folder / "said").write_text(ended.said, "utf-8")

    return made_once(shared / "first-run", run) / "var"
