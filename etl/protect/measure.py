"""Measuring what is due: charge, book, tabulate, draw, store, seal; in this order, whatever happens in between."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from etl.protect.bounding import BOOK_SCHEMA, ContributionBook, active_homes, refuse_shorter_book, within_cap
from etl.protect.claims import CITY
from etl.protect.key import MeasurementKey
from etl.protect.ledger import Charge, Ledger
from etl.protect.measurements import Measurement, Measurements
from etl.protect.mechanism import Sampler, rho_of
from etl.protect.partitions import Partitions
from etl.protect.refusals import LedgerBroken, MeasurementLost, ZonesMoved
from etl.protect.yearnoise import budget_of_year, sigma_of_year
from layers.ladder import LadderTable
from layers.period import Grain
from layers.policy import DisclosurePolicy


@dataclass(frozen=True, slots=True)
class Bench:
    """What measuring stands on: the ledger, the private folders, the source of noise, and who watches.

    `rows` is where rows are kept that follow from what was measured; without it they are made anew each time.
    `progress` is told `frozen` (the zones of a year), `charged`, `booked`, `sampled`, `written`, `stored`, `sealed` as
    each is done.
    """

    ledger: Ledger
    measurements: Measurements
    book: ContributionBook
    sampler: Sampler
    progress: Callable[[str], None] = lambda _: None
    rows: Path | None = None


Due = Mapping[LadderTable, Sequence[date]]
"""The closed periods of each table."""


def stored(
    policy: DisclosurePolicy, due: Due, bench: Bench, partitions: Partitions
) -> dict[LadderTable, dict[date, Measurement]]:
    """What was measured before, of what is due: the latest edition of each.

    Raises MeasurementLost, LedgerBroken or ZonesMoved where ledger, folder and zones do not tell the same story.
    """
    bench.ledger.verify()
    sealed = bench.ledger.sealed(policy.topic, policy.tier)
    charged = bench.ledger.charged(policy.topic, policy.tier)
    found: dict[LadderTable, dict[date, Measurement]] = {}
    for table, periods in due.items():
        found[table] = {}
        for period in periods:
            key = _latest(policy, table, period, charged)
            measured = bench.measurements.read(key)
            _refuse_contradiction(key, measured, charged.get(key), sealed.get(key), partitions)
            if measured is not None:
                found[table][period] = measured
    return found


def waiting(
    due: Due, before: Mapping[LadderTable, Mapping[date, Measurement]], retired: Collection[int] = ()
) -> dict[LadderTable, list[date]]:
    """Of what is due, what was not measured and still may be: nothing of a retired year is ever measured again."""
    return {
        table: [p for p in periods if p not in before[table] and p.year not in retired]
        for table, periods in due.items()
    }


def measure(
    policy: DisclosurePolicy,
    claims: Mapping[str, pl.DataFrame],
    partitions: Partitions,
    missing: Due,
    before: Mapping[LadderTable, Mapping[date, Measurement]],
    bench: Bench,
    snapshot: str,
) -> dict[LadderTable, dict[date, Measurement]]:
    """`before` (what is `stored`), and, measured once and for all, what is `missing` (what is `waiting`).

    `claims` are by family, with the columns that `active_homes` reads.
    """
    if not any(missing.values()) and _all_sealed(before, bench.ledger.sealed(policy.topic, policy.tier)):
        return {table: dict(periods) for table, periods in before.items()}
    booked = bench.ledger.charges(policy.topic, policy.tier)
    keys = {(t, p): _latest(policy, t, p, booked) for t, periods in missing.items() for p in periods}
    sigmas = {(t, key.year): sigma_of_year(policy, t, key.year, booked) for (t, _), key in keys.items()}
    budgets = {key.year: budget_of_year(policy, key.year, booked) for key in keys.values()}
    charges = [_charge(policy, t, key, sigmas[t, key.year], snapshot) for (t, _), key in keys.items()]
    bench.ledger.charge(charges, budgets)
    bench.progress("charged")
    paid = bench.ledger.charged(policy.topic, policy.tier)
    draws = {place: (key, paid[key]) for place, key in keys.items()}
    measured = {table: dict(periods) for table, periods in before.items()}
    for table, periods in missing.items():
        if periods:
            measured[table] |= _measure_table(
                policy, table, claims[table.family], partitions, periods, before.get(table, {}), draws, bench, snapshot
            )
    bench.ledger.seal({m.key: m.sha256 for periods in measured.values() for m in periods.values()})
    bench.progress("sealed")
    return measured


def _all_sealed(measured: Mapping[LadderTable, Mapping[date, Measurement]], sealed: Collection[MeasurementKey]) -> bool:
    """Whether the ledger knows of every stored vector: a run killed in between left some to be sealed."""
    return all(m.key in sealed for periods in measured.values() for m in periods.values())


def _measure_table(
    policy: DisclosurePolicy,
    table: LadderTable,
    claims: pl.DataFrame,
    partitions: Partitions,
    periods: Sequence[date],
    before: Mapping[date, Measurement],
    booked: Mapping[tuple[LadderTable, date], tuple[MeasurementKey, float]],
    bench: Bench,
    snapshot: str,
) -> dict[date, Measurement]:
    active = active_homes(claims, policy.family(table.family), table, periods)
    counted = _bounded(policy, table, active, periods, before, bench)
    grids = {year: key_cells(partitions.of(year), policy, table) for year in {p.year for p in periods}}
    done = {}
    for period in periods:
        homes = counted.filter(pl.col("period") == period)
        grid = grids[period.year]
        key, sigma = booked[table, period]  # the noise that was paid for, should the policy have changed since
        exact = tabulate(homes, grid)
        noisy = bench.sampler(exact, sigma)
        bench.progress("sampled")
        measured = Measurement(
            key=key,
            cells=grid.with_columns(noisy=pl.Series(noisy, dtype=pl.Int64)),
            sigma=sigma,
            snapshot=snapshot,
            zones_version=partitions.version(period.year),
            publishable=bench.sampler.publishable,
            counted=homes.height,
        )
        done[period] = bench.measurements.write_once(measured, before_link=lambda: bench.progress("written"))
        bench.progress("stored")
    return done


def key_cells(zones: pl.DataFrame, policy: DisclosurePolicy, table: LadderTable) -> pl.DataFrame:
    """`district`, `unit`, `leaf` of every cell that the table measures, from zones and policy alone, in fixed order."""
    if table.geography == CITY:
        units = pl.DataFrame({"district": [CITY], "unit": [CITY]})
    else:
        units = zones.select("district", unit=pl.col(table.geography)).unique().sort("district", "unit")
    leaves = pl.DataFrame({"leaf": policy.family(table.family).leaves(table.by)})
    return units.join(leaves, how="cross")


def tabulate(homes: pl.DataFrame, grid: pl.DataFrame) -> list[int]:
    """The exact number of homes in each cell of `grid`. The only exact table there is; it never leaves this package."""
    names = ["district", "unit", "leaf"]
    counts = homes.group_by(names).agg(homes=pl.len())
    return grid.join(counts, on=names, how="left", maintain_order="left")["homes"].fill_null(0).to_list()


def _bounded(
    policy: DisclosurePolicy,
    table: LadderTable,
    active: pl.DataFrame,
    periods: Iterable[date],
    measured: Mapping[date, Measurement],
    bench: Bench,
) -> pl.DataFrame:
    """`active` within the cap of the year. Only months need one: a year has four quarters and one year."""
    if table.grain is not Grain.MONTH:
        return active
    kept = [active.clear()]
    charged = {key for key in bench.ledger.sealed(policy.topic, policy.tier) if key.table == table.name}
    for year in sorted({period.year for period in periods}):
        name = f"{policy.topic}/{policy.tier}/{table.name}"
        before = bench.book.counted(name, year, expected=any(key.year == year for key in charged))
        refuse_shorter_book(name, before, {period: m.counted for period, m in measured.items() if period.year == year})
        ours = within_cap(active.filter(pl.col("period").dt.year() == year), before, policy.month_cap)
        bench.book.record(name, year, ours.select(*BOOK_SCHEMA))
        kept.append(ours)
    bench.progress("booked")
    return pl.concat(kept)


def _charge(policy: DisclosurePolicy, table: LadderTable, key: MeasurementKey, sigma: float, snapshot: str) -> Charge:
    return Charge(key, sigma, policy.periods_of_a_home(table.grain), rho_of(sigma), snapshot)


def _latest(
    policy: DisclosurePolicy, table: LadderTable, period: date, charged: Iterable[MeasurementKey]
) -> MeasurementKey:
    first = MeasurementKey(policy.topic, str(policy.tier), table.name, period)
    same = (key for key in charged if (key.table, key.period) == (first.table, period))
    return max(same, default=first)


def _refuse_contradiction(
    key: MeasurementKey, measured: Measurement | None, charged: float | None, digest: str | None, partitions: Partitions
) -> None:
    if measured is None:
        if digest is not None:
            raise MeasurementLost(f"The ledger knows the measurement {key}, but its vector is gone.")
        return
    if charged != measured.sigma:
        raise LedgerBroken(f"The measurement {key} is stored, but the ledger did not book it, or not with its noise.")
    if digest is not None and digest != measured.sha256:
        raise MeasurementLost(f"The stored vector of {key} is not the one that the ledger knows.")
    if measured.zones_version != partitions.version(key.year):
        raise ZonesMoved(
            f"The measurement {key} stands on zones {measured.zones_version}, not {partitions.version(key.year)}."
        )
