"""A form that is sent as it stands, without script, keeps every key of the address, whatever else it adds."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from portal.releases import Releases
from portal.view import View
from tests.portal.test_pages import PATHS

ALL = "layer=supply&present=1&as_of={evictions},{requests}&lang=es"
REQUESTS = "topic=service_requests&measure=requests&category=graffiti"
ADDRESSES = {
    "/map": [
        f"{REQUESTS}&geography=district&unit=1&grain=month&{ALL}",
        "show=concern&geography=neighborhood&grain=year&unit=n01",
        "topic=service_requests&geography=neighborhood&chosen=n00,n01&show=spots",
    ],
    "/trends": [
        f"{REQUESTS}&geography=neighborhood&unit=n00&grain=month&compare=n01,n02&baseline=mean_3&to=2026-09-01&{ALL}",
        "topic=evictions&grain=month&from=2025-01-01&around=2025-01-01",
    ],
    "/district/1": [f"{REQUESTS}&geography=district_2013&to=2026-09-01&{ALL}"],
    "/agency/public_works": ["measure=days_to_close_median&around=2024-07-10&as_of={requests}&lang=es"],
    "/compare": [
        f"{REQUESTS}&places=district:1,district:2,city:city&grain=month&show=bands&{ALL}",
        "topic=evictions&places=district:1,district:2,district:3,city:city",
    ],
}


class _Forms(HTMLParser):
    """What each form of choices sends as it stands, from its button."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent: list[dict[str, str]] = []
        self._open = False
        self._select: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and found.get("class") == "an-form":
            self._open = True
            self.sent.append({})
        elif self._open and tag == "select":
            self._select = found["name"]
        elif self._open and tag == "option" and self._select:
            if "selected" in found or self._select not in self.sent[-1]:
                self.sent[-1][self._select] = found["value"]
        elif self._open and tag == "button" and found.get("name"):
            self.sent[-1][found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"
        self._select = None if tag == "select" else self._select


@pytest.fixture(scope="module")
def names(releases: Releases) -> dict[str, str]:
    return {"evictions": releases.current["evictions"], "requests": releases.current["service_requests"]}


def lost(client: TestClient, path: str, query: str) -> list[str]:
    """Keys of the address that a form of the page does not send, or sends otherwise."""
    forms = _Forms(client.get(f"{path}?{query}").text).sent
    assert forms, f"{path} has no form"
    kept = [View.read(urlencode({key: value for key, value in sent.items() if value})).pairs() for sent in forms]
    return [key for key, text in View.read(query).pairs() if any((key, text) not in pairs for pairs in kept)]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_form_sent_as_it_stands_keeps_the_address(client: TestClient, names: dict[str, str], path: str) -> None:
    for query in ADDRESSES[path]:
        assert lost(client, path, query.format(**names)) == [], query


def test_no_page_with_a_form_is_forgotten(client: TestClient) -> None:
    assert {path for path in PATHS if _Forms(client.get(path).text).sent} == set(ADDRESSES)
