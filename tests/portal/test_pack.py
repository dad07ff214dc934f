"""The meeting pack: everything for one item of an agenda, in both languages, with the figures of the page."""

import csv
import html
import io
import re
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from starlette.testclient import TestClient

from layers.measures import Status
from portal.app import create_app
from portal.language import speaking
from portal.queries.figure import Figure
from portal.queries.offer import measure_of
from portal.releases import Releases
from portal.report.pdf import NO_LIBRARY, pdf_bytes
from portal.report.press import Press
from portal.settings import PortalSettings
from portal.still.pack import meeting_pack, packed
from portal.still.sheet import MOST_ROWS
from portal.view import View
from portal.words.figures import figure_text
from tests.portal.report.read_back import paper_text, squeezed
from tests.portal.report.test_pdf_tags import elements

ASKED = "?topic=evictions&geography=district"
LANGUAGES = ("en", "es")


@pytest.fixture(scope="module")
def content(client: TestClient) -> bytes:
    return client.get(f"/still/pack.zip{ASKED}").content


@pytest.fixture(scope="module")
def pack(content: bytes) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_meeting_pack_is_whole_and_the_same_in_both_languages(
    client: TestClient, content: bytes, pack: dict[str, bytes]
) -> None:
    """
    | in the ZIP      | is                                                        |
    |-----------------|-----------------------------------------------------------|
    | en/, es/        | picture (PNG, SVG), words and a page (PDF) in the language |
    | figures.csv     | the rows of the map, as /download/view.csv gives them     |
    """
    assert client.get(f"/still/pack.zip{ASKED}").content == content
    words = {code: pack[f"{code}/words.txt"].decode() for code in LANGUAGES}
    inside = ("map.png", "map.svg", "words.txt", "page.pdf")
    assert sorted(pack) == sorted(["figures.csv", *(f"{code}/{name}" for code in LANGUAGES for name in inside)])
    link = re.search(r"http://testserver(/map\?\S+)", words["es"])
    assert link is not None
    assert "lang=es" in link[1]
    assert "as_of=" in link[1]
    found = client.get("/download/view.csv?" + re.sub("&?lang=es", "", link[1].partition("?")[2]))
    assert found.status_code == 200
    assert pack["figures.csv"] == found.content
    numbers = [sorted(re.findall(r"\d+(?:[.,]\d+)*", words[code].split("http")[0])) for code in LANGUAGES]
    assert [each for each in numbers[0] if len(each) > 2] == [each for each in numbers[1] if len(each) > 2]
    assert words["en"] != words["es"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_its_page_holds_the_words_and_the_figures_of_the_other_files(
    releases: Releases, pack: dict[str, bytes], code: str
) -> None:
    """Every sentence, the source, the address, and the figure of each place in the file, on one sheet."""
    page, words = pack[f"{code}/page.pdf"], pack[f"{code}/words.txt"].decode()
    said = paper_text(page)
    title, sentences, source, caution = words.replace("\n\n", "\n").splitlines()[:4]
    link = re.search(r"http://\S+", words)
    assert link is not None
    assert [each for each in (title, sentences, source, caution, link[0]) if squeezed(each) not in said] == []
    assert len(PdfReader(io.BytesIO(page)).pages) == 1
    rows = _rows(pack["figures.csv"])
    assert 0 < len(rows) <= MOST_ROWS
    with speaking(code):
        figures = [f"{row['unit_name']}{_text(releases, row)}" for row in rows]
    assert [each for each in figures if squeezed(each) not in said] == []


def _rows(file: bytes) -> list[dict[str, str]]:
    lines = (line for line in file.decode().splitlines(keepends=True) if not line.startswith("#"))
    return list(csv.DictReader(lines))


def _text(releases: Releases, row: dict[str, str]) -> str:
    measure = measure_of(releases.required(row["topic"]).manifest, row["measure"])
    assert measure is not None
    value, low, high = (float(row[name]) if row[name] else None for name in ("value", "low", "high"))
    flag = "*" if row["flag"] else ""
    return figure_text(Figure(Status(row["status"]), value, low, high, row["flag"] or None), measure) + flag


def test_a_page_with_many_words_is_one_sheet_too(releases: Releases) -> None:
    """Hot spots say the most beside a map, and Spanish says it longest."""
    made = meeting_pack(releases, View.read(f"{ASKED}&layer=hotspots".replace("district", "neighborhood")), "")
    assert made is not None
    assert len(PdfReader(io.BytesIO(pdf_bytes(made.sheets["es"]))).pages) == 1


def test_its_page_is_tagged_and_its_picture_has_words(pack: dict[str, bytes]) -> None:
    reader = PdfReader(io.BytesIO(pack["es/page.pdf"]))
    assert reader.root_object["/Lang"] == "es"
    assert re.search(rb"pdfuaid:part(=\"|>)1", reader.root_object["/Metadata"].get_object().get_data())
    kinds = [str(each["/S"]) for each in elements(reader)]
    assert (kinds.count("/H1"), kinds.count("/Figure"), kinds.count("/Table")) == (1, 1, 1)
    alt = str(_of_kind(reader, "/Figure")["/Alt"])
    assert alt == pack["es/words.txt"].decode().rstrip().splitlines()[-1]


def _of_kind(reader: PdfReader, kind: str) -> DictionaryObject:
    return next(each for each in elements(reader) if each["/S"] == kind)


def test_the_picture_stands_on_the_page(releases: Releases, pack: dict[str, bytes]) -> None:
    """Drawn as lines, not only as its words: the legend can be read on the sheet."""
    made = meeting_pack(releases, View.read(ASKED), "http://testserver")
    assert made is not None
    legend = re.findall(r"<tspan[^>]*>([^<]+)</tspan>", str(made.files["en/map.svg"]))
    classes = [html.unescape(each) for each in legend if re.match(r"under|[\d.]+ (to|or)", each)]
    said = paper_text(pack["en/page.pdf"])
    assert classes
    assert [each for each in classes if squeezed(each) not in said] == []


def test_the_same_page_is_set_to_the_same_bytes_by_any_process(releases: Releases, pack: dict[str, bytes]) -> None:
    made = meeting_pack(releases, View.read(ASKED), "http://testserver")
    assert made is not None
    assert pdf_bytes(made.sheets["en"]) == pack["en/page.pdf"]


def test_no_picture_is_drawn_for_a_pack_that_is_refused(made_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its PNG takes a second in each language, which a reader who is asked to come back shall not cost."""
    drawn: list[str] = []
    monkeypatch.setattr("portal.still.pack.png_of", lambda svg: drawn.append(svg) or b"")
    monkeypatch.setattr("portal.app.Press", lambda made: Press(made, waiting=0))
    with TestClient(create_app(PortalSettings(store=made_store))) as busy:
        assert busy.get(f"/still/pack.zip{ASKED}").status_code == 503
    assert drawn == []


def test_without_the_library_a_pack_says_that_its_page_is_missing(releases: Releases) -> None:
    made = meeting_pack(releases, View.read(ASKED), "http://testserver")
    assert made is not None
    archive = zipfile.ZipFile(io.BytesIO(packed(made, {})))
    assert [name for name in archive.namelist() if name.endswith(".pdf")] == []
    assert archive.read("en/no-pdf.txt").decode().strip() == NO_LIBRARY
    assert archive.read("es/no-pdf.txt").decode().strip() != NO_LIBRARY
