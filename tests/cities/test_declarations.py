"""The city folders of real cities: sound declarations, and no file of the cities themselves."""

from pathlib import Path

import pytest

from etl.city import load_city

CITIES = Path(__file__).resolve().parent
BESIDE = "../../../../shared/data/"


@pytest.fixture(params=["chicago", "nyc"])
def folder(request: pytest.FixtureRequest) -> Path:
    return CITIES / str(request.param)


def test_declarations_are_sound_without_the_files(folder: Path) -> None:
    city = load_city(folder, check_files=False)
    assert {source.topic for source in city.sources} >= {
        "service_requests",
        "housing_supply",
        "evictions",
        "households",
    }


def test_every_declared_file_is_there(folder: Path, shared_data: Path) -> None:
    city = load_city(folder)
    assert all(city.feed_files(source) for source in city.sources)


def test_nothing_is_copied(folder: Path) -> None:
    city = load_city(folder, check_files=False)
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".toml"}
    assert all(area.path.startswith(BESIDE) for area in city.areas)
    assert all(source.connector.path.startswith(BESIDE) for source in city.sources)


def test_what_cannot_be_placed_is_not_published() -> None:
    """Executed evictions have addresses and nothing that could place them; the addresses are not even taken in."""
    marshals = load_city(CITIES / "nyc", check_files=False).source("marshals")
    assert not marshals.publish
    assert set(marshals.fields) == {"id", "filed", "executed", "area.zip"}


def test_counts_of_2019_stand_on_the_lines_of_2013() -> None:
    city = load_city(CITIES / "nyc", check_files=False)
    counted = city.source("evictions_2019").counted
    assert counted is not None
    lines = city.area(counted.geography)
    assert lines.valid_to is not None
    assert lines.valid_from.year <= 2019 <= lines.valid_to.year
