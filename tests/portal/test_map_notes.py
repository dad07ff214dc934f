"""What is said below a map's legend: what is in no place, how exact places are, as of when."""

import html
import re

import polars as pl
import pytest
from starlette.testclient import TestClient

from layers.measures import Status
from portal.queries import unplaced as module
from portal.queries.choice import choose
from portal.queries.figure import Figure
from portal.queries.unplaced import unplaced
from portal.releases import Releases
from portal.view import View


def _notes(client: TestClient, query: str) -> str:
    found = re.search(r'<ul class="an-map-notes[^"]*">(.*?)</ul>', client.get(f"/map{query}").text)
    assert found is not None
    return html.unescape(re.sub("<[^>]+>", " ", found[1]))


CASES = (
    # city, its places, what is in none of them
    (100.0, [60.0, 37.0], 3),
    (100.0, [60.0, 40.0], 0),
    (100.0, [60.0, None], None),  # a place says nothing: nobody knows what it would add
    (100.0, [60.0, 41.0], None),  # the places overlap
    (None, [60.0, 37.0], None),
)


@pytest.mark.parametrize(("whole", "places", "expected"), CASES)
def test_what_is_in_no_place_is_the_citys_figure_less_those_of_all_places(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, whole: float, places: list[float], expected: int | None
) -> None:
    choice = choose(releases, View(topic="service_requests", measure="requests", geography="district"))
    assert choice is not None
    rows = pl.DataFrame({"value": places}, schema={"value": pl.Float64})
    monkeypatch.setattr(module, "place_rows", lambda *_asked: rows)
    monkeypatch.setattr(module, "city_figure", lambda _choice: Figure(Status.VALUE, whole))
    found = unplaced(choice)
    assert (found.count if found else None) == expected
    if found and found.count:
        choice_words = module.Unplaced(3, 100)
        assert (found, found.percent) == (choice_words, 3.0)


@pytest.mark.parametrize(
    "view",
    [View(topic="evictions", geography="district"), View(topic="evictions", measure="homes_filed", geography="zone2"),
     View(topic="service_requests", measure="days_to_close_median", geography="district")],
)  # fmt: skip
def test_no_difference_of_protected_figures_or_of_medians_is_told(releases: Releases, view: View) -> None:
    choice = choose(releases, view)
    assert choice is not None
    assert unplaced(choice) is None


def test_the_legend_says_it(client: TestClient) -> None:
    exact, protected = _notes(client, "?topic=service_requests"), _notes(client, "?topic=evictions")
    assert "Counts are spread over areas, not addresses." in exact
    assert "Not placed on the map" not in protected
    assert "Approximate: figures have noise" in protected
    for notes in (exact, protected, _notes(client, "?show=concern")):
        assert re.search(r"as of\s+\d{1,2} \w+ \d{4}", notes)
