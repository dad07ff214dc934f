"""`/zones`: the partition of the city that figures about homes stand on, as a map, a table and files."""

from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.protection import Protection, YearZones
from layers.release import GeographyInfo
from layers.store.reader import Release
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import icon, note, table
from portal.language import N_, _, _n, link, woven
from portal.map.outline import zone_outline
from portal.pages.protection import NOT_HERE
from portal.words.wording import count_text


def layout(visit: Visit) -> Body:
    """What zones are and why, then the map and its table twin, then versions and files."""
    release = _release(visit)
    head = [html.P(html.A(_("Privacy: how households are protected"), href=link("/privacy")), className="eyebrow")]
    head += [html.H1(_("Zones")), *_what(release.manifest.protection if release else None)]
    zones = release.zones if release else None
    if release is None or zones is None or zones.is_empty():
        return html.Div([*head, note(html.P(_(NOT_HERE if release is None else _NO_FILE)))], className="certificate")
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


_NO_FILE = N_("The releases on this site hold no list of their zones.")


def _release(visit: Visit) -> Release | None:
    """The newest release that stands on zones."""
    found = (visit.releases.release(m.topic) for m in visit.releases.manifests() if m.protection is not None)
    return max((each for each in found if each is not None), key=lambda r: (r.manifest.as_of, r.topic), default=None)


def _what(rule: Protection | None) -> list[Component]:
    small, large = (rule.zone1_homes, rule.zone2_homes) if rule else (100, 500)
    return [
        html.P(
            _(
                "A zone is a piece of the city with at least {small} homes. No figure about homes is counted for "
                "anything smaller, and every neighborhood, district and city figure is a sum of whole zones.",
                small=small,
            ),
            className="lead",
        ),
        html.P(
            _(
                "We cover the city with hexagons. Where many people live, one hexagon has enough homes to be a zone of "
                "its own. Where few live, several neighboring hexagons make one. A zone never crosses the border of "
                "its neighborhood or district. Zones of at least {large} homes are unions of smaller ones.",
                large=large,
            )
        ),
        html.P(
            _(
                "Zones are drawn from public housing data alone, before any record is looked at, so their shape says "
                "nothing about anyone. They stay the same for a calendar year. Because all places are made of the same "
                "zones, nobody can subtract one from another and be left with a few homes."
            )
        ),
    ]


def _facts(zones: pl.DataFrame, rule: Protection | None) -> Component:
    sizes = zones.group_by("zone1").agg(pl.col("homes").sum())["homes"]
    facts: list[tuple[str, str]] = [
        (_("Zones"), count_text(zones["zone1"].n_unique())),
        (_("Large zones"), count_text(zones["zone2"].n_unique())),
        (_("Hexagons with homes"), count_text(zones.height)),
        (_("Homes"), count_text(int(sizes.sum()))),
        (_("Smallest zone"), _n("{n} home", "{n} homes", int(min(sizes)))),
        (_("Half of the zones have fewer than"), _n("{n} home", "{n} homes", round(float(sizes.median() or 0)))),  # type: ignore[arg-type]  # integers
    ]
    if rule is not None:
        share = f"{rule.homes_exactly_assigned * 100:.0f}\u00a0%"
        facts.append((_("Homes whose hexagon lies in their own neighborhood and district"), share))
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
            html.H2(_("The zones on a map")),
            html.Figure(
                [
                    drawn,
                    html.Figcaption(
                        _("Thin lines: zones. Thick lines: districts. Ground without homes belongs to no zone."),
                        className="quiet",
                    ),
                ],
                className="zone-map",
            ),
            html.P(
                woven(
                    "The {map} lets you look at each zone more closely.",
                    map=html.A(
                        _("map with figures"), href=link(f"/map?topic={release.topic}&geography=zone1&grain=year")
                    ),
                )
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
            names.get(row["neighborhood"], _("Outside every neighborhood")),
            districts.get(row["district"], row["district"]),
            *(count_text(row[key]) for key in ("homes", "cells", "small", "large", "smallest")),
        ]
        for row in found.iter_rows(named=True)
    ]
    rows.sort(key=lambda row: (str(row[0]), str(row[1])))
    return html.Section(
        [
            html.H2(_("The zones by neighborhood")),
            html.P(_("A neighborhood that lies in two districts has a row for each part.")),
            table(
                [
                    _("Neighborhood"),
                    _("District"),
                    _("Homes"),
                    _("Hexagons"),
                    _("Zones"),
                    _("Large zones"),
                    _("Homes of the smallest zone"),
                ],
                rows,
                caption=_("Zones of each neighborhood; the same partition as the map"),
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
        [
            str(y.year),
            html.Code(y.version),
            count_text(y.zones),
            _n("{n} home", "{n} homes", y.smallest_homes),
            _hash(y.sha256),
        ]
        for y in sorted(years, key=lambda y: (y.year, y.version))
    ]
    rule = release.manifest.protection
    if not rows and rule is not None:
        rows = [[_("now"), html.Code(rule.zones_version), "–", "–", _hash(rule.zones_sha256)]]
    return html.Section(
        [
            html.H2(_("One partition a year")),
            html.P(
                _(
                    "The number in the last column is a fingerprint: two lists of zones with the same fingerprint are "
                    "the same to the last hexagon. It also stands on every certificate."
                )
            ),
            table(
                [_("Year"), _("Version"), _("Zones"), _("Smallest"), "SHA-256"],
                rows,
                caption=_("The zones of each calendar year"),
                numbers=frozenset({2, 3}),
                stacks=True,
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
        links += [(f"{folder}/{listed}", _("Every hexagon and its zones (CSV)"))]
    if "zones.parquet" in names:
        links += [(f"{folder}/zones.parquet", _("The same for the last year (Parquet)"))]
    for kind, words in (
        ("zone1", _("Shapes of the zones (GeoJSON)")),
        ("zone2", _("Shapes of the large zones (GeoJSON)")),
    ):
        places = manifest.geography(kind)
        if places is not None and places.shapes:
            links.append((f"/geo/{kind}.{places.vintage}.geojson", words))
    return html.Section(
        [
            html.H2(_("Files"), id="files"),
            html.P(
                _(
                    "In the list, each hexagon has the number of its cell in the public H3 grid, its zones, its "
                    "neighborhood and district, its homes, and the years in which that holds."
                )
            ),
            html.P(
                [html.A([icon("download"), words], href=to, className="get", download=True) for to, words in links],
                className="gets",
            ),
            html.P(woven("As of {release}.", release=html.Span(manifest.release, className="mono")), className="quiet"),
        ]
    )


PAGE = Page(
    path="/zones",
    title=N_("Zones"),
    layout=layout,
    description=N_("The pieces of the city that figures about homes are made of: map, table and files."),
)
