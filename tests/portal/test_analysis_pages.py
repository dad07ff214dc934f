"""Map, trends and districts as pages: the same numbers on screen, in tables and in files; small changes; real 404s."""

import csv
import gzip
import html
import io
import re

import pytest
from dash._utils import to_json
from starlette.testclient import TestClient

from portal.charts.heat_map import map_patch
from portal.map.table import PER_PAGE
from portal.map.view import heat_view
from portal.pages.map import PAGE as MAP
from portal.pages.map import ask
from portal.releases import Releases
from portal.trend.view import trend_view
from portal.view import View

ADDRESSES = (
    "/map",
    "/map?topic=evictions",
    "/map?topic=evictions&geography=neighborhood&unit=n11&layer=supply",
    "/map?geography=h3_9&show=table",
    "/map?topic=service_requests&measure=closed_on_time_share&geography=tract&grain=quarter",
    "/map?topic=service_requests&measure=homes&geography=zone2",
    "/map?show=concern",
    "/map?show=concern&geography=district&grain=month&unit=1",
    "/trends",
    "/trends?topic=evictions&geography=neighborhood&unit=n11&compare=n12,n21",
    "/trends?geography=h3_8&topic=service_requests",
    "/trends?topic=shutoffs&geography=zone2&from=2025-01",
    "/district/1",
    "/district/2?topic=shutoffs&category=paid",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_is_a_whole_page_without_script(client: TestClient, address: str) -> None:
    found = client.get(address)
    assert found.status_code == 200
    assert found.text.count("<h1") == 1
    assert "<table" in found.text
    body = found.text.split('<main id="main"')[1].split("</main>")[0]
    assert " style=" not in body.split("<script")[0]


@pytest.mark.parametrize("address", ["/district/9", "/district/zz", "/district/1/x", "/map/1", "/trends/x"])
def test_unknown_places_are_not_found(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_map_without_releases_says_so(bare_client: TestClient) -> None:
    for address in ("/map", "/trends", "/map?show=concern"):
        found = bare_client.get(address)
        assert found.status_code == 200
        assert "Nothing has been published yet" in found.text


def cells(page: str, start: str) -> list[list[str]]:
    """The text of a table's rows; the table begins after `start`."""
    body = page.split(start, 1)[1].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in body.split("</tr>") if row]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in rows]


def rows_of_csv(client: TestClient, page: str) -> list[dict[str, str]]:
    link = re.search(r'href="(/download/view\.csv[^"]*)"', page)
    assert link is not None
    text = client.get(html.unescape(link.group(1))).text
    return list(csv.DictReader(io.StringIO("\n".join(line for line in text.splitlines() if not line.startswith("#")))))


def test_the_list_of_a_map_is_its_file(client: TestClient) -> None:
    page = client.get("/map?topic=evictions&measure=homes_filed&geography=neighborhood&grain=month").text
    shown = dict(cells(page, 'class="an-list"'))
    rows = rows_of_csv(client, page)
    assert len(rows) == len(shown) == 9
    for row in rows:
        figure = shown[row["unit_name"]]
        if row["status"] == "value":
            margin = max(float(row["high"]) - float(row["value"]), float(row["value"]) - float(row["low"]))
            assert figure.rstrip("*") == f"{float(row['value']):,.0f} ± {margin:,.0f}"
        else:
            assert figure == "too few to show"


def test_the_table_of_a_trend_is_its_file(client: TestClient) -> None:
    page = client.get("/trends?topic=service_requests&measure=requests&geography=district&unit=2&grain=month").text
    shown = {row[0].removesuffix(" (not finished)"): row[1] for row in cells(page, 'id="trend-table"')}
    rows = rows_of_csv(client, page)
    assert len(rows) == len(shown)
    assert all(shown[row["period_label"]] == f"{float(row['value']):,.0f}" for row in rows)


def test_tiles_and_categories_of_a_district_are_the_releases_figures(client: TestClient, releases: Releases) -> None:
    page = client.get("/district/1").text
    release = releases.release("evictions")
    assert release is not None
    row = release.counts(
        measure="homes_filed", category="all", geography="district", unit="1", grain="month", first=None, last=None
    ).filter(status="value")
    newest = row.sort("period").row(-1, named=True)
    assert f'<span class="tile-value">{newest["value"]:,.0f}</span>' in page
    assert "A filing is not an eviction." in page
    assert "211 East" in page


def test_a_change_on_the_map_moves_less_than_50_kB(releases: Releases) -> None:
    for query in ("geography=h3_9", "geography=h3_9&category=graffiti", "topic=evictions", "show=concern"):
        shown = ask(releases, View.read(query))
        assert shown is not None
        parts = (
            map_patch(shown.ground, shown.places),
            shown.controls,
            shown.legend,
            shown.list_,
            shown.panel,
            shown.below,
        )
        sent = gzip.compress("".join(to_json(part) for part in parts).encode(), 5)
        assert len(sent) < 50_000


def test_the_table_of_a_large_map_has_every_place_once(client: TestClient) -> None:
    page = client.get("/map?geography=h3_9&show=table").text
    rows = rows_of_csv(client, page)
    pages = -(-len(rows) // PER_PAGE)
    assert pages > 1
    for order in ("table", "names"):
        found = [
            row
            for at in range(1, pages + 1)
            for row in cells(client.get(f"/map?geography=h3_9&show={order}_{at}").text, 'id="all-places"')
        ]
        assert len(found) == len(rows)
        assert len({name for name, _ in found}) == len(rows)
        assert sorted(int(figure) for _, figure in found) == sorted(int(float(row["value"])) for row in rows)


def test_the_title_says_what_the_filters_say(releases: Releases) -> None:
    shown = heat_view(releases, View.read("category=graffiti&geography=district&to=2026-05"))
    assert shown is not None
    assert shown.title == "Requests: Graffiti, by council district, May 2026"


def test_places_that_are_not_offered_say_why(client: TestClient) -> None:
    page = client.get("/map?topic=evictions").text
    why = page.split('class="an-why"', 1)[1].split("</details>", 1)[0]
    assert "ZIP codes" in why
    assert "cut through zones" in why


def test_a_chosen_place_opens_its_panel(client: TestClient) -> None:
    page = client.get("/map?topic=evictions&geography=district&unit=2").text
    panel = page.split('class="an-panel"', 1)[1].split("</section>", 1)[0]
    for words in ("District 2", "per 1,000 homes", "Whole city", "90 % certain", "Open the district"):
        assert words in panel


def test_a_place_that_is_not_there_opens_no_panel(client: TestClient) -> None:
    page = client.get("/map?topic=evictions&geography=district&unit=99").text
    assert "Choose a place on the map" in page
    assert "99" not in page.split('class="an-panel"', 1)[1].split("</section>", 1)[0]


def test_trends_name_the_last_closed_month_and_the_events(client: TestClient) -> None:
    page = client.get("/trends?topic=evictions&geography=district&unit=1&grain=month").text
    assert "Last closed month: Sep" in page
    assert "Moratorium" in page
    assert "Heat wave" not in page  # it concerns another topic


def test_places_are_compared_by_rate(releases: Releases) -> None:
    shown = trend_view(
        releases, View.read("topic=evictions&measure=homes_filed&geography=neighborhood&unit=n11&compare=n12")
    )
    assert shown is not None
    lines = [each["name"] for each in shown.beside["data"] if each["name"] != "90 % range"]
    assert lines == ["Neighborhood 11", "Neighborhood 12", "Madeville"]
    assert shown.beside["layout"]["yaxis"]["title"]["text"] == "per 1,000 homes"


@pytest.mark.parametrize(
    ("asked", "alone"),
    [
        ("geography=city&unit=city&grain=month", True),
        ("geography=neighborhood&unit=n11&grain=month", False),
        ("geography=h3_9", True),
    ],
)
def test_what_has_nothing_of_its_size_beside_it_stands_alone(releases: Releases, asked: str, alone: bool) -> None:
    """
    | place, and how often          | beside it          |
    |-------------------------------|--------------------|
    | the whole city                | nothing            |
    | a neighborhood by month       | the city, by rate  |
    | a hexagon without rates       | nothing            |
    """
    shown = trend_view(releases, View.read(f"topic=service_requests&measure=requests&{asked}"))
    assert shown is not None
    assert shown.alone is alone


def test_a_link_may_pin_a_release_and_an_unknown_one_gives_the_current(client: TestClient) -> None:
    assert client.get("/map?topic=evictions&as_of=2020-01-01-000000000000").status_code == 200


def test_the_map_has_every_id_that_its_callbacks_name() -> None:
    assert MAP.skeleton is not None
    text = str(to_json(MAP.skeleton()))
    for ident in (
        "map-graph",
        "map-figure",
        "map-drawn",
        "map-theme",
        "map-head",
        "map-list",
        "map-panel",
        "map-board",
    ):
        assert f'"{ident}"' in text


def test_a_register_has_no_unfinished_period(client: TestClient) -> None:
    """It speaks of the day it was read: units that exist in March are no part of a year's units."""
    assert "not finished" not in client.get("/trends?topic=housing_supply&geography=zip").text
    assert "not finished" in client.get("/trends?topic=service_requests&geography=district").text
