"""`/zones`: the partition of the city that figures about homes stand on, as a map, a table and files."""

from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from layers.protection import Protection, YearZones
from layers.release import GeographyInfo
from layers.store.reader import Release
from portal.outline import zone_outline
from portal.page import Body, Page, Visit
from portal.pages.protection import NOT_HERE
from portal.parts import icon, note, table
from portal.wording import count_text


def layout(visit: Visit) -> Body:
    """What zones are and why, then the map and its table twin, then versions and files."""
    release = _release(visit)
    head = [html.P(html.A("Privacy: how households are protected", href="/privacy"), className="eyebrow")]
    head += [html.H1("Zones"), *_what(release.manifest.protection if release else None)]
    zones = release.zones if release else None
    if release is None or zones is None or zones.is_empty():
        return html.Div([*head, note(html.P(NOT_HERE if release is None else _NO_FILE))], className="certificate")
    return html.Div(
        [
            *head,
            _facts(zones, release.manifest.protection),
            _map(visit, release, zones),
            _files(release),
            _versions(visit, release),
            _by_neighborhood(release, zones),
        ],
        className="certificate",
    )


_NO_FILE = "The releases on this site hold no list of their zones."


def _release(visit: Visit) -> Release | None:
    """The newest release that stands on zones."""
    found = (visit.releases.release(m.topic) for m in visit.releases.manifests() if m.protection is not None)
    return max((each for each in found if each is not None), key=lambda r: (r.manifest.as_of, r.topic), default=None)


def _what(rule: Protection | None) -> list[Component]:
    small, large = (rule.zone1_homes, rule.zone2_homes) if rule else (100, 500)
    return [
        html.P(
            f"A zone is a piece of the city with at least {small} homes. No figure about homes is counted for anything "
            "smaller, and every neighborhood, district and city figure is a sum of whole zones.",
            className="lead",
        ),
        html.P(
            "We cover the city with hexagons. Where many people live, one hexagon has enough homes to be a zone of its "
            "own. Where few live, several neighboring hexagons make one. A zone never crosses the border of its "
            f"neighborhood or district. Zones of at least {large} homes are unions of smaller ones."
        ),
        html.P(
            "Zones are drawn from public housing data alone, before any record is looked at, so their shape says "
            "nothing about anyone. They stay the same for a calendar year. Because all places are made of the same "
            "zones, nobody can subtract one from another and be left with a few homes."
        ),
    ]


def _facts(zones: pl.DataFrame, rule: Protection | None) -> Component:
    sizes = zones.group_by("zone1").agg(pl.col("homes").sum())["homes"]
    facts: list[tuple[str, str]] = [
        ("Zones", count_text(zones["zone1"].n_unique())),
        ("Large zones", count_text(zones["zone2"].n_unique())),
        ("Hexagons with homes", count_text(zones.height)),
        ("Homes", count_text(int(sizes.sum()))),
        ("Smallest zone", f"{int(min(sizes))} homes"),
        ("Half of the zones have fewer than", f"{float(sizes.median() or 0):.0f} homes"),  # type: ignore[arg-type]  # integers
    ]
    if rule is not None:
        share = f"{rule.homes_exactly_assigned * 100:.0f}\u00a0%"
        facts.append(("Homes whose hexagon lies in their own neighborhood and district", share))
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts")


def _map(visit: Visit, release: Release, zones: pl.DataFrame) -> Component | None:
    manifest = release.manifest
    fine, districts = manifest.geography("zone1"), manifest.geography("district")
    if fine is None:
        return None
    drawn = zone_outline(visit.releases.folder, fine, districts, frozenset(zones["zone1"].unique().to_list()))
    if drawn is None:
        return None
    return html.Section(
        [
            html.H2("The zones on a map"),
            html.Figure(
                [
                    drawn,
                    html.Figcaption(
                        "Thin lines: zones. Thick lines: districts. Ground without homes belongs to no zone.",
                        className="quiet",
                    ),
                ],
                className="zone-map",
            ),
            html.P(
                [
                    "The ",
                    html.A("map with figures", href=f"/map?topic={release.topic}&geography=zone1&grain=year"),
                    " lets you look at each zone more closely.",
                ]
            ),
        ]
    )


def _by_neighborhood(release: Release, zones: pl.DataFrame) -> Component:
    names, districts = (_names(release, kind) for kind in ("neighborhood", "district"))
    sizes = zones.group_by("neighborhood", "district", "zone1", "zone2").agg(pl.col("homes").sum(), cells=pl.len())
    found = (
        sizes.group_by("neighborhood", "district")
        .agg(
            pl.col("homes").sum(),
            pl.col("cells").sum(),
            small=pl.col("zone1").n_unique(),
            large=pl.col("zone2").n_unique(),
            smallest=pl.col("homes").min(),
        )
        .sort("neighborhood", "district")
    )
    rows: list[list[Any]] = [
        [
            names.get(row["neighborhood"], "Outside every neighborhood"),
            districts.get(row["district"], row["district"]),
            *(count_text(row[key]) for key in ("homes", "cells", "small", "large", "smallest")),
        ]
        for row in found.iter_rows(named=True)
    ]
    rows.sort(key=lambda row: (str(row[0]), str(row[1])))
    return html.Section(
        [
            html.H2("The zones by neighborhood"),
            html.P("A neighborhood that lies in two districts has a row for each part."),
            table(
                ["Neighborhood", "District", "Homes", "Hexagons", "Zones", "Large zones", "Homes of the smallest zone"],
                rows,
                caption="Zones of each neighborhood; the same partition as the map",
                numbers=frozenset({2, 3, 4, 5, 6}),
            ),
        ]
    )


def _names(release: Release, kind: str) -> dict[str, str]:
    found: GeographyInfo | None = release.manifest.geography(kind)
    return {unit.id: unit.name for unit in found.units} if found else {}


def _versions(visit: Visit, release: Release) -> Component:
    """Every year's partition of every protected topic; all topics share them."""
    manifests = (m for m in visit.releases.manifests() if m.protection is not None)
    years: set[YearZones] = {each for m in manifests if m.protection for each in m.protection.zones_by_year}
    rows: list[list[Any]] = [
        [str(y.year), html.Code(y.version), count_text(y.zones), f"{y.smallest_homes} homes", _hash(y.sha256)]
        for y in sorted(years, key=lambda y: (y.year, y.version))
    ]
    rule = release.manifest.protection
    if not rows and rule is not None:
        rows = [["now", html.Code(rule.zones_version), "–", "–", _hash(rule.zones_sha256)]]
    return html.Section(
        [
            html.H2("One partition a year"),
            html.P(
                "The number in the last column is a fingerprint: two lists of zones with the same fingerprint are the "
                "same to the last hexagon. It also stands on every certificate."
            ),
            table(
                ["Year", "Version", "Zones", "Smallest", "SHA-256"],
                rows,
                caption="The zones of each calendar year",
                numbers=frozenset({2, 3}),
            ),
        ]
    )


def _hash(sha256: str) -> Component:
    return html.Span(sha256, className="hash")


def _files(release: Release) -> Component:
    manifest = release.manifest
    folder, names = f"/download/{release.topic}/{release.id}", {file.name for file in manifest.files}
    listed = f"{release.topic}-zones.csv"
    links = []
    if f"downloads/{listed}.gz" in names:
        links += [(f"{folder}/{listed}", "Every hexagon and its zones (CSV)")]
    if "zones.parquet" in names:
        links += [(f"{folder}/zones.parquet", "The same for the last year (Parquet)")]
    for kind, words in (("zone1", "Shapes of the zones (GeoJSON)"), ("zone2", "Shapes of the large zones (GeoJSON)")):
        places = manifest.geography(kind)
        if places is not None and places.shapes:
            links.append((f"/geo/{kind}.{places.vintage}.geojson", words))
    return html.Section(
        [
            html.H2("Files", id="files"),
            html.P(
                "In the list, each hexagon has the number of its cell in the public H3 grid, its zones, its "
                "neighborhood and district, its homes, and the years in which that holds."
            ),
            html.P(
                [html.A([icon("download"), words], href=to, className="get", download=True) for to, words in links],
                className="gets",
            ),
            html.P(["As of ", html.Span(manifest.release, className="mono"), "."], className="quiet"),
        ]
    )


PAGE = Page(
    path="/zones",
    title="Zones",
    layout=layout,
    description="The pieces of the city that figures about homes are made of: map, table and files.",
)
