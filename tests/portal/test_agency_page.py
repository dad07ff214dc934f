"""An agency's page tells what the release publishes of it, and adds nothing up; targets stand beside figures."""

import re
from dataclasses import replace
from html import unescape

from starlette.testclient import TestClient

from layers.measures import Status
from layers.period import Grain
from portal.agency.figures import agencies, agency, leading
from portal.district.oldest import OLDEST, oldest_cell
from portal.queries.figure import Figure
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.words.figures import value_text


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_agencies_without_figures_have_no_page(releases: Releases) -> None:
    assert [each.agency.id for each in agencies(releases)] == ["public_works", "parks"]
    assert agency(releases, "codes") is None


def test_the_tiles_are_rows_of_the_release(releases: Releases, client: TestClient) -> None:
    known = agency(releases, "public_works")
    assert known is not None
    text = plain(client.get("/agency/public_works").text)
    found = leading(known)
    assert [each.measure.name for each in found][:2] == ["requests", "days_to_close_median"]
    for each in found:
        rows = known.release.counts(
            measure=each.measure.name, category="agency_public_works", geography=CITY, unit=CITY, grain=Grain.MONTH,
            period=each.period,
        )  # fmt: skip
        assert rows.height == 1
        assert Figure.of_row(rows.row(0, named=True)) == replace(each.now, of=None, of_margin=None)
        assert value_text(each.now, each.measure) in text


def test_it_has_a_chart_a_map_of_its_release_and_names_the_boundaries(releases: Releases, client: TestClient) -> None:
    page = client.get("/agency/public_works").text
    assert "an-drawn-plot" in page
    picture = re.search(r'<img[^>]*src="(/still/map\.svg[^"]*)"', page)
    assert picture is not None
    address = unescape(picture[1])
    assert "category=agency_public_works" in address
    assert f"as_of={releases.current['service_requests']}" in address
    drawn = client.get(address)
    assert drawn.status_code == 200
    assert "Public Works" in drawn.text
    assert re.search(r"Boundaries: [^<]*version ", page)


def test_what_a_district_page_says_of_agencies_and_targets(client: TestClient) -> None:
    text = client.get("/district/1").text
    assert 'href="/agency/public_works">Public Works</a>' in text
    assert "(56\u00a0% of its requests)" in text  # the feed says so, not the city
    assert "Target at most 25.5 days (since 1 January 2025): " in text
    assert "Target at most 60 homes: " in text
    assert 'href="/compare?places=district%3A1%2Ccity%3Acity"' in text


def test_a_trend_draws_its_target_and_counts_the_periods_that_kept_it(client: TestClient) -> None:
    text = plain(
        client.get("/trends?topic=service_requests&measure=days_to_close_median&geography=district&unit=1").text
    )
    assert "Set by: Service plan 2025." in text
    found = re.search(
        r"Of (\d+) finished periods since then: kept in (\d+), not kept in (\d+), cannot be told in 0", text
    )
    assert found
    periods, met, missed = map(int, found.groups())
    assert periods == met + missed == 22  # January 2025 to October 2026


def test_the_report_names_agencies_and_targets(client: TestClient) -> None:
    text = plain(client.get("/district/1/report").text)
    assert "by agency" in text
    assert "Target at most 25.5 days (since 1 January 2025)" in text


def test_where_nothing_is_open_the_oldest_is_none(releases: Releases) -> None:
    known = agency(releases, "parks")
    assert known is not None
    measure = known.manifest.measure(OLDEST)
    assert measure is not None
    nothing, none, some = (Figure(status) for status in (Status.NOT_COLLECTED, Status.ZERO, Status.VALUE))
    assert oldest_cell(nothing, none, measure).content == "none open"
    assert oldest_cell(nothing, some, measure).content != "none open"
    assert oldest_cell(Figure(Status.NOT_REPORTED), none, measure).content != "none open"
