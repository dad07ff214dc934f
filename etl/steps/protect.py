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
from etl.protect.claims import CITY, claims_of, of_homes, place, quality_claims
from etl.protect.fit import Measured
from etl.protect.keptrows import follows_from, kept_rows
from etl.protect.ledger import Ledger
from etl.protect.measure import Bench, measure, stored, waiting
from etl.protect.measurements import Measurement, Measurements
from etl.protect.mechanism import Sampler, rho_of
from etl.protect.partitions import Partitions, Zones, partitions_of
from etl.protect.publish_rows import rows_of
from etl.protect.quality import YearQuality, year_quality
from etl.protect.refusals import ZonesMissing
from layers.ladder import Family, LadderTable
from layers.period import Grain
from layers.policy import QUALITY, DisclosurePolicy, collected
from layers.store.schema import conform

MEASUREMENTS, BOOK, ROWS = "measurements", "book", "rows"
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
    """Closed periods that a dry run found unmeasured, or that were never measured before their year was retired."""


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
    quality: tuple[YearQuality, ...]
    publishable: bool
    """False where any noise came from a seed."""
    report: StewardReport
    zones: Mapping[int, pl.DataFrame]
    """The partition of every year that the rows speak of."""


def bench_for(private: Path, ledger: Ledger, sampler: Sampler) -> Bench:
    """Where one city's measurements are kept: under its private folder."""
    return Bench(
        ledger, Measurements(private / MEASUREMENTS), ContributionBook(private / BOOK), sampler, rows=private / ROWS
    )


def protect(
    events: pl.DataFrame | pl.LazyFrame,
    zones: Zones,
    policy: DisclosurePolicy,
    *,
    coverage: Coverage,
    as_of: date,
    snapshot: str,
    bench: Bench,
    fields: Collection[str] | None = None,
    retired: Collection[int] = (),
    dry_run: bool = False,
) -> Protected:
    """Measure what has closed and was never measured, read back the rest, and add everything up.

    `events`: `home` (UInt64, keyed; `home_<day field>` for a further day of the topic), `cell` (UInt64 or null) and the
    topic's canonical fields; only those about homes in years of which something is measured now are read. `zones`: one
    partition, one for each year, or a city's `Partitions`, to which the years measured now are added; `snapshot`: keyed
    hash of the inputs; `fields`: the canonical fields that the sources fill, else all columns; `retired`: the years
    whose key is destroyed, of which nothing more is measured.
    A dry run measures and freezes nothing: what was not measured yet is `not_reported`.
    Raises a refusal of `etl.protect.refusals`.
    """
    policy = collected(policy, events.collect_schema().names() if fields is None else fields)
    states = {grain: period_states(policy, grain, coverage, as_of) for grain, _ in policy.closing_days}
    due = {table: _closed(states[table.grain]) for table in policy.ladder}
    before = stored(policy, due, bench, partitions_of(zones))
    missing = waiting(due, before, retired)
    partitions = _in_force(policy, partitions_of(zones), missing, bench, dry_run=dry_run)
    years = {start.year for periods in states.values() for start in periods}
    read = of_homes(events, policy, {start.year for periods in missing.values() for start in periods})
    placed = {family.name: place(claims_of(read, policy, family), partitions) for family in _measured(policy)}
    claims = {name: each.claims for name, each in placed.items()}
    claims |= {QUALITY.name: quality_claims(read, partitions, policy)}
    measured = before if dry_run else measure(policy, claims, partitions, missing, before, bench, snapshot)
    return Protected(
        counts=_rows(policy, partitions, measured, states, bench, keep=not dry_run),
        policy=policy,
        tables=measured_tables(policy),
        closings=tuple(closed_up_to(policy, grain, coverage, as_of) for grain, _ in policy.closing_days),
        quality=year_quality(policy, measured),
        publishable=all(m.publishable for m in _each(measured)),
        report=StewardReport(
            homes_without_zone=sum(each.homes_without_zone for each in placed.values()),
            rows_without_zone=sum(each.rows_without_zone for each in placed.values()),
            homes=sum(each.claims["home"].n_unique() for each in placed.values()),
            measured_now=len(_each(measured)) - len(_each(before)),
            read_back=len(_each(before)),
            waiting=sum(map(len, due.values())) - len(_each(measured)),
        ),
        zones={year: partitions.of(year) for year in sorted(years)},
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


def _rows(
    policy: DisclosurePolicy,
    partitions: Partitions,
    measured: Measured,
    states: Mapping[Grain, Mapping[date, PeriodState]],
    bench: Bench,
    *,
    keep: bool,
) -> pl.DataFrame:
    """The rows of a release, read back where they are those of the night before."""

    def made() -> pl.DataFrame:
        return conform(rows_of(policy, partitions, measured, states))

    if bench.rows is None:
        return made()
    path = bench.rows / f"{policy.topic}-{policy.tier}.parquet"
    return kept_rows(path, follows_from(policy, partitions, measured, states), made, keep=keep)


def _in_force(
    policy: DisclosurePolicy,
    partitions: Partitions,
    missing: Mapping[LadderTable, list[date]],
    bench: Bench,
    *,
    dry_run: bool,
) -> Partitions:
    """The partitions, with one for each year of which something is about to be measured for the first time."""
    years = {start.year for periods in missing.values() for start in periods}
    found = partitions.with_years(years, freeze=False)
    for partition, _ in found.spans(years):
        _refuse_missing_zones(policy, partition)
    if dry_run or found is partitions:
        return found
    found = partitions.with_years(years, freeze=True)
    bench.progress("frozen")
    return found


def _measured(policy: DisclosurePolicy) -> list[Family]:
    names = {table.family for table in policy.ladder}
    return [family for family in policy.families if family.measure and family.name in names]


def _closed(states: Mapping[date, PeriodState]) -> list[date]:
    return [start for start, state in states.items() if state is PeriodState.CLOSED]


def _each(measured: Mapping[LadderTable, Mapping[date, Measurement]]) -> list[Measurement]:
    return [m for periods in measured.values() for m in periods.values()]


def _refuse_missing_zones(policy: DisclosurePolicy, zones: pl.DataFrame) -> None:
    missing = sorted({table.geography for table in policy.ladder} - {CITY} - set(zones.columns))
    if missing:
        raise ZonesMissing(f"The {policy.tier} tier measures {', '.join(missing)}, which this partition does not have.")
