"""Which homes are in both of two areas: the weights by which a count of one geography is spread over another."""

from collections.abc import Sequence
from itertools import permutations

import polars as pl

from etl.exact.register import unit_expr

HOMES, LAND = "homes", "land"
"""What a share is a share of: the homes of a unit, or, where it has none, its land."""
SCHEMA = {
    "from_geography": pl.String(),
    "from_unit": pl.String(),
    "to_geography": pl.String(),
    "to_unit": pl.String(),
    "homes": pl.Int64(),
    "share": pl.Float64(),
    "basis": pl.String(),
}
_DECIMALS = 6


def crosswalk(addresses: pl.DataFrame | None, ground: pl.DataFrame, geographies: Sequence[str]) -> pl.DataFrame:
    """Every pair of units that share homes, for each ordered pair of geographies; columns of SCHEMA.

    `addresses` has `units` (homes) and the cells and areas of every address, None without an address file. `ground`
    has the same columns for points spread evenly over the city, each counting as one. `share` (0 to 1) is how much
    of the `from` unit lies in the `to` unit: of its homes, or of its land where it has no homes (`basis`). What lies
    in no unit of the other geography is in no row, so that shares may add up to less than 1.
    """
    pairs = list(permutations(geographies, 2))
    by_homes = [_pair(addresses, *pair, HOMES) for pair in pairs] if addresses is not None else []
    by_land = [_pair(ground, *pair, LAND) for pair in pairs]
    homes = pl.concat([pl.DataFrame(schema=SCHEMA), *by_homes])
    land = pl.concat([pl.DataFrame(schema=SCHEMA), *by_land])
    settled = homes.select("from_geography", "from_unit").unique()
    rest = land.join(settled, on=["from_geography", "from_unit"], how="anti")
    return pl.concat([homes, rest.with_columns(homes=pl.lit(0, pl.Int64))]).sort(list(SCHEMA)[:4])


def _pair(points: pl.DataFrame, given: str, wanted: str, basis: str) -> pl.DataFrame:
    placed = points.filter(pl.col("units") > 0).select(
        from_unit=unit_expr(given), to_unit=unit_expr(wanted), homes=pl.col("units").cast(pl.Int64)
    )
    whole = placed.filter(pl.col("from_unit").is_not_null()).group_by("from_unit").agg(whole=pl.col("homes").sum())
    both = placed.drop_nulls().group_by("from_unit", "to_unit").agg(pl.col("homes").sum())
    return both.join(whole, on="from_unit").select(
        from_geography=pl.lit(given),
        from_unit="from_unit",
        to_geography=pl.lit(wanted),
        to_unit="to_unit",
        homes="homes",
        share=(pl.col("homes") / pl.col("whole")).round(_DECIMALS),
        basis=pl.lit(basis),
    )
