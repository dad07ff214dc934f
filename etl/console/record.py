"""The record of acts: who, when, what about, why, and what became of it. The database refuses to change any of it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from etl.state.consoletables import console_acts
from etl.state.database import READS

ASKED, DONE, FAILED = "asked", "done", "failed"


@dataclass(frozen=True, slots=True)
class Act:
    """One row: what a person asked for (`outcome` is asked), or what became of the row `asked`."""

    id: int
    at: datetime
    who: str
    act: str
    about: str
    reason: str
    outcome: str
    detail: str
    asked: int | None


class Acts:
    """The record, in the private database that `engine` opens. Nothing in it names a record of a feed."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def ask(self, who: str, act: str, about: str, reason: str, at: datetime) -> int:
        """Somebody asks for an act; its number."""
        return self._add(at=at, who=who, act=act, about=about, reason=reason, outcome=ASKED, detail="", asked=None)

    def end(self, asked: int, outcome: str, detail: str, at: datetime) -> None:
        """What became of it."""
        with self._engine.connect().execution_options(**READS) as connection:
            query = sa.select(console_acts).where(console_acts.c.id == asked)
            row = connection.execute(query).mappings().one()
        told = {name: row[name] for name in ("who", "act", "about", "reason")}
        self._add(at=at, **told, outcome=outcome, detail=detail, asked=asked)

    def newest(self, limit: int = 200) -> list[Act]:
        """The newest rows, newest first."""
        query = sa.select(console_acts).order_by(console_acts.c.id.desc()).limit(limit)
        with self._engine.connect().execution_options(**READS) as connection:
            return [Act(**row) for row in connection.execute(query).mappings()]

    def _add(self, **told: object) -> int:
        with self._engine.begin() as connection:
            (number,) = connection.execute(console_acts.insert().values(**told)).inserted_primary_key or (0,)
        return int(number)
