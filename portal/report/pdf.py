"""Pages of a report as tagged PDF (PDF/UA-1). The library is slow to import and works in a process of its own."""

import logging
from typing import Any

from portal.errors import NotMade
from portal.language import N_
from portal.settings import ASSETS

STYLES = ("tokens.css", "report/paper.css")
NO_LIBRARY = N_("PDF files cannot be made on this computer. The page and the spreadsheet hold the same figures.")


def pdf_bytes(document: str) -> bytes:
    """The PDF of `paper_html`. The same document gives the same bytes. Raises NotMade without Pango."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as error:  # the package is there, the libraries of the system are not
        raise NotMade(NO_LIBRARY) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # styles of screens that paper does not know
    fonts, local = FontConfiguration(), URLFetcher(allowed_protocols=("file", "data"))
    styles = [CSS(filename=ASSETS / name, font_config=fonts, url_fetcher=local) for name in STYLES]
    page = HTML(string=document, url_fetcher=local)
    made: bytes = page.write_pdf(
        stylesheets=styles, font_config=fonts, pdf_variant="pdf/ua-1", finisher=_finish, full_fonts=False
    )
    return made


def _finish(document: Any, pdf: Any) -> None:
    """What PDF/UA asks for and WeasyPrint leaves to others."""
    _add_scopes(pdf)
    _part_feet_from_content(pdf)


def _add_scopes(pdf: Any) -> None:
    """Say of every header cell whether it heads its column or its row: WeasyPrint only links cells to their heads."""
    for each in pdf.objects:
        if isinstance(each, dict) and each.get("S") == "/TH":
            each["A"]["Scope"] = "/Column" if _inside_head(each, pdf) else "/Row"


def _inside_head(element: Any, pdf: Any) -> bool:
    while "P" in element and element.get("S") != "/Table":
        element = _at(pdf, element["P"])
        if element.get("S") == "/THead":
            return True
    return False


def _part_feet_from_content(pdf: Any) -> None:
    """Mark what stands in the margins of a sheet as no part of the text: WeasyPrint only leaves it out of the tree."""
    root = _at(pdf, pdf.catalog["StructTreeRoot"])
    linked, parents = _linked(pdf, root), _at(pdf, root["ParentTree"])["Nums"]
    by_page = dict(zip(parents[::2], parents[1::2], strict=True))
    for page in (each for each in pdf.objects if isinstance(each, dict) and each.get("Type") == "/Page"):
        owners, drawn = by_page[page["StructParents"]], _at(pdf, page["Contents"]).stream
        for number, owner in enumerate(owners):
            if _number(owner) not in linked:
                at = next(i for i, each in enumerate(drawn) if isinstance(each, dict) and each.get("MCID") == number)
                drawn[at - 1 : at + 1] = [b"/Artifact", b"<</Type/Pagination>>"]
                owners[number] = "null"


def _linked(pdf: Any, root: Any) -> set[int]:
    """Numbers of the structure elements that can be reached from the root."""
    found: set[int] = set()
    ahead = [each for each in root["K"] if isinstance(each, bytes)]
    while ahead:
        number = _number(ahead.pop())
        if number not in found:
            found.add(number)
            kids = pdf.objects[number].get("K", ()) if isinstance(pdf.objects[number], dict) else ()
            ahead += [each for each in kids if isinstance(each, bytes)]
    return found


def _at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
