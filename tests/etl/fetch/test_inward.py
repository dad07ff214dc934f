"""Where a public server may send us, and where not.

files.example.gov   93.184.215.14     public
inside.example.gov  10.0.0.7          a machine of the city's network
turning.example.gov public at first, private when asked again
"""

from collections.abc import Iterable
from typing import Any

import httpcore2
import pytest

from etl.fetch.inward import LeadsInward, Outward, is_inward

PUBLIC = "93.184.215.14"
NAMES = {
    "data.example.gov": [PUBLIC],
    "files.example.gov": [PUBLIC],
    "inside.example.gov": ["10.0.0.7"],
    "both.example.gov": [PUBLIC, "192.168.1.4"],
    "six.example.gov": ["fd00::5"],
    "mapped.example.gov": ["::ffff:172.16.0.1"],
    "cloud.example.gov": ["169.254.169.254"],
    "here.example.gov": ["127.0.0.1"],
}


class Dialed(httpcore2.NetworkBackend):
    """Remembers what was connected to."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        self.hosts.append(host)
        return httpcore2.MockStream([])


def dialed(host: str, *, home: str = "data.example.gov", inside: Iterable[str] = ()) -> list[str]:
    inner = Dialed()
    Outward(home, tuple(inside), resolve=lambda name, port: NAMES[name], inner=inner).connect_tcp(host, 443)
    return inner.hosts


def test_a_public_host_is_connected_to_by_the_address_that_was_looked_at() -> None:
    assert dialed("files.example.gov") == [PUBLIC]


@pytest.mark.parametrize("host", ["inside", "both", "six", "mapped", "cloud", "here"])
def test_a_public_server_leads_nowhere_inward(host: str) -> None:
    with pytest.raises(LeadsInward, match="private_hosts"):
        dialed(f"{host}.example.gov")


def test_what_the_city_names_and_what_it_declares_may_be_private() -> None:
    assert dialed("inside.example.gov", inside=["INSIDE.example.gov."]) == ["inside.example.gov"]
    assert dialed("inside.example.gov", home="inside.example.gov") == ["inside.example.gov"]


@pytest.mark.parametrize(("host", "refused"), [("both", False), ("six", False), ("here", True), ("cloud", True)])
def test_a_private_server_may_send_to_its_own_network_but_not_to_this_machine(host: str, refused: bool) -> None:
    if refused:
        with pytest.raises(LeadsInward):
            dialed(f"{host}.example.gov", home="inside.example.gov")
    else:
        assert dialed(f"{host}.example.gov", home="inside.example.gov") == [NAMES[f"{host}.example.gov"][0]]


def test_a_name_that_turns_private_when_asked_again_is_asked_once() -> None:
    answers = iter([[PUBLIC], ["10.0.0.7"]])
    inner = Dialed()
    Outward("data.example.gov", resolve=lambda *_: next(answers), inner=inner).connect_tcp("turning.example.gov", 443)
    assert inner.hosts == [PUBLIC]
    assert next(answers) == ["10.0.0.7"], "nobody asked a second time"


@pytest.mark.parametrize(
    ("address", "inward"),
    [
        (PUBLIC, False), ("2606:2800:220:1::1", False), ("10.1.2.3", True), ("172.31.0.1", True), ("192.168.0.1", True),
        ("169.254.1.1", True), ("100.64.0.1", True), ("fc00::1", True), ("fe80::1%eth0", True), ("0.0.0.0", True),
        ("::ffff:10.0.0.1", True), ("64:ff9b::a00:1", True), ("2002:a00:1::", True), ("224.0.0.1", True),
    ],
)  # fmt: skip
def test_which_addresses_are_private(address: str, inward: bool) -> None:
    assert is_inward(address) is inward
