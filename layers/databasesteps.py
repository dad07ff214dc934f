"""Bringing a database of either program to its shape in numbered steps (Alembic), when it is opened.

Both programs keep a database of their own, each with its steps in a folder of files `m0001_what.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

READS = {"reads": True}
"""Execution options of a connection that only reads."""


@dataclass(frozen=True, slots=True)
class Steps:
    """`table` keeps which step a database is at; `lock` is a number, the same for ever: who brings a PostgreSQL
    database up holds this advisory lock."""

    folder: Path
    table: str
    lock: int

    def known(self) -> tuple[str, ...]:
        """The revisions of all steps, oldest first."""
        return tuple(sorted(path.stem.partition("_")[0] for path in self.folder.glob("m[0-9]*_*.py")))

    def at(self, connection: sa.Connection) -> str | None:
        """The step that a database is at; None for one that has taken none."""
        if not sa.inspect(connection).has_table(self.table):
            return None
        version = connection.execute(sa.text(f"SELECT version_num FROM {self.table}")).scalar()
        return str(version) if version is not None else None

    def migrate(self, engine: sa.Engine, checked: Callable[[sa.Connection], str | None]) -> None:
        """Run the steps that are missing, all or none; of several processes at once, one does it and the others wait.

        `checked` gives what `at` does, and refuses a database that is not to be touched.
        """
        newest = self.known()[-1]
        with engine.connect().execution_options(**READS) as connection:
            if checked(connection) == newest:
                return
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(self.lock)))
            if checked(connection) != newest:
                self._run_missing(connection)

    def _run_missing(self, connection: sa.Connection) -> None:
        from alembic.operations import Operations
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        script = ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": self.table,
                "script": script,
                "fn": lambda revision, _: script._upgrade_revs("head", revision),  # as Alembic's own `upgrade` does
            },
        )
        with Operations.context(context):
            context.run_migrations()
