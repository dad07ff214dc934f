"""`/data/<topic>`: what the data is and is not, its files, its first rows, its license."""

from pathlib import Path

import polars as pl
from dash import html
from dash.development.base_component import Component

from layers.measures import Status
from layers.policy import best_guess
from layers.release import FileInfo, Manifest
from layers.store.reader import Release
from layers.wording import in_sentence
from portal.catalog import json_ld, license_url
from portal.certificatetables import percent
from portal.files import listed_files
from portal.page import Body, Page, Visit
from portal.pages.dataset_words import counted_elsewhere, dictionary, geographies, measures, privacy, why_exact
from portal.parts import closing_sentence, day, freshness, icon, status_word, table
from portal.wording import CADENCE_WORD, bytes_text, count_text, day_text, list_text, moment_text

PREVIEW_ROWS = 20


def layout(visit: Visit) -> Body:
    """From what it is to how to cite it."""
    release = visit.releases.release(visit.names["topic"], visit.view.as_of)
    assert release is not None, "the page exists only where the release does"
    manifest = release.manifest
    return [
        html.P(html.A("Data to download", href="/data"), className="eyebrow"),
        html.H1(manifest.title),
        html.P(manifest.summary, className="lead"),
        html.P([html.Strong("What it is not. "), manifest.is_not], className="lead"),
        _jumps(),
        _facts(visit, manifest),
        _protected(manifest),
        _files(manifest),
        _caveats(manifest),
        privacy(manifest),
        why_exact(manifest),
        geographies(manifest),
        measures(manifest),
        dictionary(),
        _preview(release),
        _reuse(visit, manifest),
    ]


def _jumps() -> Component:
    parts = (
        ("files", "Files"),
        ("caveats", "Known problems"),
        ("privacy", "Privacy rule"),
        ("boundaries", "Places and boundaries"),
        ("measures", "Measures"),
        ("dictionary", "Dictionary"),
        ("preview", "Some rows"),
        ("citation", "License and citation"),
    )
    links = [html.Li(html.A(text, href=f"#{anchor}")) for anchor, text in parts]
    return html.Nav(html.Ul(links, className="jump"), **{"aria-label": "On this page"})


def _facts(visit: Visit, manifest: Manifest) -> Component:
    status = visit.releases.status_of(manifest.topic)
    cadences = sorted({CADENCE_WORD.get(source.cadence, source.cadence) for source in manifest.sources})
    due = moment_text(visit.releases.local(status.next_due)) if status and status.next_due else "not scheduled"
    facts: list[tuple[str, object]] = [
        ("Covers", [day(manifest.covers_from), " to ", day(manifest.covers_to)]),
        ("As of", day(manifest.as_of)),
        ("Updated", f"{list_text(cadences)}" if cadences else "not declared"),
        ("Next update", [due, " · ", freshness(status)]),
        ("Published", moment_text(manifest.built_at) + " UTC"),
        ("Rows", count_text(manifest.rows)),
        ("Source", list_text([f"{source.title} ({source.publisher})" for source in manifest.sources])),
        (
            "License",
            html.A(manifest.license, href=license_url(manifest.license)) if _is_link(manifest) else manifest.license,
        ),
    ]
    closings = [sentence for each in manifest.closings if (sentence := closing_sentence(manifest, each.grain))]
    return html.Div(
        [
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts"),
            html.Ul([html.Li(sentence) for sentence in closings], className="quiet") if closings else None,
        ]
    )


def _protected(manifest: Manifest) -> Component:
    """How the release is protected, in two sentences, and where that can be checked."""
    rule = manifest.protection
    if rule is None and counted_elsewhere(manifest):
        words = "The source counted these figures by area and sent no record; they are shown as received."
    elif rule is None:
        words = "These figures are about places and public facts, not about a home’s trouble, so they are exact."
    elif rule.rho is None:
        words = f"The owner of these records chose exact counts; those below {rule.floor} are hidden."
    else:
        words = (
            "We count homes, not people, and added a small random amount to every count, once. Someone who knows "
            f"everything about every other home can be right about one at most {percent(best_guess(rule.rho))} of the "
            f"time from a year of these figures; a coin is right {percent(0.5)} of the time."
        )
    links = [
        html.A("Certificate of this release", href=f"/privacy/certificate/{manifest.topic}/{manifest.release}"),
        " · ",
        html.A("How households are protected", href="/privacy"),
    ]
    if manifest.exactness is not None:
        links += [" · ", html.A("Why figures are exact", href="#exact")]
    if rule is not None:
        links += [" · ", html.A("Zones", href="/zones")]
    return html.Section(
        [html.H2([icon("lock"), "How this is protected"]), html.P(words), html.P(links)], className="card protected"
    )


def _is_link(manifest: Manifest) -> bool:
    return license_url(manifest.license).startswith("https://")


def _files(manifest: Manifest) -> Component:
    ranked = sorted(listed_files(manifest), key=_rank)
    built = html.Time(moment_text(manifest.built_at), dateTime=manifest.built_at.isoformat())
    return html.Section(
        [
            html.H2("Files", id="files"),
            html.P(
                [
                    "Built at ",
                    built,
                    " UTC, release ",
                    html.Span(manifest.release, className="mono"),
                    ". Files never change, and a download that was cut off can be resumed.",
                ]
            ),
            html.Ul([html.Li(_file(manifest, each)) for each in ranked], className="files"),
        ]
    )


def _rank(file: FileInfo) -> tuple[bool, bool, int]:
    """Tables for people first, then shapes, then what programs read."""
    return not file.name.startswith("downloads/"), file.format != "csv", -file.bytes


def _file(manifest: Manifest, file: FileInfo) -> list[Component]:
    name = Path(file.name).name
    title = _file_title(manifest, file)
    address = f"/download/{manifest.topic}/{manifest.release}/{name}"
    size = [f"{count_text(file.rows)} rows"] if file.rows is not None else []
    links = [
        html.A(
            [icon("download"), _FORMAT.get(file.format, file.format.upper()), _hidden(title)],
            href=address,
            className="get",
            download=name,
        )
    ]
    if name.endswith(".gz"):
        plain = name.removesuffix(".gz")
        links.append(
            html.A(["unpacked", _hidden(title)], href=address.removesuffix(".gz"), className="get", download=plain)
        )
    return [
        html.Div(
            [
                html.Strong(title),
                html.Span(" · ".join([name, *size, bytes_text(file.bytes)]), className="quiet block"),
                html.Span(["SHA-256 ", html.Span(file.sha256, className="hash")], className="quiet block"),
            ]
        ),
        html.Div(links, className="gets"),
    ]


def _hidden(title: str) -> Component:
    """What a button is for, to screen readers that list buttons without their row."""
    return html.Span(f" {title}", className="visually-hidden")


def _file_title(manifest: Manifest, file: FileInfo) -> str:
    """The file's title, with places called as they are on the pages."""
    if file.title == file.name:
        return _OWN_TITLES.get(file.name, file.name)
    for geography in manifest.geographies:
        file_title = file.title.removesuffix(f"by {geography.name}")
        if file_title != file.title:
            return f"{file_title}by {in_sentence(geography.title)}"
    return file.title


_FORMAT = {"geojson": "GeoJSON", "parquet": "Parquet"}
_OWN_TITLES = {
    "counts.parquet": "All rows (Parquet)",
    "zones.parquet": "The partition of the city into zones (Parquet)",
    "certificate.json": "Certificate: how the release was protected and checked",
    "certificate.sig": "Signature of the certificate",
}


def _caveats(manifest: Manifest) -> Component:
    return html.Section(
        [
            html.H2("Known problems and cautions", id="caveats"),
            html.Ul([html.Li(text) for text in (*manifest.caveats, *manifest.notes)]),
            _quality(manifest),
        ]
    )


def _quality(manifest: Manifest) -> Component | None:
    if not manifest.quality:
        return None
    rows: list[list[object]] = [
        [
            figure.title,
            figure.period or "whole period",
            f"{figure.value:,.0f} {figure.unit}" if figure.value is not None else status_word(Status.HIDDEN),
        ]
        for figure in manifest.quality
    ]
    return table(["Figure", "Period", "Value"], rows, caption="Quality of the records", numbers=frozenset({2}))


def _preview(release: Release) -> Component:
    first = _first_rows(release)
    heads: list[object] = [name for name in first.columns if name != "topic"]
    rows = [["" if value is None else str(value) for value in row] for row in first.drop("topic").iter_rows()]
    return html.Section(
        [
            html.H2("Some rows", id="preview"),
            table(heads, [list(row) for row in rows], caption=f"{len(rows)} rows of the city as a whole, newest first"),
        ]
    )


def _first_rows(release: Release) -> pl.DataFrame:
    """The newest rows of the city as a whole, of the first measure."""
    measure = release.manifest.measures[0].name
    rows = release.counts(measure=measure, geography="city", category="all")
    return rows.sort("period", "grain", descending=[True, False]).head(PREVIEW_ROWS)


def _reuse(visit: Visit, manifest: Manifest) -> Component:
    publishers = list_text(sorted({source.publisher for source in manifest.sources}) or [manifest.city.name])
    citation = (
        f"{publishers}: {manifest.title}, {manifest.city.name}. Release {manifest.release}, as of "
        f"{day_text(manifest.as_of)}. {visit.base}/data/{manifest.topic}?as_of={manifest.release}"
    )
    return html.Section(
        [
            html.H2("License and citation", id="citation"),
            html.P(
                ["License: ", manifest.license, ". Not for tenant screening, enforcement, lending or solicitation."]
            ),
            html.P("Please cite as:"),
            html.Blockquote(citation, className="citation"),
            html.P(["Releases of this topic are listed under ", html.A("changes", href="/changes"), "."]),
        ]
    )


def _title(visit: Visit) -> str:
    manifest = visit.releases.manifest(visit.names["topic"])
    return f"{manifest.title}: data" if manifest else "Data"


def _description(visit: Visit) -> str:
    manifest = visit.releases.manifest(visit.names["topic"])
    return f"{manifest.summary} {manifest.is_not}" if manifest else ""


def _head(visit: Visit) -> str:
    manifest = visit.releases.manifest(visit.names["topic"])
    return f'<script type="application/ld+json">{json_ld(manifest, visit.base)}</script>' if manifest else ""


def _exists(visit: Visit) -> bool:
    return visit.releases.release(visit.names["topic"], visit.view.as_of) is not None


PAGE = Page(path="/data/{topic}", title=_title, layout=layout, description=_description, head=_head, exists=_exists)
