"""Every row that an ArcGIS layer holds comes once, whatever its server does; what it keeps back is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from etl.city.geoconnectors import ArcgisConnector
from etl.errors import EtlError, SchemaDrift, SourceUnreadable
from etl.fetch.arcgis import ArcGis
from etl.fetch.connector import Fetched, Request
from tests.feeds.arcgis import ArcGisLayer, Row, moment
from tests.feeds.server import LOGIN_PAGE, TROUBLES, Asked, Reply, Server, Trouble, asking, json_reply, serving

NOON = moment("2024-03-01T12:00:00+00:00")
DAY = 86_400_000
TOKEN = "s3cret-token"


def _rows(count: int = 37) -> list[Row]:
    """Object ids with gaps, an edit a day, a place each but for the first."""
    return [
        {
            "OBJECTID": 3 * n,
            "NAME": None if n == 2 else f"request {n}",
            "KIND": n % 3,
            "EDITED": NOON + n * DAY,
            "at": None if n == 1 else (-84 + n / 64, 36 - n / 64),
        }
        for n in range(1, count + 1)
    ]


@contextmanager
def _serving(layer: ArcGisLayer, trouble: Trouble | None = None, now: str | None = None) -> Iterator[Server]:
    date = {} if now is None else {"Date": format_datetime(datetime.fromisoformat(now), usegmt=True)}

    def answer(asked: Asked) -> Reply:
        reply = json_reply(layer.answer(asked.path, asked.query, asked.headers))
        return Reply(reply.body, reply.status, {**reply.headers, **date})

    with serving(answer, trouble) as server:
        yield server


def _declared(server: Server, **said: Any) -> ArcgisConnector:
    return ArcgisConnector(kind="arcgis", url=f"{server.url}/rest/services/Requests/FeatureServer/0", **said)


def _fetch(server: Server, request: Request, **said: Any) -> tuple[Fetched, list[dict[str, Any]]]:
    declared = _declared(server, **said)
    fetched = ArcGis().fetch(declared, request)
    return fetched, [] if fetched.unchanged else _read(declared, fetched)


def _read(declared: ArcgisConnector, fetched: Fetched) -> list[dict[str, Any]]:
    return ArcGis().read(declared, fetched.files, Path()).collect().to_dicts()


def _expected(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "row": n,
            "OBJECTID": str(row["OBJECTID"]),
            "NAME": row["NAME"],
            "KIND": str(row["KIND"]),
            "EDITED": datetime.fromtimestamp(row["EDITED"] / 1000, UTC).isoformat(),
            "lng": None if row["at"] is None else repr(row["at"][0]),
            "lat": None if row["at"] is None else repr(row["at"][1]),
        }
        for n, row in enumerate(rows, start=1)
    ]


MISBEHAVIOUR: dict[str, dict[str, Any]] = {
    "one page": {"most": 100},
    "pages of ten": {},
    "pages that end with the last row": {"most": 10, "rows": _rows(37 - 9)},
    "no row": {"rows": []},
    "one row": {"rows": _rows(1)},
    "one row at a time": {"most": 1},
    "two rows at a time": {"most": 2},
    "never says that there is more": {"says_more": False},
    "no pages at all": {"pages": False},
    "no pages, no order": {"pages": False, "orders": False, "rows": _rows()[::-1]},
    "ignores the order": {"orders": False, "rows": _rows()[::2] + _rows()[1::2]},
    "gives fewer rows after the first page": {"shrinks_to": 3},
    "gives one row after the first page": {"shrinks_to": 1},
    "gives fewer, without saying so": {"shrinks_to": 3, "says_more": False},
    "no pages, and fewer rows after the first": {"pages": False, "shrinks_to": 3},
    "repeats rows between pages": {"repeats": 2},
    "leaves rows out of its pages": {"skips_once": frozenset({9, 60})},
    "leaves the last row out of its pages": {"skips_once": frozenset({37 * 3})},
    "errors with status 200": {"fails": [500, 503]},
    "knows no pages but says so": {"pages": False, "claims_pages": True},
}


@pytest.mark.parametrize("wrong", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR.keys())
def test_every_row_comes_once_whatever_the_layer_does(tmp_path: Path, wrong: dict[str, Any]) -> None:
    layer = ArcGisLayer(**deepcopy({"rows": _rows(), **wrong}))
    with _serving(layer) as server:
        fetched, found = _fetch(server, asking(tmp_path))
    expected = _expected(sorted(layer.rows, key=lambda row: row["OBJECTID"]))
    by_id = sorted(found, key=lambda row: int(row["OBJECTID"]))
    assert [{**row, "row": n} for n, row in enumerate(by_id, start=1)] == expected
    assert [row["row"] for row in found] == list(range(1, len(found) + 1))
    assert fetched.complete
    assert fetched.own


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
@pytest.mark.parametrize("pages", [True, False], ids=["pages", "ids"])
def test_every_row_comes_once_whatever_the_connection_does(tmp_path: Path, trouble: Trouble, pages: bool) -> None:
    layer = ArcGisLayer(_rows(), pages=pages)
    with _serving(layer, trouble) as server:
        assert _fetch(server, asking(tmp_path))[1] == _expected(_rows())


def test_a_row_that_goes_while_pages_are_read_takes_no_other_with_it(tmp_path: Path) -> None:
    """All rows behind it move up one place: the first of the next page would be missed."""
    layer = ArcGisLayer(_rows(), removes_after={2: 6})
    with _serving(layer) as server:
        found = _fetch(server, asking(tmp_path))[1]
    assert sorted(int(row["OBJECTID"]) for row in found) == [row["OBJECTID"] for row in _rows()]


def test_a_row_that_is_listed_and_goes_is_not_owed(tmp_path: Path) -> None:
    layer = ArcGisLayer(_rows(), pages=False, removes_after={1: 60})
    with _serving(layer) as server:
        found = _fetch(server, asking(tmp_path))[1]
    assert sorted(int(row["OBJECTID"]) for row in found) == [
        row["OBJECTID"] for row in _rows() if row["OBJECTID"] != 60
    ]


@pytest.mark.parametrize("pages", [True, False], ids=["pages", "ids"])
def test_rows_that_are_listed_and_never_given_are_told(tmp_path: Path, pages: bool) -> None:
    with (
        _serving(ArcGisLayer(_rows(), pages=pages, hides=frozenset({12, 30}))) as server,
        pytest.raises(SourceUnreadable, match=r"lists 37 rows and does not give 2 of them"),
    ):
        _fetch(server, asking(tmp_path))


@pytest.mark.parametrize("pages", [True, False], ids=["pages", "ids"])
@pytest.mark.parametrize("ends_after", range(1, 6))
def test_a_fetch_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path, pages: bool, ends_after: int) -> None:
    layer = ArcGisLayer(_rows(), pages=pages)
    with _serving(layer) as server:
        server.trouble = lambda asked, reply: reply if asked.place <= ends_after else Reply(b"", 500)
        with pytest.raises(SourceUnreadable, match="answered 500"):
            _fetch(server, asking(tmp_path), tries=2)
        server.trouble, before = None, len(server.asked)
        assert _fetch(server, asking(tmp_path), tries=2)[1] == _expected(_rows())
        had, again = (
            {_rows_asked(asked) for asked in part} for part in (server.asked[:ends_after], server.asked[before:])
        )
    assert had & again <= {None}


def _rows_asked(asked: Asked) -> tuple[str, ...] | None:
    """What a request for rows asks for; None for any other."""
    if "outFields" not in asked.query:
        return None
    return asked.query["where"], asked.query.get("resultOffset", "")


@pytest.mark.parametrize(("hours", "rows"), [(20, 37), (25, 36)], ids=["the same day", "a day later"])
def test_what_was_cut_off_a_day_ago_begins_anew(tmp_path: Path, hours: int, rows: int) -> None:
    """Rows that went meanwhile are not in it."""
    layer, now = ArcGisLayer(_rows()), datetime(2024, 5, 1, tzinfo=UTC)

    def trouble(asked: Asked, reply: Reply) -> Reply:
        date = {"Date": format_datetime(now, usegmt=True)}
        return Reply(reply.body, 500 if fails and asked.place > 4 else 200, date)

    fails = True
    with _serving(layer, trouble) as server:
        with pytest.raises(SourceUnreadable):
            _fetch(server, asking(tmp_path), tries=1)
        fails, now, layer.rows = False, now + timedelta(hours=hours), layer.rows[1:]
        assert len(_fetch(server, asking(tmp_path))[1]) == rows


# ------------------------------------------------------------------------------------------------------------ changes


def _since(folder: Path, moment: str, **said: Any) -> Request:
    return asking(folder, since=moment, **said)


def test_the_whole_layer_gives_the_moment_of_its_newest_edit(tmp_path: Path) -> None:
    with _serving(ArcGisLayer(_rows())) as server:
        fetched, _ = _fetch(server, asking(tmp_path), edited_field="EDITED")
        assert fetched.watermark == "2024-04-07T12:00:00.000+00:00"
        assert _fetch(server, asking(tmp_path))[0].watermark is None


@pytest.mark.parametrize(
    ("since", "overlap", "first"),
    [
        ("2024-04-05T12:00:00.000+00:00", 0, 35),
        ("2024-04-05T12:00:00.500+00:00", 0, 35),  # moments of a question are whole seconds
        ("2024-04-05T12:00:01.000+00:00", 0, 36),
        ("2024-04-05T12:00:01.000+00:00", 3, 33),
        ("2024-04-05T07:00:00-05:00", 0, 35),
    ],
)
@pytest.mark.parametrize("pages", [True, False], ids=["pages", "ids"])
def test_changes_are_rows_edited_since(tmp_path: Path, since: str, overlap: int, first: int, pages: bool) -> None:
    with _serving(ArcGisLayer(_rows(), pages=pages)) as server:
        request = _since(tmp_path, since, overlap=timedelta(days=overlap))
        fetched, found = _fetch(server, request, edited_field="EDITED")
    assert [int(row["OBJECTID"]) for row in found] == [3 * n for n in range(first, 38)]
    assert (fetched.complete, fetched.unchanged) == (False, False)
    assert fetched.watermark == "2024-04-07T12:00:00.000+00:00"


def test_no_change_is_said_and_the_watermark_stays(tmp_path: Path) -> None:
    since = "2024-05-01T00:00:00.000+00:00"
    with _serving(ArcGisLayer(_rows())) as server:
        fetched, _ = _fetch(server, _since(tmp_path, since), edited_field="EDITED")
    assert fetched == Fetched((), complete=False, watermark=since, unchanged=True)


@pytest.mark.parametrize("since", [None, "2024-04-06T18:00:00+00:00"], ids=["whole", "changes"])
def test_what_came_to_its_end_is_not_taken_for_the_answer_to_the_next_question(
    tmp_path: Path, since: str | None
) -> None:
    with _serving(layer := ArcGisLayer(_rows()[:-1])) as server:
        _fetch(server, asking(tmp_path, since=since), edited_field="EDITED")
        layer.rows = _rows()
        found = _fetch(server, asking(tmp_path, since=since), edited_field="EDITED")[1]
    assert "111" in {row["OBJECTID"] for row in found}


@pytest.mark.parametrize(
    ("now", "watermark"),
    [
        ("2024-04-07T18:00:00+00:00", "2024-04-07T12:00:00.000+00:00"),
        ("2024-04-05T00:00:00+00:00", "2024-04-05T00:00:00.000+00:00"),
        (None, "2024-04-07T12:00:00.000+00:00"),
    ],
    ids=["after the newest edit", "clock behind, or edits in the future", "no clock told"],
)
def test_the_watermark_is_never_later_than_the_servers_clock(tmp_path: Path, now: str | None, watermark: str) -> None:
    with _serving(ArcGisLayer(_rows()), now=now) as server:
        assert _fetch(server, asking(tmp_path), edited_field="EDITED")[0].watermark == watermark


@pytest.mark.parametrize(
    ("zone", "asked"),
    [
        (None, "2024-04-05 12:00:00"),
        ({"timeZone": "UTC", "respectsDaylightSaving": False}, "2024-04-05 12:00:00"),
        ({"timeZone": "Eastern Standard Time", "timeZoneIANA": "America/New_York"}, "2024-04-05 07:00:00"),
        ({"timeZone": "Eastern Standard Time"}, "2024-04-04 12:00:00"),
    ],
    ids=["none", "UTC", "an hour more than New York's clock", "a day more where the zone is not known"],
)
def test_changes_are_asked_for_on_the_clock_of_the_layer(tmp_path: Path, zone: Any, asked: str) -> None:
    layer = ArcGisLayer(_rows(), zone=zone)
    with _serving(layer) as server:
        _fetch(server, _since(tmp_path, "2024-04-05T12:00:00+00:00"), edited_field="EDITED", where="KIND >= 0")
    assert layer.asked[1]["where"] == f"(KIND >= 0) AND EDITED >= TIMESTAMP '{asked}'"


def test_without_a_field_of_edits_the_whole_layer_comes(tmp_path: Path) -> None:
    with _serving(ArcGisLayer(_rows())) as server:
        fetched, found = _fetch(server, _since(tmp_path, "2024-04-05T12:00:00+00:00"))
    assert (len(found), fetched.complete) == (37, True)


@pytest.mark.parametrize("field", ["NAME", "LAST_EDITED"])
def test_a_field_of_edits_that_is_none_is_told(tmp_path: Path, field: str) -> None:
    with _serving(ArcGisLayer(_rows())) as server, pytest.raises(SchemaDrift, match=f"no field '{field}' of type date"):
        _fetch(server, asking(tmp_path), edited_field=field)


def test_only_declared_columns_are_asked_for(tmp_path: Path) -> None:
    with _serving(layer := ArcGisLayer(_rows(3))) as server:
        _fetch(server, asking(tmp_path, columns=("KIND", "lat", "lng", "GONE")), edited_field="EDITED")
    assert layer.asked[-1]["outFields"] == "OBJECTID,EDITED,KIND"


# ------------------------------------------------------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("wkid", "crs", "at"),
    [
        (4326, None, (-83.92, 35.96)),
        (None, None, (-83.92, 35.96)),
        (102100, None, (-9341931.6674, 4295118.8287)),
        (3857, "EPSG:2274", (-9341931.6674, 4295118.8287)),
        (None, "EPSG:3857", (-9341931.6674, 4295118.8287)),
        (102736, None, (2580838.0, 600000.0)),
    ],
    ids=["degrees", "not said", "Web Mercator by Esri's number", "said goes first", "declared", "feet of Tennessee"],
)
def test_places_come_in_degrees(tmp_path: Path, wkid: int | None, crs: str | None, at: tuple[float, float]) -> None:
    rows = [{**row, "at": at} for row in _rows(3)]
    with _serving(ArcGisLayer(rows, wkid=wkid)) as server:
        found = _fetch(server, asking(tmp_path), crs=crs)[1]
    assert all(-84 < float(row["lng"]) < -83 and 35 < float(row["lat"]) < 37 for row in found)
    if wkid != 102736:
        assert (float(found[0]["lng"]), float(found[0]["lat"])) == pytest.approx((-83.92, 35.96), abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"wkid": None}, "no degrees"),
        ({"wkid": 999999}, "'999999' is unknown"),
        ({"shape": "esriGeometryPolygon"}, "shapes that are no points"),
    ],
)
def test_places_that_cannot_be_told_are_refused(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    rows = [{**row, "at": (-9341931.6674, 4295118.8287)} for row in _rows(3)]
    with _serving(ArcGisLayer(rows, **wrong)) as server, pytest.raises(SourceUnreadable, match=told):
        _fetch(server, asking(tmp_path))


def test_a_polygon_gives_a_point_in_it_where_that_is_declared(tmp_path: Path) -> None:
    with _serving(ArcGisLayer(_rows(3), shape="esriGeometryPolygon")) as server:
        found = _fetch(server, asking(tmp_path), shapes="representative")[1]
    assert [(row["lng"], row["lat"]) for row in found] == [
        (None if row["at"] is None else repr(row["at"][0]), None if row["at"] is None else repr(row["at"][1]))
        for row in _rows(3)
    ]


def test_a_table_without_places_has_none(tmp_path: Path) -> None:
    with _serving(layer := ArcGisLayer(_rows(3), shape=None)) as server:
        found = _fetch(server, asking(tmp_path))[1]
    assert list(found[0]) == ["row", "OBJECTID", "NAME", "KIND", "EDITED"]
    assert layer.asked[-1]["returnGeometry"] == "false"


# ------------------------------------------------------------------------------------------------------------ secrets


@pytest.mark.parametrize(("token_as", "place"), [("header", "headers"), ("parameter", "query")])
def test_the_token_goes_where_it_is_declared(tmp_path: Path, token_as: str, place: str) -> None:
    with _serving(ArcGisLayer(_rows(), token=TOKEN)) as server:
        said = {"secret": "GIS_TOKEN", "token_as": token_as}
        assert _fetch(server, asking(tmp_path, environ={"GIS_TOKEN": TOKEN}), **said)[1] == _expected(_rows())
        assert all(TOKEN in str(getattr(asked, place)) for asked in server.asked)
        other = "query" if place == "headers" else "headers"
        assert all(TOKEN not in str(getattr(asked, other)) for asked in server.asked)


WRONG: dict[str, tuple[dict[str, Any], dict[str, str], Trouble | None, str]] = {
    "a token that ran out": ({"token": "another"}, {"secret": "GIS_TOKEN"}, None, r"token GIS_TOKEN \(error 498\)"),
    "no token": ({"token": "another"}, {}, None, r"wants a token, and none is declared as `secret` \(error 499\)"),
    "a question it does not take": ({"fails": [400]}, {"secret": "GIS_TOKEN"}, None, "answered with error 400"),
    "a page to sign in": ({}, {"secret": "GIS_TOKEN"}, lambda _, __: Reply(LOGIN_PAGE), "web page"),
    "no JSON": ({}, {"secret": "GIS_TOKEN"}, lambda _, __: Reply(b"<xml/>"), "no JSON"),
    "a list": ({}, {"secret": "GIS_TOKEN"}, lambda _, __: json_reply([]), "something else"),
    "no layer": ({}, {"secret": "GIS_TOKEN"}, lambda _, __: json_reply({"layers": []}), "no ArcGIS layer"),
    "always 500": ({}, {"secret": "GIS_TOKEN"}, lambda _, __: Reply(b"", 500), "answered 500"),
}


@pytest.mark.parametrize("token_as", ["header", "parameter"])
@pytest.mark.parametrize(("wrong", "said", "trouble", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_fails_is_told_without_the_token(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    wrong: dict[str, Any],
    said: dict[str, str],
    trouble: Trouble | None,
    told: str,
    token_as: str,
) -> None:
    caplog.set_level(0)
    layer = ArcGisLayer(_rows(), **deepcopy(wrong))
    with _serving(layer, trouble) as server, pytest.raises(EtlError) as failed:
        _fetch(server, asking(tmp_path, environ={"GIS_TOKEN": TOKEN}), token_as=token_as, tries=2, **said)
    assert re.search(told, str(failed.value))
    assert TOKEN not in str(failed.value) + caplog.text
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    assert not any(TOKEN.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
