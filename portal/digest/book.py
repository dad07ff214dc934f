"""Who asked for the digest. As little as possible is kept, and what is taken back is deleted at once."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from threading import Lock
from typing import Any

import sqlalchemy as sa

from layers.databasesteps import READS
from portal.digest.choice import Choice
from portal.digest.database import insert_or_nothing, open_database
from portal.digest.shares import forget, free_hour, take_hour, take_share
from portal.digest.tables import mails, subscriptions, tokens
from portal.digest.told import Told

UNCONFIRMED_LIVES = timedelta(hours=48)
TOKEN_LIVES = timedelta(days=400)
"""How long the links of a mail work; those of the newest mail always do."""
MOST_CONFIRMATIONS = 2
BETWEEN_CONFIRMATIONS = timedelta(minutes=15)
BETWEEN_REMINDERS = timedelta(hours=24)
"""How often somebody else can have a mail sent to an address that has the digest already."""
CONFIRM, REMIND, DIGEST = "confirm", "remind", "digest"
"""Kinds of mails."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address and what it gets. `confirmed` is None until the mailbox's owner has said yes."""

    id: int
    address: str
    choice: Choice
    confirmed: datetime | None
    checked: datetime | None
    told: Told


class Subscriptions:
    """The database of subscriptions, opened when it is first needed. Safe to share between threads."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._opening = Lock()

    @property
    def engine(self) -> sa.Engine:
        with self._opening:
            return self._engine

    @cached_property
    def _engine(self) -> sa.Engine:
        return open_database(self._url)

    def now(self) -> datetime:
        return self._clock()

    # ---- signing up

    def ask(self, address: str, choice: Choice, *, host: str | None = None) -> bool:
        """Note that somebody typed this address. A mail to it decides; who asked is told the same in every case: True
        where mails to confirm go at once, False where they wait for a later hour.

        A known address keeps what it has and is told of the attempt, at most once a day. `host`: who asked, as the
        server knows them. Raises Busy where too many sign up, whatever their address is.
        """
        now = self._clock()
        with self.engine.begin() as connection:
            take_share(connection, host, now)
            at = free_hour(connection, now)
            connection.execute(_expired(now))
            fresh = {"choice": choice.to_text(), "made": now, "asked": now, "asks": 1, "told": "", "refused": 0}
            if insert_or_nothing(connection, subscriptions, {"address": address, **fresh}):
                _queue_confirm(connection, _row_of(connection, address).id, now, at)
                return at == now
            row = _row_of(connection, address)
            if row.confirmed is None:
                _ask_again(connection, row, choice, now, at)
            elif now - row.asked >= BETWEEN_REMINDERS:
                _change(connection, row.id, {"asked": now})
                queue(connection, row.id, REMIND, now)
        return at == now

    def find(self, token: str) -> Subscription | None:
        """Whose mail held this token; None for one that does not count (any more)."""
        if not _TOKEN.fullmatch(token):
            return None
        with self.engine.connect().execution_options(**READS) as connection:
            row = connection.execute(_by_token(token, self._clock())).one_or_none()
        return subscription_of(row) if row is not None else None

    def confirm(self, token: str, told: Told) -> Subscription | None:
        """The owner of the mailbox says yes. `told` is what is published now: news begin here. A second yes changes
        nothing."""
        with self.engine.begin() as connection:
            row = connection.execute(_by_token(token, self._clock()).with_for_update()).one_or_none()
            if row is not None and row.confirmed is None:
                now = self._clock()
                _change(connection, row.id, {"confirmed": now, "checked": now, "told": told.to_text()})
        return self.find(token)

    def change(self, token: str, choice: Choice) -> Subscription | None:
        """Another choice for the same address."""
        with self.engine.begin() as connection:
            row = connection.execute(_by_token(token, self._clock()).with_for_update()).one_or_none()
            if row is not None:
                _change(connection, row.id, {"choice": choice.to_text()})
        return self.find(token)

    def unsubscribe(self, token: str) -> bool:
        """Deletes the address and all that belongs to it, waiting mails too. False where there was nothing left."""
        found = self.find(token)
        if found is None:
            return False
        self.delete(found.id)
        return True

    def delete(self, number: int) -> None:
        """Everything about one address, at once."""
        with self.engine.begin() as connection:
            connection.execute(subscriptions.delete().where(subscriptions.c.id == number))

    # ---- keeping house

    def purge(self) -> int:
        """Delete who did not confirm in 48 hours, old tokens and old counters; returns how many did not confirm."""
        now = self._clock()
        with self.engine.begin() as connection:
            gone = connection.execute(_expired(now)).rowcount
            newer = tokens.alias()
            followed = sa.exists().where(newer.c.subscription == tokens.c.subscription, newer.c.made > tokens.c.made)
            connection.execute(tokens.delete().where(tokens.c.made < now - TOKEN_LIVES, followed))
            forget(connection, now)
        return int(gone)

    def new_token(self, number: int) -> str | None:
        """A token for the links of a mail that is about to be sent. Only its hash is kept. None where the subscription
        is gone meanwhile."""
        token = secrets.token_urlsafe(32)
        kept = {"hash": token_hash(token), "subscription": number, "made": self._clock()}
        with self.engine.begin() as connection:
            if connection.execute(sa.select(subscriptions.c.id).where(subscriptions.c.id == number)).first() is None:
                return None
            connection.execute(tokens.insert().values(**kept))
        return token


def token_hash(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so a plain hash cannot be turned back."""
    return sha256(token.encode()).hexdigest()


def subscription_of(row: sa.Row[Any]) -> Subscription:
    """A row of the table as a value."""
    choice, told = Choice.of_text(row.choice), Told.of_text(row.told)
    return Subscription(row.id, row.address, choice, row.confirmed, row.checked, told)


def queue(
    connection: sa.Connection, number: int, kind: str, now: datetime, until: str = "", *, at: datetime | None = None
) -> bool:
    """Write down a mail that goes now, or `at` a later moment; False where one of its kind waits already."""
    row = {"id": secrets.token_hex(12), "subscription": number, "kind": kind, "until": until}
    return insert_or_nothing(connection, mails, {**row, "made": now, "tries": 0, "try_at": at or now})


def _expired(now: datetime) -> sa.Delete:
    unconfirmed = subscriptions.c.confirmed.is_(None)
    return subscriptions.delete().where(unconfirmed, subscriptions.c.made < now - UNCONFIRMED_LIVES)


def _ask_again(connection: sa.Connection, row: sa.Row[Any], choice: Choice, now: datetime, at: datetime) -> None:
    """Not confirmed yet: the newest choice counts; another mail only after a while, and never a third."""
    _change(connection, row.id, {"choice": choice.to_text()})
    if row.asks < MOST_CONFIRMATIONS and now - row.asked >= BETWEEN_CONFIRMATIONS:
        _change(connection, row.id, {"asked": now, "asks": row.asks + 1})
        _queue_confirm(connection, row.id, now, at)


def _queue_confirm(connection: sa.Connection, number: int, now: datetime, at: datetime) -> None:
    if queue(connection, number, CONFIRM, now, at=at):
        take_hour(connection, at)


def _change(connection: sa.Connection, number: int, values: dict[str, Any]) -> None:
    connection.execute(subscriptions.update().where(subscriptions.c.id == number).values(**values))


def _row_of(connection: sa.Connection, address: str) -> sa.Row[Any]:
    return connection.execute(
        sa.select(subscriptions).where(subscriptions.c.address == address).with_for_update()
    ).one()


def _by_token(token: str, now: datetime) -> sa.Select[Any]:
    alive = sa.or_(subscriptions.c.confirmed.is_not(None), subscriptions.c.made >= now - UNCONFIRMED_LIVES)
    joined = sa.select(subscriptions).join(tokens, tokens.c.subscription == subscriptions.c.id)
    return joined.where(tokens.c.hash == token_hash(token), alive)
