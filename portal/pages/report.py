"""`/district/<id>/report` and `/report`: the monthly council report, as it is printed."""

from typing import Any

from dash.development.base_component import Component

from layers.period import Grain
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import icon, note
from portal.language import _, link
from portal.report.asked import Pins, Question, address, ask
from portal.report.build import make_report
from portal.report.markup import contents, first, rest, title
from portal.words.wording import month_text, period_text

DISTRICT = "district"
NEAR = 3
"""Months before and after that are offered beside the one that is shown."""


def layout(visit: Visit) -> Body:
    """The report below its files and months; whether there are newer figures stands above it."""
    question = _question(visit)
    if question is None:
        return [html.H1(_("Report to the council")), note(html.P(_("Nothing has been published yet.")))]
    report = make_report(question)
    back = (
        html.A(_("City at a glance"), href=link("/"))
        if question.place.whole
        else html.A(question.place.name, href=link(f"/district/{question.place.unit}"))
    )
    return [
        _newer(visit, question),
        *title(report, back=back),
        _files(question),
        _months(visit, question),
        first(report),
        contents(report),
        *rest(report),
    ]


def _newer(visit: Visit, question: Question) -> Component | None:
    """A report of earlier releases stays as it is and says that there are newer ones."""
    current = Pins.of(visit.releases)
    if current is None or current.text == question.pins.text:
        return None
    newest = html.A(_("See the report with the newest figures"), href=link(address(question.place, question.month)))
    words = _("This report was made from earlier releases and has not been changed since. Newer figures are published.")
    return note(html.P([words, " ", newest, "."]), "caution")


def _files(question: Question) -> Component:
    def here(ending: str) -> str:
        return link(address(question.place, question.month, pins=question.pins, ending=ending))

    offered = ((".pdf", "download", _("PDF, to print and file")), (".xlsx", "download", _("Spreadsheet (XLSX)")),
               ("", "link", _("Link to these very figures")))  # fmt: skip
    return html.P(
        [html.A([icon(name), words], href=here(end), className="get", rel="nofollow") for end, name, words in offered],
        className="gets",
    )


def _months(visit: Visit, question: Question) -> Component:
    """Links to the same report of other months."""
    known = question.pins.months()
    here = known.index(question.month)
    offered = known[max(0, here - NEAR) : here + NEAR + 1]
    pins = question.pins if visit.view.as_of else None
    items: list[Any] = [
        html.Li(
            html.A(
                period_text(each, Grain.MONTH),
                href=link(address(question.place, each, pins=pins)),
                **({"aria-current": "page"} if each == question.month else {}),
            )
        )
        for each in offered
    ]
    return html.Details([html.Summary(_("Other months")), html.Ul(items, className="places")], className="more")


def _question(visit: Visit) -> Question | None:
    pins = Pins.of(visit.releases, visit.view.as_of)
    return ask(pins, visit.names.get(DISTRICT), visit.view.month) if pins else None


def _exists(visit: Visit) -> bool:
    """The city's page is there before anything is published, and says so."""
    if not visit.releases.current:
        return DISTRICT not in visit.names
    return _question(visit) is not None


def _title(visit: Visit) -> str:
    question = _question(visit)
    if question is None:
        return _("Report to the council")
    return _("{place}: report to the council, {month}", place=question.place.name, month=month_text(question.month))


def _description(visit: Visit) -> str:
    question = _question(visit)
    name = question.place.name if question else ""
    return _("The monthly report about {place}: service requests, evictions, shutoffs, affordable homes.", place=name)


PAGE = Page(path="/report", title=_title, description=_description, layout=layout, exists=_exists)
OF_DISTRICT = Page(
    path="/district/{district}/report", title=_title, description=_description, layout=layout, exists=_exists
)
