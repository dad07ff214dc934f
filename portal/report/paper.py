"""A report as the document that is set on paper: the markup of the page, with what stands at the foot of each sheet."""

from html import escape

from portal.frame.markup import markup
from portal.frame.paperfoot import page_counter, quoted
from portal.report.markup import body, title
from portal.report.model import Report


def paper_html(report: Report) -> str:
    """The document that is printed. Its only date is the report's own."""
    heading = f'<header class="report-head">{markup(title(report, paper=True))}</header>'
    day = report.as_of.isoformat()
    return (
        f'<!doctype html><html lang="{escape(report.language)}"><head><meta charset="utf-8">'
        f"<title>{escape(report.title)}</title>"
        f'<meta name="author" content="{escape(report.city)}">'
        f'<meta name="description" content="{escape(report.subtitle)}">'
        f'<meta name="dcterms.created" content="{day}"><meta name="dcterms.modified" content="{day}">'
        '<meta name="generator" content="Hearthmap">'
        f"<style>{_running(report)}</style></head>"
        f'<body class="report">{heading}<main>{markup(body(report, icons=False))}</main></body></html>'
    )


def _running(report: Report) -> str:
    """What stands at the foot of each sheet: what it is, of when, where it stands, which page it is."""
    said = f"{quoted(f'{report.title}. {report.subtitle}')} '\\A' {quoted(report.address)}"
    return f"@page {{ @bottom-left {{ content: {said} }} @bottom-right {{ content: {page_counter()} }} }}"
