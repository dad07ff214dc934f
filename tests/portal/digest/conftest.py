"""An empty database of subscriptions, once as SQLite and once as PostgreSQL, with a clock that is moved by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.digest.book import Subscriptions
from portal.releases import Releases
from tests.machinery.private_state import KINDS, empty_database
from tests.portal.conftest import NOW

START = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLAlchemy URL of an empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'subscriptions' / 'kept.sqlite'}"
        return
    with empty_database("postgresql", tmp_path, lambda: str(request.getfixturevalue("postgres_url"))) as found:
        yield found


@pytest.fixture
def book(url: str, clock: Clock) -> Iterator[Subscriptions]:
    found = Subscriptions(url, clock)
    yield found
    found.engine.dispose()


@pytest.fixture(scope="session")
def weeks(weekly_store: Path) -> Releases:
    """A store that was published three times, as it is in the middle of November."""
    return Releases(weekly_store, lambda: NOW)
