"""Protect: pseudonymous events of a protected topic in, publishable rows out. Nothing exact leaves this step.

The rows are sums of what was measured once; which rows there are follows from zones, calendar and policy alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from etl.protect.bounding import ContributionBook
from etl.protect.calendar import ClosedUpTo, Coverage, PeriodState, closed_up_to, period_states
from etl.protect.claims import CITY, claims_of, place, quality_claims
from etl.protect.ledger import Ledger
from etl.protect.measure import Bench, Evidence, measure, stored
from etl.protect.measurements import Measurement, Measurements
from etl.protect.mechanism import Sampler, rho_of
from etl.protect.publish_rows import rows_of
from etl.protect.quality import PlacedShare, placed_shares
from etl.protect.refusals import ZonesMissing
from layers.ladder import LadderTable
from layers.policy import QUALITY, DisclosurePolicy, collected
from layers.store.schema import conform
from layers.zones import zones_version

MEASUREMENTS, BOOK, ZONES = "measurements", "book", "zones"
"""Folders under the private folder."""


@dataclass(frozen=True, slots=True)
class StewardReport:
    """What the step saw of records. Private: for the steward's console, never for a release or a page."""

    homes_without_zone: int
    rows_without_zone: int
    homes: int
    measured_now: int
    read_back: int
    waiting: int
    """Closed periods that a dry run found unmeasured."""


@dataclass(frozen=True, slots=True)
class MeasuredTable:
    """A table of the ladder as the manifest states it."""

    table: LadderTable
    measure: str
    sigma: float
    rho: float
    """What a calendar year of it costs one home."""


@dataclass(frozen=True, slots=True)
class Protected:
    """The protected copy of a topic, and what a release says about how it was made."""

    counts: pl.DataFrame
    policy: DisclosurePolicy
    tables: tuple[MeasuredTable, ...]
    closings: tuple[ClosedUpTo, ...]
    quality: tuple[PlacedShare, ...]
    publishable: bool
    """False where any noise came from a seed."""
    report: StewardReport


def bench_for(private: Path, ledger: Ledger, sampler: Sampler) -> Bench:
    """Where one city's measurements are kept: under its private folder."""
    return Bench(ledger, Measurements(private / MEASUREMENTS), ContributionBook(private / BOOK), sampler)


def protect(
    events: pl.DataFrame,
    zones: pl.DataFrame,
    policy: DisclosurePolicy,
    *,
    coverage: Coverage,
    as_of: date,
    snapshot: str,
    bench: Bench,
    fields: Collection[str] | None = None,
    dry_run: bool = False,
) -> Protected:
    """Measure what has closed and was never measured, read back the rest, and add everything up.

    `events`: `home` (UInt64, keyed), `cell` (UInt64 or null) and the topic's canonical fields; `zones` as frozen;
    `snapshot`: keyed hash of the inputs; `fields`: the canonical fields that the sources fill, else all columns.
    A dry run measures nothing: what was not measured yet is `not_reported`.
    Raises a refusal of `etl.protect.refusals`.
    """
    policy = collected(policy, events.columns if fields is None else fields)
    _refuse_missing_zones(policy, zones)
    events = _of_homes(events, policy)
    placed = place(events, zones)
    states = {grain: period_states(policy, grain, coverage, as_of) for grain, _ in policy.closing_days}
    due = {table: _closed(states[table.grain]) for table in policy.ladder}
    evidence = Evidence(snapshot, zones_version(zones))
    before = stored(policy, due, bench, evidence)
    claims = _claims(placed.events, events, zones, policy)
    measured = before if dry_run else measure(policy, claims, zones, due, before, bench, evidence)
    return Protected(
        counts=conform(rows_of(policy, zones, measured, states)),
        policy=policy,
        tables=measured_tables(policy),
        closings=tuple(closed_up_to(policy, grain, coverage, as_of) for grain, _ in policy.closing_days),
        quality=placed_shares(policy, measured),
        publishable=all(m.publishable for m in _each(measured)),
        report=StewardReport(
            homes_without_zone=placed.homes_without_zone,
            rows_without_zone=placed.rows_without_zone,
            homes=placed.events["home"].n_unique(),
            measured_now=len(_each(measured)) - len(_each(before)),
            read_back=len(_each(before)),
            waiting=sum(map(len, due.values())) - len(_each(measured)),
        ),
    )


def measured_tables(policy: DisclosurePolicy) -> tuple[MeasuredTable, ...]:
    """Every table that stands behind a published measure, with its noise and what it costs."""
    return tuple(
        MeasuredTable(
            table,
            policy.family(table.family).measure,
            sigma := table.sigma(policy.rho),
            rho_of(sigma, table.squared_sensitivity),
        )
        for table in policy.ladder
        if table.family != QUALITY.name
    )


def _of_homes(events: pl.DataFrame, policy: DisclosurePolicy) -> pl.DataFrame:
    """The events that concern a home: all of a protected topic, the home types of service requests."""
    events = events.filter(pl.col("home").is_not_null()).with_columns(pl.col("cell").cast(pl.UInt64))
    groups = [d.values for family in policy.families for d in family.dimensions if d.name == "group"]
    return events.filter(pl.col("category").is_in([v for values in groups for v in values])) if groups else events


def _claims(
    placed: pl.DataFrame, events: pl.DataFrame, zones: pl.DataFrame, policy: DisclosurePolicy
) -> Mapping[str, pl.DataFrame]:
    measured = {table.family for table in policy.ladder}
    families = [f for f in policy.families if f.measure and f.name in measured]
    claims = {family.name: claims_of(placed, policy, family) for family in families}
    return claims | {QUALITY.name: quality_claims(events, zones, policy)}


def _closed(states: Mapping[date, PeriodState]) -> list[date]:
    return [start for start, state in states.items() if state is PeriodState.CLOSED]


def _each(measured: Mapping[LadderTable, Mapping[date, Measurement]]) -> list[Measurement]:
    return [m for periods in measured.values() for m in periods.values()]


def _refuse_missing_zones(policy: DisclosurePolicy, zones: pl.DataFrame) -> None:
    missing = sorted({table.geography for table in policy.ladder} - {CITY} - set(zones.columns))
    if missing:
        raise ZonesMissing(f"The {policy.tier} tier measures {', '.join(missing)}, which this partition does not have.")
