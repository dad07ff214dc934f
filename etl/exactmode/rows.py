"""The rows of a topic in exact mode: the complete key set, true counts or `hidden`, rates from shown counts."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from etl.exactmode.figure import FIGURE
from etl.protect.calendar import PeriodState
from etl.protect.claims import CITY
from etl.protect.partitions import Partitions
from etl.protect.publish_rows import rates, units_of
from layers.ladder import ALL
from layers.measures import Kind, Status
from layers.period import Grain
from layers.policy import DisclosurePolicy
from layers.store.schema import conform

_TABLE = ("measure", "grain", "period", "geography", "unit", "category")


def rows_of(
    policy: DisclosurePolicy,
    zones: Partitions,
    figures: pl.DataFrame,
    states: Mapping[Grain, Mapping[date, PeriodState]],
) -> pl.DataFrame:
    """Contract rows. `figures` has the columns of FIGURE, `count` and `shown`; a closed period without is not reported.

    A shown count is the true one, so it has no margin. A hidden one has low 0 and no upper end: it may have been
    hidden to protect another, and then it can be any number.
    """
    keys = pl.concat([_NO_KEYS, *_keys(policy, zones, states)])
    joined = keys.join(figures.select(*FIGURE, "count", "shown"), on=list(FIGURE), how="left", maintain_order="left")
    hidden, shown = ~pl.col("shown"), pl.col("shown")
    silent = pl.when(pl.col("state") == PeriodState.CLOSED.value).then(pl.lit(Status.NOT_REPORTED.value))
    counts = joined.with_columns(
        topic=pl.lit(policy.topic),
        kind=pl.lit(Kind.COUNT.value),
        status=pl.when(shown)
        .then(pl.lit(Status.VALUE.value))
        .when(hidden)
        .then(pl.lit(Status.HIDDEN.value))
        .otherwise(silent.otherwise(pl.col("state"))),
        value=pl.when(shown).then(pl.col("count").cast(pl.Float64)),
        low=pl.when(hidden).then(0.0),
        high=pl.lit(None, pl.Float64),
        flag=pl.lit(None, pl.String),
    ).drop("count", "shown", "state")
    return conform(pl.concat([counts, *_rates(counts, zones)]))


_NO_KEYS = pl.DataFrame(
    schema={
        "measure": pl.String(),
        "grain": pl.String(),
        "geography": pl.String(),
        "category": pl.String(),
        "unit": pl.String(),
        "period": pl.Date(),
        "state": pl.String(),
    }
)


def _keys(
    policy: DisclosurePolicy, zones: Partitions, states: Mapping[Grain, Mapping[date, PeriodState]]
) -> list[pl.DataFrame]:
    found = []
    for partition, years in zones.spans(start.year for periods in states.values() for start in periods):
        for table in policy.published:
            calendar = {p: s.value for p, s in states[table.grain].items() if p.year in years}
            units = [CITY] if table.geography == CITY else units_of(partition, table.geography)["unit"].to_list()
            periods = pl.DataFrame(
                {"period": list(calendar), "state": list(calendar.values())},
                schema={"period": pl.Date, "state": pl.String},
            )
            categories = pl.DataFrame(
                {"category": categories_of(policy, table.measure, table.grain, own=table.categories)}
            )
            found.append(
                categories.join(pl.DataFrame({"unit": units}), how="cross")
                .join(periods, how="cross")
                .select(
                    pl.lit(table.measure).alias("measure"),
                    pl.lit(table.grain.value).alias("grain"),
                    pl.lit(table.geography).alias("geography"),
                    "category",
                    "unit",
                    "period",
                    "state",
                )
            )
    return found


def categories_of(policy: DisclosurePolicy, measure: str, grain: Grain, *, own: bool) -> list[str]:
    """The categories of a published table: `all` alone, or every other one."""
    if not own:
        return [ALL]
    family = next(f for f in policy.families if f.measure == measure)
    by = next(table.by for table in policy.tables(family.name, grain) if table.by)
    return [name for name in family.categories(by) if name != ALL]


def _rates(counts: pl.DataFrame, zones: Partitions) -> list[pl.DataFrame]:
    year = pl.col("period").dt.year()
    spans = zones.spans(counts["period"].dt.year().unique().to_list())
    return [rates(counts.filter(year.is_in(list(years))), partition) for partition, years in spans]
