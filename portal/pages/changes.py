"""`/changes`: every release of every topic, newest first, each still open under its own address."""

from datetime import date

from dash.development.base_component import Component

from layers.protection import Withdrawal
from layers.release import Manifest
from layers.topics import TOPICS
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import day, note, table
from portal.language import N_, _, link
from portal.queries.news import Kind, news_of
from portal.queries.offer import CITY
from portal.words.news import news_text, news_title, news_view
from portal.words.released import inside, told
from portal.words.wording import count_text, moment_text

MOST_NEWS = 12
MOST = 40
"""Releases listed per topic; older ones keep their addresses."""


def layout(visit: Visit) -> Body:
    """One table per topic."""
    manifests = visit.releases.manifests()
    return [
        html.H1(_("Changes and releases")),
        html.P(
            _(
                "A release never changes. When figures are updated or corrected, a new release takes its place, and "
                "the earlier ones stay open for comparison. A release that should never have been published is "
                "withdrawn: its figures go, its number stays, with the reason."
            ),
            className="lead",
        ),
        _news(visit),
        _withdrawn(visit),
        *([_topic(visit, each) for each in manifests] or [note(html.P(_("Nothing has been published yet.")))]),
    ]


def _topic(visit: Visit, manifest: Manifest) -> Component:
    names = list(reversed(visit.releases.store.releases(manifest.topic)))[:MOST]
    found = [visit.releases.release(manifest.topic, name) for name in names]
    rows = [_row(each.manifest, manifest.release) for each in found if each is not None]
    return html.Section(
        [
            html.H2(html.A(told(manifest.title), href=link(f"/data/{manifest.topic}"))),
            table(
                [_("Release"), _("As of"), _("Published (UTC)"), _("Rows")],
                rows,
                caption=_("Releases of {topic}", topic=inside(manifest.title)),
                numbers=frozenset({3}),
                stacks=True,
            ),
        ]
    )


def _news(visit: Visit) -> Component | None:
    """What was added and what was corrected, for the whole city."""
    found = [each for topic in visit.releases.topics for each in news_of(visit.releases, topic, CITY, CITY)]
    newest = sorted(found, key=lambda each: each.at, reverse=True)[:MOST_NEWS]
    if not newest:
        return None
    city = visit.releases.city
    place = city.name if city else ""
    kinds = {Kind.UPDATE: _("Update"), Kind.CORRECTION: _("Correction")}
    rows: list[list[object]] = [
        [
            day(each.at.date()),
            kinds[each.kind],
            html.A(news_title(each, place), href=f"/trends{news_view(each, visit.view.lang).query()}"),
            news_text(each),
        ]
        for each in newest
    ]
    follow = [
        html.A(_("Follow this as a feed (Atom)"), href=f"/feed.atom{visit.view.query()}"),
        " · ",
        html.A(_("RSS"), href=f"/feed.rss{visit.view.query()}"),
        " · ",
        html.A(_("By e-mail"), href=f"/subscribe{visit.view.query()}"),
    ]
    heads = [_("Published"), _("Kind"), _("Figures"), _("What they say")]
    return html.Section(
        [
            html.H2(_("What changed")),
            table(heads, rows, caption=_("What changed in the city"), stacks=True),
            html.P(follow, className="follow"),
        ]
    )


def _withdrawn(visit: Visit) -> Component | None:
    """What was taken back, of every topic; newest first."""
    store = visit.releases.store
    stones = sorted((s for name in store.topics() for s in store.withdrawals(name)), key=_day_of, reverse=True)
    if not stones:
        return None
    titles = {each.name: told(each.title) for each in TOPICS}
    rows: list[list[object]] = [
        [titles.get(s.topic, s.topic), html.Span(s.release, className="mono"), day(s.withdrawn_on), told(s.reason)]
        for s in stones
    ]
    return html.Section(
        [
            html.H2(_("Withdrawn")),
            table(
                [_("Topic"), _("Release"), _("Withdrawn on"), _("Reason")],
                rows,
                caption=_("Releases that were withdrawn"),
                stacks=True,
            ),
        ]
    )


def _day_of(stone: Withdrawal) -> tuple[date, str]:
    return stone.withdrawn_on, stone.release


def _row(manifest: Manifest, current: str) -> list[object]:
    here = [" ", html.Strong(_("shown now"))] if manifest.release == current else []
    address = link(f"/data/{manifest.topic}?as_of={manifest.release}")
    return [
        [html.A(manifest.release, href=address, className="mono"), *here],
        day(manifest.as_of),
        moment_text(manifest.built_at),
        count_text(manifest.rows),
    ]


PAGE = Page(
    path="/changes",
    title=N_("Changes and releases"),
    layout=layout,
    description=N_("Every release of every topic, with its date."),
)
