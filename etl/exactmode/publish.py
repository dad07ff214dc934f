"""Exact mode from events to rows: count what has closed, hide, and read back all that was frozen before.

What is new is frozen when the audit has passed, before it is published: a refused pattern leaves no trace, a published
one is never drawn again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from etl.exactmode.complete import complete
from etl.exactmode.figure import FIGURE, NOTHING_KEPT, not_yet_hidden
from etl.exactmode.frozen import FrozenTable, FrozenTables
from etl.exactmode.rows import rows_of
from etl.exactmode.tabulate import tabulate
from etl.protect.calendar import ClosedUpTo, Coverage, PeriodState, closed_up_to, period_states
from etl.protect.claims import of_homes
from etl.protect.partitions import Partitions
from layers.period import Grain
from layers.policy import DisclosurePolicy, collected

FOLDER = "exactmode"
"""Under the private folder."""
_TABLE = ("measure", "grain", "period")


@dataclass(frozen=True, slots=True)
class ExactCounts:
    """What a release publishes of a topic in exact mode, and the partitions that its years stand on."""

    counts: pl.DataFrame
    policy: DisclosurePolicy
    closings: tuple[ClosedUpTo, ...]
    zones: Mapping[int, pl.DataFrame]
    new: int
    read_back: int
    waiting: int
    """Closed tables that a dry run found not frozen, and those of years of which nothing more is counted."""
    freeze: Callable[[], None]
    """Keeps the new tables for good; call it before they are published. Raises StorageFailed."""


def exact_counts(
    events: pl.DataFrame | pl.LazyFrame,
    zones: Partitions,
    policy: DisclosurePolicy,
    *,
    threshold: int,
    coverage: Coverage,
    as_of: date,
    snapshot: str,
    private: Path,
    retired: Collection[int] = (),
    dry_run: bool = False,
) -> ExactCounts:
    """Count the tables that have closed since, read back the rest, and make rows of both.

    Arguments as of `etl.steps.protect.protect`. A period joins when it has closed, never of a year in `retired`; a dry
    run counts nothing. Raises CannotComplete, ZonesMoved, MeasurementLost or StorageFailed.
    """
    policy = collected(policy, events.collect_schema().names())
    states = {grain: period_states(policy, grain, coverage, as_of) for grain, _ in policy.closing_days}
    store = FrozenTables(private / FOLDER, policy.topic)
    closed = [
        (measure, grain, period)
        for measure in dict.fromkeys(table.measure for table in policy.published)
        for grain, periods in states.items()
        if policy.geographies(measure, grain)
        for period, state in periods.items()
        if state is PeriodState.CLOSED
    ]
    known = {(m, g): store.periods(m, g.value) for m, g, _ in closed}
    waiting = [key for key in closed if key[2] not in known[key[:2]]]
    missing = [] if dry_run else [key for key in waiting if key[2].year not in retired]
    partitions = zones.with_years({period.year for *_, period in missing}, freeze=True)
    before = [
        store.read(m, g.value, p, zones_version=partitions.version(p.year)) for m, g, p in closed if p in known[m, g]
    ]
    figures = pl.concat([NOTHING_KEPT, *map(_figures, before)])
    if missing:
        due = of_homes(events, policy, {period.year for *_, period in missing})
        figures = _completed(figures, due, partitions, policy, missing, threshold)
    new = _tables(figures.filter(~pl.col("frozen")), threshold, snapshot, partitions)
    years = {start.year for periods in states.values() for start in periods}
    return ExactCounts(
        counts=rows_of(policy, partitions, figures, states),
        policy=policy,
        closings=tuple(closed_up_to(policy, grain, coverage, as_of) for grain, _ in policy.closing_days),
        zones={year: partitions.of(year) for year in sorted(years)},
        new=len(new),
        read_back=len(before),
        waiting=len(waiting) - len(missing),
        freeze=lambda: store.write_once(new),
    )


def _figures(table: FrozenTable) -> pl.DataFrame:
    return table.cells.with_columns(
        measure=pl.lit(table.measure),
        grain=pl.lit(table.grain),
        period=pl.lit(table.period),
        threshold=pl.lit(table.threshold, pl.Int64),
        frozen=pl.lit(True),
    ).select(NOTHING_KEPT.columns)


def _completed(
    before: pl.DataFrame,
    events: pl.DataFrame,
    zones: Partitions,
    policy: DisclosurePolicy,
    missing: list[tuple[str, Grain, date]],
    threshold: int,
) -> pl.DataFrame:
    due: dict[Grain, list[date]] = {}
    for _, grain, period in missing:
        due.setdefault(grain, []).append(period)
    wanted = pl.DataFrame(
        [(m, g.value, p) for m, g, p in missing],
        schema={"measure": pl.String, "grain": pl.String, "period": pl.Date},
        orient="row",
    )
    counted = tabulate(events, zones, policy, {g: sorted(set(p)) for g, p in due.items()})
    new = not_yet_hidden(counted.join(wanted, on=list(_TABLE), how="semi"), threshold)
    done = complete(pl.concat([before, new]), zones)
    return done.with_columns(count=pl.when("shown").then("count"))


def _tables(new: pl.DataFrame, threshold: int, snapshot: str, zones: Partitions) -> list[FrozenTable]:
    return [
        FrozenTable(
            measure=part["measure"][0],
            grain=part["grain"][0],
            period=part["period"][0],
            cells=part.select((*FIGURE[3:], "count", "shown", "small")),
            threshold=threshold,
            snapshot=snapshot,
            zones_version=zones.version(part["period"][0].year),
        )
        for part in new.partition_by(_TABLE, maintain_order=True)
    ]
