"""A district's history in other lines: offered where the figures concern no home, and never where they do.

On the district's own page, and where places are compared.
"""

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
from portal.trend.compare import compare_view
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


def compared(store: Path, query: str) -> dict[str, list[float | None]]:
    """Name → figures of each line that the address draws."""
    shown = compare_view(Releases(store, lambda: NOW), View.read(query))
    assert shown is not None
    return {each["name"]: each["y"] for each in shown.chart["data"] if each["name"] != "90 % range"}


def test_places_are_compared_in_either_lines(store: Path) -> None:
    """The same district in two sets of lines is two places, each named with its lines."""
    found = compared(store, f"measure=requests&places=district:1,{OLD}:1")
    old = "District 1 (until 2022), lines from 1 January 2013 to 31 December 2022"
    assert set(found) == {"District 1", old}
    assert any(found["District 1"])
    assert found[old] == [None if value is None else value * 10 for value in found["District 1"]]


def test_the_comparison_offers_the_other_lines_and_says_where_the_homes_are(portal: TestClient) -> None:
    """District 2 is not in the lines of before: it stays as it is."""
    page = portal.get("/compare?measure=requests&places=district:1,district:2").text
    assert f'href="?measure=requests&amp;places={OLD}%3A1%2Cdistrict%3A2"' in page
    old = portal.get(f"/compare?measure=requests&places={OLD}:1").text
    assert "Its homes are today in District 1 and District 2." in old
    assert 'href="?measure=requests&amp;places=district%3A1"' in old
    alone = portal.get("/compare?measure=requests&places=district:2").text
    assert "These lines have none of the places chosen." in alone
    assert "History in" not in portal.get("/compare?measure=requests&places=neighborhood:n11").text


def test_figures_about_homes_are_compared_in_one_set_of_lines(store: Path, portal: TestClient) -> None:
    """An address that asks for both gets the lines in force, once, and reads why."""
    query = f"measure=homes&places={OLD}:1,district:1,city:city"
    assert set(compared(store, query)) == {"District 1", "Madeville"}
    assert ONE_SET in portal.get(f"/compare?{query}").text
