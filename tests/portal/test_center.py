"""The contact center's page: what may be said of each measure, and the same figures in tiles, table and file.

measure                   Oct 2025   Oct 2026   of
answered                    9,000      8,100†          † not all days were reported
offered                    10,000      9,000
abandoned                    10 %        5 %    offered     fell; target at most 6 %: met
resolved at first contact  80.0 %     80.5 %    1,000       no clear difference
speed of answer               40         30     answered    told, not judged
occupancy                      -          -     not collected
"""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.publisher import publish
from layers.topics import topic
from layers.topics.contact_center import CENTER_MEASURES
from portal.app import create_app
from portal.center.figures import readings, whole_year
from portal.center.glance import PARTS
from portal.center.published import CENTERS, COMPARED, SOURCES
from portal.frame.markup import markup
from portal.queries.change import Direction, change_in
from portal.queries.figure import Figure, Status
from portal.releases import Releases
from portal.report.asked import Pins, Place, Question
from portal.report.build import make_report
from portal.report.markup import body as report_body
from portal.report.model import Report
from portal.report.workbook import xlsx_bytes
from portal.settings import PortalSettings
from portal.words.target import Verdict
from tests.portal.made_manifest import draft_of
from tests.portal.made_places import BUILT, Places
from tests.portal.report.read_back import sheets
from tests.portal.test_forms_keep import lost

NOW, BEFORE = date(2026, 10, 1), date(2025, 10, 1)
MONTHS: dict[str, tuple[float | None, float | None]] = {
    "answered": (9_000, 8_100), "offered": (10_000, 9_000), "abandoned_share": (0.10, 0.05), "checked": (1_000, 1_000),
    "first_contact_resolution": (0.80, 0.805), "speed_of_answer": (40, 30), "occupancy": (None, None),
}  # fmt: skip
LANGUAGES = {"all": 8_100.0, "english": 8_000.0, "spanish": None, "hmong": None}


def _row(
    measure: str, category: str, grain: Grain, period: date, value: float | None, status: str
) -> dict[str, object]:
    about = topic("contact_center").measure(measure)
    assert about is not None
    partial = measure == "answered" and period == NOW
    return {
        "measure": measure, "category": category, "geography": "city", "unit": "city", "grain": grain.value,
        "kind": about.kind.value, "period": period, "status": status, "value": value, "low": None, "high": None,
        "flag": "partial" if partial else None,
    }  # fmt: skip


def _frame() -> pl.DataFrame:
    rows = []
    for measure, values in MONTHS.items():
        for period, value in zip((BEFORE, NOW), values, strict=True):
            rows.append(_row(measure, "all", Grain.MONTH, period, value, "not_collected" if value is None else "value"))
        rows.append(_row(measure, "all", Grain.YEAR, date(2025, 1, 1), values[0],
                         "not_collected" if values[0] is None else "value"))  # fmt: skip
    rows += [
        _row("handled_by_language", name, Grain.MONTH, NOW, value, "hidden" if value is None else "value")
        for name, value in LANGUAGES.items()
    ]
    schema = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "flag": pl.String}
    return pl.DataFrame(rows, schema_overrides=schema)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("center") / "public"
    folder.mkdir()
    draft = draft_of(Places(2), "contact_center", [_frame()], ("city",))
    goal = {"topic": "contact_center", "measure": "abandoned_share", "value": 0.06, "at": "most", "source": "Plan"}
    draft.manifest["city"] = {**draft.manifest["city"], "targets": [goal]}
    publish(draft, folder, built_at=BUILT)
    return folder


@pytest.fixture(scope="module")
def offer(store: Path) -> Releases:
    return Releases(store, lambda: datetime(2026, 11, 15, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def site(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(PortalSettings(store=store)), follow_redirects=False) as found:
        yield found


def _said(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def test_every_measure_of_the_sixteen_has_its_tile() -> None:
    listed = [name for _title, names in PARTS for name in names]
    assert sorted(listed) == sorted(CENTER_MEASURES)
    assert len(set(listed)) == 16


def test_what_may_be_said_of_each_measure(offer: Releases) -> None:
    found = {each.measure.name: each for each in readings(offer.required("contact_center"), Grain.MONTH)}
    assert {name: each.found.change.direction for name, each in found.items()} == {
        "answered": Direction.UNKNOWN,
        "abandoned_share": Direction.FELL,
        "first_contact_resolution": Direction.LEVEL,
        "speed_of_answer": Direction.DIFFERS,
        "occupancy": Direction.UNKNOWN,
    }
    abandoned = found["abandoned_share"]
    assert abandoned.held is not None
    assert abandoned.held.verdict is Verdict.MET
    assert abandoned.over_now.value == 9_000


def test_the_page_says_the_same(site: TestClient) -> None:
    said = _said(site.get("/contact-center").text)
    assert "Calls abandoned fell: 5.0 % in Oct 2026, 5.0 percentage points lower than in Oct 2025." in said
    assert "Target at most 6 %: met" in said
    assert "over 9,000 calls" in said
    assert "Calls answered 8,100 calls cannot be compared with Oct 2025" in said
    assert "Not all of the period was reported" in said
    assert re.search(r"Occupancy not collected", said)
    assert re.search(r"Hmong too few to show", said)
    assert "Denver, CO 2012 600,000 18.0 % 101" in said
    assert "They are not measured alike" in said


def test_what_was_chosen_is_said_to_who_cannot_see_the_chart(site: TestClient) -> None:
    page = site.get("/contact-center?measure=abandoned_share&grain=quarter").text
    assert re.search(r'role="status"[^>]*><h2[^>]*>Calls abandoned, by quarter</h2>', page)


def test_tile_table_and_file_hold_the_same_figures(site: TestClient) -> None:
    page = site.get("/contact-center?measure=abandoned_share").text
    table = _said(page[page.index('id="center-table"') :].split("</table>")[0])
    assert "Oct 2026 5.0 % 9,000" in table
    assert "Oct 2025 10.0 % 10,000" in table
    link = next(html.unescape(each) for each in re.findall(r'href="(/download/view\.csv[^"]*abandoned[^"]*)"', page))
    rows = list(csv.DictReader(line for line in io.StringIO(site.get(link).text) if not line.startswith("#")))
    assert {(row["period"], float(row["value"])) for row in rows} == {("2025-10-01", 0.1), ("2026-10-01", 0.05)}


def test_the_city_stands_beside_other_centers_with_its_last_whole_year(offer: Releases) -> None:
    release = offer.required("contact_center")
    year, figure = whole_year(release, "abandoned_share")
    assert (year, figure.value) == (2025, 0.10)
    for center in CENTERS:
        assert center.figures.keys() <= set(COMPARED)
        assert center.source in SOURCES
        assert all(0 < value <= 1 for name, value in center.figures.items() if name in ("abandoned_share", "occupancy"))


def test_the_topic_is_on_no_map_and_the_navigation_names_its_page(site: TestClient) -> None:
    assert site.get("/map").status_code == 200
    assert re.search(r'<a href="/contact-center"[^>]*>Contact center</a>', site.get("/data").text)
    assert site.get("/trends?topic=contact_center&measure=speed_of_answer").status_code == 200


def test_the_start_page_names_who_answers(site: TestClient, client: TestClient) -> None:
    said = _said(site.get("/").text)
    assert "Calls abandoned, Oct 2026: 5.0 % Target at most 6 %: met" in said
    assert "Speed of answer, Oct 2026: 30 seconds" in said
    without = _said(client.get("/").text)
    assert "2 agencies answer for requests about places, among them Public Works and Parks and Trees." in without
    assert "Contact center · not collected" in without
    assert "Target at most 25.5 days (since 1 January 2025): " in without


def _report(offer: Releases, place: Place) -> Report:
    pins = Pins.of(offer)
    assert pins is not None
    return make_report(Question(pins, place, NOW))


def test_the_report_of_the_city_holds_the_same_figures(offer: Releases) -> None:
    """
    | measure         | divided by    | Aug | Sep | Oct 2026 | Oct 2025 | change           | target        |
    |-----------------|---------------|-----|-----|----------|----------|------------------|---------------|
    | Calls offered   | –             |  –  |  –  | 9,000    | 10,000   | 10 % fewer       |               |
    | Calls abandoned | Calls offered |  –  |  –  | 5.0 %    | 10.0 %   | 5.0 points lower | at most 6: met |
    | Calls answered  | –             |  –  |  –  | 8,100†   | 9,000    | cannot be judged |               |
    """
    report = _report(offer, Place("city", "city", "Madeville"))
    part = next(each for each in report.sections if each.key == "center")
    rows = {row[0].text: row[1:] for row in part.tables[0].rows}
    abandoned, offered, answered = rows["Calls abandoned"], rows["Calls offered"], rows["Calls answered"]
    assert [cell.text for cell in abandoned[:3]] == ["Calls offered", "not collected", "not collected"]
    assert [cell.number for cell in abandoned[3:5]] == [0.05, 0.10]
    assert [cell.text for cell in abandoned[5:]] == ["5.0 percentage points lower", "Target at most 6 %: met"]
    assert [cell.number for cell in offered[3:5]] == [9_000, 10_000]
    assert (answered[3].partial, answered[5].text) == (True, "cannot be judged")
    assert rows["Speed of answer, seconds"][3].text == "30"
    assert "Calls abandoned fell: 5.0 % in Oct 2026, 5.0 percentage points lower than in Oct 2025." in part.points
    by_language = {row[0].text: row[1].text for row in part.tables[1].rows}
    assert (by_language["English"], by_language["Hmong"]) == ("8,000", "too few to show")
    page = markup(report_body(report))
    assert re.search(r"8,100\W*<span[^>]*>†", page)
    assert "† Not all of the period was reported" in page
    assert "The margin is wide" not in page
    in_file = {row[0]: row for row in sheets(xlsx_bytes(report))["center-by-month"]}
    assert in_file["Calls abandoned"][4:6] == (0.05, 0.10)


def test_the_report_of_a_district_has_no_part_on_the_contact_center(offer: Releases) -> None:
    report = _report(offer, Place("district", "1", "District 1"))
    assert "center" not in {each.key for each in report.sections}
    assert "Contact center" not in {fact.name for fact in report.facts}


def test_its_form_keeps_the_address(site: TestClient, offer: Releases) -> None:
    query = f"grain=quarter&measure=speed_of_answer&as_of={offer.current['contact_center']}&lang=es"
    assert lost(site, "/contact-center", f"{query}&around=2025-01-01") == []


def test_a_city_without_one_says_so(bare_client: TestClient) -> None:
    answer = bare_client.get("/contact-center")
    assert answer.status_code == 200
    assert "publishes no figures of its contact center" in answer.text
    assert 'href="/contact-center"' not in answer.text


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.integers(1, 5_000), st.integers(1, 5_000))
def test_a_share_moves_only_beyond_chance(now: float, before: float, n: int, m: int) -> None:
    share = topic("contact_center").measure("abandoned_share")
    assert share is not None
    info = MeasureInfo(
        name=share.name, title=share.title, unit=share.unit, kind=share.kind, regime=share.regime, help="",
        decimals=1, extensive=False, geographies=("city",), grains=(Grain.MONTH,), categories=("all",),
    )  # fmt: skip
    both = (Figure(Status.VALUE, now, of=float(n)), Figure(Status.VALUE, before, of=float(m)))
    told = change_in(info, *both)
    pooled = (now * n + before * m) / (n + m)
    chance = 1.645 * (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5
    if told.direction is Direction.ROSE:
        assert now - before > chance
    if told.direction is Direction.FELL:
        assert before - now > chance
    backwards = change_in(info, *both[::-1]).direction
    opposite = {Direction.ROSE: Direction.FELL, Direction.FELL: Direction.ROSE}
    assert backwards == opposite.get(told.direction, told.direction)
