"""Who answers for the city, in a few lines for the start page: its agencies, and its contact center."""

from typing import Any

from dash.development.base_component import Component

from layers.measures import Status
from layers.period import Grain
from layers.topics import topic
from layers.topics.contact_center import CENTER_MEASURES
from portal.agency.figures import agencies
from portal.center.figures import TOPIC, Reading, grain_for, reading, release_of
from portal.frame.elements import html
from portal.frame.parts import icon, status_word
from portal.language import _, _n, link, woven
from portal.releases import Releases
from portal.view import View
from portal.words.figures import figure_text, unit_text
from portal.words.released import told
from portal.words.target import verdict_line
from portal.words.wording import list_text, period_text

LEADING = ("abandoned_share", "speed_of_answer", "first_contact_resolution")
"""How hard it was to get through, and whether that helped; where a center publishes none of them, its first three."""
MOST = 3
_NAMED = 3


def answering(releases: Releases) -> Component:
    """A panel with a line for the agencies, where any is named, and one for the contact center."""
    return html.Section(
        [html.H3(_("Who answers")), *(part for part in (_agencies(releases), _center(releases)) if part)],
        className="answering",
    )


def _agencies(releases: Releases) -> Component | None:
    known = agencies(releases)
    if not known:
        return None
    names = list_text([each.agency.title for each in known[:_NAMED]])
    words = _n(
        "{n} agency answers for requests about places: {names}.",
        "{n} agencies answer for requests about places, among them {names}.",
        len(known),
        names=names,
    )
    return html.P([icon("council"), html.A(_("Agencies"), href=link("/agency")), " · ", words])


def _center(releases: Releases) -> Component:
    release = release_of(releases, View())
    if release is None:
        name = html.Strong(told(topic(TOPIC).title))
        return html.P([icon("phone"), name, " · ", status_word(Status.NOT_COLLECTED)])
    collected = [name for name in CENTER_MEASURES if release.manifest.measure(name)]
    wanted = [name for name in LEADING if name in collected] or collected[:MOST]
    infos = [info for name in wanted if (info := release.manifest.measure(name))]
    found = [reading(release, info, grain_for(info, Grain.MONTH)) for info in infos]
    name = html.A(told(release.manifest.title), href=link("/contact-center"))
    return html.Div([html.P([icon("phone"), name]), html.Ul([html.Li(_reading(each)) for each in found])])


def _reading(each: Reading) -> list[Any]:
    """`Calls abandoned, Oct 2026: 7.2 %` and the target, kept or not."""
    found, measure = each.found, each.measure
    if found.period is None or not found.now.shown:
        return [told(measure.title), ": ", status_word(found.now.status)]
    figure = " ".join(part for part in (figure_text(found.now, measure), unit_text(found.now, measure)) if part)
    words = woven(
        "{measure}, {period}: {figure}",
        measure=told(measure.title), period=period_text(found.period, found.grain), figure=html.Strong(figure),
    )  # fmt: skip
    line = verdict_line(each.held)
    return [*words, *([html.Br(), line] if line else [])]
