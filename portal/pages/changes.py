"""`/changes`: every release of every topic, newest first, each still open under its own address."""

from dash import html
from dash.development.base_component import Component

from layers.release import Manifest
from portal.page import Body, Page, Visit
from portal.parts import day, note, table
from portal.wording import count_text, moment_text

MOST = 40
"""Releases listed per topic; older ones keep their addresses."""


def layout(visit: Visit) -> Body:
    """One table per topic."""
    manifests = visit.releases.manifests()
    return [
        html.H1("Changes and releases"),
        html.P(
            "A release never changes. When figures are updated or corrected, a new release takes its place, and the "
            "earlier ones stay open for comparison.",
            className="lead",
        ),
        *([_topic(visit, each) for each in manifests] or [note(html.P("Nothing has been published yet."))]),
    ]


def _topic(visit: Visit, manifest: Manifest) -> Component:
    names = list(reversed(visit.releases.store.releases(manifest.topic)))[:MOST]
    found = [visit.releases.release(manifest.topic, name) for name in names]
    rows = [_row(each.manifest, manifest.release) for each in found if each is not None]
    return html.Section(
        [
            html.H2(html.A(manifest.title, href=f"/data/{manifest.topic}")),
            table(
                ["Release", "As of", "Published (UTC)", "Rows"],
                rows,
                caption=f"Releases of {manifest.title}",
                numbers=frozenset({3}),
            ),
        ]
    )


def _row(manifest: Manifest, current: str) -> list[object]:
    here = [html.Strong(" shown now")] if manifest.release == current else []
    address = f"/data/{manifest.topic}?as_of={manifest.release}"
    return [
        [html.A(manifest.release, href=address, className="mono"), *here],
        day(manifest.as_of),
        moment_text(manifest.built_at),
        count_text(manifest.rows),
    ]


PAGE = Page(
    path="/changes",
    title="Changes and releases",
    layout=layout,
    description="Every release of every topic, with its date.",
)
