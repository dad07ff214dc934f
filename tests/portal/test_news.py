"""News: a period that closed is an update; a figure that changed after it was told is a correction; nothing else is."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.agency.figures import agencies
from portal.app import create_app
from portal.queries.news import Kind, News, news_of
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.portal.conftest import NOW
from tests.portal.made_weeks import EARLIER, LAST

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def store(weekly_store: Path) -> Path:
    return weekly_store


@pytest.fixture(scope="module")
def client(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(PortalSettings(store=store), clock=lambda: NOW)) as found:
        yield found


def news(store: Path, unit: str) -> list[News]:
    return list(news_of(Releases(store, lambda: NOW), "service_requests", "district", unit))


def test_what_is_news(store: Path) -> None:
    """
    | district | news, newest first                                                      |
    |----------|-------------------------------------------------------------------------|
    | 1        | October; September corrected by 7; September when the first was told    |
    | 2        | October; September                                                      |
    """
    first, second = news(store, "1"), news(store, "2")
    assert [(each.kind, each.period) for each in first] == [
        (Kind.UPDATE, LAST), (Kind.CORRECTION, EARLIER), (Kind.UPDATE, EARLIER),
    ]  # fmt: skip
    revised = first[1].revised
    assert len(revised) == 1
    assert (revised[0].after.value or 0) - (revised[0].before.value or 0) == 7
    assert [(each.kind, each.period) for each in second] == [(Kind.UPDATE, LAST), (Kind.UPDATE, EARLIER)]


def test_a_feed_has_one_item_for_each_and_tells_them_apart(client: TestClient) -> None:
    answer = client.get("/feed.atom?topic=service_requests&geography=district&unit=1")
    root = ET.fromstring(answer.content)
    entries = root.findall(f"{ATOM}entry")
    kinds = [entry.find(f"{ATOM}category").get("term") for entry in entries]  # type: ignore[union-attr]
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert kinds == ["update", "correction", "update"]
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == 3
    corrected = entries[1].findtext(f"{ATOM}summary") or ""
    assert "Sep 2026" in corrected
    assert "instead of" in corrected
    for entry in entries:
        link = (entry.find(f"{ATOM}link").get("href") or "").removeprefix("http://testserver")  # type: ignore[union-attr]
        assert "as_of=" in link
        assert client.get(link).status_code == 200


def test_rss_holds_the_same_items(client: TestClient) -> None:
    query = "?topic=service_requests&geography=district&unit=1"
    answer = client.get(f"/feed.rss{query}")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    items = ET.fromstring(answer.content).findall("channel/item")
    entries = ET.fromstring(client.get(f"/feed.atom{query}").content).findall(f"{ATOM}entry")
    names = {"guid": "id", "title": "title", "description": "summary"}
    for atom, rss in zip(entries, items, strict=True):
        assert [rss.findtext(name) for name in names] == [atom.findtext(f"{ATOM}{name}") for name in names.values()]
        moment = parsedate_to_datetime(rss.findtext("pubDate") or "")
        assert moment.strftime("%Y-%m-%dT%H:%M:%SZ") == atom.findtext(f"{ATOM}updated")
        assert rss.findtext("link") == atom.find(f"{ATOM}link").get("href")  # type: ignore[union-attr]


def test_an_agency_has_feeds_too(store: Path, client: TestClient) -> None:
    """Linked from where its page leads; the city's figure of all that it answers for, under names of their own."""
    known = agencies(Releases(store, lambda: NOW))[0]
    page = client.get(f"/agency/{known.agency.id}").text
    follow = re.search(r'href="(/subscribe[^"]*)"[^>]*>Follow this agency', page)
    assert follow is not None
    links = re.findall(r'href="(/feed\.(?:atom|rss)[^"]*)"', client.get(html.unescape(follow[1])).text)
    feed = ET.fromstring(client.get(html.unescape(links[0])).content)
    assert known.agency.title in (feed.findtext(f"{ATOM}title") or "")
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
    assert all(each.endswith(f"/city/city/{known.category}") or f"/{known.category}/" in each for each in ids)
    assert all(f" for {known.agency.title}" in (entry.findtext(f"{ATOM}title") or "") for entry in entries)
    link = (entries[0].find(f"{ATOM}link").get("href") or "").removeprefix("http://testserver")  # type: ignore[union-attr]
    assert f"category={known.category}" in link
    assert client.get(link).status_code == 200
    rss = ET.fromstring(client.get(html.unescape(links[1])).content)
    assert [item.findtext("guid") for item in rss.findall("channel/item")] == ids
    for wrong in ("unit=nobody", f"unit={known.agency.id}&topic=evictions"):
        assert client.get(f"/feed.atom?geography=agency&{wrong}").status_code == 404


def test_a_feed_speaks_the_language_of_its_address(client: TestClient) -> None:
    root = ET.fromstring(client.get("/feed.atom?lang=es").content)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"
    link = root.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert "lang=es" in (link.get("href") or "")


@pytest.mark.parametrize("query", ["?topic=evictions", "?geography=district&unit=99"])
def test_a_feed_of_what_is_not_there_is_not_found(client: TestClient, query: str) -> None:
    assert client.get(f"/feed.atom{query}").status_code == 404


def test_the_page_of_changes_lists_both_kinds(client: TestClient) -> None:
    page = client.get("/changes").text
    assert "What changed" in page
    assert 'href="/feed.atom"' in page


def test_nothing_published_is_an_empty_feed(bare_client: TestClient) -> None:
    root = ET.fromstring(bare_client.get("/feed.atom").content)
    assert root.findall(f"{ATOM}entry") == []
