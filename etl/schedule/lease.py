"""Exactly one scheduler among several: a lease in the database that its owner renews and others take when it ends.

Time is the database's. Every change is a comparison and a swap in one statement, so of two that try one succeeds. Each
new owner gets a higher number; before a release is pointed to, the number is compared while the row is locked
(`Lease.fence`), so that an owner who was paused and has lost the lease publishes nothing.

A database whose clock was set back would keep a dead owner's lease for long: a lease that did not beat for its whole
length, by the watch of whoever waits, has ended too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import sqlalchemy as sa

from etl.errors import Locked
from etl.state.database import READS
from etl.state.tables import leases

NAME = "schedule"


class LeaseLost(Locked):
    """Another scheduler has taken over; this one publishes nothing more."""

    remedy = "Nothing was published. The scheduler that took over runs the topic."


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease lasts without a beat, how often its owner renews it, and how often others look; in seconds.

    A dead owner is succeeded within `length + look`.
    """

    length: float = 30.0
    beat: float = 10.0
    look: float = 5.0


TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a lease, as the database says: `left` seconds of it are left by its clock (less than 0: it ended)."""

    owner: str
    number: int
    beats: int
    left: float


class Lease:
    """This process's claim. `owner` names it and is never used by another process."""

    def __init__(
        self, engine: sa.Engine, owner: str, terms: Terms = TERMS, *, watch: Callable[[], float] = monotonic
    ) -> None:
        self._engine = engine
        self._watch = watch
        self._seen: tuple[int, int, float] | None = None
        self.owner = owner
        self.terms = terms
        self.number = 0
        """The fencing number of this claim; 0 while it was never granted."""

    def take(self) -> bool:
        """Take the lease if nobody holds it, or who did has not renewed it in time. Whether it is ours now."""
        with self._engine.begin() as connection:
            held = _held(connection)
            if held is None:
                return self._granted(connection, _first(connection, self.owner, self.terms.length), 1)
            if held.left > 0 and not self._silent(held):
                return False
            swap = (
                leases.update()
                .where(leases.c.name == NAME, leases.c.number == held.number, leases.c.beats == held.beats)
                .values(owner=self.owner, number=held.number + 1, beats=0, expires=_now(connection) + self.terms.length)
            )
            return self._granted(connection, connection.execute(swap).rowcount, held.number + 1)

    def beat(self) -> bool:
        """Renew the lease; whether it is still ours, and was not given back."""
        with self._engine.begin() as connection:
            ours = (*self._ours(), leases.c.expires > 0)
            values = {"beats": leases.c.beats + 1, "expires": _now(connection) + self.terms.length}
            return connection.execute(leases.update().where(*ours).values(**values)).rowcount == 1

    def give_back(self) -> None:
        """End the lease now, if it is ours, so that another need not wait."""
        with self._engine.begin() as connection:
            connection.execute(leases.update().where(*self._ours()).values(expires=0.0))

    @contextmanager
    def fence(self) -> Iterator[None]:
        """What is done inside is done as the owner: nobody can take over meanwhile. Keep it short.

        Raises LeaseLost where the lease is not ours any more, or has run out.
        """
        with self._engine.begin() as connection:
            held = _held(connection, lock=True)
            if held is None or (held.owner, held.number) != (self.owner, self.number) or held.left <= 0:
                raise LeaseLost("Another scheduler of this city has taken over, or the lease ran out.")
            yield

    def _ours(self) -> tuple[sa.ColumnElement[bool], ...]:
        return leases.c.name == NAME, leases.c.owner == self.owner, leases.c.number == self.number

    def _granted(self, connection: sa.Connection, rows: int, number: int) -> bool:
        if rows:
            self.number = number
        return bool(rows)

    def _silent(self, held: Held) -> bool:
        """Whether the owner has not renewed it for its whole length, as this process's own watch tells."""
        now = self._watch()
        if self._seen is None or self._seen[:2] != (held.number, held.beats):
            self._seen = (held.number, held.beats, now)
        return now - self._seen[2] >= self.terms.length


def holder(engine: sa.Engine) -> Held | None:
    """Who holds the lease, or None if nobody does now."""
    with engine.connect().execution_options(**READS) as connection:
        held = _held(connection)
    return held if held is not None and held.left > 0 else None


def _first(connection: sa.Connection, owner: str, length: float) -> int:
    """The very first lease of a database: the row is made, or another process was quicker."""
    values = {"name": NAME, "owner": owner, "number": 1, "beats": 0}
    insert = sa.insert(leases).from_select(
        [*values, "expires"],
        sa.select(*(sa.literal(value) for value in values.values()), _now(connection) + length).where(
            ~sa.exists().where(leases.c.name == NAME)
        ),
    )
    try:
        with connection.begin_nested():
            return len(connection.execute(insert.returning(leases.c.number)).all())
    except sa.exc.IntegrityError:
        return 0


def _held(connection: sa.Connection, *, lock: bool = False) -> Held | None:
    left = (leases.c.expires - _now(connection)).label("left")
    query = sa.select(leases.c.owner, leases.c.number, leases.c.beats, left).where(leases.c.name == NAME)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else Held(**row)


def _now(connection: sa.Connection) -> sa.ColumnElement[float]:
    """The database's clock: seconds since 1970, of this very moment and not of the transaction's start."""
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)
    return sa.cast((sa.func.julianday("now") - 2440587.5) * 86400.0, sa.Double)
