"""Downloads: ranges, entity tags, gzip, the newest release, shapes, and exactly what a page shows."""

import csv
import gzip
import hashlib
import io
import json
from pathlib import Path

import anyio
import polars as pl
import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from layers.measures import STATUS_MEANING
from layers.release import Manifest
from layers.store.schema import COUNTS_SCHEMA
from portal.app import create_app
from portal.releases import Releases
from portal.serving import downloads, geojson
from portal.serving.dictionary import COLUMN_ROWS
from portal.settings import PortalSettings
from portal.view import View

FILE = "evictions.csv.gz"


def _address(releases: Releases, topic: str = "evictions", name: str = FILE) -> str:
    return f"/download/{topic}/{releases.current[topic]}/{name}"


def test_every_file_of_every_release_is_what_its_page_says(client: TestClient, releases: Releases) -> None:
    """Name, size and sha256 on the data page, in the catalog and in the bytes are the same."""
    catalog = client.get("/data.json").json()
    listed = {d["downloadURL"]: d for dataset in catalog["dataset"] for d in dataset["distribution"]}
    for manifest in releases.manifests():
        page = client.get(f"/data/{manifest.topic}").text
        for file in manifest.files:
            address = f"/download/{manifest.topic}/{manifest.release}/{file.name.rsplit('/', 1)[-1]}"
            answer = client.get(address, headers={"accept-encoding": "identity"})
            assert (answer.status_code, len(answer.content)) == (200, file.bytes)
            assert hashlib.sha256(answer.content).hexdigest() == file.sha256
            assert answer.headers["etag"] == f'"{file.sha256}"'
            assert file.sha256 in page
            assert address in page
            assert listed[f"http://testserver{address}"]["checksum"]["checksumValue"] == file.sha256
            assert int(client.head(address).headers["content-length"]) == file.bytes


def test_latest_leads_to_the_newest_release(client: TestClient, releases: Releases) -> None:
    answer = client.get(f"/download/evictions/latest/{FILE}")
    assert answer.status_code == 302
    assert answer.headers["location"] == _address(releases)
    assert answer.headers["cache-control"] == "no-cache"
    assert "immutable" in client.get(_address(releases)).headers["cache-control"]


def test_a_download_can_be_resumed(client: TestClient, releases: Releases) -> None:
    """
    | request                      | answer                        |
    |------------------------------|-------------------------------|
    | bytes=10-19                  | 206, ten bytes                |
    | bytes=10- and a stale tag    | 200, the whole file           |
    | bytes beyond the end         | 416                           |
    | If-None-Match: its tag       | 304                           |
    """
    whole = client.get(_address(releases))
    part = client.get(_address(releases), headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    stale = client.get(_address(releases), headers={"range": "bytes=10-", "if-range": '"other"'})
    assert (stale.status_code, stale.content) == (200, whole.content)
    assert client.get(_address(releases), headers={"range": "bytes=99999999-"}).status_code == 416
    kept = client.get(_address(releases), headers={"if-none-match": whole.headers["etag"]})
    assert kept.status_code == 304


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_a_packed_file_can_be_had_unpacked(client: TestClient, releases: Releases, accepted: str) -> None:
    packed = client.get(_address(releases)).content
    plain = client.get(_address(releases, name="evictions.csv"), headers={"accept-encoding": accepted})
    assert plain.content == gzip.decompress(packed)
    assert plain.headers.get("content-encoding") == ("gzip" if accepted == "gzip" else None)
    assert plain.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    "path",
    [
        "/download/evictions/latest/nothing.csv",
        "/download/nothing/latest/evictions.csv.gz",
        "/download/evictions/2020-01-01-000000000000/evictions.csv.gz",
        "/download/evictions/..%2f..%2fstatus.json/x",
        "/download/evictions/latest/..%2fmanifest.json",
        "/download/evictions/latest/%2e%2e",
        "/download/..%2f..%2f/latest/current.json",
        "/geo/..%2fcurrent.json",
        "/geo/nothing.geojson",
        "/geo/district.geojson",
        "/assets/..%2fpyproject.toml",
    ],
)
def test_no_path_leads_out_of_the_release(client: TestClient, path: str) -> None:
    followed = client.get(path, follow_redirects=True)
    assert followed.status_code == 404
    assert "Traceback" not in followed.text


def test_shapes_never_change_and_anyone_may_draw_them(client: TestClient, releases: Releases) -> None:
    manifest = releases.manifest("service_requests")
    assert manifest is not None
    for geography in manifest.geographies:
        if not geography.shapes or not geography.grains:
            continue
        answer = client.get(f"/geo/{geography.name}.{geography.vintage}.geojson")
        assert answer.status_code == 200, geography.name
        assert answer.json()["type"] == "FeatureCollection"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "query",
    [
        "topic=service_requests&measure=requests&category=all&geography=district&grain=month",
        "topic=service_requests&measure=requests&geography=h3_8&grain=year&category=potholes",
        "topic=evictions&measure=homes_filed&geography=neighborhood&unit=n00&grain=quarter&from=2025-01&to=2025-12",
        "topic=shutoffs&measure=homes_scheduled&geography=district&unit=1&compare=2,3&grain=year",
    ],
)
def test_a_view_as_csv_holds_exactly_its_rows(client: TestClient, releases: Releases, query: str) -> None:
    view = View.read(query)
    release = releases.release(view.topic or "")
    assert release is not None
    units = [view.unit, *(view.compare or "").split(",")] if view.unit else None
    wanted = release.counts(
        measure=view.measure, category=view.category, geography=view.geography, grain=view.grain,
        unit=[u for u in units if u] if units else None, first=view.from_, last=view.to,
    )  # fmt: skip
    assert wanted.height
    answer = client.get(f"/download/view.csv?{query}")
    got = pl.read_csv(io.BytesIO(answer.content), comment_prefix="#", schema_overrides=dict(COUNTS_SCHEMA))
    assert got.select(list(COUNTS_SCHEMA)).equals(wanted)
    assert "as-of_2026-11-15" in answer.headers["content-disposition"]
    notes = "".join(line for line in answer.text.splitlines(True) if line.startswith("# "))
    for caveat in release.manifest.caveats:
        assert caveat in notes
    assert all(f"{status.value} = " in notes for status in STATUS_MEANING)


def test_a_long_file_is_sent_in_parts_that_make_one(
    client: TestClient, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topic of a million rows is never one text in memory. Four weeks whose last day no calendar knows are none."""
    query = "topic=evictions&grain=year"
    view, release = View.read(query), releases.required("evictions")
    monkeypatch.setattr(downloads, "_ROWS_AT_ONCE", 7)
    whole = downloads.csv_text(release.manifest, view, downloads.rows_of(release, view))
    assert client.get(f"/download/view.csv?{query}").text == whole
    ended = client.get("/download/view.csv?topic=service_requests&grain=rolling_4w&to=9999-12-31")
    assert ended.status_code == 200


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_a_view_as_geojson_holds_the_same_figures(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """However many rows are written at once."""
    monkeypatch.setattr(geojson, "_ROWS_AT_ONCE", at_once)
    query = "topic=evictions&measure=homes_filed&category=all&geography=district&grain=year"
    rows = csv.DictReader(
        line for line in client.get(f"/download/view.csv?{query}").text.splitlines() if line[0] != "#"
    )
    figures = {(row["unit"], row["period"]): row["value"] for row in rows}
    found = json.loads(client.get(f"/download/view.geojson?{query}").content)
    drawn = {
        (str(feature["id"]), count["period"]): "" if count["value"] is None else str(count["value"])
        for feature in found["features"]
        for count in feature["properties"]["counts"]
    }
    assert drawn == figures
    assert sum(len(feature["properties"]["counts"]) for feature in found["features"]) == len(drawn)
    assert client.get("/download/view.geojson?topic=evictions&geography=district&measure=none").json()["features"] == []


@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_a_file_that_breaks_off_is_never_ended(made_store: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The server closes the connection without the end that HTTP asks for: no reader takes half a file for a whole."""
    words, asked = downloads.with_words, []

    def failing(manifest: Manifest, rows: pl.DataFrame) -> pl.DataFrame:
        asked.append(rows.height)
        if len(asked) > 2:
            raise OSError("gone")
        return words(manifest, rows)

    for module in (downloads, geojson):
        monkeypatch.setattr(module, "with_words", failing)
        monkeypatch.setattr(module, "_ROWS_AT_ONCE", 7)
    query = b"topic=evictions&geography=district"
    scope = {"type": "http", "method": "GET", "path": f"/download/view.{kind}", "query_string": query, "headers": []}
    sent: list[Message] = []

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    anyio.run(create_app(PortalSettings(store=made_store)), scope, receive, send)
    assert sent[0]["status"] == 200
    assert sum(bool(each.get("body")) for each in sent) == 3
    assert all(each["more_body"] for each in sent[1:])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("topic=nothing", 404),
        ("topic=evictions&as_of=nothing", 404),
        ("topic=../private", 400),
        ("topic=evictions&measure=nothing", 200),
    ],
)
def test_a_view_that_cannot_be_answered_says_so(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/download/view.csv?{query}").status_code == status


def test_geojson_needs_places_with_shapes(client: TestClient) -> None:
    assert client.get("/download/view.geojson?topic=evictions").status_code == 400
    assert client.get("/download/view.geojson?topic=evictions&geography=city").status_code == 404


def test_the_dictionary_speaks_of_every_column(client: TestClient) -> None:
    assert tuple(row[0] for row in COLUMN_ROWS) == tuple(COUNTS_SCHEMA)
    text = client.get("/download/dictionary.csv").text
    assert all(f"status = {status.value}" in text for status in STATUS_MEANING)
