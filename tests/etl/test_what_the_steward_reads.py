"""Each fault is one clear line for the steward, and whatever it is, the last good release stays up, byte for byte."""

import errno
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest

from etl.city import load_city
from etl.schedule.lease import Lease
from etl.schedule.occasions import note_due, settle, waiting
from etl.state import open_state, sqlite_url
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


def vault_file(city: MadeCity, name: str) -> Path:
    return sorted((city.var / "private/vault/service_requests/requests").glob(name))[-1]


#   what happened to a file of the vault                                       the line
DAMAGED: tuple[tuple[str, Callable[[MadeCity], object], str], ...] = (
    ("a month is damaged", lambda city: vault_file(city, "2026-*.parquet").write_bytes(b"x"),
     r"A file of the vault service_requests/requests is damaged or missing\. Put it back from a copy, or remove"),
    ("a month is lost", lambda city: vault_file(city, "2026-*.parquet").unlink(),
     r"A file of the vault service_requests/requests is damaged or missing\. Put it back from a copy, or remove"),
    ("its index is damaged", lambda city: vault_file(city, "index.json").write_text("{"),
     r"The index of the vault service_requests/requests cannot be read\. Remove that folder"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("happens", "line"),
    [pytest.param(*case[1:], id=case[0], marks=[pytest.mark.slow] * (n > 0)) for n, case in enumerate(DAMAGED)],
)
def test_a_damaged_vault_is_told_with_what_to_do(
    city: MadeCity, happens: Callable[[MadeCity], object], line: str
) -> None:
    before = files_of(city.var / "public", "current.json", "releases")
    happens(city)
    assert city.etl("run").code == 16
    assert files_of(city.var / "public", "current.json", "releases") == before
    assert told(city, rf"  last run ended with 16: {line}") == 1
    shutil.rmtree(city.var / "private/vault/service_requests/requests")
    assert city.etl("run").code == 0
    assert files_of(city.var / "public", "current.json", "releases") == before


@pytest.mark.slow
def test_a_disk_that_is_full_while_publishing_is_one_line(city: MadeCity) -> None:
    city.send([*ROWS, ["R-NEW", *ROWS[-1][1:]]])
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch("etl.steps.publish.publish_staged", side_effect=full):
        assert city.etl("run").code == 16
    line = r"  last run ended with 16: The store could not be written \(No space left on device\)\."
    assert told(city, line) == 1


def test_who_leads_what_waits_and_what_a_scheduler_left_behind(city: MadeCity) -> None:
    killed(city)
    city.change(lambda text: text.replace('cadence = "daily"', 'cadence = "daily"\ncron = "15 5 * * *"'))
    state, declared = open_state(city.state_url), load_city(city.folder)
    now = datetime(2026, 11, 8, 18, tzinfo=UTC)
    assert Lease(state.engine, "machine:4711").take()
    state.end_left_over(now)
    for moment in (now, now + timedelta(days=1)):
        note_due(state.engine, declared, moment)
    settle(state.engine, waiting(state.engine, now + timedelta(days=1)), 10, now + timedelta(days=1))
    state.engine.dispose()
    assert told(city, r"  last run did not finish: The program was stopped before this run had ended\.") == 1
    assert told(city, r"scheduler: machine:4711") == 1
    assert told(city, r"requests \(public\): waiting, attempt 2 at 09 Nov 13:") == 1


def told(city: MadeCity, line: str) -> int:
    """How many lines of `etl status` say so."""
    ended = city.etl("status")
    assert ended.code == 0, ended.said
    return sum(re.fullmatch(line + r".*", said) is not None for said in ended.out.splitlines())
