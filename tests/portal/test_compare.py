"""Comparing places: at most four, of any kind, the same on page and in file; similar places by a named method."""

import csv
import html
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.queries.alike import attributes_of
from portal.releases import Releases
from portal.statistics.similar import most_alike
from portal.trend.compare import MOST, compare_view
from portal.view import View

FOUR = "district:1,neighborhood:n11,district:2,city:city"


def page_of(client: TestClient, query: str) -> str:
    found = client.get(f"/compare?{query}")
    assert found.status_code == 200
    return found.text


def test_table_and_file_hold_the_same_figures(client: TestClient) -> None:
    page = page_of(client, f"places={FOUR}&topic=evictions&measure=homes_filed&grain=quarter")
    link = re.search(r'href="(/download/view\.csv[^"]*)"', page)
    assert link is not None
    text = client.get(html.unescape(link.group(1))).text
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert {(row["geography"], row["unit"]) for row in rows} == {tuple(each.split(":")) for each in FOUR.split(",")}
    table = page.split('id="compared"')[1].split("</table>")[0]
    shown = sorted(int(each.replace(",", "")) for each in re.findall(r'data-sort="([\d,]+)\.0"', table))
    assert shown == sorted(int(float(row["value"])) for row in rows if row["value"])


def test_at_most_four_places(releases: Releases) -> None:
    many = ",".join(f"neighborhood:n{row}{column}" for row in range(3) for column in range(3))
    assert View.read(f"places={many}").places is None, "five are no address of ours"
    shown = compare_view(releases, View.read(f"places={FOUR}"))
    assert shown is not None
    assert len(shown.chart["data"]) == MOST
    assert not any("Add a place" in str(each) for each in shown.controls)


@pytest.mark.parametrize("query", ["", "places=zip:37901&topic=evictions", "places=district:99", "places=nonsense"])
def test_every_address_is_a_page(client: TestClient, query: str) -> None:
    page = page_of(client, query)
    assert "<table" in page
    assert "Madeville" in page


def test_a_place_that_the_topic_lacks_is_said(client: TestClient) -> None:
    assert "1 place that was asked for is not in this topic" in page_of(
        client, "places=zip:37901,city:city&topic=evictions"
    )


def test_places_of_different_size_are_compared_by_rate(releases: Releases) -> None:
    shown = compare_view(releases, View.read(f"places={FOUR}&topic=service_requests"))
    assert shown is not None
    assert "per 1,000 homes" in shown.title


def test_similar_places_come_with_what_they_are_alike_in(client: TestClient, releases: Releases) -> None:
    page = page_of(client, "places=neighborhood:n11")
    table = page.split('id="similar"')[1].split("</table>")[0]
    assert table.count("<tr>") == 5
    assert "Euclidean" in page
    assert "Income would belong here" in page
    found = attributes_of(releases, "neighborhood")
    assert found is not None
    distances = [alike.distance for _unit, alike in found.alike("n11")]
    assert distances == sorted(distances)
    assert found.alike("unknown") == []


MATRIX = st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=5, max_size=20)


@given(MATRIX, st.floats(0.1, 100), st.floats(-100, 100))
def test_units_do_not_matter(rows: list[tuple[float, float]], scale: float, shift: float) -> None:
    values = np.round(np.array(rows), 3)
    other = values * [scale, 1] + [shift, 0]
    one, two = most_alike(values, 0), most_alike(other, 0)
    assert [each.distance for each in one] == pytest.approx([each.distance for each in two], abs=1e-3)
    assert all(each.place != 0 for each in one)


def test_places_without_an_attribute_are_never_similar() -> None:
    values = np.array([[1, 1], [1, np.nan], [2, 2], [9, 9]])
    assert [each.place for each in most_alike(values, 0)] == [2, 3]
    assert most_alike(values, 1) == []
