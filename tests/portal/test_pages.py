"""Every page answers with its whole content, unknown ones with 404, and none says where private things are."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.frame.page import Page, check_pages, find_page
from portal.pages import PAGES
from portal.releases import Releases
from portal.settings import PortalSettings

SAMPLE = {"topic": "evictions", "district": "1", "agency": "public_works"}
PATHS = [
    re.sub(r"\{([a-z_]+)\}", lambda name: SAMPLE[name.group(1)], page.path)
    for page in PAGES
    if "{release}" not in page.path  # a release's name is not known beforehand: tests/portal/test_certificates.py
]
PLANNED = ["/outreach", "/api", "/api/openapi.json"]
UNKNOWN = [
    "/nothing",
    "/map/more",
    "/data/unknown",
    "/data/evictions/x",
    "/privacy/certificate",
    "/privacy/certificate/unknown",
    "/privacy/certificate/evictions/2026-01-01-000000000000",
    "/keys/0123456789abcdef.pem",
    "/zones/x",
    "/district/99",
    "/agency/nobody",
    "/agency/codes",  # answers for homes alone: no figures, no page
    "/data.xml",
    "/admin",
    "/docs",
]


class _Outline(HTMLParser):
    """Headings, links, ids and elements of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if found.get("id"):
            self.ids.append(str(found["id"]))


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_whole_without_script(client: TestClient, path: str) -> None:
    """
    | part                   | how often |
    |------------------------|-----------|
    | h1                     | 1         |
    | main, header, footer   | 1 each    |
    | skip link              | the first |
    | title and description  | not empty |
    """
    answer = client.get(path)
    assert answer.status_code == 200
    seen = _Outline(answer.text)
    assert [seen.tags.count(tag) for tag in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    assert seen.links[0] == "#main"
    assert "main" in seen.ids
    assert re.search(r"<title>.{5,}Madeville.*</title>|<title>.*Madeville.{0,}</title>", answer.text)
    assert '<html lang="en">' in answer.text
    assert re.search(r'<meta name="description" content="[^"]{10,}">', answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_every_link_of_a_page_leads_somewhere(client: TestClient, path: str) -> None:
    seen = _Outline(client.get(path).text)
    links = sorted(set(seen.links))
    for link in links[:: max(1, len(links) // 60)]:
        if link.startswith("#"):
            assert link[1:] in seen.ids, link
        elif link.startswith("/") and ".pdf" not in link:  # which takes a second to make, and is tried with reports
            assert client.get(link.split("#")[0]).status_code in (200, 302), link


@pytest.mark.parametrize("path", PLANNED + UNKNOWN)
def test_what_is_not_there_is_404_with_a_page_that_helps(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "Where to go from here" in answer.text
    assert client.head(path).status_code == 404


def test_an_error_page_repeats_nothing_of_the_request(client: TestClient) -> None:
    answer = client.get("/data/CANARY-1?topic=CANARY-2&x=CANARY-3", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "CANARY" not in answer.text


def test_a_failing_page_says_so_without_detail(made_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(releases: Releases) -> None:
        raise RuntimeError("CANARY")

    monkeypatch.setattr("portal.pages.home.city_headlines", fail)
    answer = TestClient(create_app(PortalSettings(store=made_store))).get("/")
    assert answer.status_code == 500
    assert "CANARY" not in answer.text
    assert "Something went wrong" in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_no_page_asks_another_host_or_names_a_private_path(client: TestClient, made_store: Path, path: str) -> None:
    text = client.get(path).text
    drawn = re.sub(r"<textarea.*?</textarea>", "", text)  # code to copy to another site loads nothing here
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', drawn)
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    assert str(made_store) not in text
    assert str(made_store.parent) not in text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_answers_before_anything_is_published(bare_client: TestClient, path: str) -> None:
    answer = bare_client.get(path)
    assert answer.status_code == 200
    assert 'id="save-view"' not in answer.text  # there is no view to save


def test_a_page_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/methods")
    again = client.get("/methods", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_pages_are_checked_when_they_are_made() -> None:
    def nothing(visit: object) -> list[object]:
        return []

    with pytest.raises(ValueError, match="two pages live at /a"):
        check_pages((Page("/a", "A", nothing), Page("/a", "B", nothing)))
    with pytest.raises(ValueError, match="lower-case segments"):
        Page("a/B", "A", nothing)
    with pytest.raises(ValueError, match="needs a skeleton"):
        Page("/a", "A", nothing, register=lambda app, releases: None)
    with pytest.raises(ValueError, match="cannot stand in the navigation"):
        Page("/a/{b}", "A", nothing, nav="A")


def test_a_path_variable_is_one_segment() -> None:
    page = Page("/data/{topic}", "A", lambda visit: [])
    assert page.match("/data/evictions") == {"topic": "evictions"}
    assert page.match("/data/evictions/") == {"topic": "evictions"}
    assert page.match("/data/a/b") is None
    assert find_page((page,), "/data") is None


def test_the_search_knows_every_place(client: TestClient, releases: Releases) -> None:
    text = client.get("/").text
    places = [unit.name for kind in ("district", "neighborhood") for unit in releases.areas(kind)]
    assert places
    for name in places:
        assert re.search(rf'data-place="[^"]+">{re.escape(name)}<', text), name


def test_a_filing_is_said_not_to_be_an_eviction_beside_its_figure(client: TestClient) -> None:
    assert "A filing is not an eviction." in client.get("/").text
    assert "A filing is not an eviction" in client.get("/data/evictions").text
