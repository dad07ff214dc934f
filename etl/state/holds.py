"""Holds: a topic's run was stopped by a gate, and newer data waits for the steward.

A hold begins with the first run of a topic and tier that ends with one of the codes HELD, lasts over later runs that
end so, and ends when a run passes or a person resolves it.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from etl.state.database import READS
from etl.state.tables import aware, holds

HELD = frozenset({11, 12, 13, 14})
"""Exit codes of a run that a gate held: the feed came, and is not trusted yet."""

PASSED = "a later run passed"


@dataclass(frozen=True, slots=True)
class Hold:
    """A topic that is, or was, held in a tier. `run` is the last run that was; `ended` None while it lasts."""

    id: int
    topic: str
    tier: str
    began: datetime
    ended: datetime | None
    run: int
    exit_code: int
    reason: str
    how: str
    by: str


class Holds:
    """The holds of a city, in the private database that `engine` opens."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, topic: str, tier: str = "public") -> Hold | None:
        """The hold of a topic that lasts, if there is one."""
        return next((hold for hold in self.open() if (hold.topic, hold.tier) == (topic, tier)), None)

    def open(self) -> list[Hold]:
        """All that last, oldest first."""
        return self._read(sa.select(holds).where(holds.c.ended.is_(None)).order_by(holds.c.id))

    def all(self) -> list[Hold]:
        """All there ever were, oldest first."""
        return self._read(sa.select(holds).order_by(holds.c.id))

    def resolve(self, topic: str, tier: str, at: datetime, *, how: str, by: str) -> bool:
        """A person ends the hold of a topic: `how` in a few words without values. Whether there was one."""
        with self._engine.begin() as connection:
            return _close(connection, topic, tier, at, how, by)

    def _read(self, query: sa.Select[tuple[object, ...]]) -> list[Hold]:
        with self._engine.connect().execution_options(**READS) as connection:
            return [_hold(row) for row in connection.execute(query).mappings()]


def note_end(connection: sa.Connection, run: sa.RowMapping, exit_code: int, reason: str, at: datetime) -> None:
    """What the end of a run means for its topic's hold, within the transaction that ends the run.

    A failure that is no hold (the source is down, storage failed) neither begins nor ends one.
    """
    if run["dry"]:
        return
    if exit_code == 0:
        _close(connection, run["topic"], run["tier"], at, PASSED, "")
    elif exit_code in HELD:
        told = {"run": run["id"], "exit_code": exit_code, "reason": reason}
        ours = _open(run["topic"], run["tier"])
        if not connection.execute(holds.update().where(ours).values(**told)).rowcount:
            new = {"topic": run["topic"], "tier": run["tier"], "began": at}
            connection.execute(holds.insert().values(**new, **told))


def _close(connection: sa.Connection, topic: str, tier: str, at: datetime, how: str, by: str) -> bool:
    closed = connection.execute(holds.update().where(_open(topic, tier)).values(ended=at, how=how, by=by))
    return closed.rowcount > 0


def _open(topic: str, tier: str) -> sa.ColumnElement[bool]:
    return sa.and_(holds.c.topic == topic, holds.c.tier == str(tier), holds.c.ended.is_(None))


def _hold(row: sa.RowMapping) -> Hold:
    told = {name: row[name] for name in Hold.__slots__}
    return Hold(**{**told, "began": aware(row["began"]), "ended": aware(row["ended"])})
