"""An empty private database of either kind, for one test."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from etl.state import sqlite_url

KINDS = ("sqlite", "postgresql")


@contextlib.contextmanager
def empty_database(kind: str, folder: Path, server: Callable[[], str]) -> Iterator[str]:
    """URL of an empty database: a file in the folder, or a schema of its own on the server that `server` names."""
    if kind == "sqlite":
        yield sqlite_url(folder / "private")
        return
    name = f"state_{secrets.token_hex(6)}"
    url = sa.make_url(server())
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    try:
        yield url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()
