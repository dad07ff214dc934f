"""Whatever breaks has an exit code and a sentence, and neither quotes what it broke on."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from etl.__main__ import STOPPED, main
from etl.commands import COMMANDS
from etl.console.passwords import password_from
from etl.errors import DeclarationError, EtlError, SchemaDrift
from etl.unforeseen import as_failure
from layers.store.reader import UnknownRelease
from tests.machinery.small_city import etl, etl_process, write_small_city

CANARY = "Quackenbush, 865-555-9131"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SchemaDrift("Source court has no column 'x'."), 11),
        (OSError(28, "No space left on device"), 16),
        (OperationalError("INSERT …", {"reason": CANARY}, Exception(CANARY)), 16),
        (json.JSONDecodeError(CANARY, CANARY, 0), 16),
        (UnknownRelease(CANARY), 16),
        (pl.exceptions.ComputeError(CANARY), 70),
        (ValueError(CANARY), 70),
        (KeyError(CANARY), 70),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_exception_means_a_failure_and_is_not_quoted(error: Exception, code: int) -> None:
    failure = as_failure(error)
    assert failure.exit_code == code
    assert "Quackenbush" not in str(failure)


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (("PRAGMA max_page_count = 3", "CREATE TABLE t AS SELECT randomblob(40000) AS b"), ": the disk is full"),
        (("PRAGMA query_only = 1", "CREATE TABLE t (a)"), ": it is read-only"),
        (("SELECT * FROM quackenbush",), ""),
    ],
)
def test_why_the_private_database_refuses_is_told_where_it_says_so(statements: tuple[str, ...], why: str) -> None:
    with sa.create_engine("sqlite://").connect() as connection, pytest.raises(OperationalError) as refused:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert as_failure(refused.value).what == f"The private database cannot be read or written{why}."


def test_a_fault_of_the_program_names_its_place_and_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(args: object, around: object) -> int:
        pl.DataFrame({"name": [CANARY]}).select(pl.col("name").cast(pl.Int64))
        return 0

    monkeypatch.setitem(COMMANDS, "status", broken)

    assert main(["status", "city"], {}) == 70
    said = capsys.readouterr().err
    assert "InvalidOperationError at " in said
    assert "Quackenbush" not in said


def test_a_panic_of_a_library_is_a_failure_like_any_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Polars' panics are no Exception: one would end a scheduler, and every other topic's run."""

    def panicking(args: object, around: object) -> int:
        raise pl.exceptions.PanicException(CANARY)

    monkeypatch.setitem(COMMANDS, "status", panicking)

    assert main(["status", "city"], {}) == 70
    said = capsys.readouterr().err
    assert "PanicException at " in said
    assert "Quackenbush" not in said


def test_an_interrupted_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(args: object, around: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "status", interrupted)

    assert main(["status", "city"], {}) == STOPPED
    assert capsys.readouterr().err == "Stopped.\n"


def test_an_expected_failure_stays_itself() -> None:
    error: EtlError = SchemaDrift("Source court has no column 'x'.")
    assert as_failure(error) is error


def test_a_password_that_nobody_types_is_a_fault_of_the_command_line() -> None:
    def nobody(prompt: str) -> str:
        raise EOFError

    with pytest.raises(DeclarationError, match="HEARTHMAP_CONSOLE_PASSWORD"):
        password_from(lambda name: None, nobody)


WARNED = {"type": "Feature", "properties": {}, "geometry": {"type": CANARY, "coordinates": []}}


def test_no_library_speaks(tmp_path: Path) -> None:
    """GDAL warns of what it finds in a map file; Python would print that beside our own lines."""
    city = write_small_city(tmp_path / "city")
    path = city / "feeds/housing/affordable_developments.geojson"
    feed = json.loads(path.read_bytes())
    path.write_text(json.dumps({**feed, "features": [*feed["features"], WARNED]}))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        etl("check", city, "developments", "--var", tmp_path / "var")
    assert any(issubclass(each.category, RuntimeWarning) for each in said), "what this test stands on"
    assert etl_process("check", city, "developments", "--var", tmp_path / "var").err == ""
    speaks = "import logging, etl.silence as s; s.silence_libraries(); logging.getLogger('lib').error('Quackenbush')"
    ended = subprocess.run([sys.executable, "-c", speaks], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
