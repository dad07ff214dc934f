"""`/data/<topic>`: what the data is and is not, its files, its first rows, its license."""

from pathlib import Path

import polars as pl
from dash.development.base_component import Component

from layers.measures import Status
from layers.policy import best_guess
from layers.release import FileInfo, Manifest
from layers.store.reader import Release
from layers.wording import in_sentence
from portal.certificate.tables import percent
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import closing_sentence, day, freshness, icon, status_word, table
from portal.language import N_, _, _n, link, number, woven
from portal.pages.dataset_words import counted_elsewhere, dictionary, geographies, measures, privacy, why_exact
from portal.serving.catalog import json_ld, license_url
from portal.serving.files import listed_files
from portal.words.released import told
from portal.words.wording import bytes_text, cadence_text, count_text, day_text, list_text, moment_text

PREVIEW_ROWS = 20


def layout(visit: Visit) -> Body:
    """From what it is to how to cite it."""
    release = visit.releases.release(visit.names["topic"], visit.view.as_of)
    assert release is not None, "the page exists only where the release does"
    manifest = release.manifest
    return [
        html.P(html.A(_("Data to download"), href=link("/data")), className="eyebrow"),
        html.H1(told(manifest.title)),
        html.P(told(manifest.summary), className="lead"),
        html.P([html.Strong(_("What it is not.")), " ", told(manifest.is_not)], className="lead"),
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
        ("files", _("Files")),
        ("caveats", _("Known problems")),
        ("privacy", _("Privacy rule")),
        ("boundaries", _("Places and boundaries")),
        ("measures", _("Measures")),
        ("dictionary", _("Dictionary")),
        ("preview", _("Some rows")),
        ("citation", _("License and citation")),
    )
    links = [html.Li(html.A(text, href=f"#{anchor}")) for anchor, text in parts]
    return html.Nav(html.Ul(links, className="jump"), **{"aria-label": _("On this page")})


def _facts(visit: Visit, manifest: Manifest) -> Component:
    status = visit.releases.status_of(manifest.topic)
    cadences = sorted({cadence_text(source.cadence) for source in manifest.sources})
    due = moment_text(visit.releases.local(status.next_due)) if status and status.next_due else _("not scheduled")
    facts: list[tuple[str, object]] = [
        (_("Covers"), woven("{first} to {last}", first=day(manifest.covers_from), last=day(manifest.covers_to))),
        (_("As of"), day(manifest.as_of)),
        (_("Updated"), f"{list_text(cadences)}" if cadences else _("not declared")),
        (_("Next update"), [due, " · ", freshness(status)]),
        (_("Published"), moment_text(manifest.built_at) + " UTC"),
        (_("Rows"), count_text(manifest.rows)),
        (_("Source"), list_text([f"{source.title} ({source.publisher})" for source in manifest.sources])),
        (
            _("License"),
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
        words = _("The source counted these figures by area and sent no record; they are shown as received.")
    elif rule is None:
        words = _("These figures are about places and public facts, not about a home’s trouble, so they are exact.")
    elif rule.rho is None:
        words = _("The owner of these records chose exact counts; those below {floor} are hidden.", floor=rule.floor)
    else:
        words = _(
            "We count homes, not people, and added a small random amount to every count, once. Someone who knows "
            "everything about every other home can be right about one at most {share} of the "
            "time from a year of these figures; a coin is right {coin} of the time.",
            share=percent(best_guess(rule.rho)),
            coin=percent(0.5),
        )
    links = [
        html.A(
            _("Certificate of this release"), href=link(f"/privacy/certificate/{manifest.topic}/{manifest.release}")
        ),
        " · ",
        html.A(_("How households are protected"), href=link("/privacy")),
    ]
    if manifest.exactness is not None:
        links += [" · ", html.A(_("Why figures are exact"), href="#exact")]
    if rule is not None:
        links += [" · ", html.A(_("Zones"), href=link("/zones"))]
    return html.Section(
        [html.H2([icon("lock"), _("How this is protected")]), html.P(words), html.P(links)], className="card protected"
    )


def _is_link(manifest: Manifest) -> bool:
    return license_url(manifest.license).startswith("https://")


def _files(manifest: Manifest) -> Component:
    ranked = sorted(listed_files(manifest), key=_rank)
    built = html.Time(moment_text(manifest.built_at), dateTime=manifest.built_at.isoformat())
    return html.Section(
        [
            html.H2(_("Files"), id="files"),
            html.P(
                woven(
                    "Built at {moment} UTC, release {release}. Files never change, and a download that was cut off can "
                    "be resumed.",
                    moment=built,
                    release=html.Span(manifest.release, className="mono"),
                )
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
    size = [_n("{n} row", "{n} rows", file.rows)] if file.rows is not None else []
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
            html.A([_("unpacked"), _hidden(title)], href=address.removesuffix(".gz"), className="get", download=plain)
        )
    return [
        html.Div(
            [
                html.Strong(title),
                html.Span([_code(name), " · ", " · ".join([*size, bytes_text(file.bytes)])], className="quiet block"),
                html.Span(["SHA-256 ", html.Span(file.sha256, className="hash")], className="quiet block"),
            ]
        ),
        html.Div(links, className="gets"),
    ]


def _code(word: str) -> Component:
    """A name that programs read: no browser may translate it."""
    return html.Span(word, className="notranslate")


def _hidden(title: str) -> Component:
    """What a button is for, to screen readers that list buttons without their row."""
    return html.Span(f" {title}", className="visually-hidden")


def _file_title(manifest: Manifest, file: FileInfo) -> str:
    """The file's title, with places called as they are on the pages."""
    if file.title == file.name:
        return _(_OWN_TITLES.get(file.name, file.name))
    for geography in manifest.geographies:
        file_title = file.title.removesuffix(f"by {geography.name}")
        if file_title != file.title:
            return told(f"{file_title}by {in_sentence(geography.title)}")
    return told(file.title)


_FORMAT = {"geojson": "GeoJSON", "parquet": N_("Parquet")}
_OWN_TITLES = {
    "counts.parquet": N_("All rows (Parquet)"),
    "zones.parquet": N_("The partition of the city into zones (Parquet)"),
    "certificate.json": N_("Certificate: how the release was protected and checked"),
    "certificate.sig": N_("Signature of the certificate"),
}


def _caveats(manifest: Manifest) -> Component:
    return html.Section(
        [
            html.H2(_("Known problems and cautions"), id="caveats"),
            html.Ul([html.Li(told(text)) for text in (*manifest.caveats, *manifest.notes)]),
            _quality(manifest),
        ]
    )


def _quality(manifest: Manifest) -> Component | None:
    if not manifest.quality:
        return None
    rows: list[list[object]] = [
        [
            told(figure.title),
            figure.period or _("whole period"),
            f"{number(figure.value)} {told(figure.unit)}" if figure.value is not None else status_word(Status.HIDDEN),
        ]
        for figure in manifest.quality
    ]
    return table(
        [_("Figure"), _("Period"), _("Value")],
        rows,
        caption=_("Quality of the records"),
        numbers=frozenset({2}),
        stacks=True,
    )


def _preview(release: Release) -> Component:
    first = _first_rows(release)
    heads: list[object] = [_code(name) for name in first.columns if name != "topic"]
    rows = [[_code("" if value is None else str(value)) for value in row] for row in first.drop("topic").iter_rows()]
    return html.Section(
        [
            html.H2(_("Some rows"), id="preview"),
            table(
                heads,
                [list(row) for row in rows],
                caption=_("{rows} rows of the city as a whole, newest first", rows=len(rows)),
            ),
        ]
    )


def _first_rows(release: Release) -> pl.DataFrame:
    """The newest rows of the city as a whole, of the first measure."""
    measure = release.manifest.measures[0].name
    rows = release.counts(measure=measure, geography="city", category="all")
    return rows.sort("period", "grain", descending=[True, False]).head(PREVIEW_ROWS)


def _reuse(visit: Visit, manifest: Manifest) -> Component:
    publishers = list_text(sorted({source.publisher for source in manifest.sources}) or [manifest.city.name])
    citation = _(
        "{publishers}: {topic}, {city}. Release {release}, as of {day}. {address}",
        publishers=publishers,
        topic=told(manifest.title),
        city=manifest.city.name,
        release=manifest.release,
        day=day_text(manifest.as_of),
        address=f"{visit.base}/data/{manifest.topic}?as_of={manifest.release}",
    )
    return html.Section(
        [
            html.H2(_("License and citation"), id="citation"),
            html.P(
                _(
                    "License: {license}. Not for tenant screening, enforcement, lending or solicitation.",
                    license=manifest.license,
                )
            ),
            html.P(_("Please cite as:")),
            html.Blockquote(citation, className="citation"),
            html.P(
                woven(
                    "Releases of this topic are listed under {changes}.",
                    changes=html.A(_("changes"), href=link("/changes")),
                )
            ),
        ]
    )


def _title(visit: Visit) -> str:
    manifest = visit.releases.manifest(visit.names["topic"])
    return _("{topic}: data", topic=told(manifest.title)) if manifest else _("Data")


def _description(visit: Visit) -> str:
    manifest = visit.releases.manifest(visit.names["topic"])
    return f"{told(manifest.summary)} {told(manifest.is_not)}" if manifest else ""


def _head(visit: Visit) -> str:
    manifest = visit.releases.manifest(visit.names["topic"])
    return f'<script type="application/ld+json">{json_ld(manifest, visit.base)}</script>' if manifest else ""


def _exists(visit: Visit) -> bool:
    return visit.releases.release(visit.names["topic"], visit.view.as_of) is not None


PAGE = Page(path="/data/{topic}", title=_title, layout=layout, description=_description, head=_head, exists=_exists)
