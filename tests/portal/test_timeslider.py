"""The time slider of a map: every published period, what each of them is, one scale for all of them."""

import html
import json
import re

import pytest
from starlette.testclient import TestClient

from portal.map.timeslider import kind_of
from portal.map.view import heat_view
from portal.queries.choice import choose
from portal.queries.offer import Span
from portal.releases import Releases
from portal.view import View
from tests.portal.made_places import FIRST

MONTHS = "topic=evictions&measure=homes_filed&geography=district&grain=month"


@pytest.mark.parametrize(
    ("told", "finished", "shown", "kind"),
    [
        (True, True, 0.4, "shown"),
        (True, True, 0.0, "hidden"),
        (True, False, 1.0, "unfinished"),
        (False, True, 0.0, "later"),
        (False, False, 0.0, "later"),
    ],
)
def test_a_period_says_what_it_is(told: bool, finished: bool, shown: float, kind: str) -> None:
    """
    | told | over | share that shows | kind       |
    |------|------|------------------|------------|
    | yes  | yes  | some             | shown      |
    | yes  | yes  | none             | hidden     |
    | yes  | no   | any              | unfinished |
    | no   | -    | -                | later      |
    """
    assert kind_of(Span(FIRST, told=told, shown=shown, finished=finished)) == kind


def test_the_slider_has_every_period_of_the_select(client: TestClient, releases: Releases) -> None:
    page = client.get(f"/map?{MONTHS}").text
    told = json.loads(html.unescape(re.search(r'data-time="([^"]+)"', page).group(1)))  # type: ignore[union-attr]
    choice = choose(releases, View.read(MONTHS))
    assert choice is not None
    assert told["starts"] == [span.start.isoformat() for span in choice.spans]
    options = re.findall(r'<option[^>]* value="(\d{4}-\d\d-\d\d)"[^>]*>([^<]+)<', page)
    assert [start for start, _ in options] == told["starts"][::-1]
    assert [words for _, words in options] == told["labels"][::-1]
    assert told["starts"][told["at"]] == str(choice.period)
    assert set(told["kinds"]) == {"shown", "later"}
    for words, kind in zip(told["labels"], told["kinds"], strict=True):
        assert ("not reported yet" in words) == (kind == "later")


def test_one_scale_holds_for_all_periods(releases: Releases) -> None:
    """The colors of any two periods mean the same: the classes of the legend never move."""
    choice = choose(releases, View.read(MONTHS))
    assert choice is not None
    legends = set()
    for span in choice.spans[::7]:
        shown = heat_view(releases, View.read(f"{MONTHS}&to={span.start}"))
        assert shown is not None
        legends.add(str(shown.legend[0].children[1]))
    assert len(legends) == 1


def test_a_single_period_needs_no_slider(client: TestClient) -> None:
    assert "data-time=" not in client.get("/map?show=concern").text
