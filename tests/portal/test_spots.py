"""Hot spots on the map's page: in list, table, legend and outline alike, by link from one to the next."""

import csv
import gzip
import json
import re
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from portal.frame.markup import markup
from portal.map.spotfile import spot_csv
from portal.map.view import heat_view
from portal.queries.choice import choose
from portal.queries.neighbors import touching_pairs
from portal.queries.spots import Spotted, spots_of
from portal.releases import Releases
from portal.statistics.hotspots import LEAST_PLACES, Spot
from portal.still.picture import map_picture
from portal.still.shapes import Frame, outer_edges
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


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, releases: Releases) -> dict[str, Spot]:
    """Three cells of the map that are said to be hot spots, wherever they are asked for: the figures here have none."""
    shown = heat_view(releases, View.read(CELLS))
    assert shown is not None
    kinds = dict(zip(shown.places.units[5:8], (Spot.HOT, Spot.CORE, Spot.LONE), strict=True))
    for module in ("portal.map.view", "portal.still.picture", "portal.map.spotfile"):
        monkeypatch.setattr(f"{module}.spots_of", lambda choice: Spotted(kinds, 40, 2))
    return kinds


def test_the_list_of_hot_spots_is_its_file(releases: Releases, planted: dict[str, Spot]) -> None:
    """Same places, same order, same kinds; what must be said stands above."""
    choice, shown = choose(releases, View.read(CELLS)), heat_view(releases, View.read(CELLS))
    assert choice is not None
    assert shown is not None
    assert re.search(r'href="(/download/hotspots\.csv[^"]*)"', markup(shown.list_))
    lines = spot_csv(choice).splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [(row["unit"], row["hot_spot"]) for row in rows] == [(unit, kind.value) for unit, kind in planted.items()]
    assert {row["period"] for row in rows} == {str(choice.period)}
    assert any("not conditions" in line for line in lines if line.startswith("#"))


def test_where_nothing_is_judged_there_is_no_file(client: TestClient) -> None:
    few = client.get("/download/hotspots.csv?topic=evictions&geography=neighborhood&grain=month")
    assert few.status_code == 404
    assert "not judged" in few.text


def test_a_still_map_outlines_the_same_hot_spots(releases: Releases, planted: dict[str, Spot]) -> None:
    picture = map_picture(releases, View.read(CELLS))
    plain = map_picture(releases, View.read(CELLS.removesuffix("&layer=hotspots")))
    assert picture is not None
    assert plain is not None
    assert re.findall(r'data-spot="(\w+)"', picture.svg) == ["hot", "lone"]
    assert "data-spot" not in plain.svg
    assert f"{len(planted)} places are higher than their surroundings" in picture.alt
    assert "not conditions" in picture.caution
    assert len(gzip.compress(picture.svg.encode())) < 150_000


def test_touching_shapes_are_outlined_as_one(tmp_path: Path) -> None:
    """
    ┌───┬───┐      ┌───────┐
    │ a │ b │  →   │       │   six edges, each once; the shared one is gone
    └───┴───┘      └───────┘
    """
    squares = {"a": 0.0, "b": 1.0}
    features = [
        {"id": name, "geometry": {"type": "Polygon", "coordinates": [[[w, 0], [w + 1, 0], [w + 1, 1], [w, 1], [w, 0]]]}}
        for name, w in squares.items()
    ]
    file = tmp_path / "x.geojson"
    file.write_text(json.dumps({"features": features}))
    frame = Frame((0, 0, 1, 2), 0, 0, 100, 50)
    assert outer_edges(file, frame, ["a", "b"]).count("M") == 6
    assert outer_edges(file, frame, ["a"]).count("M") == 4
