"""Links to the reports, for other pages."""

from urllib.parse import quote

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.parts import icon
from portal.language import _, link
from portal.releases import Releases


def report_link(unit: str) -> Component:
    """To the report of a district, from its page."""
    words = _("Monthly report to the council: page, PDF, spreadsheet")
    here = link(f"/district/{quote(unit)}/report")
    return html.A([icon("print"), words], href=here, className="get")


def report_links(releases: Releases) -> Component:
    """To all reports: the city and its districts."""
    city = releases.city
    listed = [(city.name if city else _("The city"), "/report")]
    listed += [(each.name, f"/district/{quote(each.id)}/report") for each in releases.areas("district")]
    return html.Section(
        [
            html.H2(_("Monthly reports to the council"), id="reports"),
            html.P(
                _("The figures of a month on a few sheets: as a page, as PDF to print and file, and as a spreadsheet.")
            ),
            html.Ul([html.Li(html.A(name, href=link(to))) for name, to in listed], className="places"),
        ]
    )
