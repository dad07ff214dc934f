"""Opening the database of subscriptions: SQLite or PostgreSQL, brought to the shape that this version knows."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from layers.databasesteps import Steps

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "subscriptions_version"
PRIVATE_TABLES = ("state_version", "runs")
"""What only the private database of the other program has."""
BUSY_SECONDS = 30.0
_STEPS = Steps(MIGRATIONS, VERSION_TABLE, lock=0x446967657374)


class WrongDatabase(Exception):
    """This database is not for subscriptions. `str()` says why, without its address."""


def open_database(url: str) -> sa.Engine:
    """The engine behind a SQLAlchemy URL (`sqlite:///…`, `postgresql+psycopg://…`), with all its tables.

    No error of it repeats a value. On SQLite a writing transaction takes the writer's place when it begins; the file
    is made, for its owner alone. Raises WrongDatabase for one that a newer version wrote, or that holds other things.
    """
    engine = _engine(url)
    migrate(engine)
    return engine


def _engine(url: str) -> sa.Engine:
    made = sa.make_url(url)
    if made.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if made.database:
        path = Path(made.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own: `_begin` does
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # a deleted address is overwritten, not only forgotten


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def migrate(engine: sa.Engine) -> None:
    """Run the steps that are missing, all or none; of several processes at once, one does it and the others wait."""
    _STEPS.migrate(engine, _version)


def _version(connection: sa.Connection) -> str | None:
    known = sa.inspect(connection)
    if any(known.has_table(name) for name in PRIVATE_TABLES):
        raise WrongDatabase("The private program keeps its state in this database; subscriptions need one of their own")
    version = _STEPS.at(connection)
    if version is not None and version not in _STEPS.known():
        raise WrongDatabase("A newer version of the program wrote this database; use that version")
    return version


def insert_or_nothing(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Whether it was inserted; False where a row with its key is there."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # the same words in both dialects
    written = insert(table).values(**row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(written).first() is not None
