"""One view, one set of figures, in every form that it has: fifty views by lot, each held against the release's rows.

Value, margin, status word and as-of day of the page as it comes and of what its script draws (lists, tables,
sentences, what the pointer reads), of files, pictures, paper, mail and feeds, in English and Spanish. The readers
stand in `same/`: they read words as a reader of the language does, and share no formatting with the portal.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.portal.conftest import NOW
from tests.portal.same import files, letters, overviews, papers, pictures, screens
from tests.portal.same.fine import make_fine_store
from tests.portal.same.heard import Form, wrong
from tests.portal.same.stored import Asked, Stored, lots

VIEWS, SEED = 50, 20261122
TOPIC = "service_requests"
FILES: tuple[Callable[[Asked], Iterator[str]], ...] = (
    files.view_csv, files.place_csv, files.view_geojson, files.sum_csv, files.whole_files,
)  # fmt: skip
QUICK: tuple[Form, ...] = (
    screens.map_page, screens.map_screen, screens.trends, screens.compare, overviews.district, overviews.home,
    overviews.agency, pictures.still, papers.report, letters.mail, letters.feeds,
)  # fmt: skip
DRAWN: tuple[Form, ...] = (pictures.png, pictures.pack, papers.report_pdf)
"""Forms that take a second each: the quick walk asks them of the first view that has them."""
MOST_DRAWN = 1
STATUSES = {"value", "zero", "hidden", "not_collected", "not_reported"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    folder = tmp_path_factory.mktemp("fine") / "public"
    folder.mkdir()
    make_fine_store(folder)
    settings = PortalSettings(store=folder)
    with TestClient(create_app(settings, clock=lambda: NOW), follow_redirects=False) as client:
        yield Stored(client, Releases(folder, lambda: NOW))


def views(stored: Stored, most: int, each: int) -> list[Asked]:
    """Rows of every topic, status and kind of place, some of an earlier release by its name."""
    earlier, *_newest = stored.releases.store.releases(TOPIC)
    kinds = [list(lots(stored, topic, release, SEED, each)) for topic, release in stored.current.items()]
    kinds.append(list(lots(stored, TOPIC, earlier, SEED, each, pinned=True)))
    found = [asked for kind in kinds for asked in kind]
    assert len(found) >= most
    return random.Random(SEED).sample(found, most)


def walk(found: list[Asked], most_drawn: int, files_of: tuple[Callable[[Asked], Iterator[str]], ...]) -> Counter[str]:
    """What differs is said all at once. Returns how many figures each form told."""
    differing: list[str] = []
    told: Counter[str] = Counter()
    left = dict.fromkeys(DRAWN, most_drawn)
    for asked in found:
        for file in files_of:
            differing += file(asked)
        for form in (*QUICK, *(form for form in DRAWN if left[form])):
            heard = list(form(asked))
            told.update(each.form for each in heard)
            differing += wrong(asked, heard)
            if form in left:
                left[form] -= bool(heard)
    assert differing == [], "\n".join(differing[:20])
    return told


def test_fifty_views_say_the_same_everywhere(stored: Stored) -> None:
    found = views(stored, VIEWS, 2)
    rows = [row for asked in found if (row := stored.row(asked.key)) is not None]
    assert {row.status for row in rows} == STATUSES
    assert {asked.language for asked in found} == {"en", "es"}
    assert any(asked.pinned for asked in found)
    assert any(row.flag for row in rows)
    assert any(row.low is not None and row.value is not None for row in rows)
    told = walk(found, MOST_DRAWN, FILES)
    assert told.keys() >= EVERY_FORM


@pytest.mark.slow
def test_many_views_say_the_same_everywhere(stored: Stored) -> None:
    """More of them, twelve with every picture and paper, each changed into; every file is read whole."""
    whole = partial(files.whole_files, most=10**9)
    stored.thorough = True
    told = walk(views(stored, 100, 8), 12, (*FILES[:-1], whole))
    assert told.keys() >= EVERY_FORM


EVERY_FORM = {
    "map: list", "map: table", "map: sentence", "map: sentence, city", "map: panel", "map: panel, rate", "map: pointer",
    "map: list with script", "map: panel with script", "trends: table with script", "trends: pointer after a change",
    "map: pointer after a change", "map: list after a change", "map: panel after a change",
    "map: pointer on the small trend", "trends: table", "trends: table after a change", "trends: table, year before",
    "trends: table, city", "trends: sentence", "trends: pointer", "trends: pointer on seasons",
    "trends: pointer beside others", "compare: table", "compare: sentence", "compare: pointer", "district: tile",
    "district: tile, city", "district: tile, rate", "district: categories", "district: categories, times",
    "district: neighborhoods", "district: pointer on the trend", "district: pointer on the map", "home: tile",
    "agency: tile", "svg", "svg, city", "frame", "page to share", "page to share: alt text", "png", "pack: words",
    "sheet", "sheet, city", "report", "report as XLSX", "report as PDF", "mail as text", "mail as HTML", "atom", "rss",
}  # fmt: skip
"""A form that falls silent is no longer compared, so none may."""
