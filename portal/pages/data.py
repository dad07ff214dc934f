"""`/data`: everything that can be downloaded, topic by topic."""

from dash import html
from dash.development.base_component import Component

from layers.release import Manifest
from layers.topics import TOPICS
from portal.files import listed_files
from portal.page import Body, Page, Visit
from portal.pages.dataset_words import counted_elsewhere
from portal.parts import day, freshness, icon, note
from portal.wording import bytes_text, count_text, day_text


def layout(visit: Visit) -> Body:
    """A card per topic, then addresses for programs."""
    manifests = visit.releases.manifests()
    missing = [topic for topic in TOPICS if topic.name not in visit.releases.topics]
    return [
        html.H1("Data to download"),
        html.P(
            "Every figure on this site comes from these files. They are complete, they never change once published, "
            "and anyone may use them.",
            className="lead",
        ),
        html.Ul([_card(visit, each) for each in manifests], className="cards")
        if manifests
        else note(html.P("Nothing has been published yet.")),
        _not_published([topic.title for topic in missing]) if missing and manifests else None,
        html.H2("For programs"),
        html.Ul(
            [
                html.Li([html.A("Catalog of all files (DCAT-US)", href="/data.json"), ", for harvesters"]),
                html.Li(
                    [
                        "The address ",
                        html.Code("/download/<topic>/latest/<file>"),
                        " always leads to the newest release; the address it leads to never changes its content.",
                    ]
                ),
                html.Li(
                    [
                        "Any view of the site as a file: ",
                        html.Code("/download/view.csv"),
                        " with the query of the page, for example ",
                        _example(manifests[0]) if manifests else None,
                    ]
                ),
            ]
        ),
    ]


def _card(visit: Visit, manifest: Manifest) -> Component:
    files = [file for file in listed_files(manifest) if file.name.startswith("downloads/")]
    total = sum(file.bytes for file in files)
    return html.Li(
        [
            html.H2(html.A(manifest.title, href=f"/data/{manifest.topic}")),
            html.P(manifest.summary),
            html.P(
                [
                    "As of ",
                    day(manifest.as_of),
                    " · ",
                    freshness(visit.releases.status_of(manifest.topic)),
                    f" · {count_text(manifest.rows)} rows · {len(files)} files, {bytes_text(total)} · ",
                    *_regime(manifest),
                ],
                className="quiet",
            ),
        ],
        className="card",
    )


def _regime(manifest: Manifest) -> list[Component | str]:
    if manifest.protection is None:
        return ["counted by the source" if counted_elsewhere(manifest) else "exact"]
    return [icon("lock"), "protected" if manifest.protected else "places exact, homes protected"]


def _not_published(titles: list[str]) -> Component:
    return note(html.P(f"Not published by this city: {', '.join(titles)}."))


def _example(manifest: Manifest) -> Component:
    measure = manifest.measures[0]
    query = f"?topic={manifest.topic}&measure={measure.name}&geography=city&category=all&grain=month"
    return html.A(f"{measure.title} of the city by month", href=f"/download/view.csv{query}")


def _description(visit: Visit) -> str:
    titles = [manifest.title for manifest in visit.releases.manifests()]
    newest = max((m.as_of for m in visit.releases.manifests()), default=None)
    return f"Download {', '.join(titles)} as CSV and GeoJSON{f', as of {day_text(newest)}' if newest else ''}."


PAGE = Page(path="/data", title="Data to download", nav="Data", layout=layout, description=_description)
