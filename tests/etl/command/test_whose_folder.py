"""A city under another id, or in another city's folder, would be measured a second time: both are refused (exit 2)."""

import json
import shutil
from pathlib import Path

import pytest

from tests.machinery.small_city import declare, etl


@pytest.fixture
def town(small_city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city folder that says nothing of --var, and whose private folder is in use."""
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(small_city, tmp_path / "town"))
    assert etl("status", folder).code == 0
    return folder


def called(town: Path, name: str) -> Path:
    declare(town / "city.toml", lambda text: text.replace('id = "alderbank"', f'id = "{name}"'))
    return town


def test_a_renamed_city_does_not_begin_anew(town: Path, tmp_path: Path) -> None:
    ended = etl("run", called(town, "elmbank"), "housing_supply")
    assert ended.code == 2
    assert "city.toml, city.id: is `elmbank`, but this city's private folder is kept under the id `alderbank`." in (
        ended.err
    )
    assert not (tmp_path / "var/elmbank/private/state.sqlite").exists()


@pytest.mark.parametrize("words", [("run",), ("console", "user", "list"), ("schedule",)])
def test_another_citys_folder_is_not_touched(town: Path, words: tuple[str, ...]) -> None:
    command, *more = words
    ended = etl(command, called(town, "elmbank"), *more, "--var", "var/alderbank")
    assert ended.code == 2, ended.said
    assert "what --var names is kept for the city `alderbank`" in ended.err


def test_its_name_may_change_and_it_may_move(town: Path, tmp_path: Path) -> None:
    declare(town / "city.toml", lambda text: text.replace('name = "Alderbank"', 'name = "New Alderbank"'))
    moved = town.rename(tmp_path / "elsewhere")
    assert etl("status", moved).code == 0


@pytest.mark.slow
def test_two_cities_side_by_side(town: Path, tmp_path: Path) -> None:
    other = called(Path(shutil.copytree(town, tmp_path / "other")), "elmbank")
    assert etl("status", other).code == 0


@pytest.mark.slow
def test_a_folder_from_before_such_notes_goes_on(town: Path) -> None:
    note = Path("var/alderbank/private/city.json")
    note.unlink()
    assert etl("status", town).code == 0
    assert json.loads(note.read_text())["id"] == "alderbank"


@pytest.mark.slow
def test_a_damaged_note_is_told(town: Path) -> None:
    Path("var/alderbank/private/city.json").write_text("{")
    ended = etl("status", town)
    assert ended.code == 16
    assert "city.json" in ended.err
