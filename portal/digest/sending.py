"""What is due, and sending it.

A mail is written down before it is sent (its subscription and up to which releases it tells, never its text), taken by
one sender at a time, and deleted together with the note “told up to here” once the server has taken it. A sender that
is killed at any moment loses nothing, and sends nothing twice but for one case: killed after the server took a mail and
before that was noted, the mail is sent once more, with the same Message-ID, which mail programs know it by.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from layers.databasesteps import READS
from portal.digest.book import CONFIRM, DIGEST, UNCONFIRMED_LIVES, Subscription, Subscriptions, queue, subscription_of
from portal.digest.content import confirm_letter, digest_letter, found_between, remind_letter
from portal.digest.letter import Letter
from portal.digest.occasions import last_occasion
from portal.digest.post import NoSuchMailbox, NotReached, NotTaken, mail_of
from portal.digest.tables import mails, subscriptions
from portal.digest.told import Told
from portal.errors import where
from portal.language import _, link, speaking
from portal.releases import Releases

LOG = logging.getLogger("portal.digest")
TAKEN_FOR = timedelta(minutes=10)
"""How long a sender has for one mail; after that another may take it."""
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = timedelta(minutes=5), timedelta(hours=6), 12
MOST_REFUSED = 3
"""Mails in a row that the receiver's own server refused for good: then nobody is there any more."""

Post = Callable[[EmailMessage], None]
"""Hands one mail over. Raises NotReached, NotTaken or NoSuchMailbox."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What every mail says of where it comes from: the portal's public address and the address it is sent by."""

    base: str
    address: str


@dataclass(slots=True)
class Outcome:
    """How many of each: kinds that were sent, `unchanged`, `failed`, `waiting`, `gone`. Never an address."""

    counts: Counter[str] = field(default_factory=Counter)
    reached: bool = True


def send_due(book: Subscriptions, releases: Releases, sender: Sender, post: Post) -> Outcome:
    """Everything that is due at this moment, once."""
    done = Outcome()
    done.counts["gone"] = book.purge()
    plan(book, releases, done)
    deliver(book, releases, sender, post, done)
    return done


def plan(book: Subscriptions, releases: Releases, done: Outcome, *, dry: bool = False) -> None:
    """Write down the digests whose time has come and that have something to tell. `dry` only counts them."""
    until = Told.now(releases)
    local = releases.local(book.now())
    for each in _confirmed(book):
        if each.checked is None or each.checked >= last_occasion(each.choice.frequency, local):
            continue
        try:
            found = found_between(releases, each.choice, each.told, until)
        except Exception as error:  # noqa: BLE001 - one reader's places must not keep the others from their mails
            _failed(error, done)
            continue
        done.counts["due" if found else "unchanged"] += 1
        if not dry:
            _note_checked(book, each, until, changed=bool(found))


def _confirmed(book: Subscriptions) -> list[Subscription]:
    query = sa.select(subscriptions).where(subscriptions.c.confirmed.is_not(None)).order_by(subscriptions.c.id)
    with book.engine.connect().execution_options(**READS) as connection:
        return [subscription_of(row) for row in connection.execute(query)]


def _note_checked(book: Subscriptions, each: Subscription, until: Told, *, changed: bool) -> None:
    """Once for an occasion, whoever else looks at the same moment. An older digest that still waits is not doubled."""
    values: dict[str, Any] = {"checked": book.now()}
    same = (subscriptions.c.id == each.id) & (subscriptions.c.checked == each.checked)
    with book.engine.begin() as connection:
        waits = connection.execute(
            sa.select(mails.c.id).where(mails.c.subscription == each.id, mails.c.kind == DIGEST)
        ).first()
        if not changed and waits is None:
            values["told"] = until.to_text()
        if connection.execute(subscriptions.update().where(same).values(**values)).rowcount == 1 and changed:
            queue(connection, each.id, DIGEST, book.now(), until.to_text())


def deliver(book: Subscriptions, releases: Releases, sender: Sender, post: Post, done: Outcome) -> None:
    """Send what waits. Where the server cannot be reached, the rest waits for the next time."""
    for ident in _waiting(book):
        row = _take(book, ident)
        if row is None:
            continue
        found = subscription_of(row)
        try:
            letter_of = _letter(book, releases, sender, row, found)
        except Exception as error:  # noqa: BLE001 - the letters behind this one are written all the same
            _failed(error, done)
            _note_trouble(book, row)
            continue
        if letter_of is None:
            _note_sent(book, row)
            continue
        try:
            post(letter_of)
        except NotReached:
            _note_trouble(book, row)
            done.reached = False
            break
        except NoSuchMailbox:
            _note_refused(book, row)
            done.counts["refused"] += 1
        except NotTaken:
            _note_trouble(book, row)
        else:
            _note_sent(book, row)
            done.counts[row.kind] += 1
    done.counts["waiting"] = _count_waiting(book)


def _failed(error: Exception, done: Outcome) -> None:
    """Say where it failed, not with what; it is tried again later."""
    LOG.error("a letter could not be written: %s", where(error))
    done.counts["failed"] += 1


def _waiting(book: Subscriptions) -> list[str]:
    query = sa.select(mails.c.id).where(mails.c.try_at <= book.now()).order_by(mails.c.made, mails.c.id)
    with book.engine.connect().execution_options(**READS) as connection:
        return list(connection.execute(query).scalars())


def _count_waiting(book: Subscriptions) -> int:
    with book.engine.connect().execution_options(**READS) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(mails)).scalar_one())


def _take(book: Subscriptions, ident: str) -> sa.Row[Any] | None:
    """The mail with its subscription, for this sender alone; None where another has it, or the reader has left."""
    now = book.now()
    mine = mails.update().where(mails.c.id == ident, mails.c.try_at <= now)
    query = sa.select(subscriptions, mails.c.id.label("mail"), mails.c.kind, mails.c.until, mails.c.tries)
    with book.engine.begin() as connection:
        if connection.execute(mine.values(try_at=now + TAKEN_FOR, tries=mails.c.tries + 1)).rowcount == 0:
            return None
        joined = query.join(mails, mails.c.subscription == subscriptions.c.id).where(mails.c.id == ident)
        return connection.execute(joined).one_or_none()


def _letter(
    book: Subscriptions, releases: Releases, sender: Sender, row: sa.Row[Any], found: Subscription
) -> EmailMessage | None:
    """The mail as it is now; None where there is nothing to tell (any more) or nobody to tell it to."""
    token = book.new_token(found.id)
    if token is None:
        return None
    with speaking(found.choice.language, in_address=True):
        act = sender.base + link(f"/subscription/{token}")
        leave = sender.base + link(f"/unsubscribe/{token}")
        written = _written(releases, sender, row, found, act, leave)
        if written is None:
            return None
        return mail_of(
            written, ident=row.mail, sender=sender.address, name=_name(releases), to=found.address, moment=book.now(),
            unsubscribe=leave,
        )  # fmt: skip


def _written(
    releases: Releases, sender: Sender, row: sa.Row[Any], found: Subscription, act: str, leave: str
) -> Letter | None:
    links = ((_("Stop it and delete my address"), leave),)
    if row.kind == CONFIRM:
        hours = int(UNCONFIRMED_LIVES.total_seconds() // 3600)
        return confirm_letter(releases, found.choice, act, links, hours)
    if row.kind != DIGEST:
        return remind_letter(releases, act, links)
    news = found_between(releases, found.choice, found.told, Told.of_text(row.until))
    change = (_("Change places, figures, how often or the language"), act)
    return digest_letter(releases, found.choice, news, sender.base, (change, *links)) if news else None


def _name(releases: Releases) -> str:
    return releases.city.name if releases.city else "Hearthmap"


def _note_sent(book: Subscriptions, row: sa.Row[Any]) -> None:
    """It is with the server: forget the mail, and remember what was told, in one step."""
    with book.engine.begin() as connection:
        connection.execute(mails.delete().where(mails.c.id == row.mail))
        if row.kind == DIGEST:
            told = {"told": row.until, "refused": 0}
            connection.execute(subscriptions.update().where(subscriptions.c.id == row.id).values(**told))


def _note_trouble(book: Subscriptions, row: sa.Row[Any]) -> None:
    """Later again, less and less often; given up after three days, and the next digest tells it then."""
    wait = min(FIRST_WAIT * 2**row.tries, LONGEST_WAIT)
    with book.engine.begin() as connection:
        if row.tries >= MOST_TRIES:
            connection.execute(mails.delete().where(mails.c.id == row.mail))
        else:
            connection.execute(mails.update().where(mails.c.id == row.mail).values(try_at=book.now() + wait))


def _note_refused(book: Subscriptions, row: sa.Row[Any]) -> None:
    """There is no such mailbox: an address that never confirmed goes at once, another after some mails in a row."""
    if row.confirmed is None or row.refused + 1 >= MOST_REFUSED:
        book.delete(row.id)
        return
    with book.engine.begin() as connection:
        connection.execute(mails.delete().where(mails.c.id == row.mail))
        one_more = {"refused": row.refused + 1}
        connection.execute(subscriptions.update().where(subscriptions.c.id == row.id).values(**one_more))
