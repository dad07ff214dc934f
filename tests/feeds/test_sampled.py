"""To look at a feed asks for as little as its protocol allows: the bytes and pages asked for are counted here."""

import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.city.fileformats import CsvFormat, GeofileFormat, JsonFormat
from etl.city.geoconnectors import ArcgisConnector, OgcFeaturesConnector, Open311Connector
from etl.city.webconnectors import CkanConnector, HttpConnector, SocrataConnector
from etl.errors import SchemaDrift
from etl.fetch import connector
from etl.fetch.beginning import SAMPLE_BYTES, records_of
from etl.fetch.connector import Sampled
from etl.records import OVERFLOW
from tests.feeds.arcgis import ArcGisLayer
from tests.feeds.ckan import RESOURCE
from tests.feeds.ckan import Portal as Catalog
from tests.feeds.features import Collection
from tests.feeds.georeport import GeoReport
from tests.feeds.server import TROUBLES, Asked, Reply, asking, json_reply, ranged, serving
from tests.feeds.soda import Portal, row

ROWS = 5


def _seen(declared: Any, folder: Path, **said: Any) -> tuple[Sampled, pl.DataFrame]:
    reader = connector(declared.kind)
    sampled = reader.sample(declared, asking(folder, **said), ROWS)
    assert sampled is not None
    (folder / "read").mkdir()
    return sampled, reader.read(declared, sampled.files, folder / "read").collect()


def test_socrata_is_asked_two_questions_for_the_rows_that_changed_last(tmp_path: Path) -> None:
    rows = [row(n, f"2024-05-{1 + n % 28:02d}T12:00:00.000Z", kind="Pothole") for n in range(100)]
    with serving(Portal(abcd_1234=rows)) as server:
        declared = SocrataConnector(kind="socrata", url=server.url, dataset="abcd-1234")
        sampled, table = _seen(declared, tmp_path, columns=("case_id", "kind"))
        assert [asked.query.get("$limit") for asked in server.asked] == ["5", None]
        assert server.asked[0].query["$select"] == ":id,:updated_at,case_id,kind"
    assert (table.height, sampled.which, sampled.there) == (5, "changed", 100)
    assert sampled.changed == datetime(2024, 5, 28, 12, tzinfo=UTC)
    assert table[":updated_at"].max() == "2024-05-28T12:00:00.000Z"


def test_a_column_that_socrata_does_not_have_is_told(tmp_path: Path) -> None:
    with serving(Portal(abcd_1234=[row(1)])) as server, pytest.raises(SchemaDrift, match="'kind'"):
        declared = SocrataConnector(kind="socrata", url=server.url, dataset="abcd-1234")
        _seen(declared, tmp_path, columns=("case_id", "kind"))


def _layer(**said: Any) -> ArcGisLayer:
    rows = [
        {"OBJECTID": n, "NAME": f"N{n}", "KIND": 1, "EDITED": 1_700_000_000_000 + n * 1000, "at": (-83.9, 35.9)}
        for n in range(1, 101)
    ]
    return ArcGisLayer(rows, most=50, **said)


#   whether the server knows pages   rows it gives   rows that are kept   which they are
@pytest.mark.parametrize(("pages", "kept", "which"), [(True, 5, "changed"), (False, 5, "first")])
def test_arcgis_is_asked_for_one_page(tmp_path: Path, pages: bool, kept: int, which: str) -> None:
    layer = _layer(pages=pages)
    with serving(lambda asked: json_reply(layer.answer(asked.path, asked.query, asked.headers))) as server:
        declared = ArcgisConnector(kind="arcgis", url=f"{server.url}/layer/0", edited_field="EDITED")
        sampled, table = _seen(declared, tmp_path, columns=("NAME",))
    assert len(layer.asked) == 3, "the layer, a page, the count"
    assert layer.asked[1].get("resultRecordCount") == ("5" if pages else None)
    assert (table.height, sampled.which, sampled.there) == (kept, which, 100)


def test_ckan_is_asked_for_one_page_of_what_was_added_last(tmp_path: Path) -> None:
    catalog = Catalog([{"_id": n + 1, "kind": f"K{n}"} for n in range(100)])
    with serving(catalog) as server:
        declared = CkanConnector(kind="ckan", url=server.url, resource=RESOURCE)
        sampled, table = _seen(declared, tmp_path, columns=("kind",))
        searches = [asked.query for asked in server.asked if asked.path.endswith("datastore_search")]
    assert [asked["limit"] for asked in searches] == ["5"]
    assert (table["kind"].to_list()[0], table.height) == ("K99", 5)
    assert (sampled.which, sampled.there) == ("added", 100)


def test_ogc_features_is_asked_for_one_page(tmp_path: Path) -> None:
    rows = [{"id": f"f{n}", "kind": "a", "changed": "2024-05-01T00:00:00Z", "at": (1.0, 2.0)} for n in range(100)]
    service = Collection(rows, most=5)
    with serving(lambda asked: json_reply(service.answer(asked.path, asked.query))) as server:
        declared = OgcFeaturesConnector(kind="ogcfeatures", url=f"{server.url}/ogc", collection="service requests")
        sampled, table = _seen(declared, tmp_path)
        assert [asked.query["limit"] for asked in server.asked] == ["5"]
    assert (table.height, sampled.which, sampled.there) == (5, "first", 100)


def test_open311_is_asked_once_for_its_last_window(tmp_path: Path) -> None:
    moments = [f"2024-{1 + n % 5:02d}-10T00:00:{n % 60:02d}+00:00" for n in range(100)]
    rows = [
        {"service_request_id": f"r{n}", "requested_datetime": at, "updated_datetime": at, "lat": 1, "long": 2}
        for n, at in enumerate(moments)
    ]
    report = GeoReport(rows, cap=1000)

    def answer(asked: Asked) -> Reply:
        status, body = report.answer(asked.path, asked.query, asked.headers)
        return Reply(body, status)

    with serving(answer) as server:
        declared = Open311Connector(kind="open311", url=server.url, first_day=date(2020, 1, 1))
        sampled, table = _seen(declared, tmp_path, now=datetime(2024, 5, 20, tzinfo=UTC))
        assert len(server.asked) == 1
    assert (table.height, sampled.which) == (5, "added")
    assert set(table["requested_datetime"].str.slice(0, 7)) == {"2024-05"}
    assert sampled.changed is not None
    assert sampled.changed.date() == date(2024, 5, 10)


CSV = "id,note\n" + "".join(f'{n},"a ""note"",\nof two lines"\n' for n in range(40_000))
JSON = json.dumps([{"id": n, "tags": [{"a": "}]"}], "note": 'said "[so"'} for n in range(20_000)]).encode()
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"id": n}, "geometry": {"type": "Point", "coordinates": [1.0, 2.0]}}
            for n in range(20_000)
        ],
        "after": True,
    }
).encode()
LINES = b"".join(b'{"id": %d, "note": "x"}\n' % n for n in range(40_000))


def _zipped(text: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feed.csv", text)
    return packed.getvalue()


def _noise(rows: int) -> bytes:
    """Text that hardly packs."""
    import hashlib

    return b"id,note\n" + b"".join(
        b"%d,%s\n" % (n, hashlib.sha256(b"%d" % n).hexdigest().encode()) for n in range(rows)
    )


FILES: dict[str, tuple[bytes, Any]] = {
    "csv": (CSV.encode(), CsvFormat(kind="csv")),
    "csv.gz": (gzip.compress(_noise(30_000)), CsvFormat(kind="csv")),
    "csv.zip": (_zipped(_noise(30_000)), CsvFormat(kind="csv")),
    "json": (JSON, JsonFormat(kind="json")),
    "jsonl": (LINES, JsonFormat(kind="json")),
    "geojson": (GEOJSON, GeofileFormat(kind="geofile")),
    "latin.csv": (("id,note\n" + "1,é\n" * 90_000).encode("latin-1"), CsvFormat(kind="csv", encoding="latin-1")),
    "wide.csv": (("id,note\n" + "1,é\n" * 90_000).encode("utf-16"), CsvFormat(kind="csv", encoding="utf-16")),
}


@pytest.mark.parametrize("knows_ranges", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_of_a_file_only_the_beginning_is_asked_for(tmp_path: Path, name: str, knows_ranges: bool) -> None:
    content, file = FILES[name]
    assert len(content) > SAMPLE_BYTES * 1.3
    given: list[int] = []
    about = {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}

    def answer(asked: Asked) -> Reply:
        reply = ranged(asked, content, about) if knows_ranges else Reply(content, headers=about)
        given.append(len(reply.body))
        return reply

    with serving(answer) as server:
        declared = HttpConnector(kind="http", url=f"{server.url}/feed.{name}", file=file)
        sampled, table = _seen(declared, tmp_path)
        assert len(server.asked) == 1
    assert given == [SAMPLE_BYTES if knows_ranges else len(content)]
    assert sampled.which == "first"
    assert sampled.changed == datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
    assert 1_000 < table.height < 80_000
    assert not any(table[column].null_count() for column in table.columns if column != OVERFLOW), "no half of a record"
    assert sum(path.stat().st_size for path in sampled.files) < 40 * SAMPLE_BYTES


@pytest.mark.parametrize("trouble", ["500 every other time", "bodies cut off", "no answer at all", "packed"])
def test_a_beginning_comes_whatever_goes_wrong_on_the_way(tmp_path: Path, trouble: str) -> None:
    content = CSV.encode()

    with serving(lambda asked: ranged(asked, content, {}), TROUBLES[trouble]) as server:
        declared = HttpConnector(kind="http", url=f"{server.url}/feed.csv", file=CsvFormat(kind="csv"))
        sampled, table = _seen(declared, tmp_path)
    assert (sampled.which, table["id"].null_count()) == ("first", 0)


def test_what_cannot_be_read_in_part_comes_whole(tmp_path: Path) -> None:
    table = pl.DataFrame({"id": range(200_000), "note": [f"{n * 7919 % 100_003}" for n in range(200_000)]})
    table.write_parquet(tmp_path / "feed.parquet")
    content = (tmp_path / "feed.parquet").read_bytes()
    assert len(content) > SAMPLE_BYTES
    with serving(lambda asked: Reply(content)) as server:
        declared = HttpConnector(kind="http", url=f"{server.url}/feed.parquet", file={"kind": "parquet"})
        sampled, seen = _seen(declared, tmp_path)
    assert (sampled.which, seen.height) == ("all", 200_000)


#   what lies there             what comes of it
@pytest.mark.parametrize(
    ("content", "rows"), [(b"id,note\n1,a\n", 1), (b"id,note\n", 0), (_zipped(b"id,note\n1,a\n2,b\n"), 2)]
)
def test_a_short_file_is_whole(tmp_path: Path, content: bytes, rows: int) -> None:
    with serving(lambda asked: ranged(asked, content, {})) as server:
        sampled, table = _seen(
            HttpConnector(kind="http", url=f"{server.url}/feed", file=CsvFormat(kind="csv")), tmp_path
        )
    assert (sampled.which, table.height) == ("all", rows)


#   what a file begins with     why nothing of it can be read
@pytest.mark.parametrize(
    "start",
    [b'{"a": [{"b": ', b"[1, 2, 3, ", b"no json at all", b'{"a": 1}]', b"PK\x03\x04" + b"\0" * 40],
    ids=["no whole record", "no records", "no JSON", "closed twice", "a zip that is not packed"],
)
def test_a_beginning_without_a_whole_record_is_none(start: bytes) -> None:
    assert records_of(start, JsonFormat(kind="json")) is None


def test_half_a_line_is_no_record() -> None:
    assert records_of(b'id,note\n1,"a\nb', CsvFormat(kind="csv")) == b"id,note\n"
    assert records_of(b"id,note", CsvFormat(kind="csv")) is None
