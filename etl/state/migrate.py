"""Bringing the private database to the shape that this version of the program knows, when it is opened."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa

from etl.errors import StorageFailed

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "state_version"
_LOCK = 0x4865617274686D61  # any number, the same for ever: who brings the database up holds this advisory lock


class NewerDatabase(StorageFailed):
    """The private database was written by a newer version of the program."""


def migrate(engine: sa.Engine) -> None:
    """Run the steps that are missing, all or none; of several processes at once, one does it and the others wait.

    A database from before there were steps is recognized. Raises NewerDatabase where the database is ahead of the code.
    """
    known = steps()
    with engine.connect().execution_options(reads=True) as connection:
        if _refuse_newer(_version(connection), known) == known[-1]:
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if _refuse_newer(_version(connection), known) != known[-1]:
            _run_missing(connection)


@cache
def steps() -> tuple[str, ...]:
    """The revisions of all steps, oldest first."""
    return tuple(sorted(path.stem.partition("_")[0] for path in MIGRATIONS.glob("m[0-9]*_*.py")))


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return str(version) if version is not None else None


def _refuse_newer(version: str | None, known: tuple[str, ...]) -> str | None:
    if version is not None and version not in known:
        raise NewerDatabase(
            f"The private database is at step {version}, and this version of the program knows {known[-1]} at most.",
            "Use the newer version of the program that wrote it, or put back the copy made before.",
        )
    return version


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
