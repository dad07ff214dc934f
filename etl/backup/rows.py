"""The private database as lines of JSON, the same for SQLite and PostgreSQL, and back into an empty one."""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from etl.errors import StorageFailed
from etl.protect.approvals import Approvals
from etl.protect.ledger import Ledger
from etl.state import open_state
from etl.state.migrate import VERSION_TABLE

PASSING = ("apscheduler_jobs", "leases", "console_sessions", "console_tries")
"""Tables that are made anew from the city folder, or that say who is alive or signed in: restoring them would be
wrong."""


def table_names(engine: sa.Engine) -> list[str]:
    """The tables that a backup holds."""
    return sorted(set(sa.inspect(engine).get_table_names()) - {*PASSING, VERSION_TABLE})


def rows_of(engine: sa.Engine, name: str) -> Iterator[bytes]:
    """One line of JSON a row, in the order of the primary key."""
    table = sa.Table(name, sa.MetaData(), autoload_with=engine)
    query = sa.select(table).order_by(*table.primary_key.columns)
    with engine.connect().execution_options(reads=True, yield_per=10_000) as connection:
        for row in connection.execute(query).mappings():
            yield json.dumps({key: _plain(value) for key, value in row.items()}).encode() + b"\n"


def fill(url: str, tables: dict[str, Iterable[bytes]]) -> None:
    """Put rows into an empty database. Raises StorageFailed where it is not empty, or does not know a table."""
    engine = open_state(url).engine
    try:
        Ledger(engine, datetime.now)  # makes its table; nothing is entered, so no clock is asked
        Approvals(engine)
        made = sa.MetaData()
        made.reflect(engine)
        unknown = sorted(set(tables) - set(made.tables))
        if unknown:
            raise StorageFailed(f"This version of the program has no table {', '.join(unknown)}.", "Use the newer one.")
        with engine.begin() as connection:
            for table in made.sorted_tables:
                if table.name in tables:
                    _fill(connection, table, tables[table.name])
    finally:
        engine.dispose()


def _fill(connection: sa.Connection, table: sa.Table, lines: Iterable[bytes]) -> None:
    if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar():
        raise StorageFailed(
            "The private database is not empty.", "Restore into an empty one, so that nothing of another city is lost."
        )
    rows = [{name: _typed(table.c[name], value) for name, value in json.loads(line).items()} for line in lines]
    if rows:
        connection.execute(table.insert(), rows)
    numbered = [c.name for c in table.primary_key.columns if isinstance(c.type, sa.Integer)]
    if rows and connection.dialect.name == "postgresql" and numbered:
        _count_on(connection, table.name, numbered[0])


def _count_on(connection: sa.Connection, table: str, column: str) -> None:
    """PostgreSQL numbers new rows from a sequence, which rows that bring their number do not move."""
    sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table, column))).scalar()
    if sequence:
        last = sa.select(sa.func.max(sa.column(column))).select_from(sa.table(table)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, last)))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case sa.DateTime():
            return datetime.fromisoformat(value)
        case sa.Date():
            return date.fromisoformat(value)
        case sa.LargeBinary():
            return base64.b64decode(value)
        case _:
            return value
