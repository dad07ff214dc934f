"""A report is frozen: what comes later does not change it, and what is corrected is appended to the next one.

| published                 | asked for                        | answer                                     |
|---------------------------|----------------------------------|--------------------------------------------|
| first                     | the month                        | first report, nothing corrected            |
| first, then corrected     | the month, pinned to the first   | the same bytes; the page says there is more |
| first, then corrected     | the month                        | new figure, and the correction             |
| first withdrawn           | the month, pinned to the first   | 410                                        |
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from layers.protection import Withdrawal
from layers.release import ReleaseDraft
from layers.store.publisher import publish
from layers.store.tombstone import TOMBSTONE
from portal.app import create_app
from portal.frame.markup import markup
from portal.frame.page import Visit
from portal.language import speaking
from portal.pages.report import layout
from portal.releases import Releases
from portal.report.asked import Pins, ask
from portal.report.build import make_report
from portal.report.model import Report
from portal.report.paper import paper_html
from portal.report.workbook import xlsx_bytes
from portal.settings import PortalSettings
from portal.view import View

MONTH, DISTRICT = date(2026, 9, 1), "2"
TOPIC = "service_requests"
LATER = datetime(2026, 11, 16, 6, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day after the first, one count of the month is 5 higher. Shared: read only."""
    folder = Path(shutil.copytree(made_store, tmp_path_factory.mktemp("corrected") / "public"))
    release = Releases(folder, lambda: LATER).required(TOPIC)
    here = (
        (pl.col("measure") == "requests") & (pl.col("category") == "potholes") & (pl.col("geography") == "district")
        & (pl.col("unit") == DISTRICT) & (pl.col("grain") == "month") & (pl.col("period") == MONTH)
    )  # fmt: skip
    counts = release.counts(geography=["city", "district"], grain="month")
    raised = counts.with_columns(value=pl.when(here).then(pl.col("value") + 5).otherwise(pl.col("value")))
    added = {"release", "rows", "files", "built_at", "previous"}
    told = {name: value for name, value in release.manifest.model_dump().items() if name not in added}
    draft = ReleaseDraft(TOPIC, told | {"as_of": LATER.date(), "covers_to": LATER.date()}, raised)
    publish(draft, folder, built_at=LATER)
    return folder


@pytest.fixture(scope="module")
def first(releases: Releases) -> tuple[Report, str]:
    """The report and its releases before anything was corrected."""
    return made(releases)


@pytest.fixture(scope="module")
def both(store: Path) -> Releases:
    """The releases of both days."""
    return Releases(store, lambda: LATER)


def made(releases: Releases, as_of: str | None = None) -> tuple[Report, str]:
    """The report, and its releases as an address names them."""
    pins = Pins.of(releases, as_of)
    assert pins is not None
    question = ask(pins, DISTRICT, MONTH)
    assert question is not None
    with speaking("en"):
        return make_report(question), pins.text


def corrections(report: Report) -> Iterator[tuple[str, ...]]:
    section = next(each for each in report.sections if each.key == "corrections")
    for table in section.tables:
        yield from (tuple(cell.text for cell in row) for row in table.rows)


def test_the_first_report_of_a_month_corrects_nothing(first: tuple[Report, str]) -> None:
    assert list(corrections(first[0])) == []


def test_a_report_stays_the_same_after_newer_releases(both: Releases, first: tuple[Report, str]) -> None:
    before, pins = first
    after, _pins = made(both, pins)
    assert after == before
    assert xlsx_bytes(after) == xlsx_bytes(before)
    with speaking("en"):
        assert paper_html(after) == paper_html(before)


def test_what_was_corrected_is_appended_to_the_next_report(both: Releases, first: tuple[Report, str]) -> None:
    after, pins = made(both)
    assert pins != first[1]
    assert after.address != first[0].address
    (measure, period, was, when, now), *others = corrections(after)
    assert (measure, period, when) == ("Requests: Potholes and street surface", "Sep 2026", "15 November 2026")
    assert float(now) == float(was) + 5
    assert others == []


def test_the_page_of_an_older_report_says_that_there_are_newer_figures(
    both: Releases, first: tuple[Report, str]
) -> None:
    words = "Newer figures are published"
    with speaking("en"):
        old = markup(layout(Visit(both, "", {"district": DISTRICT}, View(month=MONTH, as_of=first[1]))))
        new = markup(layout(Visit(both, "", {"district": DISTRICT}, View(month=MONTH))))
    assert words in old
    assert words not in new


def test_a_report_of_a_withdrawn_release_is_gone(store: Path, first: tuple[Report, str], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(store, tmp_path / "public"))
    stone = Withdrawal(topic=TOPIC, release=first[1].split(",")[0], withdrawn_on=LATER.date(), reason="Wrong file.")
    (folder / "releases" / TOPIC / stone.release / TOMBSTONE).write_text(stone.model_dump_json())
    with TestClient(create_app(PortalSettings(store=folder))) as visitor:
        answer = visitor.get(f"/district/{DISTRICT}/report.xlsx?month=2026-09&as_of={first[1]}")
    assert answer.status_code == 410
    after, _pins = made(Releases(folder, lambda: LATER))
    assert [row for row in corrections(after) if "Wrong file." in row]


@pytest.mark.parametrize("query", ["?month=2019-01", "?as_of=2020-01-01-000000000000", "?month=2026-11"])
def test_what_was_never_published_has_no_report(client: TestClient, query: str) -> None:
    assert client.get(f"/district/{DISTRICT}/report{query}").status_code == 404
    assert client.get(f"/report.xlsx{query}").status_code == 404
