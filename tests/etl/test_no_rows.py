"""A feed of no rows, over each kind of connector: held (exit 11 or 12), and what was published stays."""

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from etl.__main__ import main
from etl.state import sqlite_url
from tests.etl.drift.made_city import HEADER, MadeCity, made_city
from tests.feeds import arcgis, ckan, features, georeport, soda
from tests.feeds.server import Answer, Asked, Reply, json_reply, serving
from tests.machinery.small_city import files_of

DATE = {"Date": "Sun, 08 Nov 2026 12:00:00 GMT"}
HEADS = (",".join(HEADER) + "\n").encode()


def _layer(asked: Asked) -> Reply:
    return json_reply(arcgis.ArcGisLayer([]).answer(asked.path, {**asked.query, **_form(asked)}, asked.headers))


def _form(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(asked.body.decode()))


def _collection(asked: Asked) -> Reply:
    return json_reply(features.Collection([]).answer(asked.path, asked.query))


def _georeport(asked: Asked) -> Reply:
    status, body = georeport.GeoReport([]).answer(asked.path, asked.query, asked.headers)
    return Reply(body, status, DATE)


FILE, RESOURCE = 'kind = "http"\nurl = "URL/feed"\n', f'kind = "ckan"\nurl = "URL"\nresource = "{ckan.RESOURCE}"\n'
PLAIN = "tries = 1\nper_second = 100\n"
#   kind                 what answers                                        what is declared
OVER_THE_NETWORK: dict[str, tuple[Answer, str]] = {
    "http, its header": (lambda asked: Reply(HEADS), FILE + 'file = { kind = "csv" }\n'),
    "http, nothing": (lambda asked: Reply(b""), FILE + 'file = { kind = "csv" }\n'),
    "http, an empty list": (lambda asked: json_reply([]), FILE + 'file = { kind = "json" }\n'),
    "socrata": (soda.Portal(abcd_1234=[]), 'kind = "socrata"\nurl = "URL"\ndataset = "abcd-1234"\n'),
    "ckan": (ckan.Portal([]), RESOURCE),
    "ckan by SQL": (ckan.Portal([], sql=True), RESOURCE + 'sql = true\n'),
    "arcgis": (_layer, 'kind = "arcgis"\nurl = "URL/rest/services/R/FeatureServer/0"\n'),
    "ogcfeatures": (_collection, 'kind = "ogcfeatures"\nurl = "URL/ogc"\ncollection = "service requests"\n'),
    "open311": (_georeport, 'kind = "open311"\nurl = "URL/v2"\nfirst_day = 2026-10-01\n'),
}  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with one release. Shared: copied."""
    folder = tmp_path_factory.mktemp("first")
    assert made_city(folder, sqlite_url(folder / "var/private")).etl("run").code == 0
    return folder


@pytest.fixture
def city(first: Path, tmp_path: Path) -> MadeCity:
    folder = Path(shutil.copytree(first, tmp_path / "town"))
    return MadeCity(folder / "city", folder / "var", sqlite_url(folder / "var/private"))


def held(city: MadeCity, connector: str, environ: dict[str, str] | None = None) -> None:
    before = files_of(city.var / "public", "current.json", "releases")
    city.change(lambda text: text.replace('kind = "csv"\npath = "requests.csv"\n', connector))
    words = ["run", str(city.folder), "--var", str(city.var)]
    code = main(words, {"HEARTHMAP_STATE_URL": city.state_url, **(environ or {})})
    assert files_of(city.var / "public", "current.json", "releases") == before
    assert code in (10, 11, 12)
    told = [line for line in city.etl("status").out.splitlines() if f"last run ended with {code}" in line]
    assert len(told) == 1


def each(kinds: Iterable[str]) -> list[object]:
    """The first with every run of the tests, the others with the long one."""
    return [pytest.param(kind, marks=[pytest.mark.slow] * (place > 0)) for place, kind in enumerate(kinds)]


@pytest.mark.parametrize("kind", each(OVER_THE_NETWORK))
def test_over_the_network(city: MadeCity, kind: str) -> None:
    answer, connector = OVER_THE_NETWORK[kind]
    with serving(answer) as server:
        held(city, connector.replace("URL", server.url) + PLAIN)


@pytest.mark.slow
def test_a_database(city: MadeCity) -> None:
    with sqlite3.connect(city.folder / "court.db") as court:
        court.execute(f"CREATE TABLE cases ({', '.join(f'{name} TEXT' for name in HEADER)})")
    url = f"sqlite:///{city.folder / 'court.db'}"
    held(city, 'kind = "sql"\nurl = "COURT"\nquery = "SELECT * FROM cases"\n', {"COURT": url})


#   file                content
FILES: dict[str, tuple[str, str, bytes]] = {
    "a drop folder": (
        'kind = "dropfolder"\nfolder = "drop"\nfiles = "*.csv"\nfile = { kind = "csv" }\n', "drop/a.csv", HEADS,
    ),
    "a map": (
        'kind = "geofile"\npath = "a.geojson"\n', "a.geojson", b'{"type": "FeatureCollection", "features": []}',
    ),
    "JSON": ('kind = "json"\npath = "a.json"\n', "a.json", b"[]"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
def test_files(city: MadeCity, kind: str) -> None:
    connector, name, content = FILES[kind]
    (city.folder / name).parent.mkdir(exist_ok=True)
    (city.folder / name).write_bytes(content)
    held(city, connector)
