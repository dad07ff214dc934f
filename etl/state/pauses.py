"""Sources that a person paused: the schedule leaves out their times until they go on."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from etl.state.consoletables import paused_sources
from etl.state.database import READS


@dataclass(frozen=True, slots=True)
class Pause:
    """A source that is paused: since when, by whom and why."""

    source: str
    since: datetime
    by: str
    reason: str


def pauses(engine: sa.Engine) -> dict[str, Pause]:
    """Source → its pause, of those that are paused now."""
    with engine.connect().execution_options(**READS) as connection:
        rows = connection.execute(sa.select(paused_sources)).mappings().all()
    return {row["source"]: Pause(**row) for row in rows}


def pause(engine: sa.Engine, source: str, at: datetime, *, by: str, reason: str) -> bool:
    """Pause a source; whether it was not paused yet."""
    if source in pauses(engine):
        return False
    with engine.begin() as connection:
        connection.execute(paused_sources.insert().values(source=source, since=at, by=by, reason=reason))
    return True


def resume(engine: sa.Engine, source: str) -> bool:
    """Let a source go on; whether it was paused."""
    with engine.begin() as connection:
        return connection.execute(paused_sources.delete().where(paused_sources.c.source == source)).rowcount > 0
