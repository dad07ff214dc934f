"""Every page with maps or charts, wide and narrow, light and dark: drawn whole, reachable for all, and quiet.

test_frame.py asks the same of the written pages.
"""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.machinery.layout import faults_of, heading_faults, small_targets
from tests.machinery.reader import NARROW, Open, Reader

pytestmark = pytest.mark.browser

PAGES = {
    "start": "/",
    "data set": "/data/evictions",
    "map": "/map",
    "map of a place": "/map?topic=evictions&geography=district&unit=3&layer=supply",
    "concern against supply": "/map?show=concern",
    "trends": "/trends",
    "trends of a protected place": "/trends?topic=evictions&geography=district&unit=3&compare=4",
    "district": "/district/3",
    "hot spots": "/map?layer=hotspots",
    "places compared": "/compare?places=district:1,district:2,city:city",
    "a map passed on": "/share?topic=evictions&geography=neighborhood",
    "district in other lines": "/district/3?geography=district_2013",
    "agencies": "/agency",
    "agency": "/agency/public_works",
    "report to the council": "/district/3/report",
    "contact center": "/contact-center?measure=abandoned_share",
}
DARK_AT_ONCE = ("start", "map", "trends", "district", "contact center")
"""The others differ from these by no color of their own, and are looked at in the dark with the slow tests."""
SEEN = [
    pytest.param(path, scheme, id=f"{name}-{scheme}",
                 marks=[] if scheme == "light" or name in DARK_AT_ONCE else pytest.mark.slow)
    for name, path in PAGES.items() for scheme in ("light", "dark")
]  # fmt: skip
GRAVE = ("serious", "critical")


def violations(reader: Reader) -> list[str]:
    """Serious and critical violations of the accessibility rules, each with the first element that breaks them.

    Folds are opened first: the checker passes over what a closed one holds, even where the style sheet shows it.
    """
    reader.page.evaluate("document.querySelectorAll('details.an-fold').forEach((each) => { each.open = true })")
    found = Axe().run(reader.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {json.dumps(node['any'][:1])[:300]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize(("path", "scheme"), SEEN)
def test_a_page_is_whole_for_everybody(window: Open, path: str, scheme: str) -> None:
    """
    | asked of every page                              | 1280 px | 320 px     |
    |--------------------------------------------------|---------|------------|
    | all charts and maps drawn                        | yes     | yes        |
    | no serious or critical accessibility violation   | yes     | yes, light |
    | no sideways scrolling of the page                | yes     | yes        |
    | what is pressed has 24 px, or room around it     | yes     | yes        |
    | one first heading, no level left out             | yes     | yes        |
    | no error in the console, no request to elsewhere | yes     | yes        |
    """
    reader = window(scheme=scheme).go(path)
    assert reader.fits()
    assert violations(reader) == []
    assert small_targets(reader.page) + heading_faults(reader.page) == []
    reader.resize(NARROW).drawn()
    assert reader.fits(), _too_wide(reader)
    assert small_targets(reader.page) + heading_faults(reader.page) == []
    if scheme == "light":
        assert violations(reader) == []


@pytest.mark.parametrize("path", ["/map", "/trends", "/district/3", "/data/evictions"])
def test_a_page_opened_on_a_phone_fits_it(phone: Reader, path: str) -> None:
    phone.go(path)
    assert phone.fits(), _too_wide(phone)
    assert phone.title


@pytest.mark.slow
def test_long_words_fit_a_phone_too(phone: Reader) -> None:
    """In Spanish words are longer: nothing goes over the edge, no target gets too small."""
    for path in (*PAGES.values(), "/privacy", "/methods", "/status", "/changes", "/subscribe", "/saved", "/zones"):
        phone.go(f"{path}{'&' if '?' in path else '?'}lang=es")
        assert phone.fits(), (path, _too_wide(phone))
        assert small_targets(phone.page) + heading_faults(phone.page) == [], path


def test_a_crowd_of_small_targets_and_a_lost_heading_are_found(reader: Reader) -> None:
    """A check that cannot fail checks nothing."""
    reader.go("/status").page.evaluate(
        "document.querySelector('main').innerHTML = '<h1>A</h1><h3>B</h3><button>b</button><button>b</button>';"
        "document.querySelectorAll('main button').forEach((each) => { each.style.cssText ="
        " 'width: 12px; height: 12px; padding: 0; display: inline-block' })"
    )
    assert len(small_targets(reader.page)) == 2
    assert heading_faults(reader.page)[0].startswith("B: 3 after 1")
    assert faults_of([[2, "A"], [1, "B"]]) == ["levels: [2, 1]"]


def test_the_violations_of_a_bad_page_are_found(reader: Reader) -> None:
    """A check that cannot fail checks nothing."""
    reader.go("/status").page.evaluate(
        "document.querySelector('main').innerHTML = '<img src=\"/assets/x\"><button></button>'"
    )
    reader.seen.errors.clear()
    assert {each.split(":")[0] for each in violations(reader)} >= {"image-alt", "button-name"}
    reader.page.wait_for_load_state("networkidle")
    reader.seen.errors.clear()


def test_dark_is_dark_and_light_is_light(window: Open) -> None:
    """
    | scheme | ground      | words       |
    |--------|-------------|-------------|
    | light  | bright      | dark        |
    | dark   | dark        | bright      |
    """
    for scheme, bright in (("light", True), ("dark", False)):
        reader = window(scheme=scheme).go("/privacy")
        ground, words = (
            _brightness(reader, f"getComputedStyle(document.body).{key}") for key in ("backgroundColor", "color")
        )
        assert (ground > words) is bright
        assert abs(ground - words) > 150


def test_the_switch_changes_the_colors_of_page_and_map_and_is_remembered(window: Open) -> None:
    reader = window().go("/map")
    before = reader.page.evaluate(SCALE), _brightness(reader, GROUND)
    reader.find("#scheme").click()
    reader.page.wait_for_function(f"(before) => {SCALE} !== before", arg=before[0])
    assert _brightness(reader, GROUND) < before[1]
    reader.go("/trends")
    assert _brightness(reader, GROUND) < before[1]
    assert reader.find("#scheme").inner_text().split() == ["Light", "colors"]
    reader.find("#scheme").click()
    assert _brightness(reader, GROUND) == before[1]


GROUND = "getComputedStyle(document.body).backgroundColor"
SCALE = "JSON.stringify(document.querySelector('#map-graph .js-plotly-plot').data[0].colorscale)"
_PARTS = """([most]) => [...document.querySelectorAll("body *")].filter((part) =>
  part.getBoundingClientRect().right > most && !part.closest(".scroll")).map((part) => part.outerHTML.slice(0, 120))"""


def _too_wide(reader: Reader) -> list[str]:
    found: list[str] = reader.page.evaluate(_PARTS, [NARROW])
    return found[:5]


def _brightness(reader: Reader, expression: str) -> float:
    """0 (black) to 255 (white) of a CSS color."""
    numbers: list[float] = reader.page.evaluate(f"{expression}.match(/[\\d.]+/g).slice(0, 3).map(Number)")
    return sum(numbers) / 3
