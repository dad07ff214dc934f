"""What tests of the private program share: an empty private database, once as SQLite and once as PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.state import State, open_state
from tests.machinery.private_state import KINDS, empty_database


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
