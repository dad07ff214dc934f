"""Every feature of an OGC API Features service comes once: of a real one, and of one that misbehaves."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from etl.city.geoconnectors import OgcFeaturesConnector
from etl.errors import EtlError, SchemaDrift, SourceUnreadable
from etl.fetch.connector import Fetched, Request
from etl.fetch.ogcfeatures import OgcFeatures
from tests.feeds.features import Collection, Row
from tests.feeds.pygeoapi_service import LAT_LNG, MERCATOR, pygeoapi
from tests.feeds.server import LOGIN_PAGE, TROUBLES, Asked, Reply, Server, Trouble, asking, json_reply, serving

SECRET = "s3cret-token"
NOW = datetime(2024, 7, 1, tzinfo=UTC)


def _rows(count: int = 37) -> list[Row]:
    return [
        {
            "id": f"f{n:03d}",
            "kind": n % 3,
            "changed": (NOW - timedelta(days=count - n)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "at": None if n == 1 else (-84 + n / 64, 36 - n / 64),
        }
        for n in range(count)
    ]


@contextmanager
def _serving(collection: Collection, trouble: Trouble | None = None, **headers: str) -> Iterator[Server]:
    def answer(asked: Asked) -> Reply:
        told = json_reply(collection.answer(asked.path, asked.query))
        return Reply(told.body, 200, {"Date": format_datetime(NOW, usegmt=True), **headers})

    with serving(answer, trouble) as server:
        yield server


def _fetch(url: str, request: Request, **said: Any) -> tuple[Fetched, list[dict[str, Any]]]:
    declared = OgcFeaturesConnector(**{"kind": "ogcfeatures", "url": url, "collection": "service requests", **said})
    fetched = OgcFeatures().fetch(declared, request)
    return fetched, [] if fetched.unchanged else OgcFeatures().read(
        declared, fetched.files, Path()
    ).collect().to_dicts()


def _expected(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "row": n,
            "feature_id": row["id"],
            "kind": str(row["kind"]),
            "changed": row["changed"],
            "lat_source": "by hand",
            "about.ward": str(row["kind"]),
            "lng": None if row["at"] is None else repr(row["at"][0]),
            "lat": None if row["at"] is None else repr(row["at"][1]),
        }
        for n, row in enumerate(rows, start=1)
    ]


# ---------------------------------------------------------------------------------------------------------- pygeoapi

REAL = [
    {"id": f"r{n}", "kind": n % 3, "note": 'a, "b"' if n == 2 else "x", "x": -84 + n / 64, "y": 36 - n / 64}
    for n in range(37)
]
SQUARE = [[[0, 0], [0, 2], [2, 2], [2, 0], [0, 0]]]
SHAPES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "p1",
            "properties": {"use": "home"},
            "geometry": {"type": "Polygon", "coordinates": SQUARE},
        }
    ],
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A pygeoapi that gives ten features at once, whatever is asked for."""
    with pygeoapi(tmp_path_factory.mktemp("pygeoapi"), REAL, SHAPES, most=10) as url:
        yield url


@pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning")  # pygeoapi's own
@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({}, REAL),
        ({"crs": LAT_LNG}, REAL),
        ({"crs": MERCATOR}, REAL),
        ({"kind": "1"}, REAL[1::3]),
        ({"kind": "7"}, []),
    ],
    ids=["as it is", "latitude first", "Web Mercator", "of a kind", "of no kind"],
)
def test_every_feature_of_a_real_service_comes(
    tmp_path: Path, real: str, parameters: dict[str, str], kept: list[Row]
) -> None:
    found = _fetch(real, asking(tmp_path), collection="requests", parameters=parameters)[1]
    assert [(row["feature_id"], row["kind"], row["note"]) for row in found] == [
        (row["id"], str(row["kind"]), row["note"]) for row in kept
    ]
    assert [float(row[name]) for row in found for name in ("lng", "lat")] == pytest.approx(
        [row[name] for row in kept for name in ("x", "y")], abs=1e-9
    )


def test_polygons_of_a_real_service_are_refused_or_become_points(tmp_path: Path, real: str) -> None:
    with pytest.raises(SourceUnreadable, match="shapes that are no points"):
        _fetch(real, asking(tmp_path), collection="parcels")
    found = _fetch(real, asking(tmp_path), collection="parcels", shapes="representative")[1]
    assert found == [{"row": 1, "feature_id": "p1", "lng": "1.0", "lat": "1.0", "use": "home"}]


def test_a_collection_that_a_real_service_lacks_is_told(tmp_path: Path, real: str) -> None:
    with pytest.raises(SourceUnreadable, match="nothing at the declared address"):
        _fetch(real, asking(tmp_path), collection="gone")


# ------------------------------------------------------------------------------------------------------ misbehaviour

SERVICES: dict[str, dict[str, Any]] = {
    "pages of ten": {},
    "one page": {"most": 100},
    "no feature": {"rows": []},
    "does not count": {"counts": False},
    "pages that shrink, and links that do not know": {"mosts": [10, 10, 4]},
    "leaves a feature out once": {"skips_in_pass": 1},
    "repeats features between pages": {"repeats": 2},
    "says more than it sends": {"short": [2, 4]},
    "calls itself otherwise behind a proxy": {"links_on": "https://127.0.0.1:8443"},
}


@pytest.mark.parametrize("wrong", SERVICES.values(), ids=SERVICES.keys())
def test_every_feature_comes_once_whatever_the_service_does(tmp_path: Path, wrong: dict[str, Any]) -> None:
    collection = Collection(**deepcopy({"rows": _rows(), **wrong}))
    with _serving(collection) as server:
        fetched, found = _fetch(f"{server.url}/ogc", asking(tmp_path))
    assert found == _expected(collection.rows)
    assert (fetched.complete, fetched.own) == (True, True)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_every_feature_comes_once_whatever_the_connection_does(tmp_path: Path, trouble: Trouble) -> None:
    with _serving(Collection(_rows())) as server:
        server.trouble = trouble
        assert _fetch(f"{server.url}/ogc", asking(tmp_path))[1] == _expected(_rows())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"counts_more": 3}, r"counts 40 features and does not give 3 of them"),
        ({"skips_in_pass": 10}, r"counts 37 features and does not give"),
        ({"links_on": "https://elsewhere.example"}, "on another host"),
        ({"circle": True}, "in a circle"),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    with _serving(Collection(_rows(), **wrong)) as server, pytest.raises(SourceUnreadable, match=told):
        _fetch(f"{server.url}/ogc", asking(tmp_path))


@pytest.mark.parametrize("ends_after", [1, 2, 3])
@pytest.mark.parametrize(("hours", "again"), [(1, False), (25, True)], ids=["the same day", "a day later"])
def test_a_fetch_that_was_cut_off_goes_on_the_same_day(
    tmp_path: Path, ends_after: int, hours: int, again: bool
) -> None:
    collection = Collection(_rows())
    later = {"Date": format_datetime(NOW + timedelta(hours=hours), usegmt=True)}
    with _serving(collection) as server:
        server.trouble = lambda asked, reply: reply if asked.place <= ends_after else Reply(b"", 500)
        with pytest.raises(SourceUnreadable, match="answered 500"):
            _fetch(f"{server.url}/ogc", asking(tmp_path), tries=1)
        server.trouble, before = lambda _, reply: Reply(reply.body, 200, later), len(server.asked)
        assert _fetch(f"{server.url}/ogc", asking(tmp_path))[1] == _expected(_rows())
    offsets = [asked.query.get("offset", "0") for asked in server.asked[before:]]
    assert ("0" in offsets) == again


def test_properties_that_only_some_pages_have_are_blank_in_the_others(tmp_path: Path) -> None:
    rows = [{**row, "more": {f"only {n // 10}": "x"}} for n, row in enumerate(_rows())]
    with _serving(Collection(rows)) as server:
        found = _fetch(f"{server.url}/ogc", asking(tmp_path))[1]
    assert [[row[f"only {page}"] for page in range(4)].index("x") for row in found] == [n // 10 for n in range(37)]


def test_only_declared_columns_are_kept(tmp_path: Path) -> None:
    with _serving(Collection(_rows(3))) as server:
        request = asking(tmp_path, columns=("about.ward", "lat", "lng"))
        found = _fetch(f"{server.url}/ogc", request, changed_property="changed")[1]
    assert {*found[0]} == {"row", "feature_id", "lng", "lat", "about.ward"}


@pytest.mark.parametrize("crs", [None, "<http://www.opengis.net/def/crs/EPSG/0/99999>"], ids=["not said", "unknown"])
def test_places_that_cannot_be_told_are_refused(tmp_path: Path, crs: str | None) -> None:
    rows = [{**row, "at": (-9341931.7, 4295118.8)} for row in _rows(3)]
    headers = {} if crs is None else {"Content-Crs": crs}
    with (
        _serving(Collection(rows), None, **headers) as server,
        pytest.raises(SourceUnreadable, match=r"no degrees|unknown"),
    ):
        _fetch(f"{server.url}/ogc", asking(tmp_path))


# ------------------------------------------------------------------------------------------------------------ changes


def test_changes_are_features_changed_since(tmp_path: Path) -> None:
    with _serving(collection := Collection(_rows())) as server:
        url, by = f"{server.url}/ogc", {"changed_property": "changed"}
        whole = _fetch(url, asking(tmp_path), **by)[0]
        assert whole.watermark == "2024-06-30T00:00:00+00:00"
        (tmp_path / "next").mkdir()
        request = asking(tmp_path / "next", since=whole.watermark, overlap=timedelta(days=3))
        fetched, found = _fetch(url, request, **by)
        assert [row["feature_id"] for row in found] == ["f033", "f034", "f035", "f036"]
        assert (fetched.complete, fetched.watermark) == (False, whole.watermark)
        assert collection.asked[-1]["datetime"] == "2024-06-27T00:00:00Z/.."


def test_no_change_is_said_and_the_watermark_stays(tmp_path: Path) -> None:
    since = "2024-06-30T12:00:00+00:00"
    with _serving(Collection(_rows())) as server:
        fetched = _fetch(f"{server.url}/ogc", asking(tmp_path, since=since), changed_property="changed")[0]
    assert fetched == Fetched((), complete=False, watermark=since, unchanged=True)


@pytest.mark.parametrize("since", [None, "2024-06-29T12:00:00+00:00"], ids=["whole", "changes"])
def test_what_came_to_its_end_is_not_taken_for_the_answer_to_the_next_question(
    tmp_path: Path, since: str | None
) -> None:
    with _serving(collection := Collection(_rows()[:-1])) as server:
        _fetch(f"{server.url}/ogc", asking(tmp_path, since=since), changed_property="changed")
        collection.rows = _rows()
        found = _fetch(f"{server.url}/ogc", asking(tmp_path, since=since), changed_property="changed")[1]
    assert "f036" in {row["feature_id"] for row in found}


def test_the_watermark_is_never_later_than_the_services_clock(tmp_path: Path) -> None:
    rows = [*_rows(3), {**_rows(1)[0], "id": "x", "changed": "2999-01-01T00:00:00Z"}]
    with _serving(Collection(rows)) as server:
        fetched = _fetch(f"{server.url}/ogc", asking(tmp_path), changed_property="changed")[0]
    assert fetched.watermark == NOW.isoformat()


def test_changes_may_be_asked_for_by_a_filter(tmp_path: Path) -> None:
    with _serving(collection := Collection(_rows())) as server:
        said = {"changed_property": "changed", "changes_by": "filter", "parameters": {"filter": "kind = 1"}}
        _fetch(f"{server.url}/ogc", asking(tmp_path, since="2024-06-30T00:00:00+00:00"), **said)
    assert collection.asked[0]["filter"] == "(kind = 1) AND changed >= TIMESTAMP('2024-06-30T00:00:00Z')"
    assert collection.asked[0]["filter-lang"] == "cql2-text"


def test_a_property_of_changes_that_is_none_is_told(tmp_path: Path) -> None:
    with _serving(Collection(_rows())) as server, pytest.raises(SchemaDrift, match="no property 'updated'"):
        _fetch(f"{server.url}/ogc", asking(tmp_path), changed_property="updated")


# ------------------------------------------------------------------------------------------------------------ secrets


def test_the_secret_goes_along_in_its_header(tmp_path: Path) -> None:
    with _serving(Collection(_rows())) as server:
        request = asking(tmp_path, environ={"OGC_TOKEN": SECRET})
        _fetch(f"{server.url}/ogc", request, secret="OGC_TOKEN")
        assert all(asked.headers["authorization"] == f"Bearer {SECRET}" for asked in server.asked)
        _fetch(f"{server.url}/ogc", request, secret="OGC_TOKEN", secret_as="X-Api-Key", page_size=5)
        assert server.asked[-1].headers["x-api-key"] == SECRET


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (lambda _, __: Reply(SECRET.encode(), 401), "answered 401: the secret OGC_TOKEN was refused"),
        (lambda _, __: Reply(LOGIN_PAGE), "web page"),
        (lambda _, __: Reply(b"<xml/>"), "no JSON"),
        (lambda _, __: json_reply({"code": SECRET}), "sent no collection of features"),
        (lambda _, __: Reply(SECRET.encode(), 500), "answered 500"),
    ],
)
def test_what_fails_is_told_without_the_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: Trouble, told: str
) -> None:
    caplog.set_level(0)
    request = asking(tmp_path, environ={"OGC_TOKEN": SECRET})
    with _serving(Collection(_rows()), trouble) as server, pytest.raises(EtlError) as failed:
        _fetch(f"{server.url}/ogc", request, secret="OGC_TOKEN", tries=2)
    assert re.search(told, str(failed.value))
    assert SECRET not in str(failed.value) + caplog.text
