"""A map that stands still: the same figures as the live one, with title, legend, source and date, small and exact."""

import html
import json
import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.map.concern import concern_view
from portal.map.view import heat_view
from portal.releases import Releases
from portal.still.colors import color
from portal.still.pack import meeting_pack
from portal.still.picture import map_picture
from portal.still.shapes import Frame, corners, path_data
from portal.still.words import LETTER, lines
from portal.view import View
from tests.portal.picture_sizes import MOST, too_large

LEVELS = ("high", "middle", "low")
SVG = "{http://www.w3.org/2000/svg}"
VIEWS = (
    "?topic=service_requests&geography=h3_8",
    "?topic=service_requests&geography=neighborhood&layer=supply",
    "?topic=evictions&geography=district",
    "?topic=evictions&geography=zone2",
    "?topic=shutoffs",
)


@pytest.mark.parametrize("query", VIEWS)
def test_a_picture_says_what_the_page_says(releases: Releases, query: str) -> None:
    view = View.read(query)
    picture, shown = map_picture(releases, view), heat_view(releases, view)
    assert picture is not None
    assert shown is not None
    root = ET.fromstring(picture.svg)
    words = " ".join(each.text or "" for each in root.iter(f"{SVG}tspan"))
    assert root.find(f"{SVG}title").text == shown.title == picture.title  # type: ignore[union-attr]
    assert (root.find(f"{SVG}desc").text or "").startswith(shown.lead)  # type: ignore[union-attr]
    assert shown.title in words
    assert picture.source in words
    assert (picture.view.as_of or "") in picture.source


@pytest.mark.parametrize("query", VIEWS[1:3])
def test_names_on_a_picture_do_not_touch(releases: Releases, query: str) -> None:
    picture = map_picture(releases, View.read(query))
    assert picture is not None
    drawn = [each for each in ET.fromstring(picture.svg).findall(f"{SVG}text") if each.get("aria-hidden")]
    assert drawn
    boxes = []
    for each in drawn:
        x, y, size = (float(each.get(key) or 0) for key in ("x", "y", "font-size"))
        half = len(each.text or "") * size * LETTER / 2
        boxes.append((x - half, y - size, x + half, y))
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("query", VIEWS)
def test_every_place_is_drawn_once_in_the_color_of_its_class(releases: Releases, query: str) -> None:
    picture, shown = map_picture(releases, View.read(query)), heat_view(releases, View.read(query))
    assert picture is not None
    assert shown is not None
    drawn = [p for p in ET.fromstring(picture.svg).findall(f"{SVG}path") if p.get("stroke-width") == "5"]
    assert len(drawn) == len(set(shown.places.codes))
    file = releases.folder / "geo" / shown.ground.shapes.removeprefix("/geo/")
    expected = len(corners(file, Frame((0, 0, 1, 1), 0, 0, 1, 1)).keys() & set(shown.places.units))
    rings = sum((p.get("d") or "").count("z") for p in drawn)
    assert rings >= expected > 0
    fills = {p.get("fill") for p in drawn}
    codes = {"hidden": -2, "later": -3, "never": -4}
    assert {name for name, code in codes.items() if code in shown.places.codes} == {
        name for name in codes if f"url(#{name})" in fills
    }


CONCERN = "?show=concern&geography=neighborhood"


def test_concern_against_supply_is_a_picture_of_nine_classes_told_by_pattern(releases: Releases) -> None:
    picture, shown = map_picture(releases, View.read(CONCERN)), concern_view(releases, View.read(CONCERN))
    assert picture is not None
    assert shown is not None
    root = ET.fromstring(picture.svg)
    words = " ".join(each.text or "" for each in root.iter(f"{SVG}tspan"))
    assert root.find(f"{SVG}title").text == shown.title == picture.title  # type: ignore[union-attr]
    assert picture.alt == shown.lead
    names = [f"{concern.capitalize()} concern, {supply} supply" for concern in LEVELS for supply in reversed(LEVELS)]
    for code, name in zip((6, 7, 8, 3, 4, 5, 0, 1, 2), names, strict=True):
        assert f"{name} ({shown.places.codes.count(code)})" in words
        pattern = root.find(f".//{SVG}pattern[@id='bi{code}']")
        lines = "".join(each.get("d", "") for each in pattern.iter(f"{SVG}path")).count("M")  # type: ignore[union-attr]
        dots = len(list(pattern.iter(f"{SVG}circle")))  # type: ignore[union-attr]
        assert (lines, dots) == ((0, 1, 3)[code // 3], (0, 1, 4)[code % 3])
    drawn = {p.get("fill") for p in root.findall(f"{SVG}path") if p.get("stroke-width") == "5"}
    assert -2 in shown.places.codes
    assert drawn == {f"url(#bi{c})" if c >= 0 else "url(#hidden)" if c == -2 else "url(#never)"
                     for c in shown.places.codes}  # fmt: skip
    assert all(releases.current[topic] in picture.source for topic in ("evictions", "shutoffs", "housing_supply"))
    assert len(picture.svg.encode()) < MOST


def test_it_is_offered_wherever_a_map_is(client: TestClient, releases: Releases) -> None:
    picture = map_picture(releases, View.read(CONCERN))
    assert picture is not None
    assert "/still/map.png?" in client.get(f"/map{CONCERN}").text
    pinned = client.get(f"/still/map.svg{picture.view.query()}")
    assert pinned.text == picture.svg
    assert picture.title in html.unescape(client.get(f"/embed/map{CONCERN}").text)
    share = client.get(f"/share{CONCERN}").text
    files = [html.unescape(each) for each in re.findall(r'href="(/download/view\.csv[^"]*)"', share)]
    assert len(files) == 3
    assert all(client.get(each).status_code == 200 for each in files)
    assert client.get("/still/map.svg?show=concern&as_of=2020-01-01-000000000000").status_code == 404
    made = meeting_pack(releases, View.read(CONCERN), "")
    assert made is not None
    assert {each for each in made.files if each.endswith(".csv")} == {
        "figures-evictions.csv", "figures-shutoffs.csv", "figures-housing_supply.csv",
    }  # fmt: skip
    assert "Concern / supply" in made.sheets["en"]


def test_the_map_of_a_district_is_a_picture_too(client: TestClient) -> None:
    """On paper it stands where the live one cannot."""
    page = html.unescape(client.get("/district/1?topic=evictions").text)
    link = re.search(r'href="(/still/district/1\.png[^"]*)"', page)
    assert link is not None
    assert client.get(link[1]).content.startswith(b"\x89PNG")
    svg = client.get(link[1].replace(".png", ".svg"))
    root = ET.fromstring(svg.content)
    title = root.find(f"{SVG}title")
    assert title is not None
    assert (title.text or "").startswith("District 1: Homes with an eviction filing")
    assert len(svg.content) < MOST
    assert client.get("/still/district/99.svg").status_code == 404


def test_a_picture_of_any_geography_is_small_without_packing(releases: Releases) -> None:
    assert not too_large(releases.as_now())


def test_picture_files_are_named_pinned_and_kept_by_the_reader(client: TestClient) -> None:
    svg, png = (client.get(f"/still/map.{kind}?topic=evictions&geography=district") for kind in ("svg", "png"))
    assert (svg.headers["content-type"], png.headers["content-type"]) == ("image/svg+xml", "image/png")
    assert png.content.startswith(b"\x89PNG")
    name = re.search(r'filename="(.+)\.png"', png.headers["content-disposition"])
    assert name is not None
    assert name[1].startswith("evictions_")
    release = name[1].rsplit("_", 1)[1]
    pinned = client.get(f"/still/map.svg?topic=evictions&geography=district&as_of={release}")
    assert pinned.content == svg.content
    again = client.get(
        "/still/map.svg?topic=evictions&geography=district", headers={"if-none-match": svg.headers["etag"]}
    )
    assert again.status_code == 304


def test_nothing_published_nothing_drawn(bare_client: TestClient) -> None:
    assert bare_client.get("/still/map.svg").status_code == 503


def test_the_map_page_shows_the_picture_where_there_is_no_script(client: TestClient) -> None:
    page = client.get("/map?topic=evictions").text
    picture = re.search(r"<noscript><img ([^>]*)>", page)
    assert picture is not None
    assert 'src="/still/map.svg?topic=evictions"' in picture[1]
    assert 'alt="In ' in picture[1]
    assert "/still/map.png?" in page


def test_a_picture_has_no_script_and_asks_for_nothing(releases: Releases) -> None:
    picture = map_picture(releases, View.read(VIEWS[1]))
    assert picture is not None
    assert not re.search(r"<script|href=|@import|url\((?!#)", picture.svg)


def test_colors_are_those_of_the_light_scheme() -> None:
    assert color("--an-zero") == "#ffffff"
    with pytest.raises(KeyError):
        color("--an-none")


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=200),
    st.integers(60, 900),
)
def test_lines_keep_every_word_and_fit(text: str, width: int) -> None:
    found = lines(text, 15, width)
    assert " ".join(found).split() == text.split()
    most = max(1, int(width / (15 * LETTER)))
    assert all(len(each) <= most or " " not in each for each in found)


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=4, max_size=12),
    st.tuples(st.floats(-60, 60), st.floats(-170, 170)),
)
def test_a_path_lands_where_its_points_are(
    tmp_path_factory: pytest.TempPathFactory, ring: list[tuple[float, float]], middle: tuple[float, float]
) -> None:
    """Rounding does not add up: every corner is within a tenth of a pixel of its place."""
    lat, lng = middle
    points = [[lng + x, lat + y] for x, y in ring]
    frame = Frame((lat - 1, lng - 1, lat + 1, lng + 1), 10, 20, 700, 500)
    file = Path(tmp_path_factory.mktemp("shape")) / "a.geojson"
    geometry = {"type": "Polygon", "coordinates": [[*points, points[0]]]}
    file.write_text(json.dumps({"features": [{"id": "u", "geometry": geometry}]}))
    drawn = path_data([*corners(file, frame)["u"]] * 2)
    at: list[tuple[float, float]] = []
    begun = 0.0, 0.0
    for each in drawn.split("z")[:-1]:
        numbers = [int(number) / 10 for number in re.findall(r"-?\d+", each)]
        here = begun
        for first, (dx, dy) in enumerate(zip(numbers[::2], numbers[1::2], strict=True)):
            here = here[0] + dx, here[1] + dy
            begun = begun if first else here
            at.append(here)
    once, again = at[: len(at) // 2], at[len(at) // 2 :]
    assert [c for each in once for c in each] == pytest.approx([c for each in again for c in each])
    for x, y in (frame.at(p[1], p[0]) for p in points):
        assert min(max(abs(x - a), abs(y - b)) for a, b in at) < 0.11


ASKED = "?topic=evictions&geography=district"


def test_a_framed_map_has_no_script_and_only_it_may_be_framed(client: TestClient) -> None:
    framed, page = client.get(f"/embed/map{ASKED}"), client.get(f"/share{ASKED}")
    assert "<script" not in framed.text
    assert "x-frame-options" not in framed.headers
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "script-src" not in framed.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "SAMEORIGIN"


def test_the_page_for_passing_on_pins_what_stays_and_leaves_open_what_follows(client: TestClient) -> None:
    page = client.get(f"/share{ASKED}").text
    fields = {name: html.unescape(text) for name, text in re.findall(r'id="share-(\w+)"[^>]*>([^<]*)<', page)}
    assert sorted(fields) == ["card", "frame", "latest", "pinned"]
    assert "as_of=" in fields["pinned"]
    assert "as_of=" not in fields["latest"]
    frame = re.search(r'src="http://testserver([^"]+)"', fields["frame"])
    assert frame is not None
    assert client.get(html.unescape(frame[1])).status_code == 200
    assert fields["card"].count('alt="') == 1


@pytest.mark.parametrize(
    "address",
    [
        "/still/map.svg?topic=evictions&geography=city",
        "/still/map.png?topic=households&geography=city",
        "/still/pack.zip?topic=evictions&geography=city",
        "/embed/map?topic=evictions&geography=city",
        "/still/district/5.svg?topic=contact_center",
    ],
)
def test_what_has_no_shapes_is_no_picture(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404
