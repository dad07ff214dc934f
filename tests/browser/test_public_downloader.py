"""A reporter's day: what the data is and is not, the file, the dictionary, and the same numbers by every path."""

import gzip
import hashlib
import io
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Locator

from tests.machinery.reader import Reader

pytestmark = pytest.mark.browser

STATUSES = ("value", "zero", "hidden", "not_collected", "not_reported")


def downloaded(reader: Reader, link: Locator, folder: Path) -> bytes:
    """What the browser saves when the link is clicked."""
    with reader.page.expect_download() as waiting:
        link.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes()


def csv_of(content: bytes) -> pl.DataFrame:
    """Rows of a view's CSV, without the notes above them."""
    return pl.read_csv(
        io.BytesIO(content), comment_prefix="#", infer_schema_length=None, schema_overrides={"unit": pl.String}
    )


def prebuilt(reader: Reader, topic: str, name: str) -> pl.DataFrame:
    """The rows of a prebuilt file, fetched as a program would."""
    answer = reader.page.request.get(f"{reader.origin}/download/{topic}/latest/{name}.csv.gz")
    assert answer.status == 200
    body = answer.body()
    return csv_of(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def number(text: str) -> float | None:
    """The figure that a cell shows: `1,234`, `5.9 ± 0.5*`, `85 %`; None of a word."""
    found = re.match(r"^-?[\d,]*\.?\d+", text)
    return float(found.group().replace(",", "")) if found else None


# ---- the data set ----


def test_a_data_set_says_what_it_is_not_what_blank_means_and_how_to_cite(reader: Reader) -> None:
    reader.go("/data")
    with reader.loads():
        reader.find("main").get_by_role("link", name="Eviction filings").click()
    words = reader.find("main").inner_text()
    for told in ("What it is not", "Covers", "Updated", "Next update", "License", "Privacy rule", "Please cite as"):
        assert told in words, told
    assert "A filing is not an eviction" in words
    dictionary = reader.find("section", has=reader.find("#dictionary")).inner_text()
    for status in STATUSES:
        assert status in dictionary, status
    assert reader.find("section", has=reader.find("#preview")).locator("tbody tr").count() == 20


def test_the_file_arrives_with_the_rows_bytes_and_sha256_it_is_listed_with(reader: Reader, tmp_path: Path) -> None:
    reader.go("/data/evictions")
    entry = reader.find(".files li", has_text="evictions.csv.gz")
    words = entry.inner_text()
    content = downloaded(reader, entry.get_by_role("link", name="CSV"), tmp_path)
    rows = int(re.findall(r"([\d,]+) rows", words)[0].replace(",", ""))
    assert hashlib.sha256(content).hexdigest() in words
    assert csv_of(gzip.decompress(content)).height == rows
    plain = downloaded(reader, entry.get_by_role("link", name="unpacked"), tmp_path)
    assert plain == gzip.decompress(content)


def test_an_older_address_of_a_release_stays_open(reader: Reader) -> None:
    reader.go("/data/evictions")
    cited = re.findall(r"/data/evictions\?as_of=[\w.-]+", reader.find("blockquote").inner_text())
    reader.go(cited[0])
    assert reader.title == "Eviction filings"


# ---- the same numbers by every path ----

MAPS = {
    "counts by neighborhood": "/map?topic=service_requests&measure=requests&geography=neighborhood",
    "protected rates": "/map?topic=evictions&measure=homes_filed_per_1000&geography=neighborhood&grain=year",
    "protected counts by district": "/map?topic=shutoffs&measure=homes_scheduled&geography=district",
    "affordable units by district": "/map?topic=housing_supply&measure=units&geography=district",
}


@pytest.mark.parametrize("path", MAPS.values(), ids=MAPS)
def test_map_list_csv_and_file_of_a_map_are_equal(reader: Reader, tmp_path: Path, path: str) -> None:
    """Every place: what the map says of it, what the list says, the CSV of the view, the prebuilt file."""
    reader.go(path)
    view = csv_of(downloaded(reader, reader.find("#map-below a", has_text="as CSV"), tmp_path))
    listed = {row[0]["text"]: row[1] for row in reader.table("#map-list table")}
    drawn = _drawn(reader)
    assert set(listed) == set(drawn) == set(view["unit_name"])
    for row in view.iter_rows(named=True):
        _same(row, listed[row["unit_name"]], drawn[row["unit_name"]])
    _in_file(reader, view)


def test_the_hexagons_of_a_map_are_those_of_the_csv(reader: Reader, tmp_path: Path) -> None:
    reader.go("/map?topic=service_requests&measure=requests&geography=h3_8")
    view = csv_of(downloaded(reader, reader.find("#map-below a", has_text="as CSV"), tmp_path))
    units, texts = reader.page.evaluate(f"[{PLOT}.data[0].locations, {PLOT}.data[0].text]")
    told = dict(view.select("unit", "value").iter_rows())
    assert len(units) == view.height > 30
    assert {unit: number(text.split("<br>")[1]) for unit, text in zip(units, texts, strict=True)} == told
    _in_file(reader, view)


@pytest.mark.parametrize("query", ["", "?topic=evictions&geography=district&unit=3&measure=homes_filed"])
def test_chart_table_csv_and_file_of_a_trend_are_equal(reader: Reader, tmp_path: Path, query: str) -> None:
    reader.go(f"/trends{query}")
    view = csv_of(downloaded(reader, reader.find("#trends-below a", has_text="as CSV"), tmp_path))
    listed = {row[0]["sort"]: row[1] for row in reader.table("#trend-table")}
    drawn = reader.page.evaluate(POINTS)
    assert set(listed) == set(view["period"].cast(pl.String)) == set(drawn)
    for row in view.iter_rows(named=True):
        shown = listed[str(row["period"])]
        assert (shown["sort"] and float(shown["sort"])) == row["value"]
        assert drawn[str(row["period"])] == row["value"]
    _in_file(reader, view)


def test_tiles_categories_and_files_of_a_district_are_equal(reader: Reader, tmp_path: Path) -> None:
    reader.go("/district/2")
    box = reader.find("section", has_text="Top 10 kinds of requests about places").last
    view = csv_of(downloaded(reader, box.locator("a", has_text="as CSV"), tmp_path))
    told = dict(view.select("category_title", "value").iter_rows())
    listed = {
        row[0]["text"]: number(row[1]["text"])
        for row in reader.table("table:has(caption:text('Requests by category'))")
    }
    assert len(listed) >= 5
    assert {name: told[name] for name in listed} == listed
    whole = view.filter(category="all")["value"][0]
    assert number(reader.find(".tile-value").first.inner_text()) == whole
    _in_file(reader, view)


def test_the_neighborhoods_of_a_district_have_the_figures_of_the_file(reader: Reader) -> None:
    reader.go("/district/2")
    period = reader.find("table:has(thead th:first-child:has-text('Neighborhood')) thead th").nth(2).inner_text()
    file = prebuilt(reader, "service_requests", "service_requests-areas")
    newest = file.filter(
        measure="requests_per_1000", geography="neighborhood", grain="month", category="all", status="value"
    )
    names = reader.page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('section table tbody th a')]
        .map((link) => [link.textContent, new URL(link.href).searchParams.get('unit')]))""")
    rows = [row for table in ("0", "1") for row in _neighborhoods(reader, int(table))]
    assert len(rows) >= 3
    month = {
        "Jan": 1,
        "Feb": 2,
        "Mar": 3,
        "Apr": 4,
        "May": 5,
        "Jun": 6,
        "Jul": 7,
        "Aug": 8,
        "Sep": 9,
        "Oct": 10,
        "Nov": 11,
        "Dec": 12,
    }
    word, year = re.findall(r"(\w{3}) (\d{4})", period)[0]
    start = f"{year}-{month[word]:02d}-01"
    told = dict(newest.filter(pl.col("period").cast(pl.String) == start).select("unit", "value").iter_rows())
    for row in rows:
        assert float(row[2]["sort"]) == told[names[row[0]["text"]]]


def _neighborhoods(reader: Reader, at: int) -> list[list[dict[str, Any]]]:
    tables = reader.find("section", has=reader.page.get_by_role("heading", name="Neighborhoods", exact=True)).locator(
        "table"
    )
    if at >= tables.count():
        return []
    rows: list[list[dict[str, Any]]] = tables.nth(at).evaluate(
        """(table) => [...table.tBodies[0].rows].map((row) =>
            [...row.cells].map((cell) => ({text: cell.textContent, sort: cell.dataset.sort})))"""
    )
    return rows


PLOT = "document.querySelector('#map-graph .js-plotly-plot')"
# Points of the trend: finished figures and the unfinished tail, by first day of the period; null where there is none.
POINTS = """() => {
  const told = {};
  const plot = document.querySelector("#trends-graph .js-plotly-plot");
  for (const trace of plot.data.filter((each) => ["figure", "not finished"].includes(each.name)))
    Array.from(trace.x).forEach((day, at) => { told[day] = told[day] ?? trace.y[at] ?? null; });
  return told;
}"""


def _drawn(reader: Reader) -> dict[str, str]:
    """Place → what the map says of it when it is pointed at."""
    texts: list[str] = reader.page.evaluate(f"{PLOT}.data[0].text")
    return dict(re.findall(r"<b>(.*?)</b><br>(.*)", text)[0] for text in texts)


def _same(row: dict[str, Any], listed: dict[str, Any], drawn: str) -> None:
    """A row of the CSV beside the cell of the list and the words of the map: figure, or the same word."""
    if row["value"] is None:
        assert listed["sort"] is None
        assert listed["text"] == drawn
        return
    assert float(listed["sort"]) == row["value"]
    shown = number(listed["text"])
    assert shown == number(drawn)
    assert shown == pytest.approx(row["value"], abs=0.0501)


def _in_file(reader: Reader, view: pl.DataFrame) -> None:
    """Every row of a view is a row of the topic's prebuilt file, digit for digit."""
    topic = view["topic"][0]
    keys = ["measure", "category", "geography", "unit", "grain", "period"]
    figures = ["status", "value", "low", "high", "flag"]
    file = prebuilt(reader, topic, topic).select(*keys, *(pl.col(each).alias(f"{each}_file") for each in figures))
    both = view.join(file, on=keys, how="left")
    assert both.height == view.height > 0
    for each in figures:
        assert both[each].cast(pl.String).to_list() == both[f"{each}_file"].cast(pl.String).to_list()
