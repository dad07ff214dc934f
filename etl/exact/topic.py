"""The exact part of a topic, whole: which categories, which key set, which rows."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import polars as pl

from etl.exact.plan import Plan
from etl.exact.rates import rate_rows
from layers.measures import rate_name
from layers.topics import Topic

REGISTERS: dict[str, dict[str, str | None]] = {
    "housing_supply": {"developments": None, "units": "units"},
    "households": {"homes": "units", "renter_households": "renter_units", "accounts": "accounts"},
}
"""Topics that are registers: measure → the column it sums, None where it counts the rows."""


def with_rates(counts: pl.DataFrame, plan: Plan, homes: pl.DataFrame, topic: Topic) -> pl.DataFrame:
    """The counts of a topic and, where public homes are known, their declared rates.

    `homes` has `geography`, `unit`, `homes`. Columns are those of a release without `topic`.
    """
    rates = [
        rate_rows(counts, plan.blocks(rate_name(measure.name)), homes, measure=measure.name)
        for measure in topic.measures
        if rate_name(measure.name) in plan.measure_names() and homes.height
    ]
    columns = counts.columns
    return pl.concat([counts, *(rate.select(columns) for rate in rates)])


def plan_for(
    topic: Topic,
    categories: Sequence[str],
    units: dict[str, tuple[str, ...]],
    *,
    covers_from: date,
    covers_to: date,
    as_of: date,
    agencies: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    lines_of: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """The plan of a topic; a register speaks of one day, the as-of day, and its one period is that year."""
    register = topic.name in REGISTERS
    year = covers_to.replace(month=1, day=1)
    return Plan(
        topic=topic.name,
        measures=topic.measures,
        categories=tuple(categories),
        units=units,
        covers_from=year if register else covers_from,
        covers_to=year if register else covers_to,
        as_of=as_of,
        agencies=agencies,
        lines_of=lines_of,
    )
