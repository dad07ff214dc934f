"""A report as the document that is set on paper: the markup of the page, with what stands at the foot of each sheet."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from unicodedata import normalize

from portal.frame.markup import markup
from portal.frame.paperfoot import page_counter, quoted
from portal.report.markup import body, title
from portal.report.model import Report


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture (SVG) with the words that stand for it."""

    svg: str
    alt: str


def paper_html(report: Report, *, drawing: Drawing | None = None) -> str:
    """The document that is printed. Its only date is the report's own. With a `drawing` it is set to fit one sheet.

    Letters are composed (NFC): of a letter and a mark that stand apart, a PDF may lose one where its text is read.
    """
    heading = f'<header class="report-head">{markup(title(report, paper=True))}</header>'
    day = report.as_of.isoformat()
    return normalize(
        "NFC",
        f'<!doctype html><html lang="{escape(report.language)}"><head><meta charset="utf-8">'
        f"<title>{escape(report.title)}</title>"
        f'<meta name="author" content="{escape(report.city)}">'
        f'<meta name="description" content="{escape(report.subtitle)}">'
        f'<meta name="dcterms.created" content="{day}"><meta name="dcterms.modified" content="{day}">'
        '<meta name="generator" content="Hearthmap">'
        f"<style>{_running(report)}</style></head>"
        f'<body class="report{" sheet" if drawing else ""}">{heading}'
        f"<main>{_drawn(drawing)}{markup(body(report, icons=False))}</main></body></html>",
    )


def _drawn(drawing: Drawing | None) -> str:
    """The picture inside the document itself, so that whoever sets it fetches nothing."""
    if drawing is None:
        return ""
    inside = b64encode(drawing.svg.encode()).decode()
    return f'<img class="drawing" src="data:image/svg+xml;base64,{inside}" alt="{escape(drawing.alt)}">'


def _running(report: Report) -> str:
    """What stands at the foot of each sheet: what it is, of when, where it stands, which page it is."""
    said = f"{quoted(f'{report.title}. {report.subtitle}')} '\\A' {quoted(report.address)}"
    return f"@page {{ @bottom-left {{ content: {said} }} @bottom-right {{ content: {page_counter()} }} }}"
