"""Opening the database of subscriptions: SQLite or PostgreSQL, brought to the shape that this version knows."""

from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "subscriptions_version"
PRIVATE_TABLES = ("state_version", "runs")
"""What only the private database of the other program has."""
BUSY_SECONDS = 30.0
READS = {"reads": True}
"""Execution options of a connection that only reads."""
_LOCK = 0x446967657374  # any number, the same for ever: who brings the database up holds this advisory lock


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
    with engine.connect().execution_options(**READS) as connection:
        if _version(connection) == steps()[-1]:
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if _version(connection) != steps()[-1]:
            _run_missing(connection)


@cache
def steps() -> tuple[str, ...]:
    """The revisions of all steps, oldest first."""
    return tuple(sorted(path.stem.partition("_")[0] for path in MIGRATIONS.glob("m[0-9]*_*.py")))


def _version(connection: sa.Connection) -> str | None:
    known = sa.inspect(connection)
    if any(known.has_table(name) for name in PRIVATE_TABLES):
        raise WrongDatabase("The private program keeps its state in this database; subscriptions need one of their own")
    if not known.has_table(VERSION_TABLE):
        return None
    version = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if version is not None and version not in steps():
        raise WrongDatabase("A newer version of the program wrote this database; use that version")
    return str(version) if version is not None else None


def _run_missing(connection: sa.Connection) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": VERSION_TABLE,
            "script": script,
            "fn": lambda revision, _: script._upgrade_revs("head", revision),  # as Alembic's own `upgrade` does
        },
    )
    with Operations.context(context):
        context.run_migrations()


def insert_or_nothing(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Whether it was inserted; False where a row with its key is there."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # the same words in both dialects
    written = insert(table).values(**row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(written).first() is not None
