"""From measured tables to the rows of a release: fit, add up, hide what is small, say how sure it is.

Nothing here sees a record. Every row is a sum of measured cells, and which rows there are follows from the zones,
the calendar and the policy alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import polars as pl

from etl.protect.calendar import PeriodState
from etl.protect.claims import CITY
from etl.protect.fit import Measured, fit
from etl.protect.partitions import Zones, partitions_of
from etl.protect.reconcile import margin, sum_variance
from layers.ladder import ALL, GEOGRAPHIES, LadderTable
from layers.measures import Kind, Status, rate_name
from layers.period import Grain
from layers.policy import DisclosurePolicy

CAUTION, UNRANKABLE = 0.30, 0.50
"""Coefficients of variation from which a figure is flagged."""
RATE_DECIMALS = 2

_OfPeriod = TypeVar("_OfPeriod")


@dataclass(frozen=True, slots=True)
class _Shown:
    """One published table: where its rows come from."""

    measure: str
    grain: Grain
    geography: str
    category: str
    leaves: tuple[str, ...]
    table: LadderTable


def rows_of(
    policy: DisclosurePolicy,
    zones: Zones,
    measured: Measured,
    states: Mapping[Grain, Mapping[date, PeriodState]],
) -> pl.DataFrame:
    """All rows of the topic: the complete key set, counts and rates, in the columns of a release (not yet sorted).

    A zone has rows for the periods of the years in which it is in force, an area for all.
    """
    years = {start.year for periods in states.values() for start in periods}
    parts = [
        _rows_in_years(policy, partition, measured, states, in_force)
        for partition, in_force in partitions_of(zones).spans(years)
    ]
    rows = pl.concat(parts)
    return pl.concat([rows, _absent_areas(rows)]).with_columns(topic=pl.lit(policy.topic))


def _rows_in_years(
    policy: DisclosurePolicy,
    zones: pl.DataFrame,
    measured: Measured,
    states: Mapping[Grain, Mapping[date, PeriodState]],
    years: Collection[int],
) -> pl.DataFrame:
    """The rows of the years that stand on one partition."""
    ours = {table: _of_years(periods, years) for table, periods in measured.items()}
    fitted = {table: frame for group in _groups(policy) for table, frame in fit(group, ours).items()}
    frames = [
        _rows(policy, zones, shown, fitted[shown.table], _of_years(states[shown.grain], years))
        for shown in _shown(policy)
    ]
    counts = pl.concat(frames)
    return pl.concat([counts, rates(counts, zones)])


def _of_years(periods: Mapping[date, _OfPeriod], years: Collection[int]) -> dict[date, _OfPeriod]:
    return {start: found for start, found in periods.items() if start.year in years}


def _absent_areas(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of an area for the years in which it is part of another, having too few homes: it is not counted then."""
    areas = rows.filter(~pl.col("geography").str.starts_with("zone"))
    tables = areas.select("measure", "category", "geography", "grain", "kind").unique()
    units = areas.select("geography", "unit").unique()
    periods = areas.select("grain", "period").unique()
    every = tables.join(units, on="geography").join(periods, on="grain")
    absent = every.join(areas, on=[*tables.columns, "unit", "period"], how="anti")
    nothing = (pl.lit(None, rows.schema[name]).alias(name) for name in ("value", "low", "high", "flag"))
    return absent.with_columns(*nothing, status=pl.lit(Status.NOT_COLLECTED.value)).select(rows.columns)


# ---------------------------------------------------------------- the key set


def units_of(zones: pl.DataFrame, geography: str) -> pl.DataFrame:
    """`unit` and public `homes` of every unit of a geography."""
    unit = pl.lit(CITY) if geography == CITY else pl.col(geography)
    return zones.group_by(unit.alias("unit")).agg(pl.col("homes").sum()).sort("unit")


def _groups(policy: DisclosurePolicy) -> list[tuple[LadderTable, ...]]:
    """The measured tables that are fitted together."""
    pairs = dict.fromkeys((table.family, table.grain) for table in policy.ladder)
    return [policy.tables(family, grain) for family, grain in pairs if policy.family(family).measure]


def _shown(policy: DisclosurePolicy) -> list[_Shown]:
    found = []
    for published in policy.published:
        family = next(f for f in policy.families if f.measure == published.measure)
        tables = policy.tables(family.name, published.grain)
        if published.categories:
            table = _finest([t for t in tables if t.by], published.geography)
            sums = {name: leaves for name, leaves in family.categories(table.by).items() if name != ALL}
        else:
            table = _finest(tables, published.geography)
            sums = {ALL: family.leaves(table.by)}
        found += [
            _Shown(published.measure, published.grain, published.geography, name, leaves, table)
            for name, leaves in sums.items()
        ]
    return found


def _finest(tables: Sequence[LadderTable], geography: str) -> LadderTable:
    """The finest measured table that adds up to `geography`. The ladder's checks promise that there is one."""
    fine = [t for t in tables if GEOGRAPHIES.index(t.geography) <= GEOGRAPHIES.index(geography)]
    return min(fine, key=lambda t: (GEOGRAPHIES.index(t.geography), bool(t.by)))


def _rows(
    policy: DisclosurePolicy,
    zones: pl.DataFrame,
    shown: _Shown,
    fitted: pl.DataFrame,
    states: Mapping[date, PeriodState],
) -> pl.DataFrame:
    calendar = pl.DataFrame(
        {"period": list(states), "state": [s.value for s in states.values()]},
        schema={"period": pl.Date, "state": pl.String},
    )
    keys = units_of(zones, shown.geography).select("unit").join(calendar, how="cross")
    sums = _add_up(fitted.filter(pl.col("leaf").is_in(list(shown.leaves))), zones, shown)
    rows = keys.join(sums, on=["unit", "period"], how="left", maintain_order="left")
    return _said(rows, policy.floor).select(
        pl.lit(shown.measure).alias("measure"),
        pl.lit(shown.category).alias("category"),
        pl.lit(shown.geography).alias("geography"),
        "unit",
        pl.lit(shown.grain.value).alias("grain"),
        pl.lit(Kind.COUNT.value).alias("kind"),
        "period",
        "status",
        "value",
        "low",
        "high",
        "flag",
    )


# ---------------------------------------------------------------- sums and what is said of them


def _add_up(cells: pl.DataFrame, zones: pl.DataFrame, shown: _Shown) -> pl.DataFrame:
    """`unit`, `period`, `total`, `variance` of the published units, each the sum of its measured cells."""
    here = _published_unit(cells, zones, shown)
    by_district = here.group_by("period", "target", "district").agg(
        pl.col("value").sum(),
        cells=pl.len().cast(pl.Int64),
        of=pl.col("of").first(),
        sigma=pl.col("sigma").first(),
        total_variance=pl.col("total_variance").first(),
    )
    cells_here, cells_all = pl.col("cells").cast(pl.Float64), pl.col("of").cast(pl.Float64)
    variance = sum_variance(cells_here, cells_all, pl.col("sigma"), pl.col("total_variance"))
    return (
        by_district.with_columns(variance=variance)
        .sort("district")
        .group_by("period", "target", maintain_order=True)
        .agg(total=pl.col("value").sum(), variance=pl.col("variance").sum())
        .rename({"target": "unit"})
    )


def _published_unit(cells: pl.DataFrame, zones: pl.DataFrame, shown: _Shown) -> pl.DataFrame:
    """`cells` with `target`, the published unit that each measured cell is part of."""
    measured = shown.table.geography
    if shown.geography == CITY:
        return cells.with_columns(target=pl.lit(CITY))
    if shown.geography == measured:
        return cells.with_columns(target="unit")
    parts = zones.select(pl.col(measured).alias("unit"), "district", pl.col(shown.geography).alias("target")).unique()
    return cells.drop("target", strict=False).join(parts, on=["unit", "district"])


def _said(rows: pl.DataFrame, floor: int) -> pl.DataFrame:
    """Status, value, range and flag of each row. A closed period without a measurement is not reported."""
    value, spread = pl.col("total"), pl.col("variance").sqrt()
    wide = margin(pl.col("variance"))
    counted = value.is_not_null()
    hidden, seen = counted & (value < floor), counted & (value >= floor)
    silent = pl.when(pl.col("state") == PeriodState.CLOSED.value).then(pl.lit(Status.NOT_REPORTED.value))
    status = (
        pl.when(seen)
        .then(pl.lit(Status.VALUE.value))
        .when(hidden)
        .then(pl.lit(Status.HIDDEN.value))
        .otherwise(silent.otherwise(pl.col("state")))
    )
    variation = spread / value
    return rows.with_columns(
        status=status,
        value=pl.when(seen).then(value.cast(pl.Float64)),
        low=pl.when(hidden).then(0.0).when(seen).then((value - wide).clip(lower_bound=0.0)),
        high=pl.when(hidden).then(floor - 1 + wide).when(seen).then(value + wide),
        flag=pl.when(seen & (variation > UNRANKABLE))
        .then(pl.lit("unrankable"))
        .when(seen & (variation > CAUTION))
        .then(pl.lit("caution")),
    )


def rates(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Per 1,000 public homes, computed from published counts only: hidden where the count is."""
    names = counts["geography"].unique().to_list()
    homes = pl.concat([units_of(zones, name).with_columns(geography=pl.lit(name)) for name in sorted(names)])
    per = [(pl.col(c) * 1000 / pl.col("homes")).round(RATE_DECIMALS).alias(c) for c in ("value", "low", "high")]
    return (
        counts.join(homes, on=["geography", "unit"], how="left", maintain_order="left")
        .with_columns(*per, kind=pl.lit(Kind.RATE.value), measure=pl.col("measure").replace_strict(_rate_names(counts)))
        .select(counts.columns)
    )


def _rate_names(counts: pl.DataFrame) -> dict[str, str]:
    return {name: rate_name(name) for name in counts["measure"].unique().to_list()}
