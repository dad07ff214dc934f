"""Where anything of an answer is missing or of another type, its source is at fault: told so, without a value of it."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from etl.city.geoconnectors import ArcgisConnector, OgcFeaturesConnector, Open311Connector
from etl.city.webconnectors import CkanConnector, SocrataConnector
from etl.errors import EtlError
from etl.fetch import connector
from tests.feeds import ckan, soda
from tests.feeds.arcgis import ArcGisLayer, moment
from tests.feeds.features import Collection
from tests.feeds.georeport import GeoReport
from tests.feeds.server import Answer, Asked, Reply, asking, json_reply, serving

CANARY = "zqx7canary"
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, 10**18, CANARY, "", [], {}, [CANARY], {CANARY: CANARY}, [None], [[]]),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "http://127.0.0.1:1/"),
)
DAY = moment("2024-03-01T12:00:00+00:00")


def _socrata() -> Answer:
    return soda.Portal(
        abcd_1234=[soda.row(number) for number in range(7)], efgh_5678=[soda.row(n, gone=f"C-{n}") for n in range(2)]
    )


def _arcgis(*, pages: bool) -> Answer:
    rows = [{"OBJECTID": n, "NAME": "a", "KIND": 1, "EDITED": DAY, "at": (-84.0, 36.0)} for n in range(1, 13)]
    layer = ArcGisLayer(rows, pages=pages)
    return lambda asked: json_reply(layer.answer(asked.path, asked.query, asked.headers))


def _ckan() -> Answer:
    rows = [{"_id": n, "case": n, "kind": "a", "at": "2024-05-01T12:00:00"} for n in range(1, 24)]
    return ckan.Portal(rows, sql=True, file=b"case,kind\n1,a\n")


def _features() -> Answer:
    rows = [{"id": f"f{n}", "kind": 1, "changed": "2024-06-01T00:00:00Z", "at": (-84.0, 36.0)} for n in range(23)]
    collection = Collection(rows)
    return lambda asked: json_reply(collection.answer(asked.path, asked.query))


def _open311() -> Answer:
    moments = {"requested_datetime": "2024-06-20T08:00:00Z", "updated_datetime": "2024-06-20T08:00:00Z"}
    report = GeoReport([{"service_request_id": f"R-{n}", **moments} for n in range(9)])

    def answer(asked: Asked) -> Reply:
        status, body = report.answer(asked.path, asked.query, asked.headers)
        return Reply(body, status, {"Date": "Mon, 01 Jul 2024 12:00:00 GMT"})

    return answer


def _layer(url: str) -> ArcgisConnector:
    address = f"{url}/rest/services/R/FeatureServer/0"
    return ArcgisConnector(kind="arcgis", url=address, edited_field="EDITED", tries=1, per_second=100)


def _resource(url: str, **said: Any) -> CkanConnector:
    return CkanConnector(
        kind="ckan", url=url, resource=ckan.RESOURCE, page_rows=10, tries=1, per_second=100, **said
    )  # fmt: skip


SERVICES: dict[str, tuple[Callable[[], Answer], Callable[[str], Any]]] = {
    "socrata": (
        _socrata,
        lambda url: SocrataConnector(
            kind="socrata", url=url, dataset="abcd-1234", page_rows=4, tries=1, per_second=100,
            deletions={"dataset": "efgh-5678", "column": "gone"},
        ),
    ),
    "arcgis, by pages": (lambda: _arcgis(pages=True), _layer),
    "arcgis, by ids": (lambda: _arcgis(pages=False), _layer),
    "ckan": (_ckan, _resource),
    "ckan, by SQL": (_ckan, lambda url: _resource(url, sql=True, changed_column="at")),
    "ckan, its file": (_ckan, lambda url: _resource(url, file={"kind": "csv"})),
    "ogcfeatures": (
        _features,
        lambda url: OgcFeaturesConnector(
            kind="ogcfeatures", url=f"{url}/ogc", collection="service requests", changed_property="changed",
            changes_by="datetime", tries=1, per_second=100,
        ),
    ),
    "open311": (
        _open311,
        lambda url: Open311Connector(
            kind="open311", url=f"{url}/v2", first_day="2024-06-01", tries=1, per_second=100, extensions=True
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_is_odd_in_an_answer_is_the_sources_fault(service: str, tmp_path: Path) -> None:
    make, declare = SERVICES[service]
    drawn = random.Random(service)
    for attempt in range(12):
        place = drawn.randint(1, 4)
        with serving(
            make(), lambda asked, sound, at=place: _odd(sound, drawn) if asked.place == at else sound
        ) as server:
            _reads_or_refuses(declare(server.url), tmp_path / f"{attempt}")


def _reads_or_refuses(declared: Any, folder: Path) -> None:
    folder.mkdir()
    reader = connector(declared.kind)
    try:
        fetched = reader.fetch(declared, asking(folder))
        reader.read(declared, fetched.files, folder).collect()
    except EtlError as refused:
        assert refused.exit_code in (10, 11)
        assert CANARY not in str(refused)


def _odd(reply: Reply, drawn: random.Random) -> Reply:
    """The answer with something in it replaced or left out."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return reply
    place = drawn.choice(list(_places(said)))
    return replace(reply, body=json.dumps(_with(said, place, drawn.choice(ODD))).encode())


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*here, key))


def _with(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    changed = value.copy()
    changed[place[0]] = _with(value[place[0]], place[1:], new)
    return changed
