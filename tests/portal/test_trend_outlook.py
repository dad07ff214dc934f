"""The trends page: baselines named in the title, what stands out, what may still change, windows of four weeks."""

import csv
import html
import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from layers.period import Grain, add_months, period_end
from portal.frame.markup import markup
from portal.queries.revisions import growth_of
from portal.releases import Releases
from portal.trend.asked import ask
from portal.trend.presets import presets
from portal.trend.view import outlook_of, trend_view
from portal.view import View
from tests.portal.conftest import NOW
from tests.portal.made_store import AS_OF

REQUESTS = "topic=service_requests&measure=requests&grain=month"


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ("", "compared with the year before"),
        ("&baseline=mean_3", "compared with the mean of the three years before"),
        (
            "&baseline=before_20240710",
            "compared with the same time of year before “Heat wave” (10 July 2024)",
        ),
        ("&baseline=before_20200101", "compared with the year before"),
    ],
)
def test_the_title_names_the_baseline(client: TestClient, baseline: str, words: str) -> None:
    page = client.get(f"/trends?{REQUESTS}{baseline}").text
    title = re.search(r"<h1[^>]*>(.*?)</h1>", page)
    assert title is not None
    assert words in html.unescape(title.group(1))


def test_a_stretch_of_time_is_one_step_away(releases: Releases) -> None:
    """The last 3, 6, 12 months end with the newest that is over; an event begins with the period it fell into."""
    asked = ask(releases, View.read(f"{REQUESTS}&to=2026-09-01"))
    assert asked is not None
    links = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>([^<]*)<', markup(presets(asked, View.read(REQUESTS))))
    starts = {words: View.read(html.unescape(href)).from_ for href, words in links}
    assert starts == {
        "Last 3 months": date(2026, 8, 1), "Last 6 months": date(2026, 5, 1), "Last 12 months": date(2025, 11, 1),
        "Since Moratorium (1 January 2025)": date(2025, 1, 1), "Since Heat wave (10 July 2024)": date(2024, 7, 1),
        "From the beginning": None,
    }  # fmt: skip
    yearly = ask(releases, View.read("topic=service_requests&measure=requests&grain=year"))
    assert yearly is not None
    assert "Last" not in markup(presets(yearly, View()))


def test_no_range_where_figures_are_hidden(releases: Releases) -> None:
    view = View(topic="evictions", measure="homes_filed", geography="neighborhood", unit="n00", grain="month")
    asked = ask(releases, view)
    assert asked is not None
    found = outlook_of(releases, asked)
    assert found.why_not == "gaps"
    assert found.rows["expected"].null_count() == found.rows.height


def test_a_range_where_three_full_years_are_told(releases: Releases) -> None:
    asked = ask(releases, View.read(REQUESTS))
    assert asked is not None
    found = outlook_of(releases, asked)
    assert found.why_not == ""
    judged = found.rows.filter(pl.col("expected").is_not_null())
    assert judged.height == 36
    assert not judged["unfinished"].any(), "what is not over is not judged"
    assert (judged["expected_low"] <= judged["expected_high"]).all()


def test_averages_of_medians_are_not_offered(client: TestClient) -> None:
    median = "topic=service_requests&measure=days_to_close_median"
    assert 'value="mean_3"' not in client.get(f"/trends?{median}").text
    assert 'value="mean_3"' in client.get(f"/trends?{REQUESTS}").text


def test_the_table_has_the_baseline_and_the_range(client: TestClient) -> None:
    page = client.get(f"/trends?{REQUESTS}&baseline=before_20240710").text
    table = page.split('id="trend-table"')[1].split("</table>")[0]
    assert ">Baseline<" in table
    assert ">Expected<" in table
    rows = list(csv.DictReader(line for line in _csv(client, page).splitlines() if not line.startswith("#")))
    assert table.count("<tr>") == len(rows) + 1


def _csv(client: TestClient, page: str) -> str:
    link = re.search(r'href="(/download/view\.csv[^"]*)"', page)
    assert link is not None
    return client.get(html.unescape(link.group(1))).text


@pytest.fixture
def revised(made_store: Path, tmp_path: Path) -> Releases:
    """The made-up store with a year of earlier releases, in which the youngest month had three of four requests."""
    store = tmp_path / "public"
    shutil.copytree(made_store, store)
    topic = store / "releases" / "service_requests"
    (current,) = list(topic.iterdir())
    counts = pl.read_parquet(current / "counts.parquet").filter(geography="city", measure="requests", category="all")
    for months in range(5, 18):
        as_of = add_months(AS_OF, -months)
        folder = topic / f"{as_of.isoformat()}-made00"
        folder.mkdir()
        manifest = json.loads((current / "manifest.json").read_bytes())
        (folder / "manifest.json").write_text(json.dumps(manifest | {"as_of": as_of.isoformat()}), "utf-8")
        over = [p for p in counts["period"].unique() if period_end(p, Grain.MONTH) <= as_of]
        young = [p for p in over if as_of - period_end(p, Grain.MONTH) < timedelta(days=30)]
        told = counts.filter(pl.col("period").is_in(over)).with_columns(
            value=pl.when(pl.col("period").is_in(young)).then(pl.col("value") * 0.75).otherwise("value")
        )
        told.write_parquet(folder / "counts.parquet")
    return Releases(store, lambda: NOW)


def test_a_young_figure_says_where_it_will_end_up(revised: Releases) -> None:
    release = revised.required("service_requests")
    assert revised.required("service_requests", f"{add_months(AS_OF, -7)}-made00").manifest.as_of < AS_OF
    growth = growth_of(revised, release, "requests", "all", Grain.MONTH)
    assert growth[0].middle == pytest.approx(4 / 3)
    shown = trend_view(revised, View.read(REQUESTS))
    asked = ask(revised, View.read(REQUESTS))
    assert shown is not None
    assert asked is not None
    rows = outlook_of(revised, asked).rows
    young = rows.filter(pl.col("later_low").is_not_null())
    assert young["period"].to_list() == [date(2026, 10, 1)]
    assert young["later_high"][0] > young["value"][0]
    assert young["rule"][0] is None, "what may still grow is not judged"
    assert any(trace["name"] == "may still change" and trace["x"] for trace in shown.trend["data"])


def test_windows_of_four_weeks_need_weeks(releases: Releases) -> None:
    asked = ask(releases, View.read("topic=service_requests&measure=requests&grain=rolling_4w"))
    assert asked is not None
    assert asked.choice.grain is not Grain.ROLLING_4W, "this store has no weeks"
