"""A page on a projector (`present=1`): large, without navigation, pinned to the releases that its address names."""

from dataclasses import replace
from html import escape

from dash.development.base_component import Component

from portal.errors import NotFound
from portal.frame.elements import html
from portal.frame.markup import Html
from portal.frame.page import Page, Visit
from portal.frame.parts import icon
from portal.language import _
from portal.releases import Releases
from portal.view import View
from portal.words.wording import day_text


def offered_to(releases: Releases, view: View) -> Releases:
    """What a page is drawn from: the releases that its address names in place of the newest ones.

    Raises Gone for a withdrawn release. An unknown one is not found while the page is presented; else the newest are
    shown, and the page says so.
    """
    if not view.as_of:
        return releases
    try:
        return releases.pinned(view.as_of)
    except NotFound:
        if view.present:
            raise
        return releases


def presented(page: Page, visit: Visit) -> Visit:
    """The visit with the releases that it shows."""
    return replace(visit, releases=offered_to(visit.releases, visit.view)) if page.presents or page.pins else visit


def way_in(page: Page, visit: Visit) -> Component | None:
    """The link that puts the page on a projector, pinned to what it shows now."""
    if not page.presents or not visit.releases.topics or visit.view.present:
        return None
    pins = ",".join(visit.releases.current[topic] for topic in visit.releases.topics)
    link = html.A(
        [icon("chart"), _("Show on a projector")],
        href=visit.path + visit.view.query(present="1", as_of=visit.view.as_of or pins),
        className="get",
        **{"data-present": visit.view.as_of or pins},
    )
    return html.P(link, className="gets present-way")


def bar(page: Page, visit: Visit) -> Component | None:
    """At the foot of a page on a projector: of which day the figures are, where one is, the way on and out."""
    if not page.presents or not visit.view.present:
        return None
    out = visit.path + visit.view.query(present=None, as_of=None)
    buttons = "".join(
        f'<button type="button" class="an-tool" data-part="{step}" hidden>{escape(words)}</button>'
        for step, words in ((-1, _("Previous part")), (1, _("Next part")))
    )
    return html.Aside(
        [
            html.P(_as_of(visit), className="present-as-of"),
            html.P(className="present-at", hidden=True, **{"data-words": _("Part {n} of {all}")}),
            Html(buttons),
            html.A(_("Leave (Escape)"), href=out, className="an-tool", **{"data-leave": ""}),
        ],
        className="present-bar",
        **{"aria-label": _("Presentation")},
    )


def _as_of(visit: Visit) -> str:
    shown = offered_to(visit.releases, visit.view)
    days = sorted({manifest.as_of for manifest in shown.manifests()})
    if not days:
        return ""
    said = {"first": day_text(days[0]), "last": day_text(days[-1])}
    newer = shown.key != visit.releases.key
    if len(days) == 1:
        return _("Figures as of {last}. Newer figures exist.", **said) if newer else _("Figures as of {last}", **said)
    if newer:
        return _("Figures as of {first} to {last}. Newer figures exist.", **said)
    return _("Figures as of {first} to {last}", **said)
