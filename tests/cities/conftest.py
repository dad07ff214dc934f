"""Real cities: their files lie beside the project in ../shared/data, and are read there."""

import json
from pathlib import Path
from typing import Any

import pytest

from etl.city import load_city
from tests.cities.reading import Readings

CITIES = Path(__file__).resolve().parent
SHARED = CITIES.parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the cities' own files."""
    if not (SHARED / "expected.json").is_file():
        pytest.skip("../shared/data is absent: the files of real cities are not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def expected(shared_data: Path) -> dict[str, Any]:
    """Counts of the same files, made independently of this project."""
    return dict(json.loads((shared_data / "expected.json").read_text("utf-8")))


@pytest.fixture(scope="session")
def chicago(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Readings:
    return Readings(load_city(CITIES / "chicago"), tmp_path_factory.mktemp("chicago"))


@pytest.fixture(scope="session")
def nyc(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Readings:
    return Readings(load_city(CITIES / "nyc"), tmp_path_factory.mktemp("nyc"))
