"""No server outside may send us inward: what a public host names must not turn out to be a machine of ours.

A redirect, or a link in an answer, may name a host whose address lies in a private network. Names are looked up here,
once, and the connection goes to the very address that was looked at: a second answer of a name server changes nothing.
"""

import socket
from collections.abc import Callable, Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

import httpcore2

from etl.city.webconnectors import is_link_local, is_loopback
from etl.errors import SourceUnreadable

if TYPE_CHECKING:
    from httpcore2 import NetworkBackend, NetworkStream
_NAT64 = "64:ff9b:"
_LAST_32 = 0xFFFFFFFF


class LeadsInward(SourceUnreadable):
    """A server of the outside sent us to an address of a private network."""

    remedy = "If it is meant, name the host in `private_hosts` of [connector]; the last release stays up."


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system finds them. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_inward(address: str) -> bool:
    """Whether an address is one that not everybody on the internet reaches, also inside a transition address."""
    ip = ip_address(address.partition("%")[0])
    return any(not each.is_global or each.is_multicast for each in (ip, *_within(ip)))


def _within(ip: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return ()
    embedded = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip.compressed.startswith(_NAT64):
        embedded.append(IPv4Address(int(ip) & _LAST_32))
    return [each for each in embedded if each is not None]


class Outward(httpcore2.NetworkBackend):
    """Connects to `home`, the declared host, and to `inside`, hosts that the city names, wherever they are; to another
    host only where all its addresses are public, or where `home` is private itself.

    `resolve` finds the addresses of a host, `inner` connects. Raises LeadsInward.
    """

    def __init__(
        self,
        home: str,
        inside: Collection[str] = (),
        *,
        resolve: Callable[[str, int], list[str]] = resolved,
        inner: "NetworkBackend | None" = None,
    ) -> None:
        self._home = _plain(home)
        self._inside = {self._home, *map(_plain, inside)}
        self._resolve = resolve
        self._inner = httpcore2.SyncBackend() if inner is None else inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "NetworkStream":
        """The open connection. Raises LeadsInward and what `inner` raises."""
        address = host if _plain(host) in self._inside else self._checked(host, port)
        return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    def sleep(self, seconds: float) -> None:
        """Waits."""
        self._inner.sleep(seconds)

    def _checked(self, host: str, port: int) -> str:
        try:
            found = self._resolve(host, port)
        except OSError as error:
            raise httpcore2.ConnectError("no such host") from error
        inward = [address for address in found if is_inward(address)]
        if any(is_link_local(a) or (is_loopback(a) and not is_loopback(self._home)) for a in inward) or (
            inward and not self._home_is_private(port)
        ):
            raise LeadsInward(f"{host}, to which the source sends, is a machine of a private network.")
        return found[0]

    def _home_is_private(self, port: int) -> bool:
        if is_loopback(self._home):
            return True
        try:
            found = self._resolve(self._home, port)
        except OSError:
            return False
        return bool(found) and all(map(is_inward, found))


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()
