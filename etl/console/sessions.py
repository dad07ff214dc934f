"""Who is signed in, and how many tries at it are allowed. The browser alone has a session's id; here is its hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from etl.state.consoletables import console_sessions, console_tries
from etl.state.database import READS

IDLE = timedelta(minutes=30)
"""A session ends so long after the last page that was asked for; what refreshes by itself does not count."""
ABSOLUTE = timedelta(hours=10)
"""And so long after its beginning, whatever happens."""
WINDOW = timedelta(minutes=15)
TRIES_OF_NAME, TRIES_OF_CLIENT = 5, 20
"""Failed tries within the window, after which nobody can sign in under that name, or from that address."""
_SEEN_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `token` must come with every act: it shows that the console's own page sent it."""

    user: str
    token: str


class Sessions:
    """The open sessions, in the private database that `engine` opens."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def open(self, user: str, now: datetime) -> str:
        """A new session's id, for the cookie. What has run out is forgotten."""
        session = secrets.token_urlsafe(32)
        gone = sa.or_(console_sessions.c.began < now - ABSOLUTE, console_sessions.c.seen < now - IDLE)
        with self._engine.begin() as connection:
            connection.execute(console_sessions.delete().where(gone))
            connection.execute(console_sessions.insert().values(hash=_hash(session), user=user, began=now, seen=now))
        return session

    def find(self, session: str, now: datetime, *, active: bool = True) -> Session | None:
        """Whose session it is, or None where there is no such or it has run out. `active`: a person asked."""
        ours = console_sessions.c.hash == _hash(session)
        with self._engine.connect().execution_options(**READS) as connection:
            row = connection.execute(sa.select(console_sessions).where(ours)).mappings().first()
        if row is None or not row["began"] <= now < row["began"] + ABSOLUTE or now >= row["seen"] + IDLE:
            return None
        if active and now - row["seen"] >= _SEEN_EVERY:
            with self._engine.begin() as connection:
                connection.execute(console_sessions.update().where(ours).values(seen=now))
        return Session(row["user"], token_of(session))

    def close(self, session: str) -> None:
        """Sign out."""
        with self._engine.begin() as connection:
            connection.execute(console_sessions.delete().where(console_sessions.c.hash == _hash(session)))


class Tries:
    """Failed sign-ins of late. Names are kept as hashes: people type passwords into the wrong box."""

    def __init__(self, engine: sa.Engine, key: bytes) -> None:
        self._engine = engine
        self._key = key

    def too_many(self, name: str, client: str, now: datetime) -> bool:
        """Whether this name, or this address, has to wait."""
        who, where = self._mark(name), self._mark(client)
        late = console_tries.c.at > now - WINDOW
        with self._engine.connect().execution_options(**READS) as connection:
            of_name = connection.execute(_number(late, console_tries.c.name == who)).scalar_one()
            of_client = connection.execute(_number(late, console_tries.c.client == where)).scalar_one()
        return bool(of_name >= TRIES_OF_NAME or of_client >= TRIES_OF_CLIENT)

    def note(self, name: str, client: str, now: datetime) -> None:
        """One more failed."""
        told = {"at": now, "name": self._mark(name), "client": self._mark(client)}
        with self._engine.begin() as connection:
            connection.execute(console_tries.delete().where(console_tries.c.at <= now - WINDOW))
            connection.execute(console_tries.insert().values(**told))

    def forget(self, name: str) -> None:
        """The person signed in."""
        with self._engine.begin() as connection:
            connection.execute(console_tries.delete().where(console_tries.c.name == self._mark(name)))

    def _mark(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]


def token_of(session: str) -> str:
    """What every act of a session must carry: nobody can make it who does not have the cookie."""
    return hmac.new(session.encode(), b"act", hashlib.sha256).hexdigest()


def _hash(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _number(*where: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(console_tries).where(*where)
