"""The exact counts of distinct homes that a policy's published tables hold. Private until small ones are hidden."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from etl.exactmode.figure import NOTHING_COUNTED
from etl.protect.bounding import active_homes
from etl.protect.claims import CITY, claims_of, place
from etl.protect.partitions import Partitions
from layers.ladder import ALL, Family, LadderTable
from layers.period import Grain
from layers.policy import DisclosurePolicy

_BASE = "zone1"


def tabulate(
    events: pl.DataFrame, zones: Partitions, policy: DisclosurePolicy, due: Mapping[Grain, Sequence[date]]
) -> pl.DataFrame:
    """The columns of FIGURE and `count` (Int64, 0 included): every published figure of every period that is `due`.

    A home counts once in a period, where and as what its primary event was, so all tables of a period add up. Unlike
    measured months there is no yearly cap: nothing is charged for a further month.
    """
    frames = [NOTHING_COUNTED]
    for family in policy.families:
        for grain, periods in due.items():
            if family.measure and policy.geographies(family.measure, grain):
                for year in sorted({period.year for period in periods}):
                    here = [period for period in periods if period.year == year]
                    frames.append(_year(events, zones.of(year), policy, family, grain, here))
    return pl.concat(frames)


def _year(
    events: pl.DataFrame,
    zones: pl.DataFrame,
    policy: DisclosurePolicy,
    family: Family,
    grain: Grain,
    periods: Sequence[date],
) -> pl.DataFrame:
    by = next((table.by for table in policy.tables(family.name, grain) if table.by), ())
    finest = LadderTable(family.name, grain, _BASE, by, 1.0, policy.periods_of_a_home(grain))
    claims = place(claims_of(events, policy, family), zones).claims
    homes = active_homes(claims, family, finest, periods)
    parts = zones.select(pl.col(_BASE).alias("unit"), "zone2", "neighborhood").unique("unit")
    placed = homes.join(parts, on="unit", how="left").with_columns(zone1="unit", city=pl.lit(CITY)).drop("unit")
    frames = [
        _table(placed, zones, table.geography, category, leaves, periods).with_columns(
            measure=pl.lit(family.measure), grain=pl.lit(grain.value)
        )
        for table in policy.published
        if (table.measure, table.grain) == (family.measure, grain)
        for category, leaves in _categories(family, by, categories=table.categories).items()
    ]
    return pl.concat([NOTHING_COUNTED, *(frame.select(NOTHING_COUNTED.columns) for frame in frames)])


def _categories(family: Family, by: tuple[str, ...], *, categories: bool) -> dict[str, tuple[str, ...]]:
    sums = family.categories(by)
    return {name: leaves for name, leaves in sums.items() if name != ALL} if categories else {ALL: sums[ALL]}


def _table(
    placed: pl.DataFrame,
    zones: pl.DataFrame,
    geography: str,
    category: str,
    leaves: tuple[str, ...],
    periods: Sequence[date],
) -> pl.DataFrame:
    units = [CITY] if geography == CITY else zones[geography].unique().sort().to_list()
    keys = pl.DataFrame({"unit": units}, schema={"unit": pl.String}).join(
        pl.DataFrame({"period": list(periods)}, schema={"period": pl.Date}), how="cross"
    )
    counted = (
        placed.filter(pl.col("leaf").is_in(list(leaves)))
        .group_by(pl.col(geography).alias("unit"), "period")
        .agg(count=pl.len().cast(pl.Int64))
    )
    return keys.join(counted, on=["unit", "period"], how="left", maintain_order="left").with_columns(
        pl.col("count").fill_null(0), geography=pl.lit(geography), category=pl.lit(category)
    )
