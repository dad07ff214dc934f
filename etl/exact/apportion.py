"""Counts of one geography spread over another by where homes are: an estimate, published as one and with its margin.

Dasymetric weighting (Wright 1936, "A method of mapping densities of population"): a tract's count goes to the areas
that share its homes, in proportion to them. That would be right if events fell on homes by chance alone. They gather,
in some buildings and some landlords' houses more than in others, so the margin allows for a share that itself varies:
for a count c and a share w the variance is c·w·(1−w)·(1 + (c−1)·CLUSTERING), that of a beta-binomial count.
"""

from collections.abc import Sequence

import polars as pl

from etl.exact.received import Received
from layers.keyset import KeyBlock, key_rows
from layers.measures import Kind, apportioned_name

CLUSTERING = 0.07
"""How alike two events of one area are in where they fall (intra-class correlation of a beta-binomial count).

From New York's 44,515 evictions carried out, whose office published them by community and by council district: spread
from either over the other by residential units of tax lots, CLUSTERING 0 would hold the published count in 14 to 22 %
of its 90 % ranges, 0.05 in 84 to 90 %, 0.07 in at least 90 %.
"""
Z90 = 1.645
_KEY = ("category", "period")


def apportion(
    rows: pl.DataFrame, shares: pl.DataFrame, declared: Received, to: str, units: Sequence[str]
) -> pl.DataFrame:
    """Estimates for every one of `units`, areas of kind `to`, from received `rows`; the same columns.

    `shares` is a crosswalk from the declared geography. A place that shares homes with an area that was not reported
    is `not_reported`. What is left of the city's count for hidden ones may be anyone's: each is taken for an equal
    part, and the margin is wider; without a count of the city nobody knows a hidden one. `low` and `high` are the 90 %
    range, in whole numbers, never beyond what the areas that a place shares homes with hold altogether. No figure is
    `zero` unless all of those are.
    """
    given = _ranges(rows, declared.geography)
    weights = shares.filter(
        (pl.col("from_geography") == declared.geography) & (pl.col("to_geography") == to) & (pl.col("share") > 0)
    ).select(pl.col("from_unit").alias("unit"), "to_unit", w="share")
    spread = given.join(weights, on="unit").group_by(pl.col("to_unit").alias("unit"), *_KEY).agg(
        known=pl.col("middle").is_not_null().all(),
        none=(pl.col("greatest") == 0).all(),
        value=(pl.col("middle") * pl.col("w")).sum(),
        deviation=_variance().sum().sqrt(),
        least=pl.when(pl.col("w") == 1).then("least").otherwise(0.0).sum(),
        most=pl.col("greatest").sum(),
    )  # fmt: skip
    block = KeyBlock(
        apportioned_name(declared.measure), Kind.COUNT, to, declared.grain, units,
        given["period"].unique().sort().to_list(), declared.categories,
    )  # fmt: skip
    return key_rows(block).join(spread, on=["unit", *_KEY], how="left").with_columns(_status()).with_columns(
        value=pl.when(_told()).then(pl.col("value").round()),
        low=pl.when(_told()).then(_within(pl.col("value") - Z90 * pl.col("deviation")).floor()),
        high=pl.when(_told()).then(_within(pl.col("value") + Z90 * pl.col("deviation")).ceil()),
        flag=pl.lit(None, pl.String),
    ).select(rows.columns)  # fmt: skip


def _ranges(rows: pl.DataFrame, geography: str) -> pl.DataFrame:
    """What each count may be, from what is published alone: `least`, `middle`, `greatest`; null where unknown."""
    hidden = pl.col("status") == "hidden"
    city = rows.filter(pl.col("geography") == "city").select(*_KEY, whole="value")
    places = rows.filter(pl.col("geography") == geography).join(city, on=list(_KEY), how="left")
    left = pl.col("whole") - pl.col("value").sum().over(_KEY)
    return places.with_columns(
        least=pl.when(hidden).then("low").otherwise("value"),
        middle=pl.when(hidden).then(left / hidden.sum().over(_KEY)).otherwise("value"),
        greatest=pl.when(hidden).then(left).otherwise("value"),
    )


def _variance() -> pl.Expr:
    count, w = pl.col("middle"), pl.col("w")
    gathered = 1 + (count - 1).clip(lower_bound=0) * CLUSTERING
    unknown = (pl.col("greatest") - pl.col("least")) ** 2 / 12  # of a number that may be any in a range
    return count * w * (1 - w) * gathered + w**2 * unknown


def _status() -> pl.Expr:
    return (
        pl.when(~pl.col("known").fill_null(False)).then(pl.lit("not_reported"))
        .when(pl.col("none")).then(pl.lit("zero"))
        .otherwise(pl.lit("value"))
        .alias("status")
    )  # fmt: skip


def _told() -> pl.Expr:
    return pl.col("status") != "not_reported"


def _within(bound: pl.Expr) -> pl.Expr:
    return pl.max_horizontal(pl.min_horizontal(bound, "most"), "least")
