"""A file from a web server comes whole or not at all, once per version, and is read like a file of this machine."""

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from pydantic import ValidationError

from etl.city.webconnectors import HttpConnector
from etl.errors import SourceUnreadable, StorageFailed
from etl.fetch import connector
from etl.fetch.connector import Fetched
from tests.feeds.server import DATE, LOGIN_PAGE, TROUBLES, Asked, Reply, Server, Watch, asking, ranged, serving

READER = connector("http")
SECRET = "s3cr3t"
CSV = b"id,name\n" + b"".join(b"%d,Ann number %d\n" % (number, number) for number in range(20_000))
TAGGED = {"ETag": '"v1"'}
DATED = {"Last-Modified": "Mon, 19 Oct 2015 07:28:00 GMT", **DATE}


def _declared(server: Server, path: str = "/feed.csv", **said: Any) -> HttpConnector:
    return HttpConnector(**{"kind": "http", "url": server.url + path, "file": {"kind": "csv"}, **said})


def _fetch(server: Server, folder: Path, path: str = "/feed.csv", **said: Any) -> Fetched:
    asked = {name: said.pop(name) for name in ("since", "environ", "told", "timing") if name in said}
    return READER.fetch(_declared(server, path, **said), asking(folder, **asked))


def _table(server: Server, fetched: Fetched, folder: Path, **said: Any) -> pl.DataFrame:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return READER.read(_declared(server, **said), fetched.files, scratch).collect()


@pytest.mark.parametrize("headers", [{}, TAGGED, {"ETag": 'W/"v1"'}, DATED], ids=["no version", "tag", "weak", "date"])
@pytest.mark.parametrize("trouble", [name for name in TROUBLES if name != "bodies cut off, of no told length"])
def test_a_file_comes_whole_whatever_goes_wrong_on_the_way(
    tmp_path: Path, trouble: str, headers: Mapping[str, str]
) -> None:
    with serving(lambda asked: ranged(asked, CSV, headers), TROUBLES[trouble]) as server:
        fetched = _fetch(server, tmp_path)
        assert fetched.files[0].read_bytes() == CSV
        assert (fetched.complete, fetched.own) == (True, True)
        assert [path.name for path in (tmp_path / "arriving").iterdir()] == ["feed.csv"], "nothing half is left"


@pytest.mark.parametrize("headers", [TAGGED, DATED], ids=["tag", "date"])
def test_a_download_that_is_cut_off_again_and_again_goes_on_where_it_was(
    tmp_path: Path, headers: Mapping[str, str]
) -> None:
    def cut(asked: Asked, reply: Reply) -> Reply:
        return Reply(reply.body, reply.status, reply.headers, cut=50_000)

    with serving(lambda asked: ranged(asked, CSV, headers), cut) as server:
        fetched = _fetch(server, tmp_path, tries=1)
        starts = [asked.headers.get("range") for asked in server.asked]
    assert fetched.files[0].read_bytes() == CSV
    assert starts == [None, *(f"bytes={start}-" for start in range(50_000, len(CSV), 50_000))]


def test_a_later_run_takes_up_what_an_earlier_one_left(tmp_path: Path) -> None:
    served = {"cut": 100_000}

    def cut(asked: Asked, reply: Reply) -> Reply:
        return Reply(reply.body, reply.status, reply.headers, cut=served["cut"])

    with serving(lambda asked: ranged(asked, CSV, TAGGED), cut) as server:
        server.trouble = lambda asked, reply: cut(asked, reply) if asked.place == 1 else Reply(status=503)
        with pytest.raises(SourceUnreadable, match="503"):
            _fetch(server, tmp_path, tries=2)
        server.trouble = None
        assert _fetch(server, tmp_path).files[0].read_bytes() == CSV
        assert server.asked[-1].headers["range"] == "bytes=100000-"


def test_another_version_is_fetched_from_its_start(tmp_path: Path) -> None:
    files = {True: (CSV, {"ETag": '"v1"'}), False: (CSV.upper(), {"ETag": '"v2"'})}

    def cut(asked: Asked, reply: Reply) -> Reply:
        return Reply(reply.body, reply.status, reply.headers, cut=100_000) if asked.place == 1 else reply

    with serving(lambda asked: ranged(asked, *files[asked.place == 1]), cut) as server:
        assert _fetch(server, tmp_path).files[0].read_bytes() == CSV.upper()
        assert server.asked[1].headers["if-range"] == '"v1"'


def test_a_piece_from_the_wrong_place_is_not_taken(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "range" in asked.headers:
            return Reply(CSV[7:], 206, {**TAGGED, "Content-Range": f"bytes 7-{len(CSV) - 1}/{len(CSV)}"})
        return Reply(CSV, 200, TAGGED, cut=100_000 if asked.place == 1 else None)

    with serving(answer) as server:
        assert _fetch(server, tmp_path).files[0].read_bytes() == CSV


def test_a_body_that_is_never_whole_is_never_taken(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(CSV, cut=9_000)) as server:
        with pytest.raises(SourceUnreadable, match="broke off"):
            _fetch(server, tmp_path, tries=3)
        assert len(server.asked) <= 5
    assert not (tmp_path / "arriving" / "feed.csv").exists()


@pytest.mark.parametrize("headers", [TAGGED, DATED, {"ETag": 'W/"v1"'}], ids=["tag", "date", "weak"])
def test_an_unchanged_file_is_not_sent_again(tmp_path: Path, headers: Mapping[str, str]) -> None:
    with serving(lambda asked: ranged(asked, CSV, headers)) as server:
        first = _fetch(server, tmp_path)
        again = _fetch(server, tmp_path, since=first.watermark)
        assert (again.unchanged, again.files, again.watermark) == (True, (), first.watermark)
        other = _fetch(server, tmp_path, "/other.csv", since=first.watermark)
        assert (other.unchanged, len(other.files)) == (False, 1), "the version of one address says nothing of another"
    with serving(lambda asked: ranged(asked, CSV, {**headers, "ETag": '"v2"', "Last-Modified": "x"})) as server:
        assert not _fetch(server, tmp_path, since=first.watermark).unchanged


def test_a_file_without_a_version_has_no_watermark(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(CSV)) as server:
        assert _fetch(server, tmp_path).watermark is None
        assert not _fetch(server, tmp_path, since="of another kind of feed").unchanged


def _workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_row(0, 0, ["id", "name"])
        book.worksheets()[0].write_row(1, 0, ["007", "Ann"])
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"id": ["007"], "name": ["Ann"]}).write_parquet(out)
    return out.getvalue()


_POINT = {"type": "Feature", "properties": {"id": "007", "name": "Ann"}, "geometry": None}
BODIES = [
    pytest.param({"kind": "csv", "delimiter": ";", "encoding": "latin-1"}, b"id;name\n007;Ann\n", id="csv"),
    pytest.param({"kind": "csv"}, gzip.compress(b"id,name\n007,Ann\n"), id="csv.gz"),
    pytest.param({"kind": "json", "records": "rows"}, b'{"rows": [{"id": "007", "name": "Ann"}]}', id="json"),
    pytest.param({"kind": "spreadsheet"}, _workbook(), id="spreadsheet"),
    pytest.param({"kind": "parquet"}, _parquet(), id="parquet"),
    pytest.param(
        {"kind": "geofile"}, json.dumps({"type": "FeatureCollection", "features": [_POINT]}).encode(), id="geofile"
    ),
]


@pytest.mark.parametrize(("file", "body"), BODIES)
def test_every_kind_of_file_is_read_from_an_address_without_an_ending(
    tmp_path: Path, file: dict[str, Any], body: bytes
) -> None:
    with serving(lambda asked: Reply(body)) as server:
        fetched = _fetch(server, tmp_path, "/export?format=any&gid=0", file=file)
        table = _table(server, fetched, tmp_path, file=file)
    assert table.select("row", "id", "name").rows() == [(1, "007", "Ann")]


def test_a_sheet_shared_as_csv_comes_over_its_redirects_and_its_sign_in_page_is_no_feed(tmp_path: Path) -> None:
    """As https://docs.google.com/spreadsheets/d/<id>/export?format=csv&gid=0 answers."""
    public = {"now": True}
    with serving(lambda asked: Reply(b"id,name\n007,Ann\n", 200, {"Content-Type": "text/csv"})) as content:

        def answer(asked: Asked) -> Reply:
            if asked.path == "/signin":
                return Reply(LOGIN_PAGE, 200, {"Content-Type": "text/html"})
            return Reply(b"", 307, {"Location": f"{content.url}/export/x/y" if public["now"] else "/signin"})

        with serving(answer) as server:
            path = "/spreadsheets/d/sheet-1/export?format=csv&gid=0"
            assert _table(server, _fetch(server, tmp_path, path), tmp_path)["name"].to_list() == ["Ann"]
            public["now"] = False
            with pytest.raises(SourceUnreadable, match="web page where data are due") as caught:
                _fetch(server, tmp_path, path)
    assert "sheet-1" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "header"),
    [
        ({}, ("authorization", f"Bearer {SECRET}")),
        ({"header": "X-Api-Key: {secret}"}, ("x-api-key", SECRET)),
        ({"user": "hearthmap"}, ("authorization", "Basic aGVhcnRobWFwOnMzY3IzdA==")),
    ],
)
@pytest.mark.parametrize("from_file", [False, True])
def test_the_secret_goes_where_it_is_declared_to_go(
    tmp_path: Path, said: dict[str, str], header: tuple[str, str], from_file: bool
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    environ = {"FEED_KEY_FILE": str(tmp_path / "secret")} if from_file else {"FEED_KEY": SECRET}
    with serving(lambda asked: Reply(CSV)) as server:
        _fetch(server, tmp_path, secret="FEED_KEY", environ=environ, **said)
        assert server.asked[0].headers[header[0]] == header[1]


@pytest.mark.parametrize("header", ["Authorization", "X Key: {secret}", "X-Key: {secret}\r\nHost: x", "X-Key: {other}"])
def test_a_header_that_is_none_is_a_fault_of_the_declaration(header: str) -> None:
    with pytest.raises(ValidationError, match="header"):
        HttpConnector(kind="http", url="https://data.example.gov/a.csv", file={"kind": "csv"}, header=header)


def test_progress_is_told_in_few_words_and_the_file_is_private(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    body = b"id\n" + b"123456789\n" * 2_000_000
    with serving(lambda asked: Reply(body)) as server:
        fetched = _fetch(server, tmp_path, told=lambda rows, size: heard.append((rows, size)))
    assert [size // 8_000_000 for _, size in heard] == [1, 2]
    assert fetched.files[0].stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "arriving").mkdir()
    (tmp_path / "arriving" / "feed.csv.part").mkdir()
    with serving(lambda asked: Reply(CSV)) as server, pytest.raises(StorageFailed):
        _fetch(server, tmp_path, timing=Watch().timing())
