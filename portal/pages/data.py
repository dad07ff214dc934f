"""`/data`: everything that can be downloaded, topic by topic."""

from dash.development.base_component import Component

from layers.release import Manifest
from layers.topics import TOPICS
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import day, freshness, icon, note
from portal.language import N_, _, _n, link, woven
from portal.pages.dataset_words import counted_elsewhere
from portal.report.links import report_links
from portal.serving.files import listed_files
from portal.words.released import told
from portal.words.wording import bytes_text, count_text, day_text


def layout(visit: Visit) -> Body:
    """A card per topic, then addresses for programs."""
    manifests = visit.releases.manifests()
    missing = [topic for topic in TOPICS if topic.name not in visit.releases.topics]
    return [
        html.H1(_("Data to download")),
        html.P(
            _(
                "Every figure on this site comes from these files. They are complete, they never change once "
                "published, and anyone may use them."
            ),
            className="lead",
        ),
        html.Ul([_card(visit, each) for each in manifests], className="cards")
        if manifests
        else note(html.P(_("Nothing has been published yet."))),
        _not_published([told(topic.title) for topic in missing]) if missing and manifests else None,
        report_links(visit.releases) if manifests else None,
        html.H2(_("For programs")),
        html.Ul(
            [
                html.Li(woven("{catalog}, for harvesters", catalog=_catalog())),
                html.Li(
                    woven(
                        "The address {address} always leads to the newest release; the address it leads to never "
                        "changes its content.",
                        address=html.Code("/download/<topic>/latest/<file>"),
                    )
                ),
                html.Li(
                    woven(
                        "Any view of the site as a file: {address} with the query of the page, for example {example}",
                        address=html.Code("/download/view.csv"),
                        example=_example(manifests[0]) if manifests else "–",
                    )
                ),
            ]
        ),
    ]


def _catalog() -> Component:
    return html.A(_("Catalog of all files (DCAT-US)"), href="/data.json")


def _card(visit: Visit, manifest: Manifest) -> Component:
    files = [file for file in listed_files(manifest) if file.name.startswith("downloads/")]
    total = sum(file.bytes for file in files)
    return html.Li(
        [
            html.H2(html.A(told(manifest.title), href=link(f"/data/{manifest.topic}"))),
            html.P(told(manifest.summary)),
            html.P(
                woven(
                    "As of {day} · {freshness} · {rows} rows · {files}, {size} · {regime}",
                    day=day(manifest.as_of),
                    freshness=freshness(visit.releases.status_of(manifest.topic)),
                    rows=count_text(manifest.rows),
                    files=_n("{n} file", "{n} files", len(files)),
                    size=bytes_text(total),
                    regime=html.Span(_regime(manifest)),
                ),
                className="quiet",
            ),
        ],
        className="card",
    )


def _regime(manifest: Manifest) -> list[Component | str]:
    if manifest.protection is None:
        return [_("counted by the source") if counted_elsewhere(manifest) else _("exact")]
    return [icon("lock"), _("protected") if manifest.protected else _("places exact, homes protected")]


def _not_published(titles: list[str]) -> Component:
    return note(html.P(_("Not published by this city: {titles}.", titles=", ".join(titles))))


def _example(manifest: Manifest) -> Component:
    measure = manifest.measures[0]
    query = f"?topic={manifest.topic}&measure={measure.name}&geography=city&category=all&grain=month"
    return html.A(_("{measure} of the city by month", measure=told(measure.title)), href=f"/download/view.csv{query}")


def _description(visit: Visit) -> str:
    titles = [told(manifest.title) for manifest in visit.releases.manifests()]
    newest = max((m.as_of for m in visit.releases.manifests()), default=None)
    if newest is None:
        return _("Nothing has been published yet.")
    return _("Download {topics} as CSV and GeoJSON, as of {day}.", topics=", ".join(titles), day=day_text(newest))


PAGE = Page(path="/data", title=N_("Data to download"), nav=N_("Data"), layout=layout, description=_description)
