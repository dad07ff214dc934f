"""Who may sign up how often, and when the mail to confirm goes: so that nobody alone uses up what all readers share.

What is counted stands in the database, so all server processes count together. Networks are counted in as few places
as there are buckets: many networks share each, under a key that is drawn anew each day, so what is kept can be turned
back into no network, also by who has the key; and it cannot grow.
"""

import hashlib
import ipaddress
import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.digest.database import insert_or_nothing
from portal.digest.tables import day_keys, mail_hours, sign_ups
from portal.errors import Busy
from portal.language import _

SHARES = ((50, 10), (100, 5), (200, 2), (None, 1))
"""Sign-ups of one network that are taken in an hour, while those of all others in that hour are below so many."""
MOST_A_DAY = 40
"""Sign-ups of one network that are taken in one day (UTC)."""
MAILS_AN_HOUR = 100
"""Mails to confirm that go out in one hour; one more goes in a later hour."""
LATEST = timedelta(hours=24)
"""How long a mail to confirm may wait: as long again is left to confirm. Where more wait, nobody can sign up."""
BUCKETS = 4096
_WIDTH = {4: 24, 6: 48}
"""Bits that one provider's customer, or one office, has at most to itself."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def take_share(connection: sa.Connection, host: str | None, now: datetime) -> None:
    """Count a sign-up from this address. Raises Busy where its network had its share, and then nothing is counted.

    An address that is no public one (a proxy that does not say for whom it asks) stands for all readers: those are not
    counted here.
    """
    network = _network(host)
    if network is None:
        return
    hour, day = _hour(now), _hour(now).replace(hour=0)
    at = {"hour": hour, "bucket": _bucket(connection, network, day)}
    insert_or_nothing(connection, sign_ups, {**at, "times": 0})
    mine = sign_ups.c.bucket == at["bucket"]
    connection.execute(sign_ups.update().where(mine, sign_ups.c.hour == hour).values(times=sign_ups.c.times + 1))
    this_hour = _taken(connection, mine, sign_ups.c.hour == hour)
    if this_hour > _share(_taken(connection, sign_ups.c.hour == hour) - this_hour):
        raise Busy(_("Too many people of your network are signing up at this moment. Please try again in an hour."))
    if _taken(connection, mine, sign_ups.c.hour >= day) > MOST_A_DAY:
        raise Busy(_("Too many people of your network have signed up today. Please try again tomorrow."))


def free_hour(connection: sa.Connection, now: datetime) -> datetime:
    """When the next mail to confirm may go: now, or at the beginning of a later hour. Raises Busy where that is too
    late.
    """
    first = _hour(now)
    full = sa.select(mail_hours.c.hour).where(mail_hours.c.hour >= first, mail_hours.c.times >= MAILS_AN_HOUR)
    taken = set(connection.execute(full).scalars())
    hours = (first + at * _HOUR for at in range(LATEST // _HOUR + 1))
    free = next((hour for hour in hours if hour not in taken), None)
    if free is None:
        raise Busy(_("Too many people are signing up at this moment. Please try again in an hour."))
    return max(free, now)


def take_hour(connection: sa.Connection, moment: datetime) -> None:
    """A mail to confirm goes at this moment."""
    hour = _hour(moment)
    insert_or_nothing(connection, mail_hours, {"hour": hour, "times": 0})
    connection.execute(mail_hours.update().where(mail_hours.c.hour == hour).values(times=mail_hours.c.times + 1))


def forget(connection: sa.Connection, now: datetime) -> None:
    """Delete what was counted before today."""
    day = _hour(now).replace(hour=0)
    connection.execute(mail_hours.delete().where(mail_hours.c.hour < day))
    connection.execute(sign_ups.delete().where(sign_ups.c.hour < day))
    connection.execute(day_keys.delete().where(day_keys.c.day < day))


def _share(others: int) -> int:
    """How many sign-ups of one network are taken in an hour in which so many others signed up."""
    return next(share for below, share in SHARES if below is None or others < below)


def _taken(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> int:
    counted = sa.select(sa.func.coalesce(sa.func.sum(sign_ups.c.times), 0)).where(*where)
    return int(connection.execute(counted).scalar_one())


def _bucket(connection: sa.Connection, network: bytes, day: datetime) -> int:
    insert_or_nothing(connection, day_keys, {"day": day, "key": secrets.token_hex(32)})
    key = connection.execute(sa.select(day_keys.c.key).where(day_keys.c.day == day)).scalar_one()
    hashed = hashlib.blake2b(network, key=bytes.fromhex(key), digest_size=8).digest()
    return int.from_bytes(hashed, "big") % BUCKETS


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _network(host: str | None) -> bytes | None:
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    known = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped else address
    if not known.is_global:
        return None
    return ipaddress.ip_network((known, _WIDTH[known.version]), strict=False).network_address.packed
