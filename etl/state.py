"""The private database: which runs there were, what each source gave, what was rejected and why.

SQLAlchemy Core, so that SQLite (the default, a file in the private folder) and PostgreSQL (when a city grows) run the
same statements. It holds counts and reasons, never a record's values. What a protected topic's feed did is a fact about
households too: nothing here is ever published as it stands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("exit_code", sa.Integer),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("release", sa.String),
    sa.Column("dry", sa.Boolean, nullable=False, default=False),
    sa.Column("tier", sa.String, nullable=False, server_default="public"),
)
source_runs = sa.Table(
    "source_runs",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("rejects", sa.String, nullable=False),
    sa.Column("located", sa.String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class SourceRun:
    """What one source gave in one run: numbers of rows, rejects by reason, records by how they were located."""

    source: str
    snapshot: str
    rows: int
    accepted: int
    rejects: Mapping[str, int]
    located: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one topic. `exit_code` is None while it runs, or when it was killed."""

    id: int
    topic: str
    started: datetime
    ended: datetime | None
    exit_code: int | None
    reason: str
    release: str | None
    dry: bool
    tier: str = "public"


class State:
    """The private state of a city. Make it with `open_state`."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        metadata.create_all(engine)
        self._add_tier()

    def _add_tier(self) -> None:
        """A database from before there were tiers has public runs only, and no column that says so."""
        if "tier" not in {column["name"] for column in sa.inspect(self.engine).get_columns(runs.name)}:
            with self.engine.begin() as connection:
                connection.execute(sa.text("ALTER TABLE runs ADD COLUMN tier VARCHAR NOT NULL DEFAULT 'public'"))

    def begin(self, topic: str, started: datetime, *, dry: bool = False, tier: str = "public") -> int:
        """Note that a run begins; returns its number."""
        with self.engine.begin() as connection:
            values = {"topic": topic, "started": started, "reason": "", "dry": dry, "tier": str(tier)}
            result = connection.execute(runs.insert().values(values))
            (number,) = result.inserted_primary_key or (0,)
            return int(number)

    def note_source(self, run: int, source: SourceRun) -> None:
        """Note what a source gave."""
        with self.engine.begin() as connection:
            connection.execute(
                source_runs.insert().values(
                    run=run,
                    source=source.source,
                    snapshot=source.snapshot,
                    rows=source.rows,
                    accepted=source.accepted,
                    rejects=json.dumps(dict(source.rejects), sort_keys=True),
                    located=json.dumps(dict(source.located), sort_keys=True),
                )
            )

    def end(self, run: int, ended: datetime, exit_code: int, *, reason: str = "", release: str | None = None) -> None:
        """Note how a run ended. `reason` is a sentence without values."""
        with self.engine.begin() as connection:
            connection.execute(
                runs.update()
                .where(runs.c.id == run)
                .values(ended=ended, exit_code=exit_code, reason=reason, release=release)
            )

    def last(self, topic: str, *, good: bool = False, tier: str = "public") -> Run | None:
        """The newest run of a topic in a tier that was no dry run; with `good`, the newest that published."""
        ours = (runs.c.topic == topic, runs.c.tier == str(tier), runs.c.dry.is_(False))
        query = sa.select(runs).where(*ours).order_by(runs.c.id.desc()).limit(1)
        if good:
            query = query.where(runs.c.exit_code == 0)
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _run(row) if row else None

    def sources_of(self, run: int) -> list[SourceRun]:
        """What the sources of a run gave."""
        query = sa.select(source_runs).where(source_runs.c.run == run).order_by(source_runs.c.source)
        with self.engine.connect() as connection:
            return [_source_run(row) for row in connection.execute(query).mappings()]

    def last_rows(self, source: str) -> int | None:
        """How many rows the source had in its last good run; None if there was none."""
        query = (
            sa.select(source_runs.c.rows)
            .join(runs, runs.c.id == source_runs.c.run)
            .where(source_runs.c.source == source, runs.c.exit_code == 0)
            .order_by(runs.c.id.desc())
            .limit(1)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).scalar()
        return int(rows) if rows is not None else None


def open_state(url: str) -> State:
    """The state behind a SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`."""
    return State(sa.create_engine(url))


def sqlite_url(private: Path) -> str:
    """The default: one file in the private folder, which is made (0700) if it is not there."""
    private.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = private / "state.sqlite"
    path.touch(mode=0o600, exist_ok=True)
    return f"sqlite:///{path}"


def _run(row: sa.RowMapping) -> Run:
    told = {name: row[name] for name in Run.__slots__}
    return Run(**{**told, "started": _aware(row["started"]), "ended": _aware(row["ended"])})


def _aware(moment: datetime | None) -> Any:
    """SQLite forgets the zone; everything written here was UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _source_run(row: sa.RowMapping) -> SourceRun:
    told: dict[str, Any] = {name: row[name] for name in ("source", "snapshot", "rows", "accepted")}
    return SourceRun(**told, rejects=json.loads(row["rejects"]), located=json.loads(row["located"]))
