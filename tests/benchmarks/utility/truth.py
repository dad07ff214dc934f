"""The true figures of a case: what noise, suppression and rounding are compared with. Private, as the events are.

Counted here on its own, without the code that protects: distinct homes with an event in the period, no cap.
"""

import polars as pl

from layers.period import Grain, period_expr
from tests.benchmarks.utility.case import Case

KEY = ("geography", "unit", "grain", "period")


def placed_events(case: Case) -> pl.DataFrame:
    """`home`, `day` and the unit of each geography, of every event in a zone. Others are in no table of any method."""
    day = case.family.day
    names = [name for name in case.zones.columns if name not in ("homes",)]
    return (
        case.events.select("home", pl.col("cell").cast(pl.UInt64), day=pl.col(day).cast(pl.Date))
        .filter(pl.col("home").is_not_null() & pl.col("day").is_not_null())
        .join(case.zones.select(names), on="cell")
        .with_columns(city=pl.lit("city"))
    )


def true_figures(case: Case) -> pl.DataFrame:
    """One row per unit and closed period of every published level: KEY, `truth` (homes), `homes` (public)."""
    events = placed_events(case)
    return pl.concat([_level(case, events, grain, name) for grain, name in case.levels()])


def homes_in_units(case: Case, geography: str) -> pl.DataFrame:
    """`unit` and its public `homes`."""
    unit = pl.lit("city") if geography == "city" else pl.col(geography)
    return case.zones.group_by(unit.alias("unit")).agg(pl.col("homes").sum().cast(pl.Int64)).sort("unit")


def parents(case: Case) -> dict[str, tuple[str, pl.DataFrame]]:
    """For each geography the one that it adds up to, and `unit`, `parent` of every unit."""
    zones = case.zones.with_columns(city=pl.lit("city"))
    pairs = (("zone1", "zone2"), ("zone2", "neighborhood"), ("neighborhood", "city"), ("district", "city"))
    return {fine: (coarse, zones.select(unit=fine, parent=coarse).unique().sort("unit")) for fine, coarse in pairs}


def _level(case: Case, events: pl.DataFrame, grain: Grain, geography: str) -> pl.DataFrame:
    periods = pl.DataFrame({"period": case.closed(grain)}, schema={"period": pl.Date})
    counts = events.group_by(pl.col(geography).alias("unit"), period_expr("day", grain).alias("period")).agg(
        truth=pl.col("home").n_unique().cast(pl.Int64)
    )
    keys = homes_in_units(case, geography).join(periods, how="cross")
    return (
        keys.join(counts, on=["unit", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("truth").fill_null(0), geography=pl.lit(geography), grain=pl.lit(grain.value))
        .select(*KEY, "truth", "homes")
    )
