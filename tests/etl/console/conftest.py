"""A console over the made-up city, without a browser; the city has been run once per session of these tests."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from time import sleep

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from etl.city import load_city
from etl.console.app import create_app
from etl.console.desk import Desk
from etl.console.passwords import Users
from etl.folders import Folders
from etl.state import open_state, sqlite_url
from tests.etl.drift.made_city import MadeCity, made_city

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HOST = "http://127.0.0.1:8051"
ORIGIN = {"origin": HOST}
UNFINISHED = ("Under way", "is being read", ": waiting", "waits for the run")
PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 9, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def on(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True)
class Console:
    """A console, the city it is for, its clock, and a browser that is not signed in."""

    city: MadeCity
    desk: Desk
    clock: Clock
    client: TestClient

    def sign_in(self, name: str = "Ann Ames", password: str = PASSWORD) -> int:
        return self.client.post("/sign-in", data={"name": name, "password": password}, headers=ORIGIN).status_code

    @property
    def token(self) -> str:
        """The token that pages and callbacks send along."""
        return str(self.client.cookies["_csrf_token"])

    def act(self, kind: str, about: str, **said: str) -> str:
        """Confirms an act; the text of the page it leads to."""
        said = {"reason": "for a test", "confirm": "yes", "token": self.token} | said
        answer = self.client.post(f"/act/{kind}/{about}", data=said, headers=ORIGIN)
        return self.ended(answer.headers["location"]) if answer.status_code == 303 else answer.text

    def ended(self, path: str) -> str:
        """The text of a page, once what it tells of is not under way any more."""
        for _ in range(3000):
            page = unescape(self.client.get(path).text)
            if not any(word in page for word in UNFINISHED):
                return page
            sleep(0.02)
        raise AssertionError(f"{path} tells of something that does not end")


@pytest.fixture(scope="session")
def never_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up city with one person who may sign in to its console."""
    folder = tmp_path_factory.mktemp("never-run")
    url = sqlite_url(folder / "var/private")
    made_city(folder, url)
    engine = open_state(url).engine
    Users(engine, QUICK).add("Ann Ames", PASSWORD, Clock()())
    engine.dispose()
    return folder


@pytest.fixture(scope="session")
def run_once(never_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after its first run."""
    folder = Path(shutil.copytree(never_run, tmp_path_factory.mktemp("run") / "once"))
    ended = city_in(folder).etl("run")
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def make(never_run: Path, tmp_path: Path) -> Iterator[Callable[..., Console]]:
    """make(folder, secure=False): a console over a copy of a city's folder; without one, of a city never run."""
    made: list[Console] = []

    def console(folder: Path = never_run, *, secure: bool = False) -> Console:
        city = city_in(Path(shutil.copytree(folder, tmp_path / f"copy{len(made)}")))
        clock = Clock()
        engine = open_state(city.state_url).engine
        desk = Desk(lambda: load_city(city.folder, check_files=False), Folders(city.var), engine, clock)
        app = create_app(desk, secure=secure, hasher=QUICK)
        made.append(Console(city, desk, clock, TestClient(app, base_url=HOST, follow_redirects=False)))
        return made[-1]

    yield console
    for each in made:
        each.desk.engine.dispose()


def city_in(folder: Path) -> MadeCity:
    """The made-up city that lies in a folder."""
    return MadeCity(folder / "city", folder / "var", sqlite_url(folder / "var/private"))
