"""`python -m etl run`: what it prints, what it leaves alone, and the command lines and declarations it refuses."""

import re
from pathlib import Path

import pytest

from etl.folders import Folders
from tests.machinery.small_city import (
    TOPICS,
    current,
    declare,
    etl,
    etl_process,
    files_of,
)

PLAIN_LINE = re.compile(r"^\d\d:\d\d:\d\d [a-z0-9_]+( · [a-z]+(: .+)?|: .+)$")
TERMINAL_CODES = "\x1b"


def test_a_run_tells_plain_lines_without_a_terminal(first_run: Path) -> None:
    said = (first_run.parent / "said").read_text("utf-8")
    assert TERMINAL_CODES not in said
    assert [line for line in said.splitlines() if not PLAIN_LINE.match(line)] == []
    for step in ("ingest", "validate", "locate", "count", "protect"):
        assert f"service_requests · {step}" in said
    assert {topic for topic in TOPICS if f"{topic}: published: release " in said} == set(TOPICS)


def test_a_second_run_of_the_same_feeds_publishes_the_same_releases(city: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases", "geo")

    ended = etl("run", city, "--var", var, "--json")

    assert ended.code == 0
    assert ended.published() == current(var / "public")
    assert files_of(var / "public", "current.json", "releases", "geo") == before
    measured = [told["measured"] for told in ended.objects if told.get("step") == "protect"]
    assert measured == [0, 0, 0]


def test_a_run_of_one_topic_leaves_the_others_alone(changed: Path, var: Path) -> None:
    before = current(var / "public")

    ended = etl("run", changed, "housing_supply", "--var", var, "--json")

    assert ended.published().keys() == {"housing_supply"}
    after = current(var / "public")
    assert {name for name in after if after[name] != before[name]} == {"housing_supply"}


def test_a_dry_run_changes_nothing_and_measures_nothing(city: Path, tmp_path: Path) -> None:
    ended = etl("run", city, "evictions", "--dry-run", "--var", tmp_path / "var", "--json")

    assert ended.code == 0
    (done,) = [told for told in ended.objects if "outcome" in told]
    assert done["outcome"] == "dry run, nothing published"
    assert done["rows_changed"] == done["rows"] > 0
    (step,) = [told for told in ended.objects if told.get("step") == "protect"]
    assert (step["measured"], step["waiting"] > 0) == (0, True)
    assert not any((tmp_path / "var/public").iterdir())
    assert not (tmp_path / "var/private/measurements").exists()
    assert etl("status", city, "--var", tmp_path / "var").out.count("nothing published") == len(TOPICS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "{city}", "weather"], "command line, TOPIC: weather has no source in this city. Choose from"),
        (["check", "{city}", "weather"], "command line, SOURCE: weather is no source of this city. Choose from"),
        (["run", "nowhere"], "city.toml: not found in nowhere. Name a city folder;"),
        (["releases", "{city}", "remove"], "takes nothing, `rollback TOPIC RELEASE` or `withdraw TOPIC`. See --help."),
        (["releases", "{city}", "rollback", "../..", "x"], "names no release of that topic."),
        (["releases", "{city}", "rollback", "evictions", "../x"], "names no release of that topic."),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what_to_do(
    city: Path, var: Path, arguments: list[str], sentence: str
) -> None:
    ended = etl(*(argument.format(city=city) for argument in arguments), "--var", var)
    assert ended.code == 2
    assert sentence in ended.err


@pytest.mark.parametrize("arguments", [[], ["dance"], ["run"], ["run", "city", "--tea"], ["demo", "x", "--seed", "a"]])
def test_what_is_no_command_ends_with_2(arguments: list[str]) -> None:
    assert etl(*arguments).code == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("city.toml", 'id = "alderbank"', 'idd = "alderbank"', "city.toml, city.idd: unknown key `idd`."),
        ("sources/court.toml", "[fields.filed]", "[fields.fild]", "Did you mean `filed`?"),
        ("sources/court.toml", 'kind = "csv"', 'kind = "fax"', "sources/court.toml, connector: "),
        ("sources/court.toml", '"evictions"', '"evictionz"', "Did you mean `evictions`?"),
        ("city.toml", "boundaries/council_districts.geojson", "../x.geojson", "x.geojson"),
    ],
)
def test_a_wrong_declaration_names_file_key_and_remedy(
    changed: Path, tmp_path: Path, file: str, old: str, new: str, sentence: str
) -> None:
    declare(changed / file, lambda text: text.replace(old, new, 1))
    ended = etl("run", changed, "--var", tmp_path / "var")
    assert ended.code == 2
    assert sentence in ended.err


def test_two_runs_at_once_the_second_ends_with_15(city: Path, var: Path) -> None:
    before = files_of(var / "public")
    with Folders(var).locked():
        ended = etl_process("run", city, "housing_supply", "--var", var)
    assert ended.code == 15
    assert "Another run of this city is under way." in ended.err
    assert files_of(var / "public") == before
