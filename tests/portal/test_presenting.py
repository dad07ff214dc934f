"""A page on a projector: no navigation, the day of its figures, pinned to the releases that its address names."""

import html
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.errors import NotFound
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.portal.conftest import NOW

PAGES = ("/map?topic=evictions", "/trends?topic=evictions&geography=district&unit=1", "/district/1")


def attribute(tag: str, name: str) -> str:
    found = re.search(f' {name}="([^"]*)"', tag)
    assert found is not None
    return html.unescape(found.group(1))


@pytest.mark.parametrize("address", PAGES)
def test_the_way_in_pins_what_is_shown_and_the_way_out_frees_it(
    client: TestClient, releases: Releases, address: str
) -> None:
    page = client.get(address).text
    link = re.search(r"<a [^>]*data-present=[^>]*>", page)
    assert link is not None
    assert set(attribute(link.group(), "data-present").split(",")) == set(releases.current.values())
    shown = client.get(attribute(link.group(), "href")).text
    assert re.search(r'<body class="[^"]*\bpresent\b', shown)
    assert "Figures as of " in shown.split('class="present-bar"')[1]
    assert "data-present=" not in shown
    out = re.search(r"<a [^>]*data-leave[^>]*>", shown)
    assert out is not None
    assert not re.search("as_of|present", attribute(out.group(), "href"))
    said = r"<h1[^>]*>(.*?)</h1>"
    assert re.findall(said, shown) == re.findall(said, page)


def test_other_pages_are_not_presented(client: TestClient) -> None:
    for address in ("/data?present=1", "/methods?present=1"):
        assert '<body class="measure">' in client.get(address).text


def test_pins_replace_the_current_releases_of_their_topics_alone(releases: Releases) -> None:
    current = releases.current
    pinned = releases.pinned(current["evictions"])
    assert pinned.current == current
    assert pinned.key == releases.key
    with pytest.raises(NotFound):
        releases.pinned("2020-01-01-000000000000")


@pytest.mark.parametrize("address", PAGES)
def test_an_unknown_pin_is_not_found(client: TestClient, address: str) -> None:
    mark = "&" if "?" in address else "?"
    assert client.get(f"{address}{mark}present=1&as_of=2020-01-01-000000000000").status_code == 404


def test_a_pinned_page_stays_when_newer_figures_come(weekly_store: Path) -> None:
    """The first of three releases on the projector: its own day, and the word that newer ones exist."""
    releases = Releases(weekly_store, lambda: NOW)
    topic = releases.topics[0]
    every = sorted(path.name for path in (weekly_store / "releases" / topic).iterdir())
    first = releases.pinned(every[0])
    assert first.current[topic] == every[0] != releases.current[topic]
    assert releases.current[topic] == every[-1]  # the others go on
    with TestClient(create_app(PortalSettings(store=weekly_store))) as client:
        old, new = (client.get(f"/map?topic={topic}&present=1&as_of={each}").text for each in (every[0], every[-1]))
        late, fresh = (client.get(f"/district/1?present=1&as_of={each}").text for each in (every[0], every[-1]))
    assert "Newer figures exist." in old
    assert "Newer figures exist." not in new
    assert 'class="note note-caution"' not in old.split("first-paint")[0]
    assert 'as of <time datetime="2026-11-01">1 November 2026</time>, <span' in late
    assert "newer figures exist" in late  # what runs say of the newest release is not about this one
    assert "newer figures exist" not in fresh


@pytest.mark.parametrize("page", ["/district/1", "/agency/public_works"])
def test_a_pinned_link_shows_the_figures_of_its_release_whole_and_says_that_newer_ones_exist(
    weekly_store: Path, page: str
) -> None:
    """
    | as_of            | figures  | said above them                    |
    |------------------|----------|------------------------------------|
    | the first of 3   | of then  | an earlier release, as of 1 Nov    |
    | the newest       | newest   | nothing                            |
    | an unknown one   | newest   | it is not here                     |
    | known, unknown   | newest   | it is not here                     |
    """
    releases = Releases(weekly_store, lambda: NOW)
    topic = releases.topics[0]
    every = sorted(path.name for path in (weekly_store / "releases" / topic).iterdir())
    asked = {"old": every[0], "new": every[-1], "none": "2020-01-01-000000000000", "both": f"{every[0]},2020-01-01-0"}
    with TestClient(create_app(PortalSettings(store=weekly_store), clock=lambda: NOW)) as client:
        shown = {name: client.get(f"{page}?as_of={each}").text for name, each in asked.items()}
        plain = client.get(page).text
        old = client.get(f"/map?topic={topic}&as_of={every[0]}").text
    said = {name: re.findall(r'<div class="note note-caution">.*?<p>(.*?)</p>', each) for name, each in shown.items()}
    assert "You are looking at an earlier release" in said["old"][0]
    assert said["old"][0].split("href")[0] == re.findall(r'note-caution">.*?<p>(.*?)href', old)[0]
    assert "is not here. These are the newest figures." in said["none"][0] == said["both"][0]
    assert not [each for each in said["new"] if "release" in each]
    assert 'as of <time datetime="2026-11-01">1 November 2026</time>' in shown["old"]
    assert _figures(shown["old"]) != _figures(shown["new"]) == _figures(plain) == _figures(shown["none"])


def _figures(page: str) -> list[str]:
    return re.findall(r'class="(?:tile-value|number)"[^>]*>([^<]*)<', page)
