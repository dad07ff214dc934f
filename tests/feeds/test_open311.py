"""Every service request that an Open311 server holds comes once, however little it lists at a time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from etl.city.geoconnectors import Open311Connector
from etl.errors import EtlError, SourceUnreadable
from etl.fetch.connector import Fetched, Request
from etl.fetch.open311 import Open311
from tests.feeds.georeport import GeoReport, Row
from tests.feeds.server import LOGIN_PAGE, TROUBLES, Asked, Reply, Server, Trouble, asking, serving

KEY = "s3cret-key"
NOW = datetime(2024, 7, 1, 12, tzinfo=UTC)
FIRST = datetime(2024, 1, 10, 8, 0, 30, tzinfo=UTC)


def _rows(count: int = 60) -> list[Row]:
    """Requests that come ever faster, the last two minutes before now; some were updated long after."""
    step = (NOW - timedelta(minutes=2) - FIRST) / (count - 1) ** 0.5
    return [
        {
            "service_request_id": f"R-{n:04d}",
            "status": "closed" if n % 2 else "open",
            "service_name": 'Pot & "hole" <deep>' if n == 3 else "Graffiti",
            "description": None if n == 5 else f"number {n}",
            "requested_datetime": (made := FIRST + step * n**0.5).strftime("%Y-%m-%dT%H:%M:%S-00:00"),
            "updated_datetime": (made + timedelta(days=n % 7)).isoformat(timespec="seconds"),
            "lat": "35.96",
            "long": "-83.92",
            "extended_attributes": {"ward": str(n % 9), "crew": {"name": "B"}},
        }
        for n in range(count)
    ]


@contextmanager
def _serving(service: GeoReport, trouble: Trouble | None = None, now: datetime | None = NOW) -> Iterator[Server]:
    date = {} if now is None else {"Date": format_datetime(now, usegmt=True)}

    def answer(asked: Asked) -> Reply:
        status, body = service.answer(asked.path, asked.query, asked.headers)
        return Reply(body, status, date)

    with serving(answer, trouble) as server:
        yield server


def _fetch(server: Server, request: Request, **said: Any) -> tuple[Fetched, list[dict[str, Any]]]:
    declared = Open311Connector(
        **{"kind": "open311", "url": f"{server.url}/open311/v2", "first_day": FIRST.date(), "cap": 20, **said}
    )
    fetched = Open311().fetch(declared, request)
    return fetched, [] if fetched.unchanged else Open311().read(declared, fetched.files, Path()).collect().to_dicts()


def _expected(rows: list[Row]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "extended_attributes"} for row in rows]


def _in_order(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert [row["row"] for row in found] == list(range(1, len(found) + 1))
    rows = sorted(found, key=lambda row: str(row["service_request_id"]))
    return [{k: v for k, v in row.items() if k != "row"} for row in rows]


SERVERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as the specification says": ({}, {}),
    "oldest first": ({"oldest_first": True}, {}),
    "all in one answer": ({"cap": 1000}, {"cap": 1000}),
    "cuts earlier than is said": ({"cap": 7}, {"cap": 1000}),
    "cuts earlier, oldest first": ({"cap": 7, "oldest_first": True}, {"cap": 1000}),
    "cuts some answers earlier": ({"caps": [20, 5, 20, 20, 4]}, {}),
    "windows of a week": ({}, {"window_days": 7}),
    "rows twice in an answer": ({"repeats": 3}, {"cap": 23}),
    "pages": ({"pages": True, "cap": 8}, {"page_size": 8}),
    "pages that are smaller than asked for": ({"pages": True, "cap": 5}, {"page_size": 50}),
    "pages that shrink": ({"pages": True, "caps": [8, 8, 3], "cap": 3}, {"page_size": 8}),
    "pages that shrink at once": ({"pages": True, "caps": [10], "cap": 5}, {"page_size": 10}),
    "pages that grow": ({"pages": True, "caps": [3, 3, 8], "cap": 8}, {"page_size": 8}),
    "knows no pages though it is said": ({"cap": 8}, {"page_size": 8}),
    "gives its last page for ever": ({"pages": True, "cap": 8, "last_for_ever": True}, {"page_size": 8}),
    "no request": ({"rows": []}, {}),
    "one request": ({"rows": _rows(2)[:1]}, {}),
}


@pytest.mark.parametrize(("wrong", "said"), SERVERS.values(), ids=SERVERS.keys())
def test_every_request_comes_once(tmp_path: Path, wrong: dict[str, Any], said: dict[str, Any]) -> None:
    service = GeoReport(**deepcopy({"rows": _rows(), **wrong}))
    with _serving(service) as server:
        fetched, found = _fetch(server, asking(tmp_path), **said)
    assert _in_order(found) == _expected(service.rows)
    assert (fetched.complete, fetched.own) == (True, True)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_every_request_comes_once_as_xml_whatever_the_connection_does(tmp_path: Path, trouble: Trouble) -> None:
    def dated(asked: Asked, reply: Reply) -> Reply:
        changed = trouble(asked, reply)
        return replace(changed, headers={**changed.headers, "Date": format_datetime(NOW, usegmt=True)})

    with _serving(GeoReport(_rows()), dated) as server:
        assert _in_order(_fetch(server, asking(tmp_path), format="xml")[1]) == _expected(_rows())


@pytest.mark.parametrize("ends_after", [1, 2, 5, 9])
def test_a_fetch_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path, ends_after: int) -> None:
    with _serving(GeoReport(_rows())) as server:
        server.trouble = lambda asked, reply: reply if asked.place <= ends_after else Reply(b"", 500)
        with pytest.raises(SourceUnreadable, match="answered 500"):
            _fetch(server, asking(tmp_path), tries=1)
        server.trouble = None
        before = len(server.asked)
        assert _in_order(_fetch(server, asking(tmp_path), tries=1)[1]) == _expected(_rows())
        starts = [asked.query["start_date"] for asked in server.asked]
    assert min(starts[before:]) >= min(starts[:before])


def test_more_requests_of_one_second_than_an_answer_holds_are_told(tmp_path: Path) -> None:
    rows = [{**row, "requested_datetime": "2024-03-01T00:00:00Z"} for row in _rows()]
    with (
        _serving(GeoReport(rows)) as server,
        pytest.raises(SourceUnreadable, match=r"more requests of one second than it lists at once \(2024-0"),
    ):
        _fetch(server, asking(tmp_path))


def test_without_a_clock_of_the_server_the_runs_own_is_taken(tmp_path: Path) -> None:
    with _serving(GeoReport(_rows()), now=None) as server:
        assert _in_order(_fetch(server, asking(tmp_path, now=NOW))[1]) == _expected(_rows())


def test_only_declared_columns_are_kept(tmp_path: Path) -> None:
    with _serving(GeoReport(_rows(5))) as server:
        request = asking(tmp_path, columns=("requested_datetime", "extended_attributes.ward"))
        found = _fetch(server, request, extensions=True)[1]
    assert {*found[0]} == {"row", "service_request_id", "requested_datetime", "extended_attributes.ward"}


def test_a_server_without_a_clock_is_told(tmp_path: Path) -> None:
    with (
        _serving(GeoReport(_rows()), now=None) as server,
        pytest.raises(SourceUnreadable, match="does not say what time it is"),
    ):
        _fetch(server, asking(tmp_path))


def test_what_the_city_added_comes_where_it_is_asked_for(tmp_path: Path) -> None:
    with _serving(service := GeoReport(_rows(5), jurisdiction="city.example")) as server:
        said = {"extensions": True, "jurisdiction": "city.example", "parameters": {"status": "open,closed"}}
        found = _fetch(server, asking(tmp_path), **said)[1]
    assert [row["extended_attributes.ward"] for row in _in_order(found)] == ["0", "1", "2", "3", "4"]
    assert {row["extended_attributes.crew.name"] for row in found} == {"B"}
    assert all(asked["status"] == "open,closed" for asked in service.asked)


def test_a_feed_without_a_request_has_the_columns_of_the_specification(tmp_path: Path) -> None:
    with _serving(GeoReport([])) as server:
        declared = Open311Connector(kind="open311", url=server.url, first_day=FIRST.date())
        fetched = Open311().fetch(declared, asking(tmp_path))
        columns = Open311().read(declared, fetched.files, Path()).collect_schema().names()
    assert {"service_request_id", "requested_datetime", "lat", "long"} <= set(columns)


# ------------------------------------------------------------------------------------------------------------ changes


@pytest.mark.parametrize(("knows", "mark"), [(True, "updated_datetime"), (False, "requested_datetime")])
def test_changes_are_what_was_updated_or_else_made_since(tmp_path: Path, knows: bool, mark: str) -> None:
    service = GeoReport(_rows(), knows_updates=knows)
    with _serving(service) as server:
        whole, _ = _fetch(server, asking(tmp_path), updates=knows)
        since = datetime.fromisoformat(whole.watermark or "")
        assert since == min(NOW, max(datetime.fromisoformat(row[mark]) for row in _rows()))
        (tmp_path / "again").mkdir()
        request = asking(tmp_path / "again", since=whole.watermark, overlap=timedelta(days=3))
        fetched, found = _fetch(server, request, updates=knows)
    after = [row for row in _rows() if datetime.fromisoformat(row[mark]) >= since - timedelta(days=3)]
    assert _in_order(found) == _expected(after)
    assert 0 < len(found) < 60
    assert (fetched.complete, fetched.watermark) == (False, whole.watermark)


def test_no_change_is_said_and_the_watermark_stays(tmp_path: Path) -> None:
    since = "2024-07-01T11:59:00+00:00"
    with _serving(GeoReport(_rows())) as server:
        fetched, _ = _fetch(server, asking(tmp_path, since=since))
    assert fetched == Fetched((), complete=False, watermark=since, unchanged=True)


@pytest.mark.parametrize("since", [None, "2024-07-01T11:57:00+00:00"], ids=["whole", "changes"])
def test_what_came_to_its_end_is_not_taken_for_the_answer_to_the_next_question(
    tmp_path: Path, since: str | None
) -> None:
    with _serving(service := GeoReport(_rows()[:-1])) as server:
        _fetch(server, asking(tmp_path, since=since))
        service.rows = _rows()
        found = _fetch(server, asking(tmp_path, since=since))[1]
    assert "R-0059" in {row["service_request_id"] for row in found}


@pytest.mark.parametrize("behind", [timedelta(days=-1), timedelta(hours=23), timedelta(days=30)])
def test_clocks_that_disagree_lose_nothing(tmp_path: Path, behind: timedelta) -> None:
    """What a late clock hides is asked for the next time: the watermark never passes what was not asked for."""
    with _serving(GeoReport(_rows()), now=NOW - behind) as server:
        first, found = _fetch(server, asking(tmp_path))
    (tmp_path / "next").mkdir()
    with _serving(GeoReport(_rows())) as server:
        more = _fetch(server, asking(tmp_path / "next", since=first.watermark))[1]
    ids = {row["service_request_id"] for row in [*found, *more]}
    assert ids == {row["service_request_id"] for row in _rows()}
    assert datetime.fromisoformat(first.watermark or "") <= NOW - behind


# ------------------------------------------------------------------------------------------------------------ secrets

WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], Trouble | None, str]] = {
    "a key it does not know": ({"key": "another"}, {}, None, "answered 403: the secret CITY_KEY was refused"),
    "an error with status 200": (
        {"key": "another"},
        {},
        lambda _, reply: Reply(reply.body, 200),
        r"refused the question \(code 403\)",
    ),
    "another jurisdiction": ({"jurisdiction": "b"}, {"jurisdiction": "a"}, None, "answered 400"),
    "a page to sign in": ({}, {}, lambda _, __: Reply(LOGIN_PAGE), "web page"),
    "half an answer, again and again": ({}, {}, lambda _, reply: Reply(reply.body[:-9]), "or half of one"),
    "something else": ({}, {}, lambda _, __: Reply(b"hello"), "sent no list of service requests"),
    "always 500": ({}, {}, lambda _, __: Reply(b"", 500), "answered 500"),
}


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(("wrong", "said", "trouble", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_fails_is_told_without_the_key(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    wrong: dict[str, Any],
    said: dict[str, Any],
    trouble: Trouble | None,
    told: str,
    form: str,
) -> None:
    caplog.set_level(0)
    request = asking(tmp_path, environ={"CITY_KEY": KEY})
    with _serving(GeoReport(_rows(), **wrong), trouble) as server, pytest.raises(EtlError) as failed:
        _fetch(server, request, secret="CITY_KEY", tries=2, format=form, **said)
    assert all(asked.query["api_key"] == KEY for asked in server.asked)
    assert re.search(told, str(failed.value))
    assert KEY not in str(failed.value) + caplog.text
    assert not any(KEY.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_xml_that_may_unfold_without_end_is_refused(tmp_path: Path) -> None:
    with _serving(GeoReport(_rows(), doctype=True)) as server, pytest.raises(SourceUnreadable, match="DOCTYPE"):
        _fetch(server, asking(tmp_path), format="xml")
