"""Points that hold more of a feed than can be: where an agency writes what it could not place.

A busy place has one address, whatever is reported there. A default point has the addresses of the whole city.
"""

from collections.abc import Callable, Iterable

import polars as pl

from etl.values.streets import street_expr

SAMPLE = 100_000
"""A point with a large share of a feed has it of every sample: looking at this many records first is quick."""
WITHOUT_ADDRESSES = 10
"""Where no record names an address, only so many times the share tells a default point from a busy place."""
SAME_ADDRESS = 0.5
"""The share of a point's records from which on one address explains it."""
_POINT = ["lat", "lng"]
_FEW = 1_000


def crowded_points(
    parts: Callable[[], Iterable[pl.DataFrame]],
    *,
    share: float,
    records: int,
    samples: Callable[[], Iterable[pl.DataFrame]] | None = None,
) -> pl.DataFrame:
    """`lat`, `lng`, `records` of each exact point with more than `share` of the rows and more than `records` of them,
    most of which name other addresses or none.

    `parts` gives the feed: `lat`, `lng` and, where it has one, `address`; `samples` the same of some of its rows (see
    `sampled`). What holds a share of the whole feed holds it of some part.
    """
    nowhere = pl.DataFrame(schema=dict.fromkeys(_POINT, pl.Float64))
    candidates = pl.concat([nowhere, *(_candidates(part, share) for part in (samples or parts)())]).unique()
    if candidates.is_empty():
        return candidates.with_columns(records=pl.lit(None, pl.UInt32))
    rows, addressed, found = 0, False, []
    for part in parts():
        rows += part.height
        addressed = addressed or _addressed(part)
        found.append(_by_street(part, candidates))
    there = pl.concat(found)
    least = max(rows * min(1.0, share if addressed else WITHOUT_ADDRESSES * share), records)
    named = there.filter(pl.col("street").is_not_null()).group_by(*_POINT, "street").agg(most=pl.col("len").sum())
    most = named.group_by(_POINT).agg(pl.col("most").max())
    told = there.group_by(_POINT).agg(records=pl.col("len").sum()).join(most, on=_POINT, how="left")
    unlike = pl.col("most").fill_null(0) < SAME_ADDRESS * pl.col("records")
    return told.filter((pl.col("records") > least) & unlike).select(*_POINT, "records").sort(_POINT)


def sampled(part: pl.DataFrame) -> pl.DataFrame:
    """Enough of its rows to find the points that hold a large share of them."""
    return part.gather_every(max(1, part.height // SAMPLE))


def _addressed(part: pl.DataFrame) -> bool:
    """Whether any record names an address that can be read. The first few tell it of nearly every feed."""
    if "address" not in part.columns:
        return False
    key = street_expr(pl.col("address")).is_not_null().any()
    return bool(part.head(_FEW).select(key).item()) or bool(part.select(key).item())


def _by_street(part: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    there = part.join(candidates, on=_POINT, how="semi")
    street = street_expr(pl.col("address")) if "address" in part.columns else pl.lit(None, pl.String)
    return there.with_columns(street=street).group_by(*_POINT, "street").len()


def _candidates(points: pl.DataFrame, share: float) -> pl.DataFrame:
    """Half the share is enough here: a sample may have fewer of a point than the feed."""
    counted = points.group_by(_POINT).len()
    return counted.filter(pl.col("len") > points.height * share / 2).select(_POINT)
