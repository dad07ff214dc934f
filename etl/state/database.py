"""Opening the private database: SQLite as several programs can share it, or PostgreSQL."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from etl.errors import DeclarationError

BUSY_SECONDS = 30.0
"""How long a statement waits for another program that writes."""

READS = {"reads": True}
"""Execution options of a connection that only reads."""


def open_engine(url: str) -> sa.Engine:
    """The engine behind a SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`.

    On SQLite a transaction takes the writer's place when it begins (unless the connection has the option `reads`), so
    that what it read still holds when it writes; readers are never in a writer's way (WAL).
    Raises DeclarationError for what is no such address.
    """
    try:
        if sa.make_url(url).get_backend_name() != "sqlite":
            return sa.create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        what = "is no address of a database, or of one whose driver is not installed."
        remedy = "Write postgresql+psycopg://user:password@host/database, or leave it out."
        raise DeclarationError.of("environment", "HEARTHMAP_STATE_URL", what, remedy) from None
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def sqlite_url(private: Path) -> str:
    """The default: one file in the private folder, which is made (0700) if it is not there."""
    private.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = private / "state.sqlite"
    path.touch(mode=0o600, exist_ok=True)
    return f"sqlite:///{path}"


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own: `_begin` does
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
