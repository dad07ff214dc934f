"""A made-up store and a portal over it, in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.portal.made_store import make_store
from tests.portal.made_weeks import make_weeks

NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small store with every topic and every status. Shared: read only."""
    folder = tmp_path_factory.mktemp("made") / "public"
    folder.mkdir()
    return make_store(folder)


@pytest.fixture(scope="session")
def weekly_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small store that was published three times. Shared: read only."""
    folder = tmp_path_factory.mktemp("weeks") / "public"
    folder.mkdir()
    return make_weeks(folder)


@pytest.fixture(scope="session")
def releases(made_store: Path) -> Releases:
    return Releases(made_store, lambda: NOW)


@pytest.fixture(scope="session")
def client(made_store: Path) -> Iterator[TestClient]:
    """The portal over the made-up store. Redirects are not followed."""
    with TestClient(create_app(PortalSettings(store=made_store)), follow_redirects=False) as found:
        yield found


@pytest.fixture
def bare_client(tmp_path: Path) -> Iterator[TestClient]:
    """The portal over a store in which nothing has been published."""
    folder = tmp_path / "public"
    folder.mkdir()
    with TestClient(create_app(PortalSettings(store=folder)), follow_redirects=False) as found:
        yield found
