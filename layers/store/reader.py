"""Reading releases: SQLAlchemy Core over DuckDB (the files themselves) or over PostgreSQL (a loaded copy).

Nothing here writes. A release never changes, so whatever is cached under (topic, release id) stays true. Where tables
are kept (`KeptTables`), a table is read once, whole, and answers all questions about its places and periods.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper

from layers.certificate import Certificate, read_certificate
from layers.protection import Withdrawal
from layers.release import Manifest, StoreStatus
from layers.store.schema import COUNTS_ORDER, COUNTS_SCHEMA, counts_table, zones_schema
from layers.store.tables import TABLE_COLUMNS, KeptTables, Table
from layers.store.tombstone import TOMBSTONE, read_tombstone, tombstones

TableName = tuple[str, str, str, str]
"""Measure, geography, grain, category."""
_NAMES = ("measure", "geography", "grain", "category")
Where = str | date | Sequence[str] | Sequence[date] | None


class StoreError(Exception):
    """The store has not what was asked for."""


class UnknownRelease(StoreError):
    """No such topic or release."""


class WithdrawnRelease(UnknownRelease):
    """The release was taken back; `withdrawal` says when and why."""

    def __init__(self, withdrawal: Withdrawal) -> None:
        super().__init__("this release was withdrawn")
        self.withdrawal = withdrawal


@dataclass(frozen=True)
class Release:
    """One immutable release. `folder` is where its files are; `engine` answers questions about its rows."""

    topic: str
    id: str
    folder: Path
    engine: sa.Engine
    tables: KeptTables | None = field(default=None, compare=False, repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        return Manifest.model_validate_json((self.folder / "manifest.json").read_bytes())

    @cached_property
    def certificate(self) -> Certificate | None:
        """What the release passed before it was published; None where nothing says so."""
        return read_certificate(self.folder)

    @cached_property
    def zones(self) -> pl.DataFrame | None:
        """The partition the release stands on (columns of ZONES_SCHEMA; partners also get `zone0`), or None for an
        exact topic without zones."""
        path = self.folder / "zones.parquet"
        if not path.exists():
            return None
        zones = pl.read_parquet(path)
        return zones.select(list(zones_schema(zones.columns)))

    def zones_of(self, year: int) -> pl.DataFrame | None:
        """The partition that figures of this calendar year stand on."""
        path = self.folder / f"zones-{year}.parquet"
        return pl.read_parquet(path) if path.exists() else self.zones

    def counts(
        self,
        *,
        measure: Where = None,
        category: Where = None,
        geography: Where = None,
        unit: Where = None,
        grain: Where = None,
        period: Where = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] = tuple(COUNTS_SCHEMA),
    ) -> pl.DataFrame:
        """Rows of the release in file order. A filter is one value, several, or None for all.

        `first` and `last` bound `period`, both included.
        """
        wanted = {
            "measure": measure, "category": category, "geography": geography,
            "unit": unit, "grain": grain, "period": period,
        }  # fmt: skip
        rows = self._kept_rows(wanted, columns)
        if rows is not None:
            narrow = [*_within(wanted), *_between(pl.col("period"), first, last)]
            return self._told(rows.filter(*narrow) if narrow else rows, wanted, columns)
        if self.engine.dialect.name == "duckdb":
            filters = (*_expressions(wanted), *_between(pl.col("period"), first, last))
            return self._from_file(columns, filters).collect()
        found = self._rows
        query = sa.select(*(found.c[name] for name in columns)).where(*_conditions(found, wanted))
        query = query.where(*_between(found.c.period, first, last))
        return self._frame(self._in_file_order(query), columns)

    def distinct(self, *columns: str, **filters: Where) -> pl.DataFrame:
        """The different combinations of some columns, for example which geographies and grains a measure has."""
        wanted = dict(filters)
        kept = self._kept_rows(wanted, columns)
        if kept is not None:
            narrow = list(_within(wanted))
            return self._told(kept.filter(*narrow) if narrow else kept, wanted, columns).unique().sort(*columns)
        rows = self._rows
        query = sa.select(*(rows.c[name] for name in columns)).where(*_conditions(rows, filters)).distinct()
        return self._frame(self._own(query), columns).sort(*columns)

    @cached_property
    def contents(self) -> Mapping[TableName, int]:
        """The tables of the release in file order, and how many rows each has."""
        if self.engine.dialect.name == "duckdb":
            named = pl.scan_parquet(self.folder / "counts.parquet").select(_NAMES)
            found = named.group_by(_NAMES).len().sort(_NAMES).collect()
            return {(m, g, t, c): n for m, g, t, c, n in found.iter_rows()}
        names = [counts_table.c[name] for name in _NAMES]
        query = self._own(sa.select(*names, sa.func.count()).group_by(*names)).order_by(*map(_ordered, names))
        with self.engine.connect() as connection:
            return {(m, g, t, c): n for m, g, t, c, n in connection.execute(query)}

    @cached_property
    def _pieces(self) -> Mapping[tuple[str, str, str], Mapping[str, int]]:
        """Measure, geography and grain → category → rows; all in file order."""
        found: dict[tuple[str, str, str], dict[str, int]] = {}
        for (measure, geography, grain, category), rows in self.contents.items():
            found.setdefault((measure, geography, grain), {})[category] = rows
        return found

    @cached_property
    def _starts(self) -> Mapping[TableName, int]:
        """The first row of each table in the file."""
        return dict(zip(self.contents, accumulate(self.contents.values(), initial=0), strict=False))

    def _kept_rows(self, wanted: dict[str, Where], columns: Sequence[str]) -> pl.DataFrame | None:
        """Rows of a kept table that hold the answer; what needs no further filter is taken out of `wanted`.

        None where no table is kept, or the question is about several, or too many rows.
        """
        measure, geography, grain = wanted.get("measure"), wanted.get("geography"), wanted.get("grain")
        category, period = wanted.get("category"), wanted.get("period")
        if self.tables is None or "topic" in wanted:
            return None
        if not (isinstance(measure, str) and isinstance(geography, str) and isinstance(grain, str)):
            return None
        piece = str(measure), str(geography), str(grain)
        categories = self._pieces.get(piece, {})
        named = category if isinstance(category, str) else None
        table = self._kept_table(self.tables, piece, categories, named)
        if table is None or named is None:
            return None if table is None else table.rows
        wanted["category"] = None
        if isinstance(period, date):
            wanted["period"] = None
            return table.of(named, period)
        return table.of(named)

    def _kept_table(
        self, tables: KeptTables, piece: tuple[str, str, str], categories: Mapping[str, int], named: str | None
    ) -> Table | None:
        """All categories in one piece where they are not too many rows, else the one that is asked."""
        key = (self.topic, self.id, *piece)
        if not categories or (named is not None and named not in categories):
            return Table(pl.DataFrame(schema={name: COUNTS_SCHEMA[name] for name in TABLE_COLUMNS}), {})
        if sum(categories.values()) <= tables.most_rows:
            return tables.table((*key, None), lambda: self._read(piece, categories))
        if named is not None and categories[named] <= tables.most_rows:
            return tables.table((*key, named), lambda: self._read(piece, {named: categories[named]}))
        return None

    def _told(self, rows: pl.DataFrame, wanted: Mapping[str, Where], columns: Sequence[str]) -> pl.DataFrame:
        """Columns of rows of a kept table, also those that are the same in all of its rows."""
        same = {"topic": self.topic, **wanted}
        missing = [name for name in columns if name not in TABLE_COLUMNS]
        if missing:
            rows = rows.with_columns(pl.lit(str(same[name])).alias(name) for name in missing)
        return rows[list(columns)]

    def _read(self, piece: tuple[str, str, str], categories: Mapping[str, int]) -> Table:
        """A piece of the release: rows that stand beside each other in the file."""
        measure, geography, grain = piece
        if self.engine.dialect.name == "duckdb":
            start = self._starts[measure, geography, grain, next(iter(categories))]
            rows = pl.scan_parquet(self.folder / "counts.parquet").slice(start, sum(categories.values()))
            schema = {name: COUNTS_SCHEMA[name] for name in TABLE_COLUMNS}
            return Table(rows.select(TABLE_COLUMNS).cast(schema).collect(), categories)  # type: ignore[arg-type]  # a schema of instances is one
        wanted = {"measure": measure, "geography": geography, "grain": grain, "category": list(categories)}
        found = self._rows
        query = sa.select(*(found.c[name] for name in TABLE_COLUMNS)).where(*_conditions(found, wanted))
        return Table(self._frame(self._in_file_order(query), TABLE_COLUMNS), categories)

    def _from_file(self, columns: Sequence[str], filters: Iterable[pl.Expr]) -> pl.LazyFrame:
        """Rows in file order. SQL would hand a million of them over as a gigabyte of Python's values."""
        schema = {name: COUNTS_SCHEMA[name] for name in columns}
        rows = pl.scan_parquet(self.folder / "counts.parquet").filter(*filters).select(columns)
        return rows.cast(schema)  # type: ignore[arg-type]  # a schema of instances is one

    def _own(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """Of this release alone, where a database holds several."""
        if self.engine.dialect.name == "duckdb":
            return query
        return query.where(counts_table.c.release == self.id, counts_table.c.topic == self.topic)

    def _in_file_order(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """DuckDB hands rows over as they stand in the file; a database in no order of its own."""
        if self.engine.dialect.name == "duckdb":
            return query
        return self._own(query).order_by(*(_ordered(counts_table.c[name]) for name in COUNTS_ORDER))

    @cached_property
    def _rows(self) -> Any:
        if self.engine.dialect.name != "duckdb":
            return counts_table
        return sa.func.read_parquet(str(self.folder / "counts.parquet")).table_valued(
            *(sa.column(c.name, c.type) for c in counts_table.columns if c.name != "release")
        )

    def _frame(self, query: sa.Select[Any], columns: Sequence[str]) -> pl.DataFrame:
        schema = {name: COUNTS_SCHEMA[name] for name in columns}
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return pl.DataFrame([tuple(r) for r in rows], schema=schema, orient="row")


class Store:
    """The public folder. Cheap to make; safe to share between threads."""

    def __init__(self, folder: Path, engine: sa.Engine | None = None, *, tables: KeptTables | None = None) -> None:
        self.folder = folder
        self._engine = engine or duckdb_engine()
        self._tables = tables

    def current(self) -> Mapping[str, str]:
        """Topic → release id, as `current.json` says right now (read at each call: it is small and may be swapped)."""
        path = self.folder / "current.json"
        if not path.exists():
            return {}
        return dict(json.loads(path.read_bytes()))

    def status(self) -> StoreStatus | None:
        path = self.folder / "status.json"
        return StoreStatus.model_validate_json(path.read_bytes()) if path.exists() else None

    def release(self, topic: str, release: str | None = None) -> Release:
        """The named release, or the current one. Raises UnknownRelease; WithdrawnRelease where it was taken back."""
        wanted = release or self.current().get(topic)
        if wanted is None or not _plain(topic) or not _plain(wanted):
            raise UnknownRelease("there is no such topic or release; /data lists what there is")
        folder = self.folder / "releases" / topic / wanted
        withdrawal = read_tombstone(folder)
        if withdrawal is not None:
            raise WithdrawnRelease(withdrawal)
        if not (folder / "manifest.json").exists():
            raise UnknownRelease("there is no such topic or release; /data lists what there is")
        return Release(topic, wanted, folder, self._engine, self._tables)

    def releases(self, topic: str) -> list[str]:
        """Ids of all releases of a topic that were not taken back, oldest first."""
        folder = self.folder / "releases" / topic
        if not _plain(topic) or not folder.is_dir():
            return []
        return sorted(p.name for p in folder.iterdir() if _is_offered(p) and _plain(p.name))

    def withdrawals(self, topic: str) -> tuple[Withdrawal, ...]:
        """The releases of a topic that were taken back, oldest first."""
        return tombstones(self.folder, topic) if _plain(topic) else ()

    def topics(self) -> list[str]:
        """Topics that ever had a release."""
        return sorted(p.name for p in self.folder.glob("releases/*") if p.is_dir() and _plain(p.name))


def duckdb_engine() -> sa.Engine:
    """An in-memory DuckDB that only reads files.

    Each pooled connection is a cursor of the one database, so threads may share it.
    """

    @cache  # made when something is first asked: whoever wants to know only what is published asks nothing
    def root() -> duckdb.DuckDBPyConnection:
        # A question that needs more than this is a mistake: refuse it, never spill into the current folder.
        # Rows come in the order of the file: a release is sorted once, when it is written.
        return duckdb.connect(
            ":memory:", config={"temp_directory": "", "memory_limit": "2GB", "preserve_insertion_order": "true"}
        )

    return sa.create_engine(
        "duckdb:///:memory:",
        creator=lambda: ConnectionWrapper(root().cursor()),
        poolclass=sa.QueuePool,
        pool_size=8,
        max_overflow=32,
    )


def _is_offered(folder: Path) -> bool:
    return (folder / "manifest.json").exists() and not (folder / TOMBSTONE).exists()


def _ordered(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Words by their bytes on every database, as in the file."""
    return sa.collate(column, "C") if isinstance(column.type, sa.String) else column


def _plain(name: str) -> bool:
    """Whether a name from outside may be part of a path."""
    return bool(name) and not name.startswith(".") and all(c.isalnum() or c in "-_" for c in name)


def _conditions(rows: Any, wanted: Mapping[str, Where]) -> Iterable[sa.ColumnElement[bool]]:
    for name, value in wanted.items():
        if value is None:
            continue
        column = rows.c[name]
        yield column == value if isinstance(value, str | date) else column.in_(list(value))


def _within(wanted: Mapping[str, Where]) -> Iterable[pl.Expr]:
    """What of the conditions narrows a table down."""
    return _expressions({name: value for name, value in wanted.items() if name in TABLE_COLUMNS})


def _expressions(wanted: Mapping[str, Where]) -> Iterable[pl.Expr]:
    """The same conditions for a data frame."""
    for name, value in wanted.items():
        if value is None:
            continue
        column = pl.col(name)
        if isinstance(value, str):
            yield column == str(value)  # a grain is a word like any other
        elif isinstance(value, date):
            yield column == value
        else:
            yield column.is_in([str(each) if isinstance(each, str) else each for each in value])


def _between(column: Any, first: date | None, last: date | None) -> Iterable[Any]:
    if first is not None:
        yield column >= first
    if last is not None:
        yield column <= last
