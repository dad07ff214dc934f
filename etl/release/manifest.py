"""The manifest of a release: all that pages say about it apart from its numbers, put together in one place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from etl.city import City, Source
from etl.city.models import AreaDeclaration
from etl.city.targets import Target as Declared
from etl.context import Homes
from etl.exact.plan import CELL_GEOGRAPHIES, CITY
from etl.geography.places import Places
from etl.release.responsible import NOBODY, Responsible
from etl.release.words import Word
from etl.version import code_version
from layers.measures import Kind, Measure, Regime, apportioned_of, rate_of
from layers.period import Grain
from layers.protection import Exactness, Protection
from layers.release import City as CityInfo
from layers.release import (
    Closing,
    Contact,
    Event,
    FigureSource,
    GeographyInfo,
    GroupInfo,
    MeasureInfo,
    QualityFigure,
    SourceInfo,
    TableInfo,
    Target,
    UnitInfo,
)
from layers.topics import Topic
from layers.wording import in_sentence

INCOME_WITH = "households"
"""The topic whose releases tell what is published about areas beside their homes."""
_CELL_TITLES = {
    "h3_7": ("Large hexagon", "Large hexagons (about 5 km²)"),
    "h3_8": ("Hexagon", "Hexagons (about 0.7 km²)"),
    "h3_9": ("Small hexagon", "Small hexagons (about 0.1 km²)"),
}
_ZONE_TITLES = {
    "zone0": ("Small zone", "Small zones of at least {homes} homes"),
    "zone1": ("Zone", "Zones of at least {homes} homes"),
    "zone2": ("Large zone", "Large zones of at least {homes} homes"),
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a release is made of, beside its counts."""

    topic: Topic
    sources: tuple[tuple[Source, str], ...]
    """Each source with what may be shown of its input (`etl.release.evidence`)."""
    categories: tuple[Word, ...]
    as_of: date
    covers_from: date
    covers_to: date
    regimes: Mapping[str, Regime]
    """Regime of each measure in this release."""
    floors: Mapping[str, int]
    tables: Mapping[str, tuple[TableInfo, ...]]
    closings: tuple[Closing, ...]
    quality: tuple[QualityFigure, ...]
    protection: Protection | None
    exactness: Exactness | None
    zone_units: Mapping[str, tuple[UnitInfo, ...]]
    zones_vintage: str
    homes_title: str
    homes_source: str
    notes: tuple[str, ...]
    responsible: Responsible = NOBODY


def build_manifest(
    city: City, places: Places, contents: Contents, counts: pl.DataFrame, homes: Homes
) -> dict[str, Any]:
    """Every field of `layers.release.Manifest` that the publisher does not add itself."""
    topic = contents.topic
    return {
        "topic": topic.name,
        "title": topic.title,
        "summary": topic.summary,
        "is_not": topic.is_not,
        "caveats": topic.caveats,
        "protected": contents.protection is not None and topic.protected,
        "city": city_info(city, places).model_dump(mode="json"),
        "as_of": contents.as_of.isoformat(),
        "covers_from": contents.covers_from.isoformat(),
        "covers_to": contents.covers_to.isoformat(),
        "sources": [_source(city, s, snapshot, contents).model_dump(mode="json") for s, snapshot in contents.sources],
        "license": " and ".join(dict.fromkeys(s.license for s, _ in contents.sources)),
        "geographies": [g.model_dump(mode="json") for g in _geographies(city, places, contents, counts, homes)],
        "measures": [m.model_dump(mode="json") for m in _measures(contents, counts)],
        "groups": [
            GroupInfo(key=k, title=t, kind=kind, help=h, **_agency(contents.responsible, k)).model_dump(mode="json")
            for k, t, kind, h in contents.categories
        ],
        "agencies": [a.model_dump(mode="json") for a in contents.responsible.agencies],
        "closings": [c.model_dump(mode="json") for c in contents.closings],
        "quality": [q.model_dump(mode="json") for q in contents.quality],
        "protection": contents.protection.model_dump(mode="json") if contents.protection else None,
        "exactness": contents.exactness.model_dump(mode="json") if contents.exactness else None,
        "denominators": _denominators(contents),
        "notes": contents.notes,
        "code_version": code_version(),
    }


def city_info(city: City, places: Places) -> CityInfo:
    """What pages say about the city."""
    said = city.settings
    west, south, east, north = places.reference.bounds
    return CityInfo(
        id=said.id,
        name=said.name,
        time_zone=said.time_zone,
        languages=said.languages,
        lat=said.center.lat,
        lng=said.center.lng,
        zoom=said.zoom,
        bounds=(said.bounds.south, said.bounds.west, said.bounds.north, said.bounds.east)
        if said.bounds
        else (south, west, north, east),
        contacts=tuple(
            Contact(title=c.title, text=c.text, phone=c.phone, url=c.url, email=c.email) for c in city.contacts
        ),
        events=tuple(Event(title=e.title, start=e.from_, end=e.to, text=e.text, topics=e.topics) for e in city.events),
        targets=tuple(_target(each) for each in city.targets),
        translations=city.translations,
        frozen_clock=said.as_of,
    )


def _target(declared: Declared) -> Target:
    return Target(
        topic=declared.topic_name,
        measure=declared.measure_name,
        category=declared.category,
        value=declared.published_value(),
        at=declared.at,
        since=declared.from_,
        source=declared.source,
        geography=declared.geography,
        grain=Grain(declared.grain) if declared.grain else None,
    )


def covers_to(source: Source, as_of: date) -> date:
    """The last day a source speaks for."""
    return min(source.covers.to or as_of, as_of)


def _source(city: City, source: Source, snapshot: str, contents: Contents) -> SourceInfo:
    return SourceInfo(
        id=source.id,
        title=source.title,
        publisher=source.publisher,
        license=source.license,
        url=source.url,
        cadence=source.cadence,
        covers_from=source.covers.from_,
        covers_to=covers_to(source, contents.as_of),
        snapshot=snapshot,
    )


def _measures(contents: Contents, counts: pl.DataFrame) -> list[MeasureInfo]:
    estimates = [apportioned_of(m) for m in contents.topic.measures if m.kind is Kind.COUNT]
    known = {m.name: m for m in [*contents.topic.measures, *_rates(contents), *estimates]}
    used = counts.select("measure").unique()["measure"].to_list()
    return [_measure(known[name], contents, counts.filter(pl.col("measure") == name)) for name in known if name in used]


def _rates(contents: Contents) -> list[Measure]:
    return [rate_of(m, contents.homes_title) for m in contents.topic.measures if m.denominator]


def _measure(measure: Measure, contents: Contents, rows: pl.DataFrame) -> MeasureInfo:
    base = measure.name.removesuffix("_per_1000")
    present = rows.select("geography", "grain", "category").unique()
    return MeasureInfo(
        name=measure.name,
        title=measure.title,
        unit=measure.unit,
        kind=measure.kind,
        regime=contents.regimes.get(base, measure.regime),
        help=measure.help,
        decimals=measure.decimals,
        extensive=measure.extensive,
        denominator=measure.denominator,
        over=measure.over,
        floor=contents.floors.get(base),
        geographies=tuple(sorted(present["geography"].unique().to_list())),
        grains=tuple(g for g in Grain if g.value in set(present["grain"].to_list())),
        categories=_in_order(present["category"].unique().to_list(), _order(contents)),
        tables=contents.tables.get(base, ()),
    )


def _order(contents: Contents) -> list[str]:
    return [*(key for key, *_ in contents.categories), *contents.responsible.categories]


def _agency(known: Responsible, group: str) -> dict[str, Any]:
    name, share = known.of_group.get(group, (None, None))
    return {"agency": name, "agency_share": share}


def _in_order(present: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    rank = {"all": -1, **{key: n for n, key in enumerate(order)}}
    return tuple(sorted(present, key=lambda key: (rank.get(key, len(rank)), key)))


def _geographies(
    city: City, places: Places, contents: Contents, counts: pl.DataFrame, homes: Homes
) -> list[GeographyInfo]:
    grains: dict[str, set[str]] = {}
    for geography, grain in counts.select("geography", "grain").unique().iter_rows():
        grains.setdefault(geography, set()).add(grain)
    candidates = [
        *(_cells(name, places) for name in CELL_GEOGRAPHIES),
        *(_zones(name, contents) for name in _ZONE_TITLES if name in contents.zone_units),
        *(_areas(kind, places, homes, contents) for kind in city.areas),
        _city(city, homes),
    ]
    return [_offered(info, grains.get(info.name, set()), contents) for info in candidates]


def _offered(info: GeographyInfo, grains: set[str], contents: Contents) -> GeographyInfo:
    if grains:
        return info.model_copy(update={"grains": tuple(g for g in Grain if g.value in grains)})
    return info.model_copy(update={"units": (), "why_not": _why_not(info, contents)})


def _why_not(info: GeographyInfo, contents: Contents) -> str:
    if contents.topic.protected and contents.protection is None:
        return (
            f"The source counted {in_sentence(contents.topic.title)} by another geography. "
            "Its counts are shown as received and never spread over other places."
        )
    if contents.protection is not None:
        return (
            f"{info.plural} are not offered: every figure about homes is a sum of zones that were fixed beforehand, "
            f"and the borders of {in_sentence(info.plural)} cut through zones. Figures for both could be subtracted "
            "from each other until a single home stands out."
        )
    if contents.topic.totals:
        return "Its figures are totals of the whole city: the systems that count them do not know where a caller lives."
    return f"This release has no figures by {in_sentence(info.title)}."


def _cells(name: str, places: Places) -> GeographyInfo:
    title, plural = _CELL_TITLES[name]
    return GeographyInfo(name=name, title=title, plural=plural, vintage=places.cell_shapes[name].vintage, source="H3")


def _zones(name: str, contents: Contents) -> GeographyInfo:
    title, plural = _ZONE_TITLES[name]
    protection = contents.protection
    least = 0 if protection is None else getattr(protection, f"{name}_homes")
    return GeographyInfo(
        name=name,
        title=title,
        plural=plural.format(homes=least),
        vintage=contents.zones_vintage,
        source="Made from public homes",
        units=contents.zone_units[name],
    )


def _areas(declared: AreaDeclaration, places: Places, homes: Homes, contents: Contents) -> GeographyInfo:
    areas = places.area_set(declared.kind)
    assert areas is not None
    units = places.unit_infos(declared.kind, homes.by_unit, homes.addresses, lines_of=declared.lines_of)
    told = declared.income if contents.topic.name == INCOME_WITH else None
    if told is not None:
        known = places.incomes.get(declared.kind, {})
        units = tuple(each.model_copy(update={"income": known.get(each.id)}) for each in units)
    return GeographyInfo(
        name=declared.kind,
        title=areas.title,
        plural=areas.plural,
        vintage=areas.vintage,
        valid_from=areas.valid_from,
        valid_to=areas.valid_to,
        source=areas.source,
        units=units,
        lines_of=declared.lines_of,
        income=FigureSource(year=told.year, source=told.source) if told else None,
    )


def _city(city: City, homes: Homes) -> GeographyInfo:
    total = homes.by_unit.filter(pl.col("geography") == CITY)["homes"].to_list()
    return GeographyInfo(
        name=CITY,
        title="City",
        plural="Whole city",
        vintage="city",
        shapes=False,
        units=(
            UnitInfo(
                id=CITY,
                name=city.settings.name,
                lat=city.settings.center.lat,
                lng=city.settings.center.lng,
                homes=total[0] if total else None,
            ),
        ),
    )


def _denominators(contents: Contents) -> tuple[str, ...]:
    if not _rates(contents):
        return ()
    return (f"Rates are per 1,000 {contents.homes_title}: {contents.homes_source}.",)
