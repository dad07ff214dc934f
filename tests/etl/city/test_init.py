"""The folder that `init` writes is right as soon as its files are there."""

from pathlib import Path

import pytest

from etl.city import load_city
from etl.city.init import write_template
from etl.errors import DeclarationError


def test_loads_once_its_paths_are_filled(tmp_path: Path) -> None:
    write_template(tmp_path / "city")
    with pytest.raises(DeclarationError) as caught:
        load_city(tmp_path / "city")
    assert {problem.key for problem in caught.value.problems} == {"areas[1].path", "areas[2].path", "connector.path"}

    for path in (
        "boundaries/districts.geojson",
        "boundaries/neighborhoods.zip",
        "feeds/311/a.csv",
        "feeds/addresses.csv",
    ):
        file = tmp_path / "city" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert {source.topic for source in load_city(tmp_path / "city").sources} == {"service_requests", "households"}


def test_overwrites_no_city(tmp_path: Path) -> None:
    write_template(tmp_path)
    with pytest.raises(DeclarationError, match="there already"):
        write_template(tmp_path)
