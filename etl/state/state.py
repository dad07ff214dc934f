"""The runs of a city and what their sources gave."""

import json
from collections.abc import Callable
from datetime import datetime
from time import monotonic

import sqlalchemy as sa

from etl.state.database import READS, open_engine
from etl.state.holds import note_end
from etl.state.migrate import migrate
from etl.state.runs import BY_HAND, Cause, Run, SourceRun, run_of, source_run_of
from etl.state.tables import runs, source_runs


class State:
    """The private state of a city. Make it with `open_state`, or on an engine of `open_engine`."""

    def __init__(self, engine: sa.Engine, *, watch: Callable[[], float] = monotonic) -> None:
        self.engine = engine
        self._watch = watch
        self._begun: dict[int, float] = {}
        migrate(engine)

    def begin(
        self,
        topic: str,
        started: datetime,
        *,
        dry: bool = False,
        tier: str = "public",
        cause: Cause = BY_HAND,
    ) -> int:
        """Note that a run begins, and why; returns its number."""
        values = {"topic": topic, "started": started, "reason": "", "dry": dry, "tier": str(tier)}
        asked = {"attempt": cause.attempt, "trigger": cause.trigger, "by": cause.by}
        with self.engine.begin() as connection:
            result = connection.execute(runs.insert().values(**values, **asked))
            (number,) = result.inserted_primary_key or (0,)
            self._begun[int(number)] = self._watch()
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
        """Note how a run ended, and with it whether its topic is held. `reason` is a sentence without values."""
        begun = self._begun.pop(run, None)
        seconds = None if begun is None else self._watch() - begun
        with self.engine.begin() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run)).mappings().one()
            told = {"ended": ended, "exit_code": exit_code, "reason": reason, "release": release, "seconds": seconds}
            connection.execute(runs.update().where(runs.c.id == run).values(**told))
            note_end(connection, row, exit_code, reason, ended)

    def end_left_over(self, at: datetime) -> int:
        """Note of runs that were killed that they are over; returns how many. Call it while holding the run lock."""
        told = {"ended": at, "reason": "The program was stopped before this run had ended."}
        with self.engine.begin() as connection:
            return connection.execute(runs.update().where(runs.c.ended.is_(None)).values(**told)).rowcount

    def last(self, topic: str, *, good: bool = False, tier: str = "public") -> Run | None:
        """The newest run of a topic in a tier that was no dry run; with `good`, the newest that published."""
        found = self.recent(topic, limit=1, good=good, tier=tier)
        return found[0] if found else None

    def recent(self, topic: str, *, limit: int, good: bool = False, tier: str = "public") -> list[Run]:
        """The newest runs of a topic in a tier that were no dry runs, newest first."""
        ours = (runs.c.topic == topic, runs.c.tier == str(tier), runs.c.dry.is_(False))
        query = sa.select(runs).where(*ours).order_by(runs.c.id.desc()).limit(limit)
        if good:
            query = query.where(runs.c.exit_code == 0)
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(query).mappings()]

    def sources_of(self, run: int) -> list[SourceRun]:
        """What the sources of a run gave."""
        query = sa.select(source_runs).where(source_runs.c.run == run).order_by(source_runs.c.source)
        with self._reading() as connection:
            return [source_run_of(row) for row in connection.execute(query).mappings()]

    def last_rows(self, source: str) -> int | None:
        """How many rows the source had in its last good run; None if there was none."""
        query = (
            sa.select(source_runs.c.rows)
            .join(runs, runs.c.id == source_runs.c.run)
            .where(source_runs.c.source == source, runs.c.exit_code == 0)
            .order_by(runs.c.id.desc())
            .limit(1)
        )
        with self._reading() as connection:
            rows = connection.execute(query).scalar()
        return int(rows) if rows is not None else None

    def good_sources(self, topic: str) -> dict[str, tuple[int, int]]:
        """The sources of the topic's good runs, each with the numbers of its first and its last one."""
        query = (
            sa.select(source_runs.c.source, sa.func.min(runs.c.id), sa.func.max(runs.c.id))
            .join(runs, runs.c.id == source_runs.c.run)
            .where(runs.c.topic == topic, runs.c.exit_code == 0, runs.c.dry.is_(False))
            .group_by(source_runs.c.source)
        )
        with self._reading() as connection:
            return {source: (int(first), int(last)) for source, first, last in connection.execute(query)}

    def _reading(self) -> sa.Connection:
        return self.engine.connect().execution_options(**READS)


def open_state(url: str) -> State:
    """The state behind a SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`."""
    return State(open_engine(url))
