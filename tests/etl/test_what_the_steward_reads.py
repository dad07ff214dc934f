"""Each fault is one clear line for the steward, and whatever it is, the last good release stays up, byte for byte."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from etl.state import sqlite_url
from tests.etl.drift.made_city import HEADER, MadeCity, made_city, requests
from tests.machinery.small_city import files_of

ROWS = list(requests())
POISON = [["R-1\n", "99/99/9999", "=CMD|'/C calc'!A0", '";--' * 900, "", "1e999", "nan"], ["", "", "", "", "", "", ""]]
OTHER_DAY = ["Received" if name == "Opened" else name for name in HEADER]


class Killed(BaseException):
    """What no `except Exception` catches: as kill -9 leaves the run."""


def killed(city: MadeCity) -> None:
    """A run is ended while it publishes; the feed had news."""
    city.send([*ROWS, ["R-NEW", *ROWS[-1][1:]]])
    with mock.patch("etl.pipeline.publish_audited", side_effect=Killed), pytest.raises(Killed):
        city.etl("run")


#   fault                             what happens                                       exit   the line
FAULTS: tuple[tuple[str, Callable[[MadeCity], object], int, str], ...] = (
    ("the source is down", lambda city: (city.folder / "requests.csv").unlink(), 10,
     r"  last run ended with 10: .*requests"),
    ("a feed of no rows", lambda city: city.send([]), 12,
     r"  last run ended with 12: .*requests.* rows"),
    ("a renamed column", lambda city: city.send(ROWS, OTHER_DAY), 11,
     r"  last run ended with 11: .*'Opened'.*'Received'"),
    ("everything delivered twice", lambda city: city.send([*ROWS, *ROWS]), 12,
     r"  last run ended with 12: .*tell of a record again"),
)  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with one release. Shared: copied."""
    folder = tmp_path_factory.mktemp("steward")
    assert made_city(folder, sqlite_url(folder / "var/private")).etl("run").code == 0
    return folder


@pytest.fixture
def city(first: Path, tmp_path: Path) -> MadeCity:
    folder = Path(shutil.copytree(first, tmp_path / "town"))
    return MadeCity(folder / "city", folder / "var", sqlite_url(folder / "var/private"))


@pytest.mark.parametrize(("happens", "code", "line"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_one_line_and_the_release_stays(
    city: MadeCity, happens: Callable[[MadeCity], object], code: int, line: str
) -> None:
    before = files_of(city.var / "public", "current.json", "releases")
    happens(city)
    assert city.etl("run").code == code
    assert files_of(city.var / "public", "current.json", "releases") == before
    assert told(city, line) == 1
    city.send(ROWS)
    assert city.etl("run").code == 0
    assert told(city, r"  last run ended with .*") == 0


def test_a_poison_row_is_one_more_reject_and_changes_nothing(city: MadeCity) -> None:
    before = files_of(city.var / "public", "current.json", "releases")
    city.send([*ROWS, *POISON])
    assert city.etl("run").code == 0
    assert files_of(city.var / "public", "current.json") == {
        name: seal for name, seal in before.items() if name == "current.json"
    }
    assert told(city, rf"  requests: .*{len(ROWS):,} taken; rejects: (?!none).*") == 1


def test_a_killed_run_is_told_and_the_next_one_goes_on(city: MadeCity) -> None:
    before = files_of(city.var / "public", "current.json", "releases")
    killed(city)
    assert files_of(city.var / "public", "current.json", "releases") == before
    assert told(city, r"  last run, begun on .* has not ended: .* was stopped") == 1
    assert city.etl("run").code == 0
    assert told(city, r"  last run, begun on .* has not ended: .* was stopped") == 0


def told(city: MadeCity, line: str) -> int:
    """How many lines of `etl status` say so."""
    ended = city.etl("status")
    assert ended.code == 0, ended.said
    return sum(re.fullmatch(line + r".*", said) is not None for said in ended.out.splitlines())
