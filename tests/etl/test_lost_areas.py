"""A page of an area ends only with its lines, on a day that the city declares: never because a file was cut off."""

import json
import shutil
from pathlib import Path

import pytest

from tests.machinery.small_city import current, declare, etl

TOPIC = "housing_supply"
DAY = "valid_from = "


@pytest.fixture
def city(tmp_path: Path, small_city: Path, first_run: Path) -> Path:
    """A folder with `city` and `var`, run once; its districts lose the first one."""
    shutil.copytree(small_city, tmp_path / "city")
    shutil.copytree(first_run, tmp_path / "var")
    path = tmp_path / "city" / "boundaries" / "council_districts.geojson"
    drawn = json.loads(path.read_bytes())
    drawn["features"] = [each for each in drawn["features"] if str(each["properties"]["DISTRICT"]) != "1"]
    path.write_text(json.dumps(drawn), "utf-8")
    return tmp_path


def run(city: Path) -> tuple[int, str]:
    ended = etl("run", city / "city", TOPIC, "--var", city / "var")
    return ended.code, ended.said


def test_a_file_that_lost_a_district_is_refused_and_the_last_release_stays_up(city: Path) -> None:
    """
    | districts.geojson      | valid_from | ends with | what is up       |
    |------------------------|------------|-----------|------------------|
    | one district fewer     | as before  | 2         | the last release |
    """
    before = current(city / "var" / "public")

    code, said = run(city)

    assert code == 2
    assert "has no district 1 any more" in said
    assert "valid_from" in said
    assert current(city / "var" / "public") == before


def test_lines_drawn_anew_on_a_new_day_are_published(city: Path) -> None:
    """
    | districts.geojson      | valid_from | ends with | what is up    |
    |------------------------|------------|-----------|---------------|
    | one district fewer     | a new day  | 0         | a new release |
    """
    before = current(city / "var" / "public")
    declare(city / "city" / "city.toml", _newer_districts)

    code, said = run(city)

    assert code == 0, said
    assert current(city / "var" / "public")[TOPIC] != before[TOPIC]


def _newer_districts(text: str) -> str:
    start = text.index('kind = "district"')
    at = text.index(DAY, start) + len(DAY)
    return f"{text[:at]}2024-01-01{text[at + len('2026-01-01') :]}"
