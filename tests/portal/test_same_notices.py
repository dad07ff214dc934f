"""The walk over fifty views is worth what it notices: each form is changed by one in turn, and has to be found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.queries.figure import Figure
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.portal.conftest import NOW
from tests.portal.same import files, letters, overviews, papers, pictures, screens
from tests.portal.same.fine import make_fine_store
from tests.portal.same.heard import wrong
from tests.portal.same.stored import Asked, Stored
from tests.portal.test_same_everywhere import views

pytestmark = pytest.mark.slow
Change = Callable[[Any], Any]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("fine") / "public"
    folder.mkdir()
    return make_fine_store(folder)


@pytest.fixture
def stored(kept: Any) -> Iterator[Stored]:
    """A portal that has not answered yet: nothing that it keeps is of before the change."""
    with TestClient(create_app(PortalSettings(store=kept), clock=lambda: NOW), follow_redirects=False) as client:
        yield Stored(client, Releases(kept, lambda: NOW))


def more(write: Any) -> Any:
    """A writer of figures that writes one more than it is given."""

    def changed(figure: Figure, *rest: Any, **named: Any) -> Any:
        if not isinstance(figure, Figure):
            return write(figure, *rest, **named)
        value = None if figure.value is None else figure.value + 1
        return write(replace(figure, value=value), *rest, **named)

    return changed


def wider(write: Any) -> Any:
    """One that writes a margin that is one more."""

    def changed(figure: Figure, *rest: Any, **named: Any) -> Any:
        high = None if figure.high is None else figure.high + 1
        return write(replace(figure, high=high), *rest, **named)

    return changed


def digits(write: Any) -> Any:
    """One that writes another digit somewhere: every 1 is a 2, as text or as bytes."""

    def changed(*given: Any, **named: Any) -> Any:
        text = write(*given, **named)
        return text.replace(b"1", b"2") if isinstance(text, bytes) else text.replace("1", "2")

    return changed


def before(write: Any) -> Any:
    """One whose text is changed before it is set."""

    def changed(text: str) -> Any:
        return write(text.replace("1", "2"))

    return changed


def rows(read: Any) -> Any:
    """Rows whose values are one more."""

    def changed(*given: Any, **named: Any) -> pl.DataFrame:
        found: pl.DataFrame = read(*given, **named)
        return found.with_columns(pl.col("value") + 1)

    return changed


def days(write: Any) -> Any:
    """Another day."""

    def changed(moment: Any) -> Any:
        return write(moment.replace(day=moment.day - 1))

    return changed


CHANGES: list[tuple[Any, str, Change]] = [
    (files.view_csv, "portal.serving.viewfiles.view_rows", rows),
    (files.view_csv, "portal.serving.downloads.day_text", days),
    (files.place_csv, "portal.serving.viewfiles.view_rows", rows),
    (files.view_geojson, "portal.serving.geojson.with_words", rows),
    (files.sum_csv, "portal.map.sumfile._places", rows),
    (files.sum_csv, "portal.map.sumfile._row", rows),
    (screens.map_page, "portal.map.table.figure_cell", more),
    (screens.map_page, "portal.map.table.figure_cell", wider),
    (screens.map_page, "portal.words.sentences.figure_text", more),
    (screens.map_page, "portal.map.panel.figure_text", more),
    (screens.map_screen, "portal.map.view.figure_text", more),
    (screens.map_screen, "portal.map.view.figure_text", wider),
    (screens.trends, "portal.trend.view.figure_cell", more),
    (screens.trends, "portal.trend.view.margin_text", wider),
    (screens.trends, "portal.trend.view.figure_text", more),
    (screens.trends, "portal.words.sentences.figure_text", more),
    (screens.compare, "portal.trend.compare.figure_cell", more),
    (screens.compare, "portal.trend.compare.figure_text", more),
    (overviews.district, "portal.district.glance.value_text", more),
    (overviews.district, "portal.district.glance.margin_text", wider),
    (overviews.district, "portal.district.glance.figure_text", more),
    (overviews.district, "portal.district.categories.figure_cell", more),
    (overviews.district, "portal.district.neighborhoods.figure_cell", more),
    (overviews.district, "portal.district.focus.figure_text", more),
    (overviews.home, "portal.pages.home.value_text", more),
    (overviews.home, "portal.pages.home.margin_text", wider),
    (overviews.agency, "portal.agency.glance.value_text", more),
    (pictures.still, "portal.words.sentences.figure_text", more),
    (pictures.still, "portal.still.routes.embedded", digits),
    (pictures.still, "portal.still.source.day_text", days),
    (pictures.png, "portal.still.routes.png_of", before),
    (pictures.pack, "portal.still.sheet.figure", more),
    (pictures.pack, "portal.still.pack.csv_text", digits),
    (pictures.pack, "portal.still.source.day_text", days),
    (pictures.pack, "tests.portal.same.pictures.pdf_bytes", before),
    (papers.report, "portal.report.requests.figure", more),
    (papers.report, "portal.report.homes.figure", wider),
    (papers.report, "portal.report.markup._figure", lambda write: lambda cell, icons: f"{write(cell, icons)}1"),
    (papers.report_pdf, "tests.portal.same.papers.pdf_bytes", before),
    (letters.mail, "portal.words.sentences.figure_text", more),
    (letters.mail, "tests.portal.same.letters.text_form", digits),
    (letters.mail, "tests.portal.same.letters.html_form", digits),
    (letters.mail, "portal.digest.content.day_text", days),
    (letters.feeds, "portal.words.sentences.figure_text", more),
    (letters.feeds, "portal.serving.feeds.news_text", digits),
    (letters.feeds, "portal.serving.feeds.atom_of", digits),
    (letters.feeds, "portal.serving.feeds.rss_of", digits),
]


@pytest.mark.parametrize(("form", "name", "change"), CHANGES, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_form_that_says_another_figure_is_found(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, form: Any, name: str, change: Change
) -> None:
    module, _dot, function = name.rpartition(".")
    found = views(stored, 50, 2)
    monkeypatch.setattr(name, change(getattr(__import__(module, fromlist=[function]), function)))
    assert any(_notices(asked, form) for asked in found)


def _notices(asked: Asked, form: Any) -> bool:
    heard = list(form(asked))
    return bool(heard) and (isinstance(heard[0], str) or bool(wrong(asked, heard)))
