"""Sending what is written down. A receiver that is down stops nothing: its messages are tried again, less and less."""

from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from etl.alerts.book import Message, note_sent, note_trouble, unsent
from etl.alerts.mail import send_mail
from etl.alerts.webhook import post
from etl.city import City
from etl.errors import EtlError

MAIL, WEBHOOK = "mail", "webhook"

Send = Callable[[Message], None]
"""Sends a message over its channel. Raises OSError or EtlError where it was not taken."""


def channels_of(city: City) -> tuple[str, ...]:
    """The channels that a city declares."""
    return tuple(name for name in (MAIL, WEBHOOK) if getattr(city.alerts, name) is not None)


def sender(city: City, environ: Mapping[str, str], clock: Callable[[], datetime]) -> Send:
    """Sends a message as the city declares it."""

    def send(message: Message) -> None:
        if message.channel == MAIL and city.alerts.mail is not None:
            send_mail(city.alerts.mail, message, city, environ)
        if message.channel == WEBHOOK and city.alerts.webhook is not None:
            post(city.alerts.webhook, message, city, environ, clock())

    return send


def deliver(engine: sa.Engine, send: Send, clock: Callable[[], datetime]) -> int:
    """Send what waits; returns how many were taken. Each is sent at least once; a repeated one has the same id."""
    taken = 0
    for message in unsent(engine, clock()):
        try:
            send(message)
        except (OSError, EtlError) as error:
            note_trouble(engine, message, _told(error), clock())
        else:
            note_sent(engine, message, clock())
            taken += 1
    return taken


def _told(error: OSError | EtlError) -> str:
    """What went wrong, without what a server may have quoted."""
    if isinstance(error, EtlError):
        return error.what
    return f"{type(error).__name__}: {error.strerror}" if error.strerror else type(error).__name__
