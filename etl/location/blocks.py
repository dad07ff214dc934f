"""Blocks without a street file: the middle of the address points that stand in them."""

import polars as pl

from etl.geography.directory import Directory
from etl.location.spelling import block_expr, house_expr
from etl.location.streets import ROUGH, SAME_PLACE_DEGREES
from etl.records import BLOCK

_BLOCK_DEGREES = 4 * SAME_PLACE_DEGREES
"""Points of one block may lie farther apart than candidates of one house."""


def block_points(addresses: pl.DataFrame, directory: Directory, *, hundreds: bool = False) -> pl.DataFrame:
    """Columns ROUGH for the addresses (`at`, `street`, `zip`) that name a block in which address points stand.

    Their reach are those points. Points of one name that lie far apart are different streets: none is taken.
    """
    hundred, name = block_expr(pl.col("street"), hundreds=hundreds)
    asked = addresses.select("at", "zip", hundred=hundred, name=name).drop_nulls(["hundred", "name"])
    if asked.is_empty():
        return pl.DataFrame(schema=ROUGH)
    near = asked.join(_by_block(directory), on=["name", "hundred"])
    agrees = pl.col("zip").is_null() | pl.col("found_zip").is_null() | (pl.col("zip") == pl.col("found_zip"))
    lat, lng = pl.col("found_lat"), pl.col("found_lng")
    spread = pl.max_horizontal(c.max() - c.min() for c in (lat, lng))
    found = near.filter(agrees).group_by("at", maintain_order=True).agg(
        rough_lat=lat.mean(), rough_lng=lng.mean(), reach_lat=lat, reach_lng=lng, spread=spread
    )  # fmt: skip
    close = found.filter(pl.col("spread") <= _BLOCK_DEGREES)
    return close.with_columns(rough_way=pl.lit(BLOCK)).select(list(ROUGH))


def without_block_points(records: pl.DataFrame) -> pl.DataFrame:
    """Matched records of a source whose 00 stands for a block: the house of that number is not where they are.

    What names their homes stays as it is.
    """
    house = block_expr(pl.col("street"), hundreds=True)[0].is_null()
    return records.with_columns(pl.when(house).then(name).alias(name) for name in ("found_lat", "found_lng"))


def _by_block(directory: Directory) -> pl.DataFrame:
    columns = ["street", "found_lat", "found_lng", "found_zip"]
    several = directory.by_zip.select("street", "found_lat", "found_lng", found_zip="zip").select(columns)
    points = pl.concat([several, directory.unique.select(columns)]).unique()
    number, _, name = house_expr(pl.col("street"))
    return points.with_columns(name=name, hundred=number // 100)
