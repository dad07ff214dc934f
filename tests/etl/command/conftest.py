"""Copies of the small city and of its first run, to be changed."""

import shutil
from pathlib import Path

import pytest

from tests.machinery.small_city import declare


@pytest.fixture
def city(small_city: Path) -> Path:
    """A city folder with sound feeds. Shared: read only."""
    return small_city


@pytest.fixture
def var(first_run: Path, tmp_path: Path) -> Path:
    """What its first run left."""
    return Path(shutil.copytree(first_run, tmp_path / "var"))


@pytest.fixture
def changed(city: Path, tmp_path: Path) -> Path:
    """The city with another title for its developments: a run must publish them anew."""
    folder = Path(shutil.copytree(city, tmp_path / "city"))
    declare(folder / "sources/developments.toml", lambda text: text.replace("Affordable housing dev", "Low-cost dev"))
    return folder
