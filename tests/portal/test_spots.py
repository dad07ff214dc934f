"""Hot spots on the map's page: in list, table, legend and outline alike, by link from one to the next."""

import re

import polars as pl
import pytest
from starlette.testclient import TestClient

from portal.mapview import heat_view
from portal.queries.choice import choose
from portal.queries.neighbors import touching_pairs
from portal.queries.spots import Spotted, spots_of
from portal.releases import Releases
from portal.statistics.hotspots import LEAST_PLACES, Spot
from portal.view import View

CELLS = "topic=service_requests&measure=requests&geography=h3_9&grain=month&layer=hotspots"


def test_places_that_touch_are_known_for_every_kind(releases: Releases) -> None:
    release = releases.required("service_requests")
    for geography in ("h3_9", "neighborhood", "district"):
        units = tuple(release.counts(geography=geography, columns=("unit",))["unit"].unique().sort())
        pairs = touching_pairs(release, geography, units)
        assert pairs.height > 0
        assert pairs.equals(
            pairs.select(pl.col("there").alias("here"), pl.col("here").alias("there")).sort("here", "there")
        )
        assert not (pairs["here"] == pairs["there"]).any()
    corner = touching_pairs(release, "neighborhood", ("n00", "n11", "n22"))
    assert corner.rows() == [("n00", "n11"), ("n11", "n00"), ("n11", "n22"), ("n22", "n11")]


def test_hidden_places_are_left_out(releases: Releases) -> None:
    choice = choose(releases, View.read("topic=evictions&measure=homes_filed&geography=neighborhood&grain=month"))
    assert choice is not None
    found = spots_of(choice)
    assert found.judged + found.left_out == 9
    assert found.judged < LEAST_PLACES
    assert found.why_not == "few"


def test_medians_are_not_judged(client: TestClient, releases: Releases) -> None:
    median = "topic=service_requests&measure=days_to_close_median&geography=neighborhood&layer=hotspots"
    choice = choose(releases, View.read(median))
    assert choice is not None
    assert spots_of(choice).why_not == "kind"
    assert "medians and shares is not known" in client.get(f"/map?{median}").text


def test_the_page_says_what_it_outlines(client: TestClient, releases: Releases) -> None:
    choice = choose(releases, View.read(CELLS))
    shown = heat_view(releases, View.read(CELLS))
    assert choice is not None
    assert shown is not None
    kinds = spots_of(choice).kinds
    outlined = shown.places.outlined
    assert {*outlined["hot"], *outlined["lone"]} == set(kinds)
    page = client.get(f"/map?{CELLS}").text
    told = page.split('id="map-spots"')[1].split("</section>")[0]
    assert set(re.findall(r"unit=([0-9a-f]{15})", told)) == set(kinds)
    assert ("Next hot spot" in told) == bool(kinds)
    assert "not conditions" in told
    assert "left out, never taken for zero" in told


def test_without_the_layer_nothing_is_judged(releases: Releases) -> None:
    shown = heat_view(releases, View.read(CELLS.replace("&layer=hotspots", "")))
    assert shown is not None
    assert shown.places.outlined == {}


@pytest.mark.parametrize(("unit", "follows"), [(None, "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("elsewhere", "a")])
def test_the_next_one_goes_round(unit: str | None, follows: str) -> None:
    assert Spotted(dict.fromkeys("abc", Spot.HOT), 30, 0).after(unit) == follows
    assert Spotted({}, 30, 0).after(unit) is None
