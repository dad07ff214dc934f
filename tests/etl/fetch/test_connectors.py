"""Every kind of feed gives the same table: all columns as text, names trimmed, rows numbered through."""

import gzip
import json
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
import pytest
import shapely
import xlsxwriter
from pydantic import TypeAdapter

from etl.city.connectors import CONNECTORS as DECLARED
from etl.city.connectors import Connector as Declared
from etl.city.fileformats import CsvFormat
from etl.errors import EtlError, SchemaDrift, SourceUnreadable
from etl.fetch import CONNECTORS, connector
from etl.fetch.connector import Request, column_names
from etl.records import OVERFLOW
from tests.feeds.server import Reply, serving

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"


NO_KIND = {
    "beginning",
    "overlap",
    "inward",
    "truesize",
    "__init__",
    "attachments",
    "connector",
    "download",
    "drops",
    "esri",
    "fileformats",
    "filenames",
    "georeport",
    "http",
    "pages",
    "shapepoint",
    "retrying",
    "shielded",
    "unpack",
}
"""Modules of etl/fetch that are no kind of feed, but what several kinds use."""


def _read(folder: Path, **said: Any) -> pl.DataFrame:
    declared: Any = TypeAdapter(Declared).validate_python(said)
    reader = connector(said["kind"])
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    fetched = reader.fetch(declared, Request(folder, folder / "arriving"))
    frame = reader.read(declared, fetched.files, scratch).collect(engine="streaming")
    return frame.drop(OVERFLOW, strict=False)


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dicts()


def test_every_declared_kind_has_its_connector_and_its_line() -> None:
    kinds = {model.model_fields["kind"].annotation.__args__[0] for model in DECLARED}
    assert {each.kind for each in CONNECTORS} == kinds
    folder = Path(__file__).resolve().parents[3] / "etl" / "fetch"
    files = {file.stem for file in folder.glob("*.py")} - NO_KIND
    assert files == {type(each).__module__.rpartition(".")[2] for each in CONNECTORS}


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="csv, spreadsheet"):
        connector("telepathy")


ID_NAME = [{"row": 1, "id": "007", "name": "Ann, Bo"}, {"row": 2, "id": None, "name": 'a "b"'}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b'id,name\n007,"Ann, Bo"\n,"a ""b"""\n', {}, id="comma"),
        pytest.param(b'\xef\xbb\xbfid,name\r\n007,"Ann, Bo"\r\n,"a ""b"""\r\n', {}, id="byte order mark, CRLF"),
        pytest.param(b'id\tname\n007\tAnn, Bo\n\t"a ""b"""\n', {"delimiter": "\t"}, id="tab"),
        pytest.param(b'007,"Ann, Bo"\n,"a ""b"""\n', {"header": False, "columns": ["id", "name"]}, id="no header"),
        pytest.param(b'\nReport\nid,name\n007,"Ann, Bo"\n,"a ""b"""\n', {"skip_rows": 2}, id="lines above the header"),
        pytest.param(b' id , name \n007,"Ann, Bo"\n,"a ""b"""', {}, id="blanks around names, no last line break"),
    ],
)
def test_csv(tmp_path: Path, content: bytes, said: dict[str, Any]) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert _rows(_read(tmp_path, kind="csv", path="a.csv", **said)) == ID_NAME


@pytest.mark.parametrize("packed", ["gzip", "zip", "gzip under another name", "zip under another name"])
def test_csv_is_unpacked_by_its_bytes(tmp_path: Path, packed: str) -> None:
    content = b'id,name\n007,"Ann, Bo"\n,"a ""b"""\n'
    name = {"gzip": "a.csv.gz", "zip": "a.zip"}.get(packed, "a.csv")
    if packed.startswith("gzip"):
        (tmp_path / name).write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("a folder/a.csv", content)
            archive.writestr("__MACOSX/._a.csv", b"\0\1\2")
    assert _rows(_read(tmp_path, kind="csv", path=name)) == ID_NAME


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16", "utf-8-sig"])
def test_csv_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("id,name\n1,café\n".encode(encoding))
    assert _rows(_read(tmp_path, kind="csv", path="a.csv", encoding=encoding)) == [
        {"row": 1, "id": "1", "name": "café"}
    ]


def test_csv_of_several_files_is_one_feed_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("name,id\nlater,3\n")
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    assert _rows(_read(tmp_path, kind="csv", path="*.csv")) == [
        {"row": 1, "id": "1", "name": None},
        {"row": 2, "id": "2", "name": None},
        {"row": 3, "id": "3", "name": "later"},
    ]


def test_csv_rows_with_too_many_fields_are_marked_and_short_ones_filled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1\n2,b,c,d\n3,c\n")
    reader = connector("csv")
    declared = TypeAdapter(Declared).validate_python({"kind": "csv", "path": "a.csv"})
    frame = reader.read(declared, [tmp_path / "a.csv"], tmp_path).collect()
    assert frame.select("id", "name", pl.col(OVERFLOW).is_not_null()).rows() == [
        ("1", None, False),
        ("2", "b", True),
        ("3", "c", False),
    ]


def test_plain_csv_stays_lazy_and_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n" + "1,a\n" * 10)
    reader = connector("csv")
    declared = TypeAdapter(Declared).validate_python({"kind": "csv", "path": "a.csv"})
    (tmp_path / "scratch").mkdir()
    frame = reader.read(declared, [tmp_path / "a.csv"], tmp_path / "scratch")
    assert "Csv SCAN" in frame.explain()
    assert not list((tmp_path / "scratch").iterdir())


def test_names_of_columns_are_made_unique() -> None:
    assert column_names(["a", " a ", "", "row", "a"]) == ["a", "a_2", "column_3", "row_source", "a_3"]
    assert column_names(["a", "a_2", "a", "a"]) == ["a", "a_2", "a_3", "a_4"]
    assert column_names(["a"] * 100_000)[-1] == "a_100000", "in a moment, not in hours"


def test_spreadsheet(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    day = book.add_format({"num_format": "m/d/yy h:mm"})
    notes, sheet = book.add_worksheet("Notes"), book.add_worksheet("Data")
    notes.write(0, 0, "nothing")
    sheet.write(0, 0, "Report")
    sheet.write_row(1, 0, ["Number", " Opened ", "Units", "Zip"])
    for row, units in enumerate((1, 2.5), start=2):
        sheet.write(row, 0, "007")
        sheet.write_datetime(row, 1, datetime(2025, 3, 4, 15, 30), day)
        sheet.write(row, 2, units)
        sheet.write(row, 3, "02134")
    book.close()
    assert _rows(_read(tmp_path, kind="spreadsheet", path="a.xlsx", sheet="Data", header_row=1)) == [
        {"row": 1, "Number": "007", "Opened": "2025-03-04 15:30:00", "Units": "1", "Zip": "02134"},
        {"row": 2, "Number": "007", "Opened": "2025-03-04 15:30:00", "Units": "2.5", "Zip": "02134"},
    ]
    with pytest.raises(SourceUnreadable, match="no sheet 'Missing'"):
        _read(tmp_path, kind="spreadsheet", path="a.xlsx", sheet="Missing")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param([{"id": 7, "place": {"lat": 1.5}}, {"id": "8", "open": True}], {}, id="a list"),
        pytest.param(
            {"data": {"rows": [{"id": 7, "place": {"lat": 1.5}}, {"id": "8", "open": True}]}},
            {"records": "data.rows"},
            id="inside",
        ),
    ],
)
def test_json(tmp_path: Path, content: Any, said: dict[str, str]) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps(content).encode()))
    assert _rows(_read(tmp_path, kind="json", path="a.json.gz", **said)) == [
        {"row": 1, "id": "7", "place.lat": "1.5", "open": None},
        {"row": 2, "id": "8", "place.lat": None, "open": "true"},
    ]


def test_json_with_one_object_per_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"id": 1}\n{"id": [2, 3]}\n')
    assert [row["id"] for row in _rows(_read(tmp_path, kind="json", path="a.json"))] == ["1", "[2,3]"]


@pytest.mark.parametrize(
    ("content", "said", "error"),
    [
        ('{"error": 1}', {}, SchemaDrift),
        ("[1, 2]", {}, SchemaDrift),
        ('{"data": []}', {"records": "rows"}, SchemaDrift),
        ('[{"id": 1}', {}, SourceUnreadable),
        ("", {}, SourceUnreadable),
    ],
)
def test_json_that_is_none(tmp_path: Path, content: str, said: dict[str, str], error: type[EtlError]) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(error):
        _read(tmp_path, kind="json", path="a.json", **said)


@pytest.mark.parametrize("suffix", ["geojson", "shp", "gpkg", "zip"])
def test_map_files(tmp_path: Path, suffix: str) -> None:
    frame = gpd.GeoDataFrame(
        {"ID": [1, 2, 3], "NAME": ["a", None, "c"]},
        geometry=[shapely.Point(-83.9, 35.9), None, shapely.Point(-83.8, 35.8, 12)],
        crs=4326,
    ).to_crs(4326 if suffix == "geojson" else 2274)
    frame.to_file(tmp_path / f"a.{'shp' if suffix == 'zip' else suffix}")
    if suffix == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for part in sorted(tmp_path.glob("a.*")):
                if part.suffix != ".zip":
                    archive.write(part, f"inside/{part.name}")
    found = _read(tmp_path, kind="geofile", path=f"a.{suffix}")
    assert found.select("row", "ID", "NAME").rows() == [(1, "1", "a"), (2, "2", None), (3, "3", "c")]
    degrees = found.select(pl.col("lat", "lng").cast(pl.Float64).round(6)).rows()
    assert degrees == [(35.9, -83.9), (None, None), (35.8, -83.8)]
    assert set(found.columns) >= {"x", "y"}


def test_parquet(tmp_path: Path) -> None:
    pl.DataFrame(
        {" id": [7, None], "when": [datetime(2025, 3, 4, 15, 30), None], "tags": [["a", "b"], []]}
    ).write_parquet(tmp_path / "a.parquet")
    assert _rows(_read(tmp_path, kind="parquet", path="a.parquet")) == [
        {"row": 1, "id": "7", "when": "2025-03-04 15:30:00.000000", "tags": "a, b"},
        {"row": 2, "id": None, "when": None, "tags": ""},
    ]


@pytest.mark.parametrize(
    ("kind", "name"), [("spreadsheet", "a.xlsx"), ("geofile", "a.gpkg"), ("geofile", "a.zip"), ("parquet", "a.parquet")]
)
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 CANARY", b"CANARY"])
def test_what_is_damaged_is_told_without_its_content(tmp_path: Path, kind: str, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceUnreadable) as caught:
        _read(tmp_path, kind=kind, path=name)
    assert name in str(caught.value)
    assert "CANARY" not in str(caught.value)


LEADS_ELSEWHERE = {
    "a VRT": '<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>",
    "a pipeline": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {} ! write '
    '--format=stream streamed_dataset"}}',
}


@pytest.mark.parametrize("text", LEADS_ELSEWHERE.values(), ids=LEADS_ELSEWHERE)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "zip"])
def test_a_map_file_that_leads_to_another_file_is_not_followed(tmp_path: Path, text: str, packed: bool) -> None:
    """Whoever may send a feed shall not have us read a key, or another agency's feed."""
    (tmp_path / "other.csv").write_text("name\nCANARY\n", "utf-8")
    file = tmp_path / ("feed.zip" if packed else "feed.geojson")
    said = text.format(tmp_path / "other.csv")
    if packed:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("feed.json", said)
    else:
        file.write_text(said, "utf-8")
    with pytest.raises(SourceUnreadable, match="may lead to other files"):
        _read(tmp_path, kind="geofile", path=file.name)


def test_the_coordinate_system_that_a_file_links_is_not_fetched(tmp_path: Path) -> None:
    point = {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [-84, 36]}}
    with serving(lambda asked: Reply(b"")) as server:
        crs = {"type": "link", "properties": {"href": f"{server.url}/crs"}}
        said = {"type": "FeatureCollection", "crs": crs, "features": [point]}
        (tmp_path / "feed.geojson").write_text(json.dumps(said), "utf-8")
        assert _read(tmp_path, kind="geofile", path="feed.geojson")["lng"].to_list() == ["-84.0"]
    assert server.asked == []


def test_what_is_nested_in_a_map_file_is_text(tmp_path: Path) -> None:
    point = {"type": "Feature", "properties": {"about": {"ward": 3}}, "geometry": None}
    (tmp_path / "feed.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [point]}), "utf-8")
    assert json.loads(_read(tmp_path, kind="geofile", path="feed.geojson")["about"][0]) == {"ward": 3}


def test_a_map_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    """GDAL passes such bytes on, and Polars panics at them, which no `except Exception` catches."""
    point = {"type": "Feature", "properties": {"name": "Pe\u00f1a"}, "geometry": None}
    said = json.dumps({"type": "FeatureCollection", "features": [point]}, ensure_ascii=False)
    (tmp_path / "feed.geojson").write_bytes(said.encode("latin-1"))
    with pytest.raises(SourceUnreadable, match="not UTF-8"):
        _read(tmp_path, kind="geofile", path="feed.geojson")


@pytest.mark.parametrize(("kind", "name"), [("csv", "feed.zip"), ("geofile", "feed.zip"), ("spreadsheet", "feed.xlsx")])
def test_a_damaged_archive_is_the_agencys_fault_and_not_our_disks(tmp_path: Path, kind: str, name: str) -> None:
    """One byte after another of a small archive is another one."""
    with zipfile.ZipFile(tmp_path / "sound", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feed.csv" if kind == "csv" else "feed.geojson", "Id,Type\n1,Pothole\n" * 3)
    sound = (tmp_path / "sound").read_bytes()
    for place in range(0, len(sound), 7):
        (tmp_path / name).write_bytes(sound[:place] + bytes([sound[place] ^ 0xA5]) + sound[place + 1 :])
        with suppress(SourceUnreadable):
            _read(tmp_path, kind=kind, path=name)


@pytest.mark.parametrize(
    ("path", "kind", "rows", "said"),
    [
        ("chicago/311/sanitation_code_complaints_from_rds.csv.gz", "csv", 74401, {}),
        ("chicago/311/foia_no_heat.csv.gz", "csv", 3486, {}),
        ("chicago/311/foia_response.xlsx", "spreadsheet", 3484, {}),
        ("chicago/311/open311_v2_extended_requests.json.gz", "json", 50, {}),
        ("chicago/boundaries/Boundaries_ZIP_Codes.zip", "geofile", 61, {}),
        ("chicago/evictions/chicago_eviction_analytic_2019.geojson.gz", "geofile", 800, {}),
        (
            "nyc/311/gozzi_nyc_311.csv.gz",
            "csv",
            17418,
            {"header": False, "columns": ["key", "created", "closed", "type", "borough"]},
        ),
        ("nyc/311/hadro_311_sample.csv.gz", "csv", 6765, {}),
        ("nyc/311/council_constituent_services.json.gz", "json", 1250, {}),
        ("nyc/evictions/Evictions_2017_2018.csv.gz", "csv", 40148, {}),
        ("nyc/evictions_agg/hex_res.geojson.gz", "geofile", 4932, {}),
    ],
)
def test_files_of_real_cities_have_the_rows_they_have(
    path: str, kind: str, rows: int, said: dict[str, Any], tmp_path: Path
) -> None:
    if not (SHARED / path).is_file():
        pytest.skip("../shared/data is absent: the files of real cities are not part of the project")
    found = _read(tmp_path, kind=kind, path=str(SHARED / path), **said)
    assert found.height == rows
    assert found["row"].to_list() == list(range(1, rows + 1))


def test_a_table_that_is_all_columns_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("," * 100_000 + "\n", "utf-8")
    with pytest.raises(SourceUnreadable, match="more than 10,000 columns"):
        connector("csv").read(CsvFormat(kind="csv"), [tmp_path / "feed.csv"], tmp_path)
