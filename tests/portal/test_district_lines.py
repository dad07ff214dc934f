"""A district's history in other lines: offered where the figures concern no home, and never where they do."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from layers.release import ReleaseDraft
from layers.store.publisher import publish
from portal.app import create_app
from portal.district.focus import focus_of
from portal.district.lines import ONE_SET
from portal.releases import Releases
from portal.settings import PortalSettings
from portal.view import View
from tests.portal.conftest import NOW
from tests.portal.made_places import BUILT, Places
from tests.portal.made_store import requests_draft

OLD = "district_2013"


def with_other_lines(draft: ReleaseDraft) -> ReleaseDraft:
    """The draft with district 1, of 2 districts, in lines of before: ten times today's figures."""
    exact = draft.counts.filter(geography="district", unit="1", measure="requests")
    rows = exact.with_columns(geography=pl.lit(OLD), value=pl.col("value") * 10)
    info = next(each for each in draft.manifest["geographies"] if each["name"] == "district")
    old = {**info, "name": OLD, "title": "Council district until 2022", "lines_of": "district"}
    old |= {"valid_from": date(2013, 1, 1), "valid_to": date(2022, 12, 31)}
    old["units"] = [{**info["units"][0], "name": "District 1 (until 2022)", "within": ("1", "2")}]
    manifest = {**draft.manifest, "geographies": [*draft.manifest["geographies"], old]}
    return ReleaseDraft(draft.topic, manifest, pl.concat([draft.counts, rows]), geo=draft.geo)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lines") / "public"
    folder.mkdir()
    publish(with_other_lines(requests_draft(Places(2))), folder, built_at=BUILT)
    return folder


@pytest.fixture(scope="module")
def portal(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(PortalSettings(store=store)), follow_redirects=False) as found:
        yield found


def test_the_trend_is_that_of_the_other_lines(store: Path) -> None:
    releases = Releases(store, lambda: NOW)
    trends = []
    for geography in (None, OLD):
        focus = focus_of(releases, View(geography=geography), "1", "District 1")
        assert focus is not None
        trends.append(next(each["y"] for each in focus.trend["data"] if each["name"] == "figure"))
    today, before = trends
    assert any(today)
    assert before == [None if value is None else value * 10 for value in today]


def test_the_page_names_the_lines_and_where_the_homes_are_today(portal: TestClient) -> None:
    text = portal.get(f"/district/1?geography={OLD}").text
    assert "District 1 (until 2022): the lines in force from 1 January 2013 to 31 December 2022." in text
    assert "Its homes are today in District 1 and District 2." in text
    assert f'href="?geography={OLD}"' in portal.get("/district/1").text


def test_figures_about_homes_are_offered_in_one_set_of_lines(portal: TestClient) -> None:
    text = portal.get(f"/district/1?measure=homes&geography={OLD}").text
    assert ONE_SET in text
    assert "until 2022): the lines in force" not in text


def test_a_district_that_the_other_lines_do_not_have_says_so(portal: TestClient) -> None:
    text = portal.get(f"/district/2?geography={OLD}").text
    assert "These lines have no district of this number." in text
