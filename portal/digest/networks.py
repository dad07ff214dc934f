"""How many sign-ups came from one network in this hour, so that nobody alone can use up what all readers share.

Kept in memory alone, under a hash whose key is drawn anew each hour: what was counted cannot be turned back into an
address, nor be put together with another hour. Each server process counts for itself.
"""

import hashlib
import ipaddress
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Lock

MOST_OF_ONE = 10
"""Sign-ups that are taken from one network in one hour."""
MOST_NETWORKS = 10_000
"""Networks that are counted in one hour; one more is as one that has used up its share."""
_WIDTH = {4: 24, 6: 48}
"""Bits that one provider's customer, or one office, has at most to itself."""


class Networks:
    """Safe to share between threads."""

    def __init__(self, clock: Callable[[], datetime], *, most: int = MOST_OF_ONE) -> None:
        self._clock = clock
        self._most = most
        self._turn = Lock()
        self._hour: datetime | None = None
        self._key = b""
        self._counts: Counter[bytes] = Counter()

    def admit(self, host: str | None) -> bool:
        """Count a sign-up from this address; False where its network had its share.

        An address that is no public one (a proxy that does not say for whom it asks) stands for all readers: those
        are not counted here.
        """
        network = _network(host)
        if network is None:
            return True
        with self._turn:
            self._begin_hour()
            name = hashlib.blake2b(network, key=self._key, digest_size=16).digest()
            if self._counts[name] >= self._most or len(self._counts) > MOST_NETWORKS:
                return False
            self._counts[name] += 1
            return True

    def _begin_hour(self) -> None:
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._key, self._counts = hour, secrets.token_bytes(32), Counter()


def _network(host: str | None) -> bytes | None:
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    known = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped else address
    if not known.is_global:
        return None
    return ipaddress.ip_network((known, _WIDTH[known.version]), strict=False).network_address.packed
