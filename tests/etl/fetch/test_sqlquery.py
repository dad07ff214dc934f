"""A database as a feed: every value as it stands there, in bounded pieces, and nothing ever written."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from etl.city.connectors import Connector as Declared
from etl.errors import DeclarationError, EtlError, SchemaDrift, SourceUnreadable
from etl.fetch import connector
from etl.fetch.connector import Fetched, Request, Timing
from etl.fetch.overlap import day_before, moment_before
from etl.fetch.retrying import CutOff
from etl.fetch.sqlquery import text_of

WHOLE = "SELECT * FROM cases ORDER BY id"
CHANGES = "SELECT * FROM cases WHERE changed >= :since ORDER BY id"
Asked = Callable[..., Fetched]


class Court:
    """A database with a table of cases, and what a fetch from it told."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        self.waits: list[float] = []
        self.told: list[int] = []
        self.on_progress: Callable[[], object] = lambda: None
        self.now: datetime | None = None

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def fetch(
        self, query: str = WHOLE, since: str | None = None, overlap: timedelta = timedelta(0), **said: Any
    ) -> Fetched:
        declared: Any = TypeAdapter(Declared).validate_python(
            {"kind": "sql", "url": "COURT_DB", "query": query, "rows_at_once": 2, **said}
        )
        request = Request(
            self.folder,
            self.folder / "arriving",
            since,
            overlap,
            environ={"COURT_DB": self.url},
            told=self._progress,
            timing=Timing(sleep=self.waits.append, clock=lambda: 0.0, draw=lambda: 0.5),
            now=self.now,
        )
        return connector("sql").fetch(declared, request)

    def _progress(self, rows: int, size: int) -> None:
        self.told.append(rows)
        self.on_progress()


def rows(fetched: Fetched) -> pl.DataFrame:
    return connector("sql").read(None, fetched.files, Path()).collect().drop("row")


@pytest.fixture
def sqlite(tmp_path: Path) -> Court:
    court = Court(f"sqlite:///{tmp_path}/court.db", tmp_path)
    court.run(
        "CREATE TABLE cases (id INTEGER, rent NUMERIC, changed TEXT, note TEXT)",
        "INSERT INTO cases VALUES (1, 10.5, '2026-01-01 08:00:00', NULL), (2, 7, '2026-01-03 09:00:00', ''), "
        "(3, NULL, '2026-01-02 10:00:00', ' x ')",
    )
    return court


@pytest.fixture
def postgres(postgres_url: str, tmp_path: Path) -> Iterator[Court]:
    court = Court(postgres_url, tmp_path)
    court.run(
        "DROP TABLE IF EXISTS cases",
        "CREATE TABLE cases (id bigint, rent numeric(10,2), filed date, changed timestamptz, at time, sealed boolean, "
        "about jsonb, raw bytea, key uuid, tags text[], note text, score double precision)",
        "INSERT INTO cases SELECT n, n + 0.10, date '2026-01-01' + n::int, timestamptz '2026-01-01 00:00:00.5+00' "
        "+ n * interval '1 day', '08:00', n = 1, '{\"a\": [1, \"b\"]}', '\\xbeef', "
        "'00000000-0000-0000-0000-000000000007', '{x,y}', NULL, 0.1 FROM generate_series(1, 7) n",
    )
    yield court
    court.run("DROP TABLE IF EXISTS cases")


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


# ---------------------------------------------------------------- changes

# column | overlap of days | rows that a second fetch brings (the last three were changed on 2026-01-06, 07 and 08)
CHANGED = [
    ("changed", 0, ["7"]),
    ("changed", 1, ["6", "7"]),
    ("filed", 2, ["5", "6", "7"]),
    ("id", 2, ["7"]),  # a number knows no days
    ("rent", 0, ["7"]),
]


@pytest.mark.parametrize(("column", "days", "found"), CHANGED)
def test_changes_are_asked_for_from_the_overlap_on(column: str, days: int, found: list[str], postgres: Court) -> None:
    said = {"watermark": column, "changes": f"SELECT * FROM cases WHERE {column} >= :since ORDER BY id"}
    whole = postgres.fetch(**said)
    assert (rows(whole).height, whole.complete) == (7, True)
    later = postgres.fetch(since=whole.watermark, overlap=timedelta(days=days), **said)
    assert (rows(later)["id"].to_list(), later.complete, later.watermark) == (found, False, whole.watermark)


# the watermark that a database keeps as text | asked from, with a day's overlap
WRITTEN = [
    ("2026-01-03 09:00:00", "2026-01-02 09:00:00"),
    ("2026-01-03T09:00:00.250000", "2026-01-02T09:00:00.250000"),
    ("2026-01-03", "2026-01-02"),
    ("v0042", "v0042"),
]


@pytest.mark.parametrize(("written", "asked"), WRITTEN)
def test_moments_that_are_text_keep_their_writing(written: str, asked: str, sqlite: Court) -> None:
    sqlite.run(f"UPDATE cases SET changed = '{written}'")
    said = {"watermark": "changed", "changes": "SELECT :since AS asked, changed FROM cases LIMIT 1"}
    whole = sqlite.fetch(**said)
    later = sqlite.fetch(since=whole.watermark, overlap=timedelta(days=1), **said)
    assert rows(later)["asked"].to_list() == [asked]


# the watermark, of a clock in New York without a zone | asked from, without any overlap
BACK = [
    ("2026-11-01 01:55:00", "2026-10-31 23:55:00"),  # the hour from one to two comes twice that night
    ("2026-11-01T01:55:00-04:00", "2026-11-01T01:55:00-04:00"),  # this clock says which of the two it is
    ("2026-11-01", "2026-11-01"),
]


@pytest.mark.parametrize(("written", "asked"), BACK)
def test_what_changes_while_a_clock_goes_back_is_asked_for(written: str, asked: str, sqlite: Court) -> None:
    sqlite.run(f"UPDATE cases SET changed = '{written}'")
    said = {"watermark": "changed", "changes": "SELECT :since AS asked, changed FROM cases LIMIT 1"}
    later = sqlite.fetch(since=sqlite.fetch(**said).watermark, overlap=timedelta(0), **said)
    assert rows(later)["asked"].to_list() == [asked]


@given(
    st.one_of(st.datetimes(), st.datetimes(timezones=st.timezones())),
    st.timedeltas(timedelta(0), timedelta(days=900)),
)
def test_a_moment_asked_from_is_never_later_and_loses_no_hour(moment: datetime, overlap: timedelta) -> None:
    asked = moment_before(moment, overlap)
    least = overlap if moment.tzinfo else max(overlap, timedelta(hours=2))
    assert asked <= moment
    assert moment.year < 1971 or asked == moment - least or asked.year == 1970


@pytest.mark.parametrize(("hours", "asked"), [(0, 5), (1, 4), (24, 4), (25, 3)])
def test_part_of_a_day_is_asked_for_as_a_whole_one(hours: float, asked: int) -> None:
    assert day_before(date(2026, 3, 5), timedelta(hours=hours)) == date(2026, 3, asked)


#   when row 2 was changed, as a wrong clock wrote it | the watermark
AHEAD = [
    ("2126-01-03 09:00:00", "2026-01-02 10:00:00"),
    ("2026-01-05T03:00:00+00:00", "2026-01-02 10:00:00"),
    ("2026-01-05 01:00:00", "2026-01-05 01:00:00"),  # may be now in the Pacific
    ("2126-01-03", "2026-01-02 10:00:00"),
    ("v0042", "v0042"),
]


@pytest.mark.parametrize(("written", "watermark"), AHEAD)
def test_a_row_of_the_future_hides_no_later_change(written: str, watermark: str, sqlite: Court) -> None:
    sqlite.now = datetime(2026, 1, 4, 12, tzinfo=UTC)
    sqlite.run(f"UPDATE cases SET changed = '{written}' WHERE id = 2")
    whole = sqlite.fetch(watermark="changed", changes=CHANGES)
    assert json.loads(str(whole.watermark)) == ["text", watermark]


def test_no_changes_are_no_news(sqlite: Court) -> None:
    said = {"watermark": "changed", "changes": "SELECT * FROM cases WHERE changed > :since"}
    since = sqlite.fetch(**said).watermark
    assert json.loads(str(since)) == ["text", "2026-01-03 09:00:00"]
    long_after = '["text", "2026-01-03 11:00:00"]'  # what changed within two hours before is asked for again
    later = sqlite.fetch(since=long_after, **said)
    assert (later.unchanged, later.files, later.watermark) == (True, (), long_after)


def test_a_watermark_that_the_query_does_not_give(sqlite: Court) -> None:
    with pytest.raises(SchemaDrift, match="no column 'altered'"):
        sqlite.fetch(watermark="altered", changes=CHANGES)


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
