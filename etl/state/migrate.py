"""Bringing the private database to the shape that this version of the program knows, when it is opened."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa

from etl.errors import StorageFailed
from layers.databasesteps import Steps

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "state_version"
_STEPS = Steps(MIGRATIONS, VERSION_TABLE, lock=0x4865617274686D61)


class NewerDatabase(StorageFailed):
    """The private database was written by a newer version of the program."""


def migrate(engine: sa.Engine) -> None:
    """Run the steps that are missing, all or none; of several processes at once, one does it and the others wait.

    A database from before there were steps is recognized. Raises NewerDatabase where the database is ahead of the code.
    """
    _STEPS.migrate(engine, lambda connection: _refuse_newer(_STEPS.at(connection), steps()))


@cache
def steps() -> tuple[str, ...]:
    """The revisions of all steps, oldest first."""
    return _STEPS.known()


def _refuse_newer(version: str | None, known: tuple[str, ...]) -> str | None:
    if version is not None and version not in known:
        raise NewerDatabase(
            f"The private database is at step {version}, and this version of the program knows {known[-1]} at most.",
            "Use the newer version of the program that wrote it, or put back the copy made before.",
        )
    return version
