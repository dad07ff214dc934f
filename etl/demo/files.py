"""Files whose bytes depend on nothing but their content: CSV, gzip, zip, xlsx, GeoJSON, shapefile."""

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import polars as pl
import pyogrio

STAMP = (2026, 11, 15, 5, 0, 0)
EXCEL_EPOCH = pl.date(1899, 12, 30)


def write_csv(path: Path, frame: pl.DataFrame, *, junk: Sequence[str] = ()) -> None:
    """A CSV with trailing lines that are no records; gzip where the name ends in .gz."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, null_value="")
    buffer.write("".join(f"{line}\n" for line in junk).encode())
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(buffer.getvalue(), compresslevel=5, mtime=0))
    else:
        path.write_bytes(buffer.getvalue())


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """A zip archive with a fixed time on every member."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(_member(name), content, compresslevel=5)


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, date_time=STAMP)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    info.create_system = 3
    return info


def write_workbook(path: Path, sheet: str, frame: pl.DataFrame, *, title: Sequence[str], junk: Sequence[str]) -> None:
    """One sheet: title lines, the header, the rows (text, and days as Excel has them), lines that are no records."""
    head = len(title) + 1
    rows = [*(_text_row(n, [line]) for n, line in enumerate(title, start=1)), _text_row(head, frame.columns)]
    body = frame.select(_sheet_row(frame, first=head + 1)).to_series().str.join("").item()
    tail = [_text_row(head + 1 + frame.height + n, [line]) for n, line in enumerate(junk)]
    data = "".join([*rows, body or "", *tail])
    write_zip(
        path,
        {
            "[Content_Types].xml": _CONTENT_TYPES.encode(),
            "_rels/.rels": _RELATIONS.encode(),
            "xl/workbook.xml": _WORKBOOK.format(sheet=escape(sheet)).encode(),
            "xl/_rels/workbook.xml.rels": _WORKBOOK_RELATIONS.encode(),
            "xl/styles.xml": _STYLES.encode(),
            "xl/worksheets/sheet1.xml": _SHEET.format(data=data).encode(),
        },
    )


def _text_row(number: int, cells: Sequence[str]) -> str:
    written = "".join(
        f'<c r="{_letter(n)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for n, cell in enumerate(cells)
    )
    return f'<row r="{number}">{written}</row>'


def _sheet_row(frame: pl.DataFrame, *, first: int) -> pl.Expr:
    number = pl.int_range(first, first + pl.len()).cast(pl.String)
    cells = [_cell(name, kind, _letter(n), number) for n, (name, kind) in enumerate(frame.schema.items())]
    return pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))


def _cell(name: str, kind: pl.DataType, letter: str, number: pl.Expr) -> pl.Expr:
    place = pl.concat_str(pl.lit(f'<c r="{letter}'), number)
    if kind == pl.Date:
        serial = (pl.col(name) - EXCEL_EPOCH).dt.total_days().cast(pl.String)
        cell = pl.concat_str(place, pl.lit('" s="1"><v>'), serial, pl.lit("</v></c>"))
    else:
        text = pl.col(name)
        for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.str.replace_all(sign, entity, literal=True)
        cell = pl.concat_str(place, pl.lit('" t="inlineStr"><is><t>'), text, pl.lit("</t></is></c>"))
    return pl.when(pl.col(name).is_not_null()).then(cell).otherwise(pl.lit(""))


def _letter(index: int) -> str:
    return chr(ord("A") + index)


def write_geojson(path: Path, features: Sequence[Mapping[str, Any]]) -> None:
    """A FeatureCollection in WGS 84."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"type": "FeatureCollection", "features": list(features)}, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def write_shapefile_zip(
    path: Path, name: str, wkb: np.ndarray, columns: Mapping[str, Sequence[str]], *, crs: str
) -> None:
    """A zipped shapefile of polygons (well-known binary) with text columns."""
    with TemporaryDirectory() as scratch:
        pyogrio.raw.write(
            Path(scratch) / f"{name}.shp",
            geometry=wkb,
            field_data=[np.array(values, dtype=object) for values in columns.values()],
            fields=np.array(list(columns)),
            geometry_type="Polygon",
            crs=crs,
            driver="ESRI Shapefile",
            encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": "2026-11-15"},
        )
        parts = sorted(Path(scratch).iterdir())
        write_zip(path, {part.name: part.read_bytes() for part in parts})


_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_WORKBOOK = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_WORKBOOK_RELATIONS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><styleSheet xmlns="{_MAIN}">'
    "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_SHEET = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{_MAIN}">'
    "<sheetData>{data}</sheetData></worksheet>"
)
