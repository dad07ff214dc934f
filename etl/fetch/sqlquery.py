"""A database's answer to a query, read in pieces inside a transaction that may write nothing."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from etl.city.sqlconnector import SINCE, SqlConnector
from etl.errors import DeclarationError, SchemaDrift, SourceUnreadable
from etl.fetch.connector import EASTERNMOST, Fetched, Request, Sampled, column_names
from etl.fetch.overlap import day_before, moment_before
from etl.fetch.pages import Pages, read_pages
from etl.fetch.retrying import CutOff, retrying

_READ_ONLY = {
    "postgresql": ("SET TRANSACTION READ ONLY", "SET LOCAL statement_timeout = {milliseconds}"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION max_execution_time = {milliseconds}"),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION max_statement_time = {seconds}"),
    "oracle": ("SET TRANSACTION READ ONLY",),
    "sqlite": ("PRAGMA query_only = ON",),
}
"""Kind of database → what is said to it before the query. Others rely on the query and on the rights of the user."""
_CUT_STATES = ("08", "57P0", "53300")
"""Beginnings of SQLSTATE: connection lost, server shutting down or starting, too many connections."""
_SKEW = timedelta(hours=1)
"""By how much the database's clock may be ahead of ours."""
_REFUSED = ("authentication", "password", "denied", "login failed", "28000", "28p01", "does not exist", "ora-01017")


class SqlQuery:
    """`kind = "sql"`."""

    kind = "sql"

    def fetch(self, declared: SqlConnector, request: Request) -> Fetched:
        """The whole feed; with `Request.since` and a query for changes, what changed from the overlap before it."""
        engine = _engine(declared, request)
        try:
            return retrying(lambda: _fetched(engine, declared, request), tries=declared.tries, timing=request.timing)
        finally:
            engine.dispose()

    def sample(self, declared: SqlConnector, request: Request, rows: int) -> Sampled:
        """The first rows of the query, from a cursor that is closed after them."""
        engine = _engine(declared, request)
        first = declared.model_copy(update={"rows_at_once": rows})
        try:
            return retrying(lambda: _begun(engine, first, request), tries=declared.tries, timing=request.timing)
        finally:
            engine.dispose()

    def read(self, declared: SqlConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The rows in the order in which the database gave them."""
        return read_pages(files)


def _fetched(engine: sa.Engine, declared: SqlConnector, request: Request) -> Fetched:
    """One try, from the first row on: another transaction would see other rows."""
    changes = declared.changes if request.since is not None else None
    said = {} if changes is None or request.since is None else {SINCE: _from(request.since, request.overlap)}
    pages = Pages(request.arriving, {"query": changes or declared.query, SINCE: request.since}, told=request.told)
    pages.restart()
    last: Any = None
    with _asked(engine, declared, changes or declared.query, said) as answer:
        names = column_names(list(answer.keys()))
        place = _place(declared, names)
        for rows in answer.partitions(declared.rows_at_once):
            pages.add([_record(names, row) for row in rows], None, columns=names)
            if place is not None:
                last = _latest(last, (row[place] for row in rows), request.now)
    if changes is not None and not pages.rows:
        return Fetched((), unchanged=True, watermark=request.since)
    if not pages.files:
        pages.add([], None, columns=names)
    watermark = request.since if last is None else _noted(last)
    return Fetched(pages.files, complete=changes is None, watermark=watermark, own=True)


def _begun(engine: sa.Engine, declared: SqlConnector, request: Request) -> Sampled:
    """As many rows of the whole feed as are read at once."""
    pages = Pages(request.arriving, {"sample": declared.query})
    pages.restart()
    with _asked(engine, declared, declared.query, {}) as answer:
        names = column_names(list(answer.keys()))
        _place(declared, names)
        rows = answer.fetchmany(declared.rows_at_once)
        pages.add([_record(names, row) for row in rows], None, columns=names)
    return Sampled(pages.files, "first" if len(rows) == declared.rows_at_once else "all")


@contextmanager
def _asked(
    engine: sa.Engine, declared: SqlConnector, query: str, said: dict[str, Any]
) -> Iterator[sa.CursorResult[Any]]:
    """The answer to a query, open, inside a transaction that may write nothing."""
    with _in_our_words(declared), engine.connect() as connection, connection.begin():
        for statement in _READ_ONLY.get(engine.dialect.name, ()):
            milliseconds = int(declared.timeout_seconds * 1000)
            connection.exec_driver_sql(statement.format(milliseconds=milliseconds, seconds=declared.timeout_seconds))
        options = {"stream_results": True, "yield_per": declared.rows_at_once}
        with connection.execution_options(**options).execute(sa.text(query), said) as answer:
            yield answer


def _latest(last: Any, values: Iterable[Any], now: datetime | None) -> Any:
    """The greatest value so far that is not in the future; None where there is none.

    A row that a wrong clock dated a year ahead would else hide every change until then.
    """
    known = (each for each in values if each is not None and not _is_ahead(each, now))
    return max((last, *known) if last is not None else known, default=None)


def _is_ahead(value: Any, now: datetime | None) -> bool:
    """Whether a day or moment has not come yet anywhere on earth, where it names no zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return False
    if now is None or not isinstance(value, date):
        return False
    if not isinstance(value, datetime):
        return value > (now.astimezone(UTC) + EASTERNMOST).date()
    if value.tzinfo is not None:
        return value > now + _SKEW
    return value > now.astimezone(UTC).replace(tzinfo=None) + EASTERNMOST


def _place(declared: SqlConnector, names: Sequence[str]) -> int | None:
    """Where the watermark stands in a row; None without one. Raises SchemaDrift."""
    if declared.watermark is None:
        return None
    if declared.watermark not in names:
        raise SchemaDrift(f"The query gives no column {declared.watermark!r}, which is declared as its watermark.")
    return names.index(declared.watermark)


def _record(names: Sequence[str], row: Sequence[Any]) -> dict[str, str | None]:
    return {name: text_of(value) for name, value in zip(names, row, strict=True)}


def text_of(value: Any) -> str | None:
    """A value as text without loss: ISO dates, decimals with all their digits, JSON as JSON, bytes as hexadecimal."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case dict() | list():
            return orjson.dumps(value, default=text_of).decode()
        case _:
            return bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _noted(last: Any) -> str:
    """A watermark with its type, so that it is compared as what it is."""
    kind = next((name for name, type_ in _KINDS.items() if isinstance(last, type_)), "text")
    return json.dumps([kind, text_of(last)])


_KINDS: dict[str, Any] = {"moment": datetime, "day": date, "whole": int, "decimal": Decimal, "number": float}


def _from(since: str, overlap: timedelta) -> Any:
    """Where to ask from: the watermark, moments and days earlier by the overlap."""
    kind, text = json.loads(since)
    match kind:
        case "moment":
            return moment_before(datetime.fromisoformat(text), overlap)
        case "day":
            return day_before(date.fromisoformat(text), overlap)
        case "whole":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "number":
            return float(text)
        case _:
            return _earlier(text, overlap)


def _earlier(text: str, overlap: timedelta) -> str:
    """A moment that the database keeps as text, earlier and in the same writing; any other text as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= len("2025-01-01"):
        return day_before(moment.date(), overlap).isoformat()
    return moment_before(moment, overlap).isoformat(sep=text[10], timespec="auto" if "." in text else "seconds")


def _engine(declared: SqlConnector, request: Request) -> sa.Engine:
    try:
        address = sa.make_url(request.secret(declared.url))
        return sa.create_engine(address, poolclass=sa.NullPool, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise _faulty(declared, "is no address of a database.", _ADDRESS) from None
    except ImportError:
        raise _faulty(declared, "names a database whose driver is not installed.", "Install the driver.") from None


_ADDRESS = "Write it as SQLAlchemy does: postgresql+psycopg://user:password@host/database."


def _faulty(declared: SqlConnector, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("environment", declared.url, what, remedy)


@contextmanager
def _in_our_words(declared: SqlConnector) -> Iterator[None]:
    """What went wrong, without a word of the driver's: it may quote the address or a row."""
    where = f"The database that {declared.url} names"
    try:
        yield
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state == "57014":
            raise SourceUnreadable(f"{where} worked on the query for too long.", _SLOW) from None
        if state.startswith(_CUT_STATES) or error.connection_invalidated or _is_busy(error):
            raise CutOff(f"{where} broke off, or could not be reached.") from None
        if any(word in str(error.orig).lower() for word in _REFUSED):
            raise SourceUnreadable(f"{where} refused the user or the query.", _RIGHTS) from None
        if error.statement is None:
            raise CutOff(f"{where} broke off, or could not be reached.") from None
        raise SourceUnreadable(f"{where} refused the query, or gave a value that cannot be read.", _RIGHTS) from None
    except SQLAlchemyError:
        raise SourceUnreadable(f"{where} cannot be asked this query.", _RIGHTS) from None


def _is_busy(error: DBAPIError) -> bool:
    return "database is locked" in str(error.orig)


_RIGHTS = "Try the query by hand with the same user; it needs the right to read. The last release stays up."
_SLOW = "Ask for an index on the column of changes, or raise timeout_seconds; the last release stays up."
