"""Time on the map: a slider for keys, playing only when asked to, silence between start and end."""

import pytest
from playwright.sync_api import expect

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser
MAP = "/map?topic=service_requests&measure=requests&geography=district&grain=year"
MOST_BYTES = 50_000


def test_the_slider_moves_through_the_periods_by_keys(reader: Reader) -> None:
    """Home is the first period, End the last one. The slider keeps the focus, and says the period it stands at."""
    reader.go(MAP)
    sizes: list[int] = []
    reader.page.on("requestfinished", lambda sent: sizes.append(sent.sizes()["responseBodySize"]))
    slider = reader.find("#time-slider")
    slider.focus()
    for key in ("Home", "End", "ArrowLeft"):
        before = reader.title
        reader.press(key)
        expect(reader.find("h1")).not_to_have_text(before)
        assert (slider.get_attribute("aria-valuetext") or "").split(" (")[0] in reader.title
        expect(slider).to_be_focused()
    assert reader.asked["to"].endswith("-01-01")
    assert max(sizes) < MOST_BYTES
    box = reader.find(".an-play").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24


def test_nothing_plays_by_itself_and_less_motion_is_one_step_for_each_press(reader: Reader) -> None:
    """The windows of these tests ask for less motion."""
    reader.go(MAP)
    button = reader.find(".an-play")
    expect(button).to_have_text("Next period")
    start, slider = reader.title, reader.find("#time-slider")
    at, last = int(slider.input_value()), int(slider.get_attribute("max") or 0)
    button.click()
    expect(reader.find("h1")).not_to_have_text(start)
    assert slider.input_value() == str((at + 1) % (last + 1))  # after the last period comes the first one
    expect(button).to_have_text("Next period")


def test_playing_is_announced_at_its_start_and_its_end_only(reader: Reader) -> None:
    reader.page.emulate_media(reduced_motion="no-preference")
    reader.go(MAP)
    button, lead = reader.find(".an-play"), reader.find("#map-head [role=status]")
    expect(button).to_have_text("Play")
    reader.find("#time-slider").focus()
    for key in ("End", "ArrowLeft"):
        before = reader.title
        reader.press(key)
        expect(reader.find("h1")).not_to_have_text(before)
    button.click()
    expect(reader.find(".an-time [role=status]")).to_contain_text("Playing 20")
    expect(lead).to_have_attribute("aria-live", "off")
    expect(button).to_have_text("Play", timeout=30_000)  # the last period has been played
    last = int(reader.find("#time-slider").get_attribute("max") or 0)
    assert reader.find("#time-slider").input_value() == str(last)
    expect(reader.find(".an-time [role=status]")).to_contain_text("Stopped at")
    assert lead.get_attribute("aria-live") is None
