"""A database as a feed: every value as it stands there, in bounded pieces, and nothing ever written."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from etl.city.connectors import Connector as Declared
from etl.errors import DeclarationError, EtlError, SourceUnreadable
from etl.fetch import connector
from etl.fetch.connector import Request
from etl.fetch.retrying import CutOff
from etl.fetch.sqlquery import text_of
from tests.etl.fetch.court import CHANGES, WHOLE, Court, rows


def test_the_whole_answer_in_pieces(sqlite: Court) -> None:
    fetched = sqlite.fetch()
    assert (len(fetched.files), fetched.complete, fetched.own, fetched.watermark) == (2, True, True, None)
    assert rows(fetched).rows() == [
        ("1", "10.5", "2026-01-01 08:00:00", None),
        ("2", "7", "2026-01-03 09:00:00", ""),
        ("3", None, "2026-01-02 10:00:00", " x "),
    ]
    assert sqlite.told == [2, 3]
    assert {oct(file.stat().st_mode)[-3:] for file in fetched.files} == {"600"}


def test_an_answer_without_rows_still_names_its_columns(sqlite: Court) -> None:
    fetched = sqlite.fetch("SELECT id, note FROM cases WHERE id > 9")
    assert (rows(fetched).columns, rows(fetched).height) == (["id", "note"], 0)


def test_columns_of_one_name_are_told_apart(sqlite: Court) -> None:
    assert rows(sqlite.fetch("SELECT id, id, 5 AS row FROM cases WHERE id = 1")).columns == ["id", "id_2", "row_source"]


# a value of a database | as text
VALUES = [
    (None, None),
    ("", ""),
    (True, "true"),
    (7, "7"),
    (10**30, "1" + "0" * 30),
    (0.1, "0.1"),
    (Decimal("10.50"), "10.50"),
    (Decimal("1E+3"), "1000"),
    (Decimal("0.000000001"), "0.000000001"),
    (date(2026, 2, 28), "2026-02-28"),
    (datetime(2026, 2, 28, 8, 0, 0, 500), "2026-02-28T08:00:00.000500"),
    (datetime(2026, 2, 28, 8, tzinfo=UTC), "2026-02-28T08:00:00+00:00"),
    (time(8, 30), "08:30:00"),
    ({"a": [1, None]}, '{"a":[1,null]}'),
    ([Decimal("1.10")], '["1.10"]'),
    (b"\xbe\xef", "beef"),
    (memoryview(b"\x00"), "00"),
    (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_every_value_is_text_without_loss(value: Any, text: str | None) -> None:
    assert text_of(value) == text


def test_the_types_of_postgresql(postgres: Court) -> None:
    fetched = postgres.fetch("SELECT * FROM cases WHERE id = 1", watermark="changed", changes=CHANGES)
    assert rows(fetched).to_dicts() == [
        {
            "id": "1",
            "rent": "1.10",
            "filed": "2026-01-02",
            "changed": "2026-01-02T00:00:00.500000+00:00",
            "at": "08:00:00",
            "sealed": "true",
            "about": '{"a":[1,"b"]}',
            "raw": "beef",
            "key": "00000000-0000-0000-0000-000000000007",
            "tags": '["x","y"]',
            "note": None,
            "score": "0.1",
        }
    ]


# ---------------------------------------------------------------- only reading

# a query | why it is refused, None if it is not
QUERIES = [
    ("SELECT 1", None),
    ("  select 1 ; ", None),
    ("WITH a AS (SELECT 1 AS x) SELECT x FROM a", None),
    ("SELECT 'delete; drop' AS \"update\", last_update FROM t -- insert; this", None),
    ("SELECT changed::date, '12:30' FROM t /* :other */", None),
    ("DELETE FROM cases", "one SELECT"),
    ("SELECT 1; SELECT 2", "one SELECT"),
    ("SELECT 1; DELETE FROM cases", "one SELECT"),
    ("WITH gone AS (DELETE FROM cases RETURNING *) SELECT * FROM gone", "DELETE"),
    ("SELECT * INTO copied FROM cases", "INTO"),
    ("SELECT * FROM cases FOR UPDATE", "UPDATE"),
    ("PRAGMA writable_schema = 1", "one SELECT"),
    ("SELECT :other", "`:other` is no parameter"),
    ("SELECT :since", "put the one with `:since` into `changes`"),
]


@pytest.mark.parametrize(("query", "refused"), QUERIES)
def test_a_query_may_only_read(query: str, refused: str | None) -> None:
    said = {"kind": "sql", "url": "COURT_DB", "query": query}
    if refused is None:
        TypeAdapter(Declared).validate_python(said)
        return
    with pytest.raises(ValidationError, match=refused):
        TypeAdapter(Declared).validate_python(said)


@pytest.mark.parametrize(
    "said",
    [
        {"changes": CHANGES},
        {"watermark": "changed"},
        {"changes": "SELECT 1", "watermark": "x"},
        {"url": "postgresql://u:p@h/d"},
    ],
)
def test_declarations_that_cannot_be_meant(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Declared).validate_python({"kind": "sql", "url": "COURT_DB", "query": WHOLE, **said})


def test_postgresql_itself_refuses_to_write(postgres: Court) -> None:
    postgres.run(
        "CREATE OR REPLACE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'DELETE FROM cases RETURNING 1'",
    )
    with pytest.raises(SourceUnreadable, match="refused the query"):
        postgres.fetch("SELECT sneak()")
    assert rows(postgres.fetch()).height == 7
    postgres.run("DROP FUNCTION sneak()")


# ---------------------------------------------------------------- what goes wrong


def cut_off(court: Court) -> None:
    """End every other connection that reads, as a restart of the server does."""
    reading = "position('FETCH' in query) = 1 AND pid <> pg_backend_pid()"
    court.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {reading}")


MANY = "WITH many AS (SELECT n AS id, repeat('x', 5000) AS text FROM generate_series(1, 20000) n) SELECT * FROM many"


def test_a_server_that_goes_away_in_the_middle_is_asked_again_from_the_start(postgres: Court) -> None:
    times = iter([cut_off])
    postgres.on_progress = lambda: next(times, lambda court: None)(postgres)
    fetched = postgres.fetch(MANY, rows_at_once=2000)
    assert rows(fetched)["id"].to_list() == [str(n) for n in range(1, 20001)]
    assert postgres.waits == [0.75]


def test_a_server_that_stays_away_is_one_clear_line(postgres: Court) -> None:
    postgres.on_progress = lambda: cut_off(postgres)
    with pytest.raises(CutOff, match="The database that COURT_DB names broke off") as told:
        postgres.fetch(MANY, rows_at_once=2000)
    assert (told.value.exit_code, postgres.waits) == (10, [0.75, 1.5])


def test_a_query_that_takes_too_long(postgres: Court) -> None:
    with pytest.raises(SourceUnreadable, match="worked on the query for too long"):
        postgres.fetch("SELECT pg_sleep(20)", timeout_seconds=0.05)
    assert postgres.waits == []


# address | query | error | said
FAULTS: list[tuple[str, str, type[EtlError], str]] = [
    ("sqlite:///{folder}/court.db", "SELECT * FROM nothing", SourceUnreadable, "refused the query"),
    ("sqlite:////nowhere/at/all.db", WHOLE, CutOff, "could not be reached"),
    ("postgresql+psycopg://u:hunter2@127.0.0.1:1/d", WHOLE, CutOff, "could not be reached"),
    ("no address, hunter2", WHOLE, DeclarationError, "COURT_DB: is no address of a database"),
    ("nobodysql://u:hunter2@h/d", WHOLE, DeclarationError, "COURT_DB: is no address of a database"),
    ("mysql+pymysql://u:hunter2@h/d", WHOLE, DeclarationError, "driver is not installed"),
]


@pytest.mark.parametrize(("url", "query", "error", "said"), FAULTS)
def test_faults_are_told_without_the_address(
    url: str, query: str, error: type[EtlError], said: str, sqlite: Court, tmp_path: Path
) -> None:
    court = Court(sqlite.url, tmp_path)
    court.url = url.format(folder=tmp_path)
    with pytest.raises(error, match=said) as told:
        court.fetch(query)
    assert "hunter2" not in f"{told.value}{told.value!r}{told.value.__cause__}"


def test_a_refused_user_is_not_tried_again(postgres: Court) -> None:
    postgres.url = postgres.url.replace("hearthmap@", "nobody_here:hunter2@")
    with pytest.raises(SourceUnreadable, match="refused the user") as told:
        postgres.fetch()
    assert (postgres.waits, "hunter2" in str(told.value)) == ([], False)


@pytest.mark.parametrize(
    "query", ["SELECT $$ ' $$; COMMIT; DELETE FROM cases; SELECT ''", "SELECT '\\''; DELETE FROM cases; SELECT ' '"]
)
def test_a_second_statement_cannot_hide_in_quotes(query: str) -> None:
    """PostgreSQL reads `$$` as quotes, MySQL backslashes; the transaction that may write nothing would be over."""
    with pytest.raises(ValidationError, match="no dollar signs or backslashes"):
        TypeAdapter(Declared).validate_python({"kind": "sql", "url": "COURT_DB", "query": query})


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n",
    "postgres": "SELECT i AS id FROM (SELECT generate_series(1, 1000000000000) AS i) AS n",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_to_look_at_it_only_the_first_rows_are_asked_for(kind: str, request: pytest.FixtureRequest) -> None:
    """A query without an end would never be answered whole."""
    court: Court = request.getfixturevalue(kind)
    declared: Any = TypeAdapter(Declared).validate_python({"kind": "sql", "url": "COURT_DB", "query": ENDLESS[kind]})
    asked = Request(court.folder, court.folder / "arriving", environ={"COURT_DB": court.url})
    sampled = connector("sql").sample(declared, asked, 7)
    assert sampled is not None
    assert sampled.which == "first"
    table = connector("sql").read(declared, sampled.files, Path()).collect()
    assert table["id"].to_list() == [str(n) for n in range(1, 8)]
    few = declared.model_copy(update={"query": WHOLE})
    whole = connector("sql").sample(few, asked, 900)
    assert whole is not None
    assert whole.which == "all"
