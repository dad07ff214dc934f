"""The forms that are pictures, and what travels with them: SVG, PNG, frame, page to share, meeting pack, sheet."""

import io
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from pypdf import PdfReader

from portal.frame.presenting import offered_to
from portal.language import speaking
from portal.report.pdf import pdf_bytes
from portal.still.pack import Pack, meeting_pack
from portal.still.png import png_of
from portal.view import View
from tests.portal.same import files
from tests.portal.same.heard import Heard, heard
from tests.portal.same.reading import read_html
from tests.portal.same.said import Said, day, plain
from tests.portal.same.screens import dated, lead
from tests.portal.same.stored import CITY, Asked

SVG = "{http://www.w3.org/2000/svg}"


def still(asked: Asked) -> Iterator[Heard]:
    """The picture's description; the day is in it, and is drawn."""
    if not asked.drawn:
        return
    svg = asked.stored.client.get(f"/still/map.svg{asked.query()}").text
    alt = _described(svg)
    yield from lead("svg", asked, alt)
    yield from _dated("svg", asked, alt)
    yield from _dated("svg as drawn", asked, " ".join(_drawn(svg)))
    if asked.redrawn:
        yield from _elsewhere(asked, svg)


def _elsewhere(asked: Asked, svg: str) -> Iterator[Heard]:
    """The frame for other sites, and the page to share."""
    embedded = asked.stored.client.get(f"/embed/map{asked.query()}").text
    yield from lead("frame", asked, _described(embedded))
    if svg not in embedded:
        yield _broken("frame: another picture", asked)
    shared = asked.stored.client.get(f"/share{asked.query()}").text
    caption = plain(re.sub(r"<[^>]+>", " ", unescape(shared.split("<figcaption>")[1].split("</figcaption>")[0])))
    yield from lead("page to share", asked, caption)
    yield from lead("page to share: alt text", asked, unescape(re.findall(r'<img[^>]* alt="([^"]*)"', shared)[0]))
    yield from _dated("page to share", asked, caption)


def png(asked: Asked) -> Iterator[Heard]:
    """It is drawn from that very SVG, pixel for pixel, and says the same."""
    if not asked.drawn:
        return
    svg = asked.stored.client.get(f"/still/map.svg{asked.query()}").text
    sent = asked.stored.client.get(f"/still/map.png{asked.query()}").content
    found = texts_of(sent)
    yield from lead("png", asked, found["Description"])
    yield from _dated("png", asked, found["Description"])
    if found["Description"] != _described(svg) or sent != png_of(svg):
        yield _broken("png: another picture", asked)


def pack(asked: Asked, *, printed: bool = True) -> Iterator[Heard]:
    """Words, figures and sheets of the meeting pack, in every language; `printed`: the PDF of the asker's too."""
    if not asked.drawn:
        return
    shown = offered_to(asked.stored.releases, view := View.read(asked.query()))
    made = meeting_pack(shown, view, "http://testserver")
    assert made is not None
    for language in made.sheets:
        spoken = replace(asked, language=language)
        words = str(made.files[f"{language}/words.txt"])
        yield from lead("pack: words", spoken, plain(words.split("\n\n")[1]))
        yield from _dated("pack: words", spoken, words)
        yield from _sheet(made, spoken)
    for wrong in files.rows_wrong("pack: csv", asked, str(made.files["figures.csv"])):
        yield _broken(wrong, asked)
    if printed:
        yield from _printed(made, asked)


def _sheet(made: Pack, asked: Asked) -> Iterator[Heard]:
    """The table that is printed: places by name, the city last."""
    document = made.sheets[asked.language]
    for name, text in _rows(document):
        units = asked.stored.unit_names(asked.key)
        if name in units:
            yield heard("sheet", replace(asked.key, unit=units[name]), text, asked)
    *_places, (_name, last) = _rows(document)
    yield heard("sheet, city", replace(asked.key, geography=CITY, unit=CITY), last, asked)
    yield from dated("sheet", asked, document)


def _rows(document: str) -> list[tuple[str, str]]:
    (found,) = read_html(document).tables
    return [(row[0].text, row[1].text) for row in found.body]


def _printed(made: Pack, asked: Asked) -> Iterator[Heard]:
    """What the PDF's text holds of the sheet's table, row by row, and of its sentence."""
    with speaking(asked.language):
        pdf = pdf_bytes(made.sheets[asked.language])
    text = _squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
    for name, told in _rows(made.sheets[asked.language]):
        if _squeezed(name + told) not in text:
            yield _broken(f"sheet as PDF: without {name} {told}", asked)
    if _squeezed(day(asked.stored.as_of(asked.key), asked.language)) not in text:
        yield _broken("sheet as PDF: without its day", asked)


# ---- shared ----


def texts_of(png_: bytes) -> dict[str, str]:
    """The texts inside a PNG (`iTXt`), each with a sum that holds."""
    found, at = {}, 8
    while at < len(png_):
        (size,) = struct.unpack(">I", png_[at : at + 4])
        kind, content = png_[at + 4 : at + 8], png_[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", png_[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(kind + content)
        if kind == b"iTXt":
            name, _nul, rest = content.partition(b"\0")
            found[name.decode()] = rest[4:].decode()
        at += 12 + size
    return found


def _described(markup: str) -> str:
    svg = markup[markup.index("<svg") : markup.index("</svg>") + len("</svg>")]
    return next(each.text or "" for each in ET.fromstring(svg) if each.tag == f"{SVG}desc")


def _drawn(svg: str) -> list[str]:
    """The words that are drawn, line by line."""
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}tspan")]


def _dated(form: str, asked: Asked, text: str) -> Iterator[Heard]:
    if day(asked.stored.as_of(asked.key), asked.language) not in plain(text):
        yield _broken(f"{form}: without its day", asked)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad]+", "", text)


def _broken(form: str, asked: Asked) -> Heard:
    return Heard(form, asked.key, Said(status="broken"))
