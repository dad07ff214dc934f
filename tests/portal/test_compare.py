"""Comparing places: at most four, of any kind, the same on page and in file; similar places by a named method."""

import csv
import html
import re
from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.measures import Status
from layers.store.publisher import publish
from portal.queries.alike import attributes_of
from portal.queries.figure import Figure, figure_of, overlap
from portal.queries.names import name_of
from portal.releases import Releases
from portal.statistics.similar import most_alike
from portal.trend.compare import compare_view
from portal.trend.compared import MOST
from portal.view import View
from tests.portal.conftest import NOW
from tests.portal.made_places import BUILT, Places
from tests.portal.made_store import stock_drafts

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


TWO = "district:1,district:2"


def test_measured_figures_stand_in_bands_of_their_own_color(releases: Releases) -> None:
    """One band for each run of figures, in the color of its line, and none in the legend."""
    shown = compare_view(releases, View.read(f"places={TWO}&topic=evictions&measure=homes_filed&grain=quarter"))
    exact = compare_view(releases, View.read(f"places={TWO}&topic=service_requests&measure=requests"))
    assert shown is not None
    assert exact is not None
    bands = [each for each in shown.chart["data"] if each["name"] == "90 % range"]
    lines = {each["legendgroup"]: each["line"]["color"] for each in shown.chart["data"] if each not in bands}
    assert {each["legendgroup"] for each in bands} == set(lines)
    for band in bands:
        color = lines[band["legendgroup"]]
        rgb = ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))
        assert rgb in str(band.get("fillcolor") or band["line"]["color"])
        assert band["showlegend"] is False
    assert not [each for each in exact.chart["data"] if each["name"] == "90 % range"]


@given(*[st.tuples(st.integers(0, 500), st.integers(0, 60))] * 2)
def test_ranges_overlap_as_their_ends_say(one: tuple[int, int], other: tuple[int, int]) -> None:
    first, second = (Figure(Status.VALUE, value, value - margin, value + margin) for value, margin in (one, other))
    apart = one[0] + one[1] < other[0] - other[1] or other[0] + other[1] < one[0] - one[1]
    assert overlap(first, second) is overlap(second, first) is not apart


def test_places_whose_margins_overlap_are_named_and_others_are_not(releases: Releases) -> None:
    """The sentence holds for the figures of the period that the page names, and only for those."""
    view = View.read(f"places={FOUR}&topic=evictions&measure=homes_filed&grain=quarter")
    shown, release = compare_view(releases, view), releases.required("evictions")
    assert shown is not None
    period = date(2026, 7, 1)
    assert "In Q3 2026" in shown.lead
    found = {}
    for place in FOUR.split(","):
        kind, unit = place.split(":")
        asked = {"measure": "homes_filed", "category": "all", "geography": kind, "unit": unit, "grain": "quarter"}
        found[name_of(release, kind, unit)] = figure_of(release.counts(**asked, period=period))
    told = re.findall(r"Margins overlap, so which is higher cannot be said: ([^.]*)\.", shown.lead)
    pairs = {tuple(each.split(" and ")) for text in told for each in text.split("; ")}
    expected = {
        (one, other) for one, other in combinations(found, 2)
        if found[one].measured and found[other].measured and overlap(found[one], found[other])
    }  # fmt: skip
    assert pairs == expected


def test_a_grain_that_some_place_does_not_have_says_so_and_is_not_the_first_choice(releases: Releases) -> None:
    info = releases.required("evictions").manifest.geography("zone1")
    assert info is not None
    shown = compare_view(
        releases, View.read(f"places=district:1,zone1:{info.units[0].id}&topic=evictions&measure=homes_filed")
    )
    assert shown is not None
    assert "Quarter (not for all places)" in str(shown.controls)
    assert "Year (not for all places)" not in str(shown.controls)
    assert "by year" in shown.title
    assert "No figure is published" not in shown.lead


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


INCOMES = {"n11": 60_000.0, "n01": 58_000.0, "n10": 20_000.0, "n00": None}


@pytest.fixture(scope="module")
def with_incomes(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """A store whose neighborhoods have incomes; one of them has none."""
    folder = tmp_path_factory.mktemp("incomes") / "public"
    folder.mkdir()
    draft = next(each for each in stock_drafts(Places(2)) if each.topic == "households")
    told = []
    for each in draft.manifest["geographies"]:
        here = each["name"] == "neighborhood"
        units = [{**unit, "income": INCOMES[unit["id"]]} if here else unit for unit in each["units"]]
        source = {"income": {"year": 2024, "source": "A census, table 7"}} if here else {}
        told.append({**each, "units": units, **source})
    publish(replace(draft, manifest={**draft.manifest, "geographies": told}), folder, built_at=BUILT)
    return Releases(folder, lambda: NOW)


def test_income_counts_where_the_city_publishes_one(with_incomes: Releases) -> None:
    """
    | neighborhood | income | is                                            |
    |--------------|--------|-----------------------------------------------|
    | n11          | 60,000 | compared by three attributes                  |
    | n00          | none   | compared by two; never among the alike of n11 |
    """
    found = attributes_of(with_incomes, "neighborhood")
    assert found is not None
    three = most_alike(found.values, found.units.index("n11"))
    assert [unit for unit, _alike in found.alike("n11")] == [found.units[each.place] for each in three]
    assert "n00" not in [unit for unit, _alike in found.alike("n11")]
    two = most_alike(found.values[:, :2], found.units.index("n00"))
    assert [unit for unit, _alike in found.alike("n00")] == [found.units[each.place] for each in two]
    districts = attributes_of(with_incomes, "district")
    assert districts is not None
    assert districts.income is None


def test_the_page_says_where_the_income_is_from(with_incomes: Releases) -> None:
    said = {}
    for unit in ("n11", "n00"):
        shown = compare_view(with_incomes, View.read(f"places=neighborhood:{unit}&topic=households"))
        assert shown is not None
        said[unit] = str(shown.below)
    assert "Median household income" in said["n11"]
    assert "$60,000" in said["n11"]
    assert "Income: A census, table 7, 2024" in said["n11"]
    assert "no figure" in said["n00"]
    assert "its source (A census, table 7, 2024) has no figure for" in said["n00"]


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
