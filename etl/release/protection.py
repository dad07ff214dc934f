"""The protected part of a release: measured once, and told to the manifest in the words of a release."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import polars as pl

from etl.city.models import PolicyOverride
from etl.city.policies import declared_policy, deviations_of, exact_threshold
from etl.context import Context
from etl.exactmode.publish import exact_counts
from etl.geography.zoning import ReleaseZones, Zoning
from etl.homes.keys import HomeKeys
from etl.protect.calendar import ClosedUpTo, Coverage
from etl.protect.ledger import Ledger
from etl.protect.mechanism import DiscreteGaussian, epsilon
from etl.protect.quality import YearQuality
from etl.release.editions import measured_editions
from etl.release.remembered import refuse_older_ledger
from etl.steps.protect import Protected, bench_for, protect
from layers.measures import Regime
from layers.policy import DELTA, DisclosurePolicy, Tier
from layers.protection import Deviation, Edition, Protection
from layers.release import Closing, QualityFigure, TableInfo, nothing
from layers.topics import GroupKind, Topic

_EXACT_NOTE = (
    "Counts are exact, not measured with noise. A count below {threshold} is hidden, and so is a further one where it "
    "would give a hidden one away; a hidden count is therefore not always small."
)


@dataclass(frozen=True)
class ProtectedPart:
    """Rows (contract columns) of a topic's protected measures, and what the manifest says about them."""

    counts: pl.DataFrame
    protection: Protection
    tables: dict[str, tuple[TableInfo, ...]]
    closings: tuple[Closing, ...]
    quality: tuple[QualityFigure, ...]
    floors: dict[str, int]
    zones: ReleaseZones
    regimes: dict[str, Regime] = field(default_factory=dict)
    """Where they differ from the topic's own."""
    notes: tuple[str, ...] = ()
    keep: Callable[[], None] = nothing
    """What must be on disk before this is published, done when the audit has passed."""


def policy_of(context: Context, topic: Topic) -> DisclosurePolicy:
    """The topic's policy in this city and tier."""
    home_groups = [
        g.key for s in context.city.sources_of(topic.name) for g in s.plain_groups() if g.kind is GroupKind.HOME
    ]
    return declared_policy(
        topic.name,
        context.tier,
        context.city.zones,
        context.city.override(topic.name, context.tier),
        home_groups=tuple(dict.fromkeys(home_groups)) or None,
    )


def protected_part(
    context: Context,
    topic: Topic,
    events: pl.LazyFrame,
    zoning: Zoning,
    *,
    coverage: Coverage,
    fields: Collection[str],
    snapshot: str,
    dry: bool = False,
) -> ProtectedPart:
    """Measure what has closed, read back the rest. A dry run measures nothing. Raises WouldDisclose.

    `fields` are the canonical fields that the sources fill.
    """
    policy = policy_of(context, topic)
    override = context.city.override(topic.name, context.tier)
    if override is not None and override.exact:
        return _exact_part(context, policy, override, events, zoning, coverage=coverage, snapshot=snapshot, dry=dry)
    ledger = Ledger(context.state.engine, context.clock)
    refuse_older_ledger(ledger, context.store, topic.name, context.tier)
    done = protect(
        events,
        zoning.partitions,
        policy,
        coverage=coverage,
        as_of=context.as_of,
        snapshot=snapshot,
        bench=bench_for(context.folders.private, ledger, DiscreteGaussian()),
        fields=fields,
        retired=HomeKeys(context.folders, topic.name, context.tier).retired(),
        dry_run=dry,
    )
    context.progress.step(
        topic.name, "protect", measured=done.report.measured_now, read_back=done.report.read_back,
        waiting=done.report.waiting,
    )  # fmt: skip
    zones = zoning.in_release(done.zones, done.counts["geography"].unique().to_list())
    return ProtectedPart(
        counts=done.counts,
        protection=_protection(
            done,
            zones,
            measured_editions(context, topic.name),
            deviations_of(policy, override),
        ),
        tables=_tables(done),
        closings=tuple(_closing(c) for c in done.closings),
        quality=tuple(figure for year in done.quality for figure in _quality(year)),
        floors={f.measure: policy.floor for f in policy.families if f.measure},
        zones=zones,
    )


def _exact_part(
    context: Context,
    policy: DisclosurePolicy,
    override: PolicyOverride,
    events: pl.LazyFrame,
    zoning: Zoning,
    *,
    coverage: Coverage,
    snapshot: str,
    dry: bool,
) -> ProtectedPart:
    """True counts above a threshold, for an owner who chose that. Nothing is drawn or booked, so no rho is named."""
    threshold = exact_threshold(override)
    done = exact_counts(
        events,
        zoning.partitions,
        policy,
        threshold=threshold,
        coverage=coverage,
        as_of=context.as_of,
        snapshot=snapshot,
        private=context.folders.private,
        retired=HomeKeys(context.folders, policy.topic, context.tier).retired(),
        dry_run=dry,
    )
    context.progress.step(policy.topic, "protect", counted=done.new, read_back=done.read_back, waiting=done.waiting)
    zones = zoning.in_release(done.zones, done.counts["geography"].unique().to_list())
    measures = [family.measure for family in policy.families if family.measure]
    return ProtectedPart(
        counts=done.counts,
        protection=Protection(
            tier=str(policy.tier),
            rho=None,
            epsilon=None,
            delta=DELTA,
            floor=threshold,
            month_cap=12,
            zone1_homes=policy.zone1_homes,
            zone2_homes=policy.zone2_homes,
            zones_version=zones.version,
            zones_sha256=zones.sha256,
            homes_exactly_assigned=round(zones.assigned.both, 4),
            mode="exact",
            zones_by_year=zones.years(),
            deviations=deviations_of(policy, override),
        ),
        tables={},
        closings=tuple(_closing(c) for c in done.closings),
        quality=(),
        floors=dict.fromkeys(measures, threshold),
        zones=zones,
        regimes=dict.fromkeys(measures, Regime.EXACT),
        notes=(_EXACT_NOTE.format(threshold=threshold),),
        keep=done.freeze,
    )


def _protection(
    done: Protected, zones: ReleaseZones, editions: tuple[Edition, ...], deviations: tuple[Deviation, ...]
) -> Protection:
    policy = done.policy
    return Protection(
        tier=str(policy.tier),
        rho=policy.rho,
        epsilon=round(epsilon(policy.rho), 2),
        delta=DELTA,
        floor=policy.floor,
        month_cap=policy.month_cap,
        zone0_homes=policy.zone0_homes if policy.tier is Tier.PARTNER else None,
        zone1_homes=policy.zone1_homes,
        zone2_homes=policy.zone2_homes,
        zones_version=zones.version,
        zones_sha256=zones.sha256,
        homes_exactly_assigned=round(zones.assigned.both, 4),
        publishable=done.publishable,
        zones_by_year=zones.years(),
        editions=editions,
        deviations=deviations,
    )


def _tables(done: Protected) -> dict[str, tuple[TableInfo, ...]]:
    told: dict[str, tuple[TableInfo, ...]] = {}
    for measured in done.tables:
        table = measured.table
        info = TableInfo(
            family=table.family,
            grain=table.grain,
            geography=table.geography,
            share=table.share,
            sigma=round(measured.sigma, 4),
            rho=round(measured.rho, 4),
            by=table.by,
        )
        told[measured.measure] = (*told.get(measured.measure, ()), info)
    return told


def _closing(closed: ClosedUpTo) -> Closing:
    return Closing(
        grain=closed.grain, last_closed=closed.last_closed, next_period=closed.next_period, next_on=closed.next_on
    )


def _quality(year: YearQuality) -> tuple[QualityFigure, ...]:
    return (
        _percent("placed", "Homes that could be placed in a zone", year.placed, year.year),
        _percent("over_cap", "Homes active in more months of the year than are counted", year.over_cap, year.year),
    )


def _percent(name: str, title: str, percent: int | None, year: int) -> QualityFigure:
    value = None if percent is None else float(percent)
    return QualityFigure(name=name, title=title, value=value, unit="%", period=str(year))
