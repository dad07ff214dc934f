"""Our method in memory: the vectors that `protect` would measure, drawn again for each seed and rho.

The exact vectors are made once by the code that publishes. A draw goes through them in the order in which `protect`
does, so that the same seed gives the same rows; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from etl.protect.bounding import BOOK_SCHEMA, active_homes, within_cap
from etl.protect.claims import claims_of, place, quality_claims
from etl.protect.key import MeasurementKey
from etl.protect.measure import key_cells, tabulate
from etl.protect.measurements import Measurement
from etl.protect.mechanism import SeededGaussian
from etl.protect.partitions import partitions_of
from etl.protect.publish_rows import rows_of
from layers.ladder import LadderTable
from layers.period import Grain
from layers.policy import QUALITY
from layers.store.schema import conform
from tests.benchmarks.utility.case import Case


@dataclass(frozen=True, slots=True)
class Vector:
    """The exact counts of one table and period beside the cells that they belong to."""

    cells: pl.DataFrame
    counts: list[int]


Exact = Mapping[LadderTable, Mapping[date, Vector]]


def exact_vectors(case: Case) -> Exact:
    """What is measured of the case, before any noise."""
    policy, zones = case.policy(), partitions_of(case.zones)
    events = case.events.with_columns(pl.col("cell").cast(pl.UInt64))
    measured = {table.family for table in policy.ladder} - {QUALITY.name}
    claims = {name: place(claims_of(events, policy, policy.family(name)), zones).claims for name in measured}
    claims[QUALITY.name] = quality_claims(events, zones, policy)
    return {table: _of_table(case, table, claims[table.family]) for table in policy.ladder}


def draw(case: Case, exact: Exact, *, rho: float, seed: int) -> pl.DataFrame:
    """The rows of a release of the case, its noise drawn from a seed. Never publishable."""
    policy, sampler = case.policy(rho), SeededGaussian(seed)
    measured = {
        table: {period: _measurement(case, table, period, vector, rho, sampler) for period, vector in periods.items()}
        for table, periods in exact.items()
    }
    return conform(rows_of(policy, case.zones, measured, case.states()))


def _of_table(case: Case, table: LadderTable, claims: pl.DataFrame) -> dict[date, Vector]:
    policy, periods = case.policy(), case.closed(table.grain)
    counted = active_homes(claims, policy.family(table.family), table, periods)
    if table.grain is Grain.MONTH:
        counted = _capped(counted, policy.month_cap)
    cells = key_cells(case.zones, policy, table)
    return {day: Vector(cells, tabulate(counted.filter(pl.col("period") == day), cells)) for day in periods}


def _capped(active: pl.DataFrame, cap: int) -> pl.DataFrame:
    """As the contribution book would have it when all months of a year are measured at once."""
    nobody = pl.DataFrame(schema=BOOK_SCHEMA)
    years = sorted(set(active["period"].dt.year()))
    kept = [within_cap(active.filter(pl.col("period").dt.year() == year), nobody, cap) for year in years]
    return pl.concat([active.clear(), *kept])


def _measurement(
    case: Case, table: LadderTable, period: date, vector: Vector, rho: float, sampler: SeededGaussian
) -> Measurement:
    sigma = table.sigma(rho)
    noisy = pl.Series(sampler(vector.counts, sigma), dtype=pl.Int64)
    return Measurement(
        key=MeasurementKey(case.topic, "public", table.name, period),
        cells=vector.cells.with_columns(noisy=noisy),
        sigma=sigma,
        snapshot="",
        zones_version="",
        publishable=False,
        counted=0,
    )
