"""A feed over the network through the whole of ingest: asked for by the allow-list, sealed, read, and nothing left."""

import stat
from pathlib import Path
from typing import Any

import pytest

from etl.errors import SourceUnreadable
from etl.records import Ingested
from etl.steps.ingest import ingest
from tests.etl.declared import KEY, source
from tests.feeds.server import LOGIN_PAGE, Reply, Server, ranged, serving
from tests.feeds.soda import Portal, row

FIELDS = {"id": "case_id", "lat": "place.lat", "lng": "place.lng"}
TOKEN = "t0k3n"


def _ingested(server: Server, folder: Path, said: dict[str, Any], since: str | None = None) -> Ingested:
    connector = {"url": server.url, "per_second": 100, "tries": 1, **said}
    fields = FIELDS if said["kind"] == "socrata" else {"id": "case_id"}
    rows = [{"column": "kind", "keep": ["Pothole"], "meaning": "For a test"}]
    declared = source(fields, connector=connector, rows=rows, refresh={"mode": "changes", "overlap_days": 0})
    private, scratch = folder / "private", folder / "scratch"
    environ = {"TOKEN": TOKEN}
    return ingest(declared, folder, private=private, scratch=scratch, key=KEY, since=since, environ=environ)


def test_a_socrata_feed_from_portal_to_table(tmp_path: Path) -> None:
    place = {"type": "Point", "coordinates": [-83.9, 35.9]}
    rows = [row(number, kind="Pothole" if number % 2 else "Other", place=place, caller="Bo") for number in range(9)]
    said = {"kind": "socrata", "dataset": "abcd-1234", "page_rows": 4, "secret": "TOKEN"}
    portal = Portal(abcd_1234=rows)
    with serving(portal) as server:
        first = _ingested(server, tmp_path, said)
        assert first.table(["case_id", "place.lat"])["case_id"].sort().to_list() == [f"C-0000{n}" for n in (1, 3, 5, 7)]
        assert "caller" not in {name for asked in server.asked for name in asked.query["$select"].split(",")}
        portal.datasets["abcd-1234"][4] |= {"kind": "Pothole", ":updated_at": "2024-05-02T00:00:00.000Z"}
        changed = _ingested(server, tmp_path, said, since="2024-05-01T12:00:00.001Z")
    assert (first.complete, changed.complete) == (True, False)
    assert changed.table(["case_id"])["case_id"].to_list() == ["C-00004"]
    assert changed.watermark == "2024-05-02T00:00:00.000Z"
    assert all(stat.S_IMODE(snapshot.path.stat().st_mode) == 0o600 for snapshot in first.snapshots)
    assert list((tmp_path / "private").rglob("arriving/**/*.parquet")) == [], "nothing is left where it arrived"
    assert TOKEN.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_a_file_over_http_from_server_to_table(tmp_path: Path) -> None:
    body = b"case_id,kind\nC-1,Pothole\nC-2,Other\n"
    said = {"kind": "http", "file": {"kind": "csv"}, "secret": "TOKEN"}
    with serving(lambda asked: ranged(asked, body, {"ETag": '"1"'})) as server:
        first = _ingested(server, tmp_path, said)
        assert first.table(["case_id"])["case_id"].to_list() == ["C-1"]
        again = _ingested(server, tmp_path, said, since=first.watermark)
        assert (again.unchanged, again.watermark) == (True, first.watermark)
        server.answer = lambda asked: Reply(LOGIN_PAGE)
        with pytest.raises(SourceUnreadable, match="web page"):
            _ingested(server, tmp_path, said)
    assert [snapshot.path.read_bytes() for snapshot in first.snapshots] == [body], "the last snapshot stays"
