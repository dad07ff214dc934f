"""One view, one set of figures: in the map's list and table, the trend's table, CSV, GeoJSON, the still picture, the
sheet that is printed, and the mail. What a month's report says as page, PDF and spreadsheet is held in `report/`.
"""

import csv
import html
import io
import random
import re
import xml.etree.ElementTree as ET

from starlette.testclient import TestClient

from layers.measures import Status
from layers.period import Grain
from portal.queries.figure import Figure
from portal.queries.news import news_between
from portal.queries.offer import CITY, measure_of
from portal.releases import Releases
from portal.still.picture import map_picture
from portal.still.sheet import sheet_html
from portal.view import View
from portal.words.figures import figure_text
from portal.words.news import news_text
from portal.words.wording import period_text

VIEWS, SEED = 50, 20261122
ROW = re.compile(r'<tr><th scope="row"[^>]*><a href="\?([^"]*)"[^>]*>[^<]*</a></th><td[^>]*>(.*?)</td></tr>')
NAMED = re.compile(r'<tr><th scope="row"[^>]*>(?:<a [^>]*>)?([^<]*)(?:</a>)?</th><td[^>]*>(.*?)</td>')
TREND = re.compile(r'<tr><th scope="row"[^>]*>([^<]*)(?:<[^>]*>[^<]*</[^>]*>)*</th><td[^>]*>(.*?)</td>')


def asked(releases: Releases) -> list[View]:
    """Views drawn by lot over every topic, measure, category, geography, grain and period."""
    draw = random.Random(SEED)
    found = []
    for topic in releases.topics:
        release = releases.required(topic)
        rows = release.distinct("measure", "category", "geography", "grain", "period").rows()
        kept = sorted(row for row in rows if row[2] != CITY and measure_of(release.manifest, row[0]))
        drawn = [g.name for g in release.manifest.geographies if g.shapes]
        kept = [row for row in kept if row[2] in drawn]
        for measure, category, geography, grain, period in draw.sample(kept, min(VIEWS, len(kept))):
            view = View(topic=topic, measure=measure, category=category, geography=geography, grain=grain)
            found.append(View.read(view.query(from_=period, to=period)))
    return draw.sample(found, VIEWS)


def test_fifty_views_say_the_same_everywhere(client: TestClient, releases: Releases) -> None:
    for view in asked(releases):
        rows = list(csv.DictReader(io.StringIO(_csv(client, view))))
        from_file = _of_file(releases, view, rows)
        page = _of_page(client.get(f"/map{view.query(show='table')}").text)
        listed = _of_page(client.get(f"/map{view.query()}").text)
        spanish = _of_page(client.get(f"/map{view.query(show='table', lang='es')}").text)
        assert page.keys() == from_file.keys(), view
        assert page == from_file, view
        assert listed.items() <= page.items(), view
        assert _numbers(spanish) == _numbers(page), view
        assert _of_geojson(client, view) == {row["unit"]: row["value"] for row in rows if row["unit"] in page}, view
        _same_in_picture(client, view, page)
        _same_in_trend(client, view, page)
        _same_on_paper(client, releases, view)
        _same_in_mail(client, releases, view, sorted(page)[0])


def _csv(client: TestClient, view: View) -> str:
    answer = client.get(f"/download/view.csv{view.query()}")
    assert answer.status_code == 200
    return "".join(line for line in answer.text.splitlines(keepends=True) if not line.startswith("#"))


def _of_file(releases: Releases, view: View, rows: list[dict[str, str]]) -> dict[str, str]:
    measure = measure_of(releases.required(view.topic or "").manifest, view.measure or "")
    assert measure is not None
    found = {}
    for row in rows:
        value, low, high = (float(row[name]) if row[name] else None for name in ("value", "low", "high"))
        figure = Figure(Status(row["status"]), value, low, high, row["flag"] or None)
        found[row["unit"]] = " ".join(figure_text(figure, measure).split())
    return found


def _of_page(page: str) -> dict[str, str]:
    return {View.read(html.unescape(query)).unit or "": _text(cell) for query, cell in ROW.findall(page)}


def _text(cell: str) -> str:
    shown = re.sub(r'<span[^>]*class="an-flag"[^>]*>\*</span>', "", cell)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def _numbers(told: dict[str, str]) -> dict[str, list[str]]:
    return {unit: re.findall(r"\d[\d.,]*", text) for unit, text in told.items()}


def _of_geojson(client: TestClient, view: View) -> dict[str, str]:
    features = client.get(f"/download/view.geojson{view.query()}").json()["features"]
    values = {f["id"]: [each["value"] for each in f["properties"]["counts"]] for f in features}
    assert all(len(found) == 1 for found in values.values()), view
    return {unit: "" if found[0] is None else str(found[0]) for unit, found in values.items()}


def _same_in_picture(client: TestClient, view: View, page: dict[str, str]) -> None:
    root = ET.fromstring(client.get(f"/still/map.svg{view.query()}").text)
    alt = next(each.text or "" for each in root if each.tag.endswith("desc"))
    for number in re.findall(r"\((\d[\d.,]*)\)", alt):
        assert any(text.startswith(number) for text in page.values()), (view, alt)


def _same_in_trend(client: TestClient, view: View, page: dict[str, str]) -> None:
    unit = sorted(page)[0]
    trend = client.get(f"/trends{view.query(unit=unit, from_=None, to=None)}").text
    assert view.to is not None
    when = period_text(view.to, Grain(view.grain))
    cells = {_text(period).split(" (")[0]: _text(cell) for period, cell in TREND.findall(trend)}
    assert when in cells, (view, unit)
    assert page[unit].startswith(cells[when]), (view, unit, cells[when])


def _same_on_paper(client: TestClient, releases: Releases, view: View) -> None:
    """The places of the sheet, each with the figure that the map's table has."""
    picture = map_picture(releases, view)
    assert picture is not None, view
    sheet = _by_name(sheet_html(releases, view, picture, "http://testserver/"))
    table = _by_name(client.get(f"/map{view.query(show='table')}").text)
    city = releases.required(view.topic or "").manifest.city.name
    places = {pair for pair in sheet if pair[0] != f"{city} as a whole"}
    assert places, view
    assert places <= table, view


def _by_name(page: str) -> set[tuple[str, str]]:
    return {(_text(name), _text(cell)) for name, cell in NAMED.findall(page)}


def _same_in_mail(client: TestClient, releases: Releases, view: View, unit: str) -> None:
    """What a digest would say of the place, beside the file of the same period."""
    release = releases.required(view.topic or "")
    told = news_between(
        None, release, view.geography or "", unit, measure=view.measure, category=view.category or "all"
    )
    for news in told:
        asked = view.query(unit=unit, grain=news.grain.value, from_=news.period, to=news.period)
        rows = list(csv.DictReader(io.StringIO(_csv(client, View.read(asked)))))
        figure = " ".join(news_text(news).split()).partition(": ")[2]
        assert figure.startswith(_of_file(releases, view, rows)[unit]), (view, unit)
