"""Tab through whole pages: in the order of reading, always visible, never caught."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser
MOST = 250

# What has the focus now: where it stands among all that can have it, and whether it can be seen that it has.
HERE = """() => {
  const now = document.activeElement;
  if (!now || now === document.body) return null;
  const style = getComputedStyle(now), box = now.getBoundingClientRect();
  const frame = now.closest(".an-open") || now;
  const seen = [style, getComputedStyle(frame)].some((each) =>
    (each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 1) || each.boxShadow !== "none");
  const all = [...document.querySelectorAll("*")];
  return { at: all.indexOf(now), seen, wide: box.width, high: box.height, name: now.outerHTML.slice(0, 90) };
}"""

# Where a part and all in it stand among everything.
HELD = """(part) => {
  const all = [...document.querySelectorAll("*")];
  return [...document.querySelectorAll(`${part}, ${part} *`)].map((each) => all.indexOf(each));
}"""

WALKS = {
    "map": (
        "/map?topic=evictions&geography=district",
        ("#map-list", "#map-find", "#time-slider", "#map-graph", "#map-below"),
    ),
    "compare": ("/compare?places=district:1,city:city", ("main",)),
    "share": ("/share?topic=evictions&geography=district", ("main",)),
    "report": ("/district/1/report", ("main",)),
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_tab_walks_the_page_in_order_and_out_of_it(reader: Reader, walk: tuple[str, tuple[str, ...]]) -> None:
    """
    | asked of every stop            | answer                                     |
    |--------------------------------|--------------------------------------------|
    | comes after the one before     | in the order of the document               |
    | can be seen to have the focus  | outline or shadow                          |
    | lets go                        | the walk ends: no stop is met a second time |
    """
    path, parts = walk
    reader.go(path)
    stops: list[dict[str, Any]] = []
    for _ in range(MOST):
        reader.press("Tab")
        here = reader.page.evaluate(HERE)
        if here is None or (stops and here["at"] == stops[0]["at"]):
            break
        stops.append(here)
    else:
        raise AssertionError(f"{MOST} presses of Tab do not lead out of {path}")
    assert len(stops) >= 10
    places = [stop["at"] for stop in stops]
    assert places == sorted(set(places)), "the focus goes back or stays"
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    for part in parts:
        assert set(places) & set(reader.page.evaluate(HELD, part)), f"no stop in {part}"


def test_on_a_phone_the_choices_are_folded_and_stay_open_while_they_are_made(phone: Reader) -> None:
    """
    | done by keyboard         | fold   | summary says    | focus        |
    |--------------------------|--------|-----------------|--------------|
    | page opened              | closed | what is chosen  |              |
    | Enter on the summary     | open   | the same        | summary      |
    | another topic chosen     | open   | the other topic | topic's list |
    """
    phone.go("/map?topic=requests&geography=district")
    fold, said, topic = phone.find(".an-fold"), phone.find("#map-said"), phone.find("#choose-topic")
    expect(topic).not_to_be_visible()
    before = said.inner_text()
    phone.tab_to(phone.find(".an-fold > summary"))
    phone.press("Enter")
    expect(topic).to_be_visible()
    phone.tab_to(topic, most=3)
    topic.select_option("evictions")
    expect(said).not_to_have_text(before)
    expect(said).to_contain_text("viction")
    expect(topic).to_be_focused()
    assert fold.evaluate("(each) => each.open")


def test_on_a_wide_screen_the_choices_stand_open_without_a_summary(reader: Reader) -> None:
    reader.go("/map?topic=evictions&geography=district")
    expect(reader.find("#choose-topic")).to_be_visible()
    expect(reader.find(".an-fold > summary")).not_to_be_visible()
    reader.tab_to(reader.find("#choose-topic"))
