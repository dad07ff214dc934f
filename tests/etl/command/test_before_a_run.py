"""demo, init, check, explain: what is done before a city runs, for readers and for machines."""

from pathlib import Path

import pytest

from etl.errors import EXPLANATIONS
from tests.machinery.small_city import (
    etl,
)


def test_demo_writes_a_city_and_says_what_comes_next(tmp_path: Path) -> None:
    ended = etl("demo", tmp_path / "city", "--households", "1000", "--months", "1", "--seed", "5")
    assert (ended.code, ended.err) == (0, "")
    assert "python -m etl run" in ended.out
    assert (tmp_path / "city/city.toml").exists()


def test_demo_tells_machines_in_json(tmp_path: Path) -> None:
    ended = etl("demo", tmp_path / "city", "--households", "1000", "--months", "1", "--json")
    assert ended.code == 0
    assert ended.objects


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--households", "5"], "--households: 5 households make no city. Ask for at least 1,000."),
        (["--months", "0"], "--months: 0 months are out of range. Ask for 1 to 120."),
    ],
)
def test_demo_refuses_what_makes_no_city(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    ended = etl("demo", tmp_path / "city", *arguments)
    assert ended.code == 2
    assert sentence in ended.err
    assert not (tmp_path / "city").exists()


def test_demo_never_overwrites_a_real_city(tmp_path: Path) -> None:
    etl("init", tmp_path / "city")
    ended = etl("demo", tmp_path / "city")
    assert ended.code == 2
    assert "Name another folder." in ended.err


def test_init_writes_a_folder_that_check_explains(tmp_path: Path) -> None:
    written = etl("init", tmp_path / "new")
    assert written.code == 0
    assert "python -m etl check" in written.out

    checked = etl("check", tmp_path / "new", "--var", tmp_path / "var")

    assert checked.code == 2
    for place in ("city.toml, areas[1].path", "sources/requests_311.toml, connector.path", "no file matches"):
        assert place in checked.err
    assert etl("init", tmp_path / "new").code == 2, "it does not overwrite"


def test_check_profiles_every_source_and_publishes_nothing(city: Path, tmp_path: Path) -> None:
    ended = etl("check", city, "--var", tmp_path / "var", "--json")

    assert ended.code == 0
    profiles = {told["source"]: told for told in ended.objects if "rejects" in told}
    assert set(profiles) == {"addresses", "court", "developments", "needs_211", "requests_311", "utility"}
    assert profiles["court"]["rejects"]["duplicate"]
    assert not any((tmp_path / "var/public").iterdir())


def test_check_of_a_broken_source_has_its_exit_code(changed: Path, tmp_path: Path) -> None:
    (changed / "feeds/311/requests_2026.csv").write_text("<html>")

    ended = etl("check", changed, "requests_311", "--var", tmp_path / "var", "--json")

    assert ended.code == 10
    (told,) = [told for told in ended.objects if "error" in told]
    assert (told["source"], told["exit"]) == ("requests_311", 10)


@pytest.mark.parametrize("entry", EXPLANATIONS, ids=lambda entry: entry.code)
def test_explain_knows_every_code(entry: object) -> None:
    ended = etl("explain", entry.code)
    assert ended.code == 0
    assert ended.out.count("\n") == 1


def test_explain_refuses_an_unknown_code() -> None:
    ended = etl("explain", "99")
    assert ended.code == 2
    assert "docs/commands.md" in ended.err
