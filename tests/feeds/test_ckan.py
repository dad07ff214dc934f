"""A CKAN feed comes whole, or not at all, by offset, by SQL or as a file, whatever its portal does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from etl.city.webconnectors import CkanConnector
from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch import connector
from etl.fetch.connector import Fetched
from etl.fetch.http import open_web
from tests.feeds.ckan import RESOURCE, Portal, Row
from tests.feeds.server import LOGIN_PAGE, TROUBLES, Asked, Reply, Server, asking, serving

READER = connector("ckan")
TOKEN = "t0k3n-0f-th3-c1ty"
COLUMNS = ("case", "kind")
BY_OFFSET: dict[str, Any] = {}
BY_SQL: dict[str, Any] = {"sql": True}
WAYS = [pytest.param(BY_OFFSET, id="by offset"), pytest.param(BY_SQL, id="by SQL")]


def _rows(count: int, first: int = 1, day: int = 1) -> list[Row]:
    return [
        {"_id": number, "case": number * 10, "kind": None if number % 3 else "a", "caller": "Bo", "at": _at(day)}
        for number in range(first, first + count)
    ]


def _at(day: int) -> str:
    return f"2024-05-{day:02d}T12:00:00"


def _said(server: Server, **said: Any) -> CkanConnector:
    return CkanConnector(kind="ckan", url=server.url, resource=RESOURCE, **{"page_rows": 10, **said})


def _fetch(server: Server, folder: Path, **said: Any) -> Fetched:
    asked = {name: said.pop(name) for name in ("since", "overlap", "environ", "told", "now") if name in said}
    return READER.fetch(_said(server, **said), asking(folder, columns=COLUMNS, **asked))


def _table(fetched: Fetched) -> pl.DataFrame:
    declared = CkanConnector(kind="ckan", url="https://data.example.gov", resource=RESOURCE)
    return READER.read(declared, fetched.files, Path()).collect()


def _ids(fetched: Fetched) -> list[int]:
    return [int(each) for each in _table(fetched)["_id"]]


@pytest.mark.parametrize("said", WAYS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_whole_feed_comes_whatever_goes_wrong_on_the_way(
    tmp_path: Path, trouble: str, said: dict[str, Any]
) -> None:
    portal = Portal(_rows(37), sql=True)
    with serving(portal, TROUBLES[trouble]) as server:
        fetched = _fetch(server, tmp_path, **said)
    assert _table(fetched).rows() == [
        (each["_id"], str(each["_id"]), str(each["case"]), each["kind"]) for each in portal.rows
    ]
    assert _table(fetched).columns == ["row", "_id", "case", "kind"], "nothing that is not kept"
    assert (fetched.complete, fetched.own, fetched.watermark) == (True, True, None)
    assert len(fetched.files) in (4, 5), "one file a page"


def _capped(portal: Portal) -> None:
    portal.most = 7


def _repeating(portal: Portal) -> None:
    portal.repeats = 3


def _estimating(portal: Portal) -> None:
    portal.estimated = True


def _unsorted(portal: Portal) -> None:
    portal.rows.reverse()


@pytest.mark.parametrize("said", WAYS)
@pytest.mark.parametrize("portal_does", [_capped, _repeating, _estimating, _unsorted])
def test_the_whole_feed_comes_from_a_portal_with_ways_of_its_own(
    tmp_path: Path, portal_does: Callable[[Portal], None], said: dict[str, Any]
) -> None:
    portal = Portal(_rows(37), sql=True)
    portal_does(portal)
    with serving(portal) as server:
        assert _ids(_fetch(server, tmp_path, **said)) == list(range(1, 38))


@pytest.mark.parametrize("said", WAYS)
def test_rows_that_stay_are_had_while_others_come_and_go(tmp_path: Path, said: dict[str, Any]) -> None:
    portal = Portal(_rows(60), sql=True)

    def change(page: int) -> None:
        if page == 3:
            del portal.rows[2:9]
            portal.rows.extend(_rows(5, first=90))

    portal.on_page = change
    with serving(portal) as server:
        ids = _ids(_fetch(server, tmp_path, **said))
    assert set(range(10, 61)) | set(range(90, 95)) <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_resource_that_is_replaced_meanwhile_is_read_anew(tmp_path: Path) -> None:
    portal = Portal(_rows(25))

    def replace(page: int) -> None:
        if page == 2:
            portal.rows, portal.modified = _rows(30, first=1, day=2), "2024-05-02T12:00:00"

    portal.on_page = replace
    with serving(portal) as server:
        assert _ids(_fetch(server, tmp_path)) == list(range(1, 31))


def test_a_resource_that_never_rests_is_left(tmp_path: Path) -> None:
    portal = Portal(_rows(25))

    def replace(page: int) -> None:
        portal.modified = f"2024-05-02T12:00:{page:02d}"

    portal.on_page = replace
    with serving(portal) as server, pytest.raises(SourceUnreadable, match="replaced the rows"):
        _fetch(server, tmp_path)


def test_pages_shrink_until_the_portal_bears_them(tmp_path: Path) -> None:
    portal = Portal(_rows(20))
    portal.bears = 1_500
    with serving(portal) as server:
        assert _ids(_fetch(server, tmp_path, page_rows=8_000, tries=1)) == list(range(1, 21))
        limits = [int(asked.query["limit"]) for asked in server.asked if "limit" in asked.query]
    assert limits == [8_000, 4_000, 2_000, 1_000, 1_000, 0], "the last asks only how many there are"


@pytest.mark.parametrize("said", WAYS)
def test_a_cut_off_fetch_goes_on_where_it_was(tmp_path: Path, said: dict[str, Any]) -> None:
    portal = Portal(_rows(37), sql=True)
    down = {"now": True}

    def trouble(asked: Asked, reply: Reply) -> Reply:
        return Reply(status=503) if down["now"] and portal.pages > 2 else reply

    with serving(portal, trouble) as server:
        with pytest.raises(SourceUnreadable, match="503"):
            _fetch(server, tmp_path, tries=2, **said)
        begun, down["now"] = len(server.asked), False
        assert _ids(_fetch(server, tmp_path, **said)) == list(range(1, 38))
        again = [asked.query.get("sql", asked.query.get("offset", "")) for asked in server.asked[begun:]]
    assert not any(each == "0" or "_id > 0 " in each for each in again), "the first page is not asked for again"


@pytest.mark.parametrize("said", WAYS)
def test_a_short_answer_is_never_taken_for_the_whole_feed(tmp_path: Path, said: dict[str, Any]) -> None:
    portal = Portal(_rows(37), sql=True)
    portal.withheld = 4
    with serving(portal) as server:
        with pytest.raises(SourceUnreadable, match=r"33 of 37 rows|same rows again"):
            _fetch(server, tmp_path, **said)
        portal.withheld = 0
        assert _ids(_fetch(server, tmp_path, **said)) == list(range(1, 38))


@pytest.mark.parametrize(
    ("overlap", "taken"), [(timedelta(0), [3, 4]), (timedelta(days=1), [2, 3, 4]), (timedelta(days=400), [1, 2, 3, 4])]
)
def test_changes_by_sql_are_asked_for_from_before_the_last_that_were_taken(
    tmp_path: Path, overlap: timedelta, taken: list[int]
) -> None:
    portal = Portal([row for day in (1, 2, 3, 4) for row in _rows(1, first=day, day=day)], sql=True)
    changes = {"sql": True, "changed_column": "at"}
    with serving(portal) as server:
        assert _fetch(server, tmp_path, **changes).watermark == _at(4)
        fetched = _fetch(server, tmp_path, **changes, since=_at(3), overlap=overlap)
        assert _ids(fetched) == taken
        assert (fetched.complete, fetched.watermark) == (False, _at(4))
        none = _fetch(server, tmp_path, **changes, since=_at(20), overlap=timedelta(days=3))
        assert (none.unchanged, none.files, none.watermark) == (True, (), _at(20))


def test_a_row_of_the_future_hides_no_change(tmp_path: Path) -> None:
    portal = Portal([row for day in (1, 2, 28) for row in _rows(1, first=day, day=day)], sql=True)
    now = datetime.fromisoformat(_at(2)).replace(tzinfo=UTC) + timedelta(hours=1)
    with serving(portal) as server:
        fetched = _fetch(server, tmp_path, sql=True, changed_column="at", now=now)
        assert _ids(fetched) == [1, 2, 28]
        assert fetched.watermark == _at(2)


@pytest.mark.parametrize("said", WAYS)
def test_a_column_that_is_gone_is_drift(tmp_path: Path, said: dict[str, Any]) -> None:
    portal = Portal([{"_id": 1, "case": 1}], sql=True)
    with serving(portal) as server, pytest.raises(SchemaDrift, match="no column 'kind'"):
        _fetch(server, tmp_path, **said)


def test_an_empty_datastore_has_its_columns(tmp_path: Path) -> None:
    with serving(Portal([])) as server:
        table = _table(_fetch(server, tmp_path))
    assert (table.columns, table.height) == (["row", "_id", "case", "kind"], 0)


def test_the_resource_as_a_file_is_taken_from_wherever_it_lies_and_without_the_token(tmp_path: Path) -> None:
    elsewhere = Portal([], file=b"case,kind\n10,a\n20,b\n")
    said = {"file": {"kind": "csv"}, "secret": "CKAN_TOKEN"}
    environ = {"CKAN_TOKEN": TOKEN}
    with serving(elsewhere) as store, serving(Portal([])) as server:
        server.answer.file_url = f"{store.url}/files/feed.csv"  # type: ignore[attr-defined] - the portal above
        fetched = _fetch(server, tmp_path, environ=environ, **said)
        table = READER.read(_said(server, file={"kind": "csv"}), fetched.files, tmp_path).collect()
        assert table["case"].to_list() == ["10", "20"]
        assert [asked.headers.get("authorization") for asked in (*server.asked, *store.asked)] == [TOKEN, None]
        again = _fetch(server, tmp_path, environ=environ, since=fetched.watermark, **said)
        assert (again.unchanged, again.watermark) == (True, fetched.watermark)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(LOGIN_PAGE), "web page where data"),
        (Reply(status=403), "secret CKAN_TOKEN was refused"),
        (Reply(b'{"success": false, "error": {"message": "Bo"}}'), "could not do"),
        (Reply(b'{"success": true, "result": {"records": "Bo"}}'), "no list of rows"),
        (Reply(b'{"success": true, "result": {"records": [{"case": "Bo"}]}}'), "number in `_id`"),
    ],
)
def test_no_secret_and_no_value_is_told(tmp_path: Path, reply: Reply, told: str) -> None:
    def trouble(asked: Asked, sound: Reply) -> Reply:
        return reply if "limit" in asked.query else sound

    with serving(Portal(_rows(3)), trouble) as server:
        with pytest.raises((SourceUnreadable, SchemaDrift), match=told) as caught:
            _fetch(server, tmp_path, secret="CKAN_TOKEN", environ={"CKAN_TOKEN": TOKEN})
        assert {asked.headers.get("authorization") for asked in server.asked} == {TOKEN}
    assert [word for word in (TOKEN, "Bo", RESOURCE) if word in str(caught.value)] == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/feed.csv", "https://169.254.169.254/feed.csv"])
def test_a_portal_leads_to_no_file_of_the_machine_itself(tmp_path: Path, address: str) -> None:
    """What a portal names is followed as a redirect is."""
    declared = CkanConnector(kind="ckan", url="https://data.example.gov", resource=RESOURCE, file={"kind": "csv"})
    with open_web(declared, asking(tmp_path)) as web:
        with pytest.raises(SourceUnreadable, match="not safe"):
            web.linked(address)
        assert web.linked("/files/feed.csv") == "https://data.example.gov/files/feed.csv"
        assert web.linked("https://files.example.gov/feed.csv") == "https://files.example.gov/feed.csv"
        with pytest.raises(SourceUnreadable, match="not safe"):
            web.linked("http://files.example.gov/feed.csv")
    plain = declared.model_copy(update={"allow_http": True})
    with open_web(plain, asking(tmp_path)) as web:
        assert web.linked("http://files.example.gov/feed.csv") == "http://files.example.gov/feed.csv"


@pytest.mark.parametrize("said", [{"changed_column": "at"}, {"sql": True, "file": {"kind": "csv"}}])
def test_what_does_not_go_together_is_a_fault_of_the_declaration(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"needs `sql = true`|either `file` or `sql`"):
        CkanConnector(kind="ckan", url="https://data.example.gov", resource=RESOURCE, **said)
