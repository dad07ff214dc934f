"""Alerts as a JSON POST, signed so that the receiver knows where it comes from and that it is not an old one.

Hearthmap-Alert: 5f2c…                  the alert's number; the same when it is sent again
Hearthmap-Time: 1767600000              seconds since 1970, when it was sent
Hearthmap-Signature: sha256=9c1e…       HMAC-SHA-256 under the shared key of "<time>.<body>"
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from etl.alerts.book import Message
from etl.alerts.words import facts_of
from etl.city import City
from etl.city.models import WebhookAlerts
from etl.secret import secret

SECONDS = 15.0
"""How long the receiver may take to answer."""


class NotTaken(OSError):
    """The receiver answered that it did not take the message."""


def post(
    declared: WebhookAlerts, message: Message, city: City, environ: Mapping[str, str], now: datetime
) -> None:  # fmt: skip
    """Send one message. Raises OSError where it is not taken, DeclarationError for a secret that is not set."""
    import httpx2

    body = json.dumps(facts_of(message, city), sort_keys=True).encode()
    sent = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Hearthmap-Alert": message.id,
        "Hearthmap-Time": sent,
        "Hearthmap-Signature": signature(secret(environ, declared.secret), sent, body),
    }
    try:
        answer = httpx2.post(declared.url, content=body, headers=headers, timeout=SECONDS, follow_redirects=False)
    except httpx2.HTTPError as error:
        raise NotTaken(f"{type(error).__name__}") from None  # its words may hold the address
    if not answer.is_success:
        raise NotTaken(f"answered {answer.status_code}")


def signature(key: str, sent: str, body: bytes) -> str:
    """What the header says of a body that was sent at a time."""
    return "sha256=" + hmac.new(key.encode(), sent.encode() + b"." + body, sha256).hexdigest()
