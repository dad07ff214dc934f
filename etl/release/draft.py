"""From what the sources gave to the draft of a release: counts, manifest and shapes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from etl.city import Source
from etl.context import Context, Homes
from etl.exact.counting import FOLDER as COUNTS
from etl.exact.counting import Held
from etl.exact.plan import CELL_GEOGRAPHIES, Plan
from etl.exact.received import Received, with_rates
from etl.exact.topic import plan_for
from etl.feeds.feed import Feed
from etl.feeds.twoanswers import refuse_two_answers
from etl.geography.estimates import Given, crosswalk_of, estimated
from etl.geography.zoning import ReleaseZones, Zoning
from etl.protect.calendar import Coverage
from etl.release.evidence import published_seals
from etl.release.exactness import exactness_of
from etl.release.manifest import Contents, build_manifest
from etl.release.partner import in_tier
from etl.release.protection import ProtectedPart, protected_part
from etl.release.quality import left_out, newness
from etl.release.responsible import NOBODY, Responsible, responsible
from etl.release.words import Word, as_received, words_of
from etl.steps.count import count_periods, count_stock
from etl.totals.reading import TotalsFeed
from etl.totals.release import Totalled, declared, missing_notes, totalled, totals_quality
from etl.version import code_version
from layers.measures import Regime
from layers.release import GeoFile, QualityFigure, ReleaseDraft, nothing
from layers.topics import GroupKind, Topic

_HOMES = "homes"


@dataclass(frozen=True)
class Accepted:
    """Rows of a feed that its agency had already counted, and what was declared of it."""

    source: Source
    snapshot: str
    declared: Received
    rows: pl.DataFrame
    keep: Callable[[], None] = nothing
    """Keeps what is published of it for good, where it has a threshold."""


@dataclass(frozen=True)
class Material:
    """Everything one topic's release is made of."""

    topic: Topic
    feeds: tuple[Feed, ...]
    accepted: tuple[Accepted, ...]
    homes: Homes
    zoning: Zoning | None
    totals: tuple[TotalsFeed, ...] = ()

    @property
    def sources(self) -> tuple[tuple[Source, str], ...]:
        """Each source with the keyed hash of what it sent."""
        fed = tuple((feed.source, feed.run.snapshot) for feed in self.feeds)
        summed = ((each.source, each.snapshot) for each in self.totals)
        return (*fed, *((a.source, a.snapshot) for a in self.accepted), *summed)

    @property
    def coverage(self) -> Coverage:
        """The days that every feed of records speaks for: a period is measured once and for ever."""
        spans = [feed.source.covers for feed in self.feeds]
        ends = [span.to for span in spans if span.to is not None]
        return Coverage(max(span.from_ for span in spans), min(ends, default=None))

    def counted(self, *, measured: bool) -> tuple[Given, ...]:
        """What was declared of each counted feed, and its rows. Where the topic is `measured` too, the city's figure is
        the measured one, and nobody is told the received."""
        return tuple((a.source.counted, a.declared, _told(a.rows, measured)) for a in self.accepted if a.source.counted)

    @property
    def fields(self) -> frozenset[str]:
        """The canonical fields that some feed of records fills."""
        return frozenset(name for feed in self.feeds for name in feed.source.fields)


def build_draft(context: Context, material: Material, *, dry: bool = False) -> ReleaseDraft:
    """The draft of a topic's release. Nothing exact about a home is in it: that part comes from `protect` alone."""
    topic = material.topic
    events = _events(material.feeds)
    known = _responsible(context, material, events)
    exact = _exact(context, material, events, known)
    protected = _protected(context, material, events, dry=dry)
    counted = material.counted(measured=protected is not None)
    totals = totalled(context, topic, material.totals) if material.totals else None
    parts = [
        *([totals.rows] if totals is not None else []),
        *([exact] if exact is not None else []),
        *([protected.counts.drop("topic")] if protected else []),
        *(with_rates(rows, topic, material.homes.by_unit) for _, _, rows in counted),
        *estimated(counted, context.places, material.homes),
    ]
    counts = _together(parts, topic)
    if material.accepted:
        refuse_two_answers(counts, topic)
    contents = _contents(context, material, protected, known, totals, exact=exact is not None)
    manifest = in_tier(context, topic, build_manifest(context.city, context.places, contents, counts, material.homes))
    zones = protected.zones if protected else None
    return ReleaseDraft(
        topic=topic.name,
        manifest=manifest,
        counts=counts,
        zones=zones.table() if zones else None,
        zones_by_year=zones.tables() if zones else {},
        geo=_shapes(context, counts, zones),
        crosswalk=crosswalk_of(topic.name, counted, context.places, material.homes),
        keep=_all_of([part.keep for part in (protected, totals, *material.accepted) if part is not None]),
    )


def _events(feeds: Sequence[Feed]) -> pl.LazyFrame | None:
    frames = [feed.events for feed in feeds]
    return pl.concat(frames, how="diagonal_relaxed") if frames else None


def _held(feeds: Sequence[Feed]) -> dict[str, list[Held]]:
    """The files of all sources of the topic by month."""
    months = sorted({month for feed in feeds for month in feed.held})
    return {month: [feed.held[month] for feed in feeds if month in feed.held] for month in months}


def _responsible(context: Context, material: Material, events: pl.LazyFrame | None) -> Responsible:
    if context.for_partners:
        return NOBODY
    words = words_of(material.topic, [s for s, _ in material.sources])
    return responsible(context.city, material.topic, words, events)


def _exact(
    context: Context, material: Material, events: pl.LazyFrame | None, known: Responsible
) -> pl.DataFrame | None:
    """Rows that concern no home: all of an exact topic, the place types of service requests. Partners get none."""
    topic = material.topic
    if events is None or topic.protected or context.for_partners:
        return None
    words = [w for w in words_of(material.topic, [s for s, _ in material.sources]) if w.kind is GroupKind.PLACE]
    keys = [w.key for w in words]
    plan = _plan(context, material, keys, known)
    if topic.event_date is None:
        rows = count_stock(events.collect(), plan, material.homes.by_unit, topic)
        context.progress.step(topic.name, "count", rows=rows.height)
        return rows
    counted, tally = count_periods(
        _held(material.feeds),
        plan,
        material.homes.by_unit,
        topic,
        runs=context.engine,
        categories=keys or None,
        ground=_counted_on(context),
        folder=context.folders.private / COUNTS / topic.name,
    )
    context.progress.step(topic.name, "count", rows=counted.height, periods=tally.counted, as_kept=tally.kept)
    return counted


def _counted_on(context: Context) -> str:
    """What kept counts follow from beside events: the areas of these vintages, and the code."""
    areas = [f"{areas.kind} {areas.vintage}" for areas in context.places.area_sets]
    return "\n".join((code_version(), *areas))


def _plan(context: Context, material: Material, categories: Sequence[str], known: Responsible) -> Plan:
    first, last = _covered(context, material)
    return plan_for(
        material.topic,
        categories,
        context.places.units,
        covers_from=first,
        covers_to=last,
        agencies=known.categories,
        lines_of=context.city.lines_of,
        as_of=last,  # nobody knows what became of a request after the last day that its feed speaks for
    )


def _covered(context: Context, material: Material) -> tuple[date, date]:
    sources = [source for source, _ in material.sources]
    return min(s.covers.from_ for s in sources), max(context.last_day(s) for s in sources)


def _protected(context: Context, material: Material, events: pl.LazyFrame | None, *, dry: bool) -> ProtectedPart | None:
    has_homes = material.topic.protected or any(m.regime is Regime.MEASURED for m in material.topic.measures)
    if events is None or not has_homes or material.zoning is None or "home" not in events.collect_schema():
        return None
    snapshot = "-".join(snapshot for _, snapshot in material.sources)
    return protected_part(
        context,
        material.topic,
        events,
        material.zoning,
        coverage=material.coverage,
        fields=material.fields,
        snapshot=snapshot,
        dry=dry,
    )


def _told(rows: pl.DataFrame, measured: bool) -> pl.DataFrame:
    return rows.filter(pl.col("geography") != "city") if measured else rows


def _all_of(acts: Sequence[Callable[[], None]]) -> Callable[[], None]:
    def keep() -> None:
        for act in acts:
            act()

    return keep


def _together(parts: Sequence[pl.DataFrame], topic: Topic) -> pl.DataFrame:
    columns = parts[0].columns
    return pl.concat([p.select(columns) for p in parts], how="vertical_relaxed").with_columns(topic=pl.lit(topic.name))


def _shapes(context: Context, counts: pl.DataFrame, zones: ReleaseZones | None) -> tuple[GeoFile, ...]:
    used = set(counts["geography"].unique().to_list())
    cells = [context.places.cell_shapes[name] for name in CELL_GEOGRAPHIES if name in used]
    areas = [shape for kind, shape in context.places.area_shapes.items() if kind in used]
    drawn = [shape for shape in zones.shapes() if shape.geography in used] if zones else []
    return (*cells, *areas, *drawn)


def _contents(
    context: Context,
    material: Material,
    protected: ProtectedPart | None,
    known: Responsible,
    totals: Totalled | None,
    *,
    exact: bool,
) -> Contents:
    topic = material.topic
    categories = words_of(topic, [s for s, _ in material.sources], protected is not None)
    if totals is not None:
        told = declared(material.totals)
        categories = tuple(word for word in categories if word.key in told)
    first, last = _covered(context, material)
    names = {u.id: u.name for u in context.places.unit_infos("neighborhood", material.homes.by_unit, None)}
    received = {a.declared.measure: Regime.SOURCE for a in material.accepted}
    thresholds = {a.declared.measure: a.declared.threshold for a in material.accepted if a.declared.threshold}
    return Contents(
        topic=as_received(topic, [a.source for a in material.accepted], alone=protected is None and not material.feeds),
        sources=published_seals(context, topic, material.sources),
        categories=categories,
        as_of=context.as_of,
        covers_from=first,
        covers_to=last,
        regimes=received if protected is None else protected.regimes,
        floors={**thresholds, **(totals.floors if totals else {}), **(protected.floors if protected else {})},
        tables=protected.tables if protected else {},
        closings=protected.closings if protected else (),
        quality=(
            *(protected.quality if protected else ()),
            *(() if context.for_partners else _quality(context, material)),
            *totals_quality(material.totals),
        ),
        protection=protected.protection if protected else None,
        exactness=exactness_of(context.city, topic, categories) if exact else None,
        zone_units=protected.zones.units(names) if protected else {},
        zones_vintage=protected.zones.vintage if protected else "",
        homes_title=_HOMES,
        homes_source=material.homes.title,
        responsible=known,
        notes=(*_notes(material), *(protected.notes if protected else ())),
    )


def _quality(context: Context, material: Material) -> tuple[QualityFigure, ...]:
    """How records of an exact topic were located, in percent, how new they are, and what was left out. What a
    protected topic's feed did is told by nobody; of a topic with measures of homes only the place types count."""
    if material.topic.protected:
        return ()
    events = _events(material.feeds)
    if events is None or "located" not in events.collect_schema():
        return ()
    places = [w.key for w in words_of(material.topic, [s for s, _ in material.sources]) if w.kind is GroupKind.PLACE]
    if not places and any(measure.regime is Regime.MEASURED for measure in material.topic.measures):
        return ()
    of_places = events.filter(pl.col("category").is_in(places)) if places else events
    ways = of_places.group_by("located").len().sort("located").collect(engine="streaming")
    total = ways["len"].sum()
    located = (
        QualityFigure(
            name=f"located_{way}",
            title=_LOCATED.get(way, way),
            value=round(100 * number / total, 1),
            unit="%",
        )
        for way, number in ways.iter_rows()
    )
    _, last = _covered(context, material)
    return (
        *located,
        *newness(of_places, material.topic, last),
        *left_out(context, material.feeds, material.topic),
    )


_LOCATED = {
    "coordinates": "Placed by the coordinates the source gave",
    "repaired_swapped": "Placed by coordinates given the wrong way around and turned back",
    "repaired_projected": "Placed by coordinates given in another system and converted",
    "address": "Placed by matching the address",
    "address_normalized": "Placed by matching the address as the postal service would write it",
    "interpolated": "Placed along the street by its house numbers",
    "intersection": "Placed at the intersection that the source named",
    "block": "Placed in the middle of the block that the source named",
    "geocoded": "Placed by an outside address service",
    "area": "Placed by the area the source named",
    "none": "Not placed on the map; counted for the city only",
    "null_island": "Not placed: the coordinates are zero",
    "default_point": "Not placed: the coordinates are where the agency puts what it cannot place",
    "default_point_found": "Not placed: too many unlike records have the very same coordinates",
    "swapped": "Not placed: latitude and longitude are swapped",
    "projected": "Not placed: the coordinates are feet or meters, not degrees",
    "outside": "Not placed: the coordinates lie outside the city",
}


_THRESHOLD_NOTE = (
    "{title}: a count below {threshold} is hidden, and so is a further one where it would give a hidden one away. "
    "A count that was published stays as it was published."
)


def _notes(material: Material) -> tuple[str, ...]:
    notes = list(missing_notes(material.totals))
    for accepted in material.accepted:
        source, declared = accepted.source, accepted.declared
        notes.append(
            f"{source.title}: counted by {source.publisher} by {declared.geography}; shown as received. "
            "Where the source is blank, the figure is not reported; it is never taken for zero."
        )
        if declared.threshold:
            notes.append(_THRESHOLD_NOTE.format(title=source.title, threshold=declared.threshold))
    return tuple(notes)


__all__ = ["Accepted", "Material", "Word", "build_draft"]
