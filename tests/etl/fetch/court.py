"""A database as a court has one, and what was fetched from it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from pydantic import TypeAdapter

from etl.city.connectors import Connector as Declared
from etl.fetch import connector
from etl.fetch.connector import Fetched, Request, Timing

WHOLE = "SELECT * FROM cases ORDER BY id"
CHANGES = "SELECT * FROM cases WHERE changed >= :since ORDER BY id"


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
