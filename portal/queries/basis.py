"""What a figure rests on: of a rate the count it is made of, of a share or a median how many it is of."""

from collections.abc import Sequence

import polars as pl

from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.queries.change import is_of_counted
from portal.queries.offer import base_of, is_rate, measure_of, offer_of

CLOSED = ("days_to_close_median", "days_to_close_p90")
"""Times of closed requests: as many as were opened, without those still open."""
BASIS_COLUMNS: tuple[str, ...] = ("of", "of_margin")
_NONE = (pl.lit(None, pl.Float64).alias("of"), pl.lit(None, pl.Float64).alias("of_margin"))


def basis_of(release: Release, measure: str, category: str, geography: str, grain: Grain) -> tuple[str, ...]:
    """The published counts that it rests on: the first, less the others. () where none is published beside it."""
    info = measure_of(release.manifest, measure)
    names = _names(info) if info is not None else ()
    offer = offer_of(release)
    return names if all(grain in offer.grains(name, geography, category) for name in names) else ()


def _names(info: MeasureInfo) -> tuple[str, ...]:
    if is_rate(info.name):
        return (base_of(info.name),)
    if info.over and is_of_counted(info):
        return (info.over,)
    return ("requests", "open") if info.name in CLOSED else ()


def with_basis(rows: pl.DataFrame, parts: Sequence[pl.DataFrame], on: str) -> pl.DataFrame:
    """Adds `of`, the first part's value less the others', and `of_margin`. parts: `on, value, low, high`."""
    if not parts or rows.is_empty():
        return rows.with_columns(*_NONE)
    for at, part in enumerate(parts):
        margin = pl.max_horizontal(pl.col("high") - pl.col("value"), pl.col("value") - pl.col("low"))
        beside = part.select(on, pl.col("value").alias(f"of_{at}"), margin.alias(f"margin_{at}"))
        rows = rows.join(beside, on=on, how="left", maintain_order="left")
    number = pl.col("of_0") if len(parts) == 1 else pl.col("of_0") - pl.sum_horizontal("of_1", ignore_nulls=False)
    return rows.with_columns(of=number, of_margin=pl.col("margin_0")).drop(
        *(f"{name}_{at}" for name in ("of", "margin") for at in range(len(parts)))
    )
