"""Feeds in the private database: profiles of runs, held feeds, and decisions, which are only ever added to.

Bodies are text that `etl.drift` writes and reads; what stands in them is counts, codes and names of columns.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from etl.state.database import READS
from etl.state.feedtables import decisions, held_feeds, profiles
from etl.state.tables import aware, runs

Act = Literal["approve", "reject", "map"]

KEPT = timedelta(days=400)
"""Profiles older than that are dropped, all but the newest."""

SUPERSEDED, APPROVED, REJECTED = "another feed came", "approved", "rejected"


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """A feed that a gate held. `snapshot` seals it; `obstacle` says why nobody can approve it, or is empty."""

    id: int
    source: str
    topic: str
    snapshot: str
    fingerprint: str
    began: datetime
    ended: datetime | None
    how: str
    exit_code: int
    reason: str
    obstacle: str
    findings: str
    profile: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a feed: when, who, why, and about which findings of which snapshot."""

    at: datetime
    source: str
    act: str
    snapshot: str
    fingerprint: str
    by: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """An accepted profile: `run` is None and `approved` true where a person accepted it."""

    day: date
    approved: bool
    body: str


class Feeds:
    """The feeds of a city, in the private database that `engine` opens."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note_profile(self, run: int, source: str, *, scope: str, day: date, snapshot: str, body: str) -> None:
        """Keep what a feed looked like in a run; it counts as accepted once that run published."""
        mine = (profiles.c.source == source, profiles.c.scope == scope)
        newest = sa.select(sa.func.max(profiles.c.id)).where(*mine).scalar_subquery()
        with self._engine.begin() as connection:
            connection.execute(profiles.delete().where(*mine, profiles.c.day < day - KEPT, profiles.c.id != newest))
            told = {"source": source, "scope": scope, "day": day, "snapshot": snapshot, "body": body}
            connection.execute(profiles.insert().values(run=run, approved=False, **told))

    def accepted(self, source: str, scope: str) -> list[StoredProfile]:
        """The accepted profiles of a source, newest first."""
        query = (
            sa.select(profiles.c.day, profiles.c.approved, profiles.c.body)
            .outerjoin(runs, runs.c.id == profiles.c.run)
            .where(profiles.c.source == source, profiles.c.scope == scope)
            .where(sa.or_(profiles.c.approved, sa.and_(runs.c.exit_code == 0, runs.c.dry.is_(False))))
            .order_by(profiles.c.id.desc())
        )
        with self._reading() as connection:
            return [StoredProfile(row.day, row.approved, row.body) for row in connection.execute(query)]

    def of_run(self, run: int) -> dict[str, str]:
        """Source to profile of one run."""
        query = sa.select(profiles.c.source, profiles.c.body).where(profiles.c.run == run).order_by(profiles.c.id)
        with self._reading() as connection:
            return {row.source: row.body for row in connection.execute(query)}

    def hold(
        self,
        source: str,
        topic: str,
        *,
        snapshot: str,
        fingerprint: str,
        at: datetime,
        exit_code: int,
        reason: str,
        obstacle: str,
        findings: str,
        profile: str,
    ) -> None:
        """Note that a feed is held. The same feed held again stays held since it was; another one takes its place."""
        ours = sa.and_(held_feeds.c.source == source, held_feeds.c.ended.is_(None))
        told = {"fingerprint": fingerprint, "exit_code": exit_code, "reason": reason}
        told |= {"obstacle": obstacle, "findings": findings, "profile": profile}
        with self._engine.begin() as connection:
            same = held_feeds.update().where(ours, held_feeds.c.snapshot == snapshot)
            if connection.execute(same.values(**told)).rowcount:
                return
            connection.execute(held_feeds.update().where(ours).values(ended=at, how=SUPERSEDED))
            connection.execute(
                held_feeds.insert().values(source=source, topic=topic, snapshot=snapshot, began=at, **told)
            )

    def held(self) -> list[HeldFeed]:
        """The feeds that are held now, oldest first: not decided, and no later run of the source has passed."""
        passed = (
            sa.select(profiles.c.id)
            .join(runs, runs.c.id == profiles.c.run)
            .where(profiles.c.source == held_feeds.c.source, runs.c.exit_code == 0, runs.c.dry.is_(False))
            .where(runs.c.ended > held_feeds.c.began)
        )
        query = sa.select(held_feeds).where(held_feeds.c.ended.is_(None), ~passed.exists()).order_by(held_feeds.c.id)
        with self._reading() as connection:
            return [_held(row) for row in connection.execute(query).mappings()]

    def held_of(self, source: str) -> HeldFeed | None:
        """The held feed of a source."""
        return next((each for each in self.held() if each.source == source), None)

    def approve(self, held: HeldFeed, at: datetime, *, scope: str, day: date, by: str, reason: str) -> None:
        """A person takes exactly this feed as what is normal from now on."""
        told = {"source": held.source, "scope": scope, "day": day, "snapshot": held.snapshot, "body": held.profile}
        with self._engine.begin() as connection:
            connection.execute(profiles.insert().values(run=None, approved=True, **told))
            self._end(connection, held, at, APPROVED)
            self._decide(connection, held, "approve", at, by, reason, "")

    def reject(self, held: HeldFeed, at: datetime, *, by: str, reason: str) -> None:
        """A person refuses exactly these bytes."""
        with self._engine.begin() as connection:
            self._end(connection, held, at, REJECTED)
            self._decide(connection, held, "reject", at, by, reason, "")

    def note_mapping(self, source: str, at: datetime, *, by: str, reason: str, detail: str) -> None:
        """A person changed how a source's columns or codes are understood; a held feed stays held until it is run."""
        held = self.held_of(source)
        told = {"snapshot": held.snapshot if held else "", "fingerprint": held.fingerprint if held else ""}
        with self._engine.begin() as connection:
            connection.execute(
                decisions.insert().values(at=at, source=source, act="map", by=by, reason=reason, detail=detail, **told)
            )

    def rejected(self, source: str, snapshot: str) -> Decision | None:
        """Who refused exactly these bytes of a source, if anybody did."""
        return next((d for d in self.decisions(source) if d.act == "reject" and d.snapshot == snapshot), None)

    def decisions(self, source: str | None = None) -> list[Decision]:
        """Everything that was decided, oldest first."""
        query = sa.select(decisions).order_by(decisions.c.id)
        if source is not None:
            query = query.where(decisions.c.source == source)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Decision(**{**{n: row[n] for n in Decision.__slots__}, "at": aware(row["at"])}) for row in rows]

    def _end(self, connection: sa.Connection, held: HeldFeed, at: datetime, how: str) -> None:
        connection.execute(held_feeds.update().where(held_feeds.c.id == held.id).values(ended=at, how=how))

    def _decide(
        self, connection: sa.Connection, held: HeldFeed, act: Act, at: datetime, by: str, reason: str, detail: str
    ) -> None:
        told = {"source": held.source, "snapshot": held.snapshot, "fingerprint": held.fingerprint}
        connection.execute(decisions.insert().values(at=at, act=act, by=by, reason=reason, detail=detail, **told))

    def _reading(self) -> sa.Connection:
        return self._engine.connect().execution_options(**READS)


def _held(row: sa.RowMapping) -> HeldFeed:
    told = {name: row[name] for name in HeldFeed.__slots__}
    return HeldFeed(**{**told, "began": aware(row["began"]), "ended": aware(row["ended"])})
