"""An address that pins a release never gives the figures of another as a file; before the first release no permanent
address is missing."""

import pytest
from starlette.testclient import TestClient

from portal.releases import Releases

UNKNOWN = "2020-01-01-000000000000"
FILES = (
    "/download/view.csv?topic=evictions&geography=district",
    "/download/view.geojson?topic=evictions&geography=district",
    "/download/sum.csv?topic=evictions&geography=district&chosen=1,2",
    "/download/hotspots.csv?topic=evictions&geography=district",
    "/still/map.svg?topic=evictions&geography=district",
    "/still/map.png?topic=evictions&geography=district",
    "/still/pack.zip?topic=evictions&geography=district",
    "/still/district/1.svg?topic=evictions",
    "/embed/map?topic=evictions",
    "/report.xlsx?month=2026-09",
    "/report.pdf?month=2026-09",
)
PAGES = ("/district/1?topic=evictions", "/map?topic=evictions", "/trends?topic=evictions")
"""They show the newest figures, and say that these are not the ones that the address names."""


@pytest.mark.parametrize("file", FILES)
def test_a_file_pinned_to_what_is_not_there_is_no_file(client: TestClient, releases: Releases, file: str) -> None:
    """Unknown; of a shape that no release has; beside one that is known; a release of another topic."""
    other = releases.current["service_requests"]
    pins = [UNKNOWN, "..%2F", f"{UNKNOWN},{other}", *([other] if "report" not in file else [])]
    assert {pin: client.get(f"{file}&as_of={pin}").status_code for pin in pins} == dict.fromkeys(pins, 404)


@pytest.mark.parametrize("file", ["/still/map.svg?topic=evictions", "/still/district/1.svg?topic=evictions"])
def test_a_file_pinned_to_what_is_there_is_that(client: TestClient, releases: Releases, file: str) -> None:
    found = client.get(f"{file}&as_of={releases.current['evictions']}")
    assert found.status_code == 200
    assert releases.current["evictions"] in found.text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_so_and_is_kept_out_of_search_engines(client: TestClient, page: str) -> None:
    found, plain = client.get(f"{page}&as_of={UNKNOWN}"), client.get(page)
    assert (found.status_code, plain.status_code) == (200, 200)
    assert "The release this link names is not here" in found.text
    assert '<meta name="robots" content="noindex">' in found.text
    assert "noindex" not in plain.text


@pytest.mark.parametrize(
    "path", ["/district/5", "/district/5/report", "/agency/water", "/data/evictions", "/privacy/certificate/evictions"]
)
def test_a_permanent_page_says_that_there_are_no_figures_yet(bare_client: TestClient, path: str) -> None:
    found = bare_client.get(path)
    assert found.status_code == 200
    assert "No figures have been published yet" in found.text
    assert found.headers["x-robots-tag"] == "noindex"


def test_a_frame_and_a_feed_wait_for_the_first_release(bare_client: TestClient) -> None:
    frame, feed = bare_client.get("/embed/map?topic=evictions"), bare_client.get("/feed.atom?topic=evictions&unit=5")
    assert (frame.status_code, feed.status_code) == (200, 200)
    assert "No figures have been published yet" in frame.text
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert "<entry>" not in feed.text


@pytest.mark.parametrize(
    "path",
    ["/still/map.svg", "/still/district/1.png", "/still/pack.zip", "/report.pdf", "/download/view.csv?topic=evictions",
     "/download/sum.csv?chosen=1", "/download/evictions/latest/counts.csv"],
)  # fmt: skip
def test_a_file_before_the_first_release_is_to_be_asked_for_later(bare_client: TestClient, path: str) -> None:
    found = bare_client.get(path)
    assert (found.status_code, found.headers["retry-after"]) == (503, "3600")
    assert "No figures have been published yet" in found.text


@pytest.mark.parametrize("path", ["/nothing", "/data/nothing", "/privacy/certificate/nothing"])
def test_what_will_never_be_is_not_found_before_the_first_release_either(bare_client: TestClient, path: str) -> None:
    assert bare_client.get(path).status_code == 404
