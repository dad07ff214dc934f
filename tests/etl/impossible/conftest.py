"""A city with one honest release, and copies of it to tamper with."""

import shutil
from pathlib import Path

import pytest

from tests.etl.impossible.attempts import BEFORE, City, on_day
from tests.machinery.once import made_once
from tests.machinery.small_city import declare, write_small_city


@pytest.fixture(scope="session")
def written(shared: Path) -> Path:
    """A city folder. Shared: read only."""

    def write(folder: Path) -> None:
        city = write_small_city(folder / "city")
        # on the earlier day much of the feed lies in the future
        declare(city / "sources/court.toml", lambda text: text.replace("= 0.35", "= 0.9").replace("= 0.90", "= 0.1"))

    return made_once(shared / "impossible", write) / "city"


@pytest.fixture(scope="session")
def before(written: Path, shared: Path) -> City:
    """A city with one honest release, made on the earlier of the two days. Shared: read only."""

    def run(folder: Path) -> None:
        city = City(Path(shutil.copytree(written, folder / "city")), folder / "var")
        on_day(city, BEFORE)
        assert city.run() == 0

    folder = made_once(shared / "impossible-before", run)
    return City(folder / "city", folder / "var")


@pytest.fixture
def published_city(before: City, tmp_path: Path) -> City:
    """A copy of it to tamper with."""
    return City(
        Path(shutil.copytree(before.folder, tmp_path / "city")), Path(shutil.copytree(before.var, tmp_path / "var"))
    )


@pytest.fixture
def new_city(written: Path, tmp_path: Path) -> City:
    """A city that has never been run."""
    return City(Path(shutil.copytree(written, tmp_path / "new/city")), tmp_path / "new/var")
