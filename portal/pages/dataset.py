"""`/data/<topic>`: what the data is and is not, its files, its dictionary, its first rows."""

from pathlib import Path

from dash import html
from dash.development.base_component import Component

from layers.measures import STATUS_MEANING, Kind, Regime, Status
from layers.period import Grain
from layers.release import FileInfo, GeographyInfo, Manifest, MeasureInfo
from layers.store.reader import Release
from portal.catalog import json_ld, license_url
from portal.dictionary import COLUMN_ROWS
from portal.files import listed_files
from portal.markup import Html
from portal.page import Body, Page, Visit
from portal.parts import closing_sentence, day, freshness, icon, note, status_word, table
from portal.wording import CADENCE_WORD, bytes_text, count_text, day_text, list_text, moment_text

PREVIEW_ROWS = 20
_REGIME = {
    Regime.EXACT: "exact: it concerns no home",
    Regime.MEASURED: "measured: protected with a small random amount, added once",
    Regime.SOURCE: "as counted by the source",
}


def layout(visit: Visit) -> Body:
    release = visit.releases.release(visit.names["topic"], visit.view.as_of)
    assert release is not None, "the page exists only where the release does"
    manifest = release.manifest
    return [
        html.P(html.A("Data to download", href="/data"), className="eyebrow"),
        html.H1(manifest.title),
        html.P(manifest.summary, className="lead"),
        html.P([html.Strong("What it is not. "), manifest.is_not], className="lead"),
        _older(visit, manifest),
        _jumps(),
        _facts(visit, manifest),
        _files(manifest),
        _caveats(manifest),
        _privacy(manifest),
        _geographies(manifest),
        _measures(manifest),
        _dictionary(),
        _preview(release),
        _reuse(visit, manifest),
    ]


def _older(visit: Visit, manifest: Manifest) -> Component | None:
    current = visit.releases.current.get(manifest.topic)
    if current == manifest.release:
        return None
    return note(
        html.P(
            [
                "This is an earlier release, as of ",
                day(manifest.as_of),
                ". ",
                html.A("See the newest one", href=f"/data/{manifest.topic}"),
                ".",
            ]
        ),
        "caution",
    )


def _jumps() -> Component:
    parts = (
        ("files", "Files"),
        ("caveats", "Known problems"),
        ("privacy", "Privacy rule"),
        ("boundaries", "Places and boundaries"),
        ("measures", "Measures"),
        ("dictionary", "Dictionary"),
        ("preview", "First rows"),
        ("citation", "License and citation"),
    )
    links = [html.Li(html.A(text, href=f"#{anchor}")) for anchor, text in parts]
    return html.Nav(html.Ul(links, className="jump"), **{"aria-label": "On this page"})


def _facts(visit: Visit, manifest: Manifest) -> Component:
    status = visit.releases.status_of(manifest.topic)
    cadences = sorted({CADENCE_WORD.get(source.cadence, source.cadence) for source in manifest.sources})
    due = moment_text(status.next_due) if status and status.next_due else "not scheduled"
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


def _is_link(manifest: Manifest) -> bool:
    return license_url(manifest.license).startswith("https://")


def _files(manifest: Manifest) -> Component:
    ranked = sorted(listed_files(manifest), key=lambda file: not file.name.startswith("downloads/"))
    rows = [
        [_get(manifest, file), _rows(file), bytes_text(file.bytes), html.Span(file.sha256, className="hash")]
        for file in ranked
    ]
    return html.Section(
        [
            html.H2("Files", id="files"),
            html.P(
                [
                    "Built at ",
                    html.Time(moment_text(manifest.built_at), dateTime=manifest.built_at.isoformat()),
                    " UTC. Files never change; downloads can be resumed. Leave out ",
                    html.Code(".gz"),
                    " in an address to get a file unpacked.",
                ]
            ),
            table(["File", "Rows", "Size", "SHA-256"], rows, caption=f"Files of release {manifest.release}", numbers=frozenset({1, 2})),
        ]
    )  # fmt: skip


def _get(manifest: Manifest, file: FileInfo) -> list[Component]:
    name = Path(file.name).name
    title = file.title if file.title != file.name else _OWN_TITLES.get(name, name)
    address = f"/download/{manifest.topic}/{manifest.release}/{name}"
    plain = name.removesuffix(".gz")
    links: list[Component] = [html.A([icon("download"), title], href=address), html.Span(name, className="quiet block")]
    if plain != name:
        links.append(html.A(f"unpacked ({file.format.upper()})", href=address.removesuffix(".gz"), className="quiet"))
    return links


_OWN_TITLES = {
    "counts.parquet": "All rows (Parquet)",
    "zones.parquet": "The partition of the city into zones (Parquet)",
    "certificate.json": "Certificate: the attacks tried before publishing",
}


def _rows(file: FileInfo) -> str:
    return count_text(file.rows) if file.rows is not None else "–"


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
        [figure.title, figure.period or "whole period", f"{figure.value:,.0f} {figure.unit}" if figure.value is not None else status_word(Status.HIDDEN)]
        for figure in manifest.quality
    ]  # fmt: skip
    return table(["Figure", "Period", "Value"], rows, caption="Quality of the records", numbers=frozenset({2}))


def _privacy(manifest: Manifest) -> Component:
    head = html.H2("Privacy rule", id="privacy")
    if manifest.protection is None:
        return html.Section(
            [
                head,
                html.P(
                    "These figures are exact: they are about places, developments or public addresses, never about a "
                    "home’s trouble. No name, no address of a record and no single record is in any file."
                ),
            ]
        )
    rule = manifest.protection
    return html.Section(
        [
            head,
            html.P(
                f"We count homes, not people. Before anything leaves our system a small random amount is added, once. "
                f"Figures below {rule.floor} are not shown. Zones hold at least {rule.zone1_homes} homes by year and "
                f"{rule.zone2_homes} by quarter; months are published for neighborhoods, districts and the city. "
                "Low and high give the range in which the true figure lies with 90 % confidence."
            ),
            html.P(
                [
                    f"For each home and calendar year: ρ = {rule.rho:g}, which is ε = {rule.epsilon:.1f} at δ = {rule.delta:g}. ",
                    html.A("What that means in plain terms", href="/privacy"),
                    ".",
                ]
            ),
        ]
    )


def _geographies(manifest: Manifest) -> Component:
    rows: list[list[object]] = [
        [each.plural, _offered(each), each.source or "–", _validity(each), _shapes(each)]
        for each in manifest.geographies
    ]
    return html.Section(
        [
            html.H2("Places and boundaries", id="boundaries"),
            table(
                ["Places", "Offered by", "Boundaries from", "Valid", "Shapes"],
                rows,
                caption="Geographies of this topic, and why some are not offered",
            ),
        ]
    )


def _offered(geography: GeographyInfo) -> str:
    if geography.why_not:
        return f"Not offered. {geography.why_not}"
    return list_text([_GRAIN_WORD[grain] for grain in Grain if grain in geography.grains]) or "–"


_GRAIN_WORD = {
    Grain.DAY: "day",
    Grain.WEEK: "week",
    Grain.MONTH: "month",
    Grain.QUARTER: "quarter",
    Grain.YEAR: "year",
    Grain.ROLLING_12M: "rolling 12 months",
}


def _validity(geography: GeographyInfo) -> str:
    if geography.valid_from is None:
        return "–"
    until = f"to {day_text(geography.valid_to)}" if geography.valid_to else "on"
    return f"from {day_text(geography.valid_from)} {until}"


def _shapes(geography: GeographyInfo) -> Component | str:
    if not geography.shapes or geography.why_not:
        return "–"
    return html.A("GeoJSON", href=f"/geo/{geography.name}.{geography.vintage}.geojson")


def _measures(manifest: Manifest) -> Component:
    rows: list[list[object]] = [
        [
            [each.title, html.Span(each.name, className="quiet mono block")],
            each.unit,
            _REGIME[each.regime],
            [each.help, _denominator(each)],
        ]
        for each in manifest.measures
    ]
    return html.Section(
        [
            html.H2("Measures and categories", id="measures"),
            table(["Measure", "Unit", "How it is made", "Meaning"], rows, caption="What is counted or computed"),
            *[html.P(sentence) for sentence in manifest.denominators],
            _categories(manifest),
        ]
    )


def _denominator(measure: MeasureInfo) -> str:
    return (
        " Rates are rows of their own, per 1,000 homes." if measure.denominator and measure.kind is Kind.COUNT else ""
    )


def _categories(manifest: Manifest) -> Component | None:
    if not manifest.groups:
        return None
    rows: list[list[object]] = [[group.title, html.Code(group.key), group.help or "–"] for group in manifest.groups]
    return table(["Category", "In the files", "Meaning"], rows, caption="Categories in plain language")


def _dictionary() -> Component:
    rows: list[list[object]] = [[html.Code(name), kind, meaning] for name, kind, meaning in COLUMN_ROWS]
    statuses: list[list[object]] = [[status_word(each), html.Code(each.value), STATUS_MEANING[each]] for each in Status]
    return html.Section(
        [
            html.H2("Dictionary", id="dictionary"),
            html.P(
                "Every place, period and category has a row, whether or not anything happened there. An empty value is "
                "never a zero: the column status says why it is empty."
            ),
            table(["Column", "Type", "Meaning"], rows, caption="Columns of every table"),
            table(["On screen", "In the files", "Meaning"], statuses, caption="The five statuses"),
            html.P(html.A([icon("download"), "This dictionary as CSV"], href="/download/dictionary.csv", className="get"), className="gets"),
        ]
    )  # fmt: skip


def _preview(release: Release) -> Component:
    first = release.counts(geography="city").head(PREVIEW_ROWS)
    heads: list[object] = [name for name in first.columns if name != "topic"]
    rows = [["" if value is None else str(value) for value in row] for row in first.drop("topic").iter_rows()]
    return html.Section(
        [
            html.H2("First rows", id="preview"),
            table(heads, [list(row) for row in rows], caption=f"The first {len(rows)} rows of the city as a whole"),
        ]
    )


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
            html.Blockquote(citation, className="note"),
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
    return (
        Html(f'<script type="application/ld+json">{json_ld(manifest, visit.base)}</script>').markup if manifest else ""
    )


def _exists(visit: Visit) -> bool:
    return visit.releases.release(visit.names["topic"], visit.view.as_of) is not None


PAGE = Page(path="/data/{topic}", title=_title, layout=layout, description=_description, head=_head, exists=_exists)
