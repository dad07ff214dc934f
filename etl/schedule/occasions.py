"""Which declared times came, and what became of them: rows of the private database.

A source's declared time is written down once (a unique key sees to it), whatever the clock does, and is then worked
off: `waiting` (also for its next attempt), `running`, and in the end `done`, `held`, `failed`, or `skipped` where a
later one came first or it came too late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from etl.city import City, Source
from etl.schedule.moments import moments
from etl.schedule.plan import RETRIED, again_at, still_wanted, tiers_of, timed
from etl.state.database import READS
from etl.state.holds import HELD
from etl.state.pauses import pauses
from etl.state.tables import occasions, timetable

_LOOKED = timedelta(hours=1)
"""So often, at least, is it written down up to when times were looked at; between, nothing needs writing."""

WAITING, RUNNING, SKIPPED = "waiting", "running", "skipped"


@dataclass(frozen=True, slots=True)
class Occasion:
    """A declared time of a source that came, in a tier. `attempt` counts from 1; `try_at` is when it is made."""

    id: int
    source: str
    topic: str
    tier: str
    due: datetime
    state: str
    attempt: int
    try_at: datetime
    exit_code: int | None


def note_due(engine: sa.Engine, city: City, now: datetime) -> int:
    """Write down every declared time that came since this was last called; returns how many are new.

    Of several missed times of a source the last is made up. A source that is new, or that declares another time, starts
    now, as does one that was paused and goes on; while it is paused nothing of it waits. A clock that went back brings
    nothing twice, one that went forward delays nothing.
    """
    new = 0
    stopped = pauses(engine)
    with engine.begin() as connection:
        known = {row["source"]: row for row in connection.execute(sa.select(timetable)).mappings()}
        declared = {source.id: source for source in timed(city) if source.id not in stopped}
        gone = [name for name in known if name not in declared]
        connection.execute(timetable.delete().where(timetable.c.source.in_(gone)))
        _skip(connection, occasions.c.source.in_(gone))
        for source in declared.values():
            new += _note_source(connection, city, source, known.get(source.id), now)
    return new


def waiting(engine: sa.Engine, now: datetime) -> list[Occasion]:
    """What is to be worked off now, oldest first."""
    return [one for one in unfinished(engine) if one.state == WAITING and one.try_at <= now]


def unfinished(engine: sa.Engine) -> list[Occasion]:
    """What waits, also for a later attempt, or runs; oldest first."""
    query = sa.select(occasions).where(occasions.c.state.in_([WAITING, RUNNING])).order_by(occasions.c.id)
    with engine.connect().execution_options(**READS) as connection:
        return [Occasion(**row) for row in connection.execute(query).mappings()]


def put_back(engine: sa.Engine) -> int:
    """What an earlier owner of the schedule left running waits again. Call it while holding lease and run lock."""
    with engine.begin() as connection:
        left = occasions.update().where(occasions.c.state == RUNNING).values(state=WAITING)
        return connection.execute(left).rowcount


def mark_running(engine: sa.Engine, ours: Iterable[Occasion]) -> None:
    """They are being worked off."""
    _set(engine, ours, {"state": RUNNING})


def leave_waiting(engine: sa.Engine, ours: Iterable[Occasion]) -> None:
    """They were not come to after all."""
    _set(engine, ours, {"state": WAITING})


def settle(engine: sa.Engine, ours: Iterable[Occasion], exit_code: int, now: datetime) -> None:
    """What became of them; what may pass by itself waits for its next attempt."""
    for one in ours:
        again = again_at(one.attempt, now) if exit_code in RETRIED else None
        if again is not None:
            _set(engine, [one], {"state": WAITING, "attempt": one.attempt + 1, "try_at": again, "exit_code": exit_code})
        else:
            told = "done" if exit_code == 0 else "held" if exit_code in HELD else "failed"
            _set(engine, [one], {"state": told, "exit_code": exit_code})


def _set(engine: sa.Engine, ours: Iterable[Occasion], values: Mapping[str, object]) -> None:
    ids = [one.id for one in ours]
    with engine.begin() as connection:
        connection.execute(occasions.update().where(occasions.c.id.in_(ids)).values(**values))


def _note_source(
    connection: sa.Connection, city: City, source: Source, known: sa.RowMapping | None, now: datetime
) -> int:
    told = {"source": source.id, "cron": source.cron, "zone": str(city.zone_of(source)), "seen": now}
    if known is None:
        connection.execute(timetable.insert().values(**told))
        return 0
    ours = timetable.c.source == source.id
    if (known["cron"], known["zone"]) != (told["cron"], told["zone"]):
        connection.execute(timetable.update().where(ours).values(**told))
        return 0
    came = moments(str(source.cron), city.zone_of(source), known["seen"], now)
    if came or not known["seen"] <= now <= known["seen"] + _LOOKED:
        connection.execute(timetable.update().where(ours).values(seen=now))
    return _note(connection, city, source, came[-1], now) if came else 0


def _note(connection: sa.Connection, city: City, source: Source, moment: datetime, now: datetime) -> int:
    wanted = still_wanted(city, source, moment, now)
    new = 0
    for tier in tiers_of(city, source.topic, now):
        row = {"source": source.id, "topic": source.topic, "tier": tier, "due": moment, "try_at": now, "attempt": 1}
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        added = insert(occasions).values(**row, state=WAITING if wanted else SKIPPED).on_conflict_do_nothing()
        if connection.execute(added.returning(occasions.c.id)).first() is not None and wanted:
            before = (occasions.c.source == source.id, occasions.c.tier == tier, occasions.c.due < moment)
            _skip(connection, *before)
            new += 1
    return new


def _skip(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> None:
    connection.execute(occasions.update().where(occasions.c.state == WAITING, *which).values(state=SKIPPED))
