"""Alerts by e-mail, over a connection that nobody reads along."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime

from etl.alerts.book import Message
from etl.alerts.words import subject_of, text_of
from etl.city import City
from etl.city.models import MailAlerts
from etl.secret import secret

SECONDS = 15.0
"""How long a mail server may take to answer."""


def send_mail(
    declared: MailAlerts,
    message: Message,
    city: City,
    environ: Mapping[str, str],
    *,
    trusted: ssl.SSLContext | None = None,
) -> None:
    """Send one message. Raises OSError (also smtplib's) where the server does not take it, DeclarationError for a
    secret that is not set. `trusted` tells other certificates to trust than the machine's."""
    safely = trusted or ssl.create_default_context()
    with _connected(declared, safely) as server:
        if declared.security == "starttls":
            server.starttls(context=safely)
        if declared.user is not None and declared.secret is not None:
            server.login(declared.user, secret(environ, declared.secret))
        server.send_message(written(declared, message, city))


def written(declared: MailAlerts, message: Message, city: City) -> EmailMessage:
    """The mail. Its Message-ID is the alert's, so that a repeated one is known."""
    mail = EmailMessage()
    mail["Subject"] = subject_of(message, city)
    mail["From"] = declared.sender
    mail["To"] = ", ".join(declared.to)
    mail["Date"] = format_datetime(message.alert.ended or message.alert.began)
    mail["Message-ID"] = f"<{message.id}@{declared.sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(message, city))
    return mail


def _connected(declared: MailAlerts, safely: ssl.SSLContext) -> smtplib.SMTP:
    if declared.security == "tls":
        return smtplib.SMTP_SSL(declared.host, declared.port, timeout=SECONDS, context=safely)
    return smtplib.SMTP(declared.host, declared.port, timeout=SECONDS)
