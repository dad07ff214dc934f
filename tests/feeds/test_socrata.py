"""A Socrata feed comes whole, or not at all, whatever its portal does; and nothing is asked for that is not kept."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.city.webconnectors import SocrataConnector
from etl.errors import DeclarationError, SchemaDrift, SourceUnreadable
from etl.fetch import connector
from etl.fetch.connector import Fetched
from tests.feeds.server import LOGIN_PAGE, TROUBLES, Asked, Reply, Server, asking, every, serving
from tests.feeds.soda import Portal, Row, row

READER = connector("socrata")
TOKEN = "t0k3n-0f-th3-c1ty"
COLUMNS = ("case_id", "kind")
KINDS = ("Pothole", None, "Ann's dog")


def _rows(count: int, first: int = 1, updated: str = "2024-05-01T12:00:00.000Z") -> list[Row]:
    return [row(number, updated, kind=KINDS[number % 3], caller="Bo") for number in range(first, first + count)]


def _fetch(server: Server, folder: Path, **said: Any) -> Fetched:
    asked = {name: said.pop(name) for name in ("since", "overlap", "environ", "told") if name in said}
    columns = said.pop("columns", COLUMNS)
    declared = SocrataConnector(kind="socrata", url=server.url, dataset="abcd-1234", **{"page_rows": 10, **said})
    return READER.fetch(declared, asking(folder, columns=columns, **asked))


def _table(fetched: Fetched) -> pl.DataFrame:
    return READER.read(None, fetched.files, Path()).collect()


def _cases(fetched: Fetched) -> list[tuple[str, str | None]]:
    return sorted(_table(fetched).select("case_id", "kind").iter_rows())


def _expected(rows: list[Row]) -> list[tuple[str, str | None]]:
    return sorted((each["case_id"], each["kind"]) for each in rows)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_whole_feed_comes_whatever_goes_wrong_on_the_way(tmp_path: Path, trouble: str) -> None:
    portal = Portal(abcd_1234=_rows(37))
    with serving(portal, TROUBLES[trouble]) as server:
        fetched = _fetch(server, tmp_path)
    assert _cases(fetched) == _expected(portal.datasets["abcd-1234"])
    assert (fetched.complete, fetched.own, fetched.deleted) == (True, True, ())
    assert fetched.watermark == "2024-05-01T12:00:00.000Z"
    assert len(fetched.files) == 4, "one file a page"


def _capped(portal: Portal) -> None:
    portal.most = 7


def _repeating(portal: Portal) -> None:
    portal.repeats = 3


def _changing(portal: Portal) -> None:
    rows = portal.datasets["abcd-1234"]

    def change(page: int) -> None:
        if page == 2:
            del rows[:5]
            rows.extend(_rows(5, first=90, updated="2024-05-02T09:00:00.000Z"))
            rows[10] = {**rows[10], ":updated_at": "2024-05-02T09:00:01.000Z"}

    portal.on_page = change


def _in_the_future(portal: Portal) -> None:
    for each in portal.datasets["abcd-1234"]:
        each[":updated_at"] = "2099-01-01T00:00:00.123Z"


@pytest.mark.parametrize("portal_does", [_capped, _repeating, _in_the_future])
def test_the_whole_feed_comes_from_a_portal_with_ways_of_its_own(
    tmp_path: Path, portal_does: Callable[[Portal], None]
) -> None:
    portal = Portal(abcd_1234=_rows(37))
    portal_does(portal)
    with serving(portal) as server:
        fetched = _fetch(server, tmp_path)
    assert _cases(fetched) == _expected(portal.datasets["abcd-1234"])
    assert fetched.watermark == max(each[":updated_at"] for each in portal.datasets["abcd-1234"])


def test_rows_that_stay_are_had_while_others_come_and_go_and_later_changes_are_left_to_the_next(tmp_path: Path) -> None:
    portal = Portal(abcd_1234=_rows(60))
    _changing(portal)
    with serving(portal) as server:
        fetched = _fetch(server, tmp_path)
        stayed = {f"C-{number:05d}" for number in range(6, 61)}
        assert stayed <= {case for case, _ in _cases(fetched)}
        assert fetched.watermark == "2024-05-01T12:00:00.000Z"
        later = _fetch(server, tmp_path, since=fetched.watermark)
    assert {f"C-{number:05d}" for number in range(90, 95)} <= {case for case, _ in _cases(later)}
    assert later.watermark == "2024-05-02T09:00:01.000Z"


def test_pages_shrink_until_the_portal_bears_them(tmp_path: Path) -> None:
    portal = Portal(abcd_1234=_rows(20))
    portal.bears = 1_500
    with serving(portal) as server:
        fetched = _fetch(server, tmp_path, page_rows=8_000, tries=1)
        limits = [int(asked.query["$limit"]) for asked in server.asked if asked.query.get("$order") == ":id"]
    assert _cases(fetched) == _expected(portal.datasets["abcd-1234"])
    assert limits == [8_000, 4_000, 2_000, 1_000, 1_000]


def test_a_cut_off_fetch_goes_on_where_it_was(tmp_path: Path) -> None:
    portal = Portal(abcd_1234=_rows(37))
    down = {"now": True}

    def trouble(asked: Asked, reply: Reply) -> Reply:
        return Reply(status=503) if down["now"] and portal.pages > 2 else reply

    with serving(portal, trouble) as server:
        with pytest.raises(SourceUnreadable, match="503"):
            _fetch(server, tmp_path, tries=2)
        begun, down["now"] = len(server.asked), False
        fetched = _fetch(server, tmp_path)
        again = [asked.query.get("$where") for asked in server.asked[begun:] if asked.query.get("$order") == ":id"]
    assert _cases(fetched) == _expected(portal.datasets["abcd-1234"])
    ids = sorted(each[":id"] for each in portal.datasets["abcd-1234"])
    assert again == [f":id > '{ids[19]}'", f":id > '{ids[29]}'", f":id > '{ids[36]}'"]


def test_what_another_query_left_is_no_part_of_this_one(tmp_path: Path) -> None:
    portal = Portal(abcd_1234=_rows(37))
    with serving(portal) as server:
        _fetch(server, tmp_path)
        changed = _fetch(server, tmp_path, columns=("case_id",))
        assert _table(changed).columns == ["row", ":id", ":updated_at", "case_id"]
        assert _table(changed).height == 37


@pytest.mark.parametrize("ends_after", [0, 1, 3])
def test_a_short_answer_is_never_taken_for_the_whole_feed(tmp_path: Path, ends_after: int) -> None:
    portal = Portal(abcd_1234=_rows(37))
    portal.ends_after = ends_after
    with serving(portal) as server:
        with pytest.raises(SourceUnreadable, match=f"gave {10 * ends_after} of at least 37 rows"):
            _fetch(server, tmp_path)
        portal.ends_after = None
        assert _cases(_fetch(server, tmp_path)) == _expected(portal.datasets["abcd-1234"])


def test_a_portal_that_goes_round_in_circles_is_left(tmp_path: Path) -> None:
    portal = Portal(abcd_1234=_rows(37))
    first: list[Reply] = []

    def trouble(asked: Asked, reply: Reply) -> Reply:
        first.extend([reply] if asked.query.get("$order") == ":id" and not first else [])
        return first[0] if first and asked.query.get("$order") == ":id" else reply

    with serving(portal, trouble) as server, pytest.raises(SourceUnreadable, match="same rows again"):
        _fetch(server, tmp_path)


def test_nothing_is_asked_for_that_is_not_kept(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=_rows(3))) as server:
        fetched = _fetch(server, tmp_path)
        selected = {name for asked in server.asked for name in asked.query["$select"].split(",")}
    assert selected == {":id", ":updated_at", "case_id", "kind", "count(*)"}
    assert _table(fetched).columns == ["row", ":id", ":updated_at", "case_id", "kind"]
    assert "Bo" not in str(_table(fetched).to_dicts())


def test_without_declared_columns_all_come_places_in_parts(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [-83.92, 35.96]}
    old = {"latitude": "35.9", "longitude": "-83.9", "human_address": '{"zip":"37902"}'}
    with serving(Portal(abcd_1234=[row(1, place=point, location=old)])) as server:
        table = _table(_fetch(server, tmp_path, columns=()))
        assert table.select("place.lng", "place.lat", "location.latitude").rows() == [("-83.92", "35.96", "35.9")]
        parts = _table(_fetch(server, tmp_path, columns=("place.lng", "place.lat")))
        assert parts["place.lng"].to_list() == ["-83.92"]
        assert ":id,:updated_at,place" in [asked.query["$select"] for asked in server.asked]


def test_a_column_that_no_row_fills_is_there_and_one_that_is_gone_is_drift(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=[row(1, kind=None)])) as server:
        assert _cases(_fetch(server, tmp_path)) == [("C-00001", None)]
        with pytest.raises(SchemaDrift, match="no column 'colour'"):
            _fetch(server, tmp_path, columns=("case_id", "colour"))


@pytest.mark.parametrize(
    ("since", "overlap", "taken"),
    [
        ("2024-05-03T00:00:00.000Z", timedelta(0), [3, 4]),
        ("2024-05-03T00:00:00.000Z", timedelta(days=1), [2, 3, 4]),
        ("2024-05-03T00:00:00.000Z", timedelta(days=400), [1, 2, 3, 4]),
        ("2024-05-04T00:00:00.000Z", timedelta(milliseconds=1), [4]),
    ],
)
def test_changes_are_asked_for_from_before_the_last_that_were_taken(
    tmp_path: Path, since: str, overlap: timedelta, taken: list[int]
) -> None:
    rows = [row(day, f"2024-05-0{day}T00:00:00.000Z", kind="a") for day in (1, 2, 3, 4)]
    with serving(Portal(abcd_1234=rows)) as server:
        fetched = _fetch(server, tmp_path, since=since, overlap=overlap)
    assert [case for case, _ in _cases(fetched)] == [f"C-{number:05d}" for number in taken]
    assert (fetched.complete, fetched.watermark) == (False, "2024-05-04T00:00:00.000Z")


def test_where_nothing_changed_there_is_nothing_to_read(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=_rows(3))) as server:
        fetched = _fetch(server, tmp_path, since="2024-06-01T00:00:00.000Z", overlap=timedelta(days=3))
    assert (fetched.unchanged, fetched.files, fetched.watermark) == (True, (), "2024-06-01T00:00:00.000Z")


def test_ids_that_the_portal_lists_as_gone_are_told(tmp_path: Path) -> None:
    gone = [{**row(7, f"2024-05-0{day}T00:00:00.000Z"), ":id": f"row-{day}", "case": f"S-{day}"} for day in (1, 2, 3)]
    deletions = {"dataset": "gone-0001", "column": "case"}
    with serving(Portal(abcd_1234=_rows(3), gone_0001=gone)) as server:
        assert _fetch(server, tmp_path, deletions=deletions).deleted == ("S-1", "S-2", "S-3")
        later = _fetch(server, tmp_path, deletions=deletions, since="2024-05-03T00:00:00.000Z")
        assert (later.deleted, later.complete, later.unchanged) == (("S-3",), False, False)
        assert later.changed_at == ":updated_at" and len(later.deleted_at) == 1 and later.deleted_at[0] > "2024-05"
        assert _table(later).columns == ["row", ":id", ":updated_at", "case_id", "kind"]
        assert _table(later).height == 0
        assert {asked.query["$select"] for asked in server.asked if "gone" in asked.path} == {
            ":id,:updated_at,case",
            ":updated_at",
            "count(*)",
        }


def test_an_empty_dataset_has_its_columns(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=[])) as server:
        fetched = _fetch(server, tmp_path)
    assert (_table(fetched).columns, _table(fetched).height) == (["row", ":id", ":updated_at", "case_id", "kind"], 0)
    assert (fetched.complete, fetched.watermark) == (True, None)


def test_a_declared_condition_goes_with_every_question(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=_rows(9))) as server:
        fetched = _fetch(server, tmp_path, where="kind = 'Ann''s dog'")
        assert all("(kind = 'Ann''s dog')" in asked.query["$where"] for asked in server.asked)
    assert {kind for _, kind in _cases(fetched)} == {"Ann's dog"}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(LOGIN_PAGE), "web page where data"),
        (Reply(status=403), "secret SODA_TOKEN was refused"),
        (Reply(status=500), "answered 500"),
        (Reply(b'{"error": "Bo called"}'), "no list of rows"),
        (Reply(b'[{"caller": "Bo"}]'), "without `:id`"),
    ],
)
def test_no_secret_and_no_value_is_told(tmp_path: Path, reply: Reply, told: str) -> None:
    heard: list[Any] = []

    def trouble(asked: Asked, sound: Reply) -> Reply:
        return reply if asked.query.get("$order") == ":id" and asked.query.get("$where") else sound

    with serving(Portal(abcd_1234=_rows(37)), trouble) as server:
        with pytest.raises((SourceUnreadable, SchemaDrift), match=told) as caught:
            _fetch(
                server,
                tmp_path,
                secret="SODA_TOKEN",
                environ={"SODA_TOKEN": TOKEN},
                told=lambda *said: heard.append(said),
            )
        assert {asked.headers.get("x-app-token") for asked in server.asked} == {TOKEN}
        assert not any(TOKEN in str(asked.query) for asked in server.asked)
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert TOKEN.encode() not in left
    assert not re.search(rf"Bo|C-\d|row-|{TOKEN}", f"{caught.value}{heard}")
    assert [rows for rows, _ in heard] == [10]


def test_a_secret_that_is_not_set_is_a_fault_of_the_declaration(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=[])) as server, pytest.raises(DeclarationError, match="SODA_TOKEN"):
        _fetch(server, tmp_path, secret="SODA_TOKEN")


def test_every_fourth_answer_slow_and_lost(tmp_path: Path) -> None:
    portal = Portal(abcd_1234=_rows(25))
    with serving(portal, every(4, lambda reply: Reply(silent=True))) as server:
        fetched = _fetch(server, tmp_path, timeout_seconds=0.15)
    assert _cases(fetched) == _expected(portal.datasets["abcd-1234"])
