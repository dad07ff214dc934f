"""The alerts of a city: each raised once and resolved once, written down with its messages before any is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from etl.alerts.conditions import Condition
from etl.state.database import READS
from etl.state.tables import alert_messages, alerts

RAISED, RESOLVED = "raised", "resolved"
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that lasts, or lasted, since a moment."""

    id: int
    kind: str
    topic: str
    tier: str
    began: datetime
    ended: datetime | None
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Message:
    """An alert to be told over a channel. `id` stays the same however often it is sent."""

    id: str
    event: str
    channel: str
    tries: int
    alert: Alert


def note(engine: sa.Engine, found: Iterable[Condition], channels: Sequence[str], now: datetime) -> list[Alert]:
    """Raise what is new, resolve what is over, and write a message of each for every channel, in one transaction.

    Returns the alerts that changed.
    """
    wanted = {each.subject: each for each in found}
    with engine.begin() as connection:
        lasting = {(a.kind, a.topic, a.tier): a for a in _alerts(connection, alerts.c.ended.is_(None))}
        fresh = [each for subject, each in wanted.items() if each.certain and subject not in lasting]
        new = [_raise(connection, each, now) for each in fresh]
        over = [alert.id for subject, alert in lasting.items() if subject not in wanted]
        connection.execute(alerts.update().where(alerts.c.id.in_(over)).values(ended=now))
        for ids, event in ((new, RAISED), (over, RESOLVED)):
            for alert in ids:
                _write(connection, alert, event, channels, now)
        return _alerts(connection, alerts.c.id.in_([*new, *over]))


def lasting(engine: sa.Engine) -> list[Alert]:
    """The alerts that are not resolved, oldest first."""
    with engine.connect().execution_options(**READS) as connection:
        return _alerts(connection, alerts.c.ended.is_(None))


def unsent(engine: sa.Engine, now: datetime) -> list[Message]:
    """What is to be sent now, oldest first. A message that was sent and not noted so (a crash) is here again."""
    query = (
        sa.select(alert_messages, alerts)
        .join(alerts, alerts.c.id == alert_messages.c.alert)
        .where(alert_messages.c.sent.is_(None), alert_messages.c.try_at <= now)
        .order_by(alerts.c.id, alert_messages.c.event)
    )
    with engine.connect().execution_options(**READS) as connection:
        return [_message(row) for row in connection.execute(query)]


def waiting_messages(engine: sa.Engine) -> int:
    """How many messages have not been sent yet."""
    with engine.connect().execution_options(**READS) as connection:
        query = sa.select(sa.func.count()).select_from(alert_messages).where(alert_messages.c.sent.is_(None))
        return int(connection.execute(query).scalar_one())


def note_sent(engine: sa.Engine, message: Message, now: datetime) -> None:
    """It was taken by the receiver."""
    _change(engine, message, {"sent": now, "tries": message.tries + 1, "trouble": ""})


def note_trouble(engine: sa.Engine, message: Message, trouble: str, now: datetime) -> None:
    """It was not taken; it is tried again later, ever less often. `trouble` is a few words without values."""
    wait = min(_FIRST_WAIT * 2 ** min(message.tries, 10), _LONGEST_WAIT)
    _change(engine, message, {"tries": message.tries + 1, "try_at": now + wait, "trouble": trouble})


def _change(engine: sa.Engine, message: Message, values: dict[str, Any]) -> None:
    with engine.begin() as connection:
        connection.execute(alert_messages.update().where(alert_messages.c.id == message.id).values(**values))


def _raise(connection: sa.Connection, found: Condition, now: datetime) -> int:
    told = {"kind": found.kind, "topic": found.topic, "tier": found.tier, "exit_code": found.exit_code}
    (number,) = connection.execute(alerts.insert().values(**told, began=now)).inserted_primary_key or (0,)
    return int(number)


def _write(connection: sa.Connection, alert: int, event: str, channels: Sequence[str], now: datetime) -> None:
    for channel in channels:
        said = {"alert": alert, "event": event, "channel": channel}
        identity = sha256(f"{alert} {event} {channel} {now.isoformat()}".encode()).hexdigest()[:24]
        row = {**said, "id": identity, "tries": 0, "try_at": now, "trouble": ""}
        connection.execute(alert_messages.insert().values(**row))


def _alerts(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Alert]:
    query = sa.select(alerts).where(which).order_by(alerts.c.id)
    return [Alert(**row) for row in connection.execute(query).mappings()]


def _message(row: sa.Row[Any]) -> Message:
    told = row._mapping
    about = Alert(**{name: told[alerts.c[name]] for name in Alert.__slots__})
    said = {name: told[alert_messages.c[name]] for name in ("id", "event", "channel", "tries")}
    return Message(**said, alert=about)
