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
    fonts, local = FontConfiguration(), URLFetcher(allowed_protocols=("file",))
    styles = [CSS(filename=ASSETS / name, font_config=fonts, url_fetcher=local) for name in STYLES]
    page = HTML(string=document, url_fetcher=local)
    made: bytes = page.write_pdf(
        stylesheets=styles, font_config=fonts, pdf_variant="pdf/ua-1", finisher=_add_scopes, full_fonts=False
    )
    return made


def _add_scopes(document: Any, pdf: Any) -> None:
    """Say of every header cell whether it heads its column or its row: WeasyPrint only links cells to their heads."""
    for each in pdf.objects:
        if isinstance(each, dict) and each.get("S") == "/TH":
            each["A"]["Scope"] = "/Column" if _inside_head(each, pdf) else "/Row"


def _inside_head(element: Any, pdf: Any) -> bool:
    while "P" in element and element.get("S") != "/Table":
        element = pdf.objects[int(element["P"].split()[0])]
        if element.get("S") == "/THead":
            return True
    return False
