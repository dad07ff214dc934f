"""Points that hold more of a feed than can be: where an agency writes what it could not place.

A busy place has one address, whatever is reported there. A default point has the addresses of the whole city.
"""

import polars as pl

SAMPLE = 100_000
"""A point with a large share of a feed has it of every sample: looking at this many records first is quick."""
WITHOUT_ADDRESSES = 10
"""Where no record names an address, only so many times the share tells a default point from a busy place."""
SAME_ADDRESS = 0.5
"""The share of a point's records from which on one address explains it."""
_POINT = ["lat", "lng"]


def crowded_points(points: pl.DataFrame, *, share: float, records: int) -> pl.DataFrame:
    """`lat`, `lng`, `records` of each exact point with more than `share` of the rows and more than `records` of them,
    most of which name other addresses or none.

    `points` has `lat`, `lng` and `street`, a key of the address or null.
    """
    candidates = _candidates(points, share)
    there = points.join(candidates, on=_POINT, how="semi")
    addressed = bool(points["street"].count())
    least = max(points.height * min(1.0, share if addressed else WITHOUT_ADDRESSES * share), records)
    most = pl.col("street").drop_nulls().value_counts().struct.field("count").max().fill_null(0)
    told = there.group_by(_POINT).agg(records=pl.len(), most=most if addressed else pl.lit(0))
    unlike = pl.col("most") < SAME_ADDRESS * pl.col("records")
    return told.filter((pl.col("records") > least) & unlike).select(*_POINT, "records").sort(_POINT)


def _candidates(points: pl.DataFrame, share: float) -> pl.DataFrame:
    step = max(1, points.height // SAMPLE)
    sample = points.select(_POINT).gather_every(step)
    counted = sample.group_by(_POINT).len()
    return counted.filter(pl.col("len") > sample.height * share / 2).select(_POINT)
