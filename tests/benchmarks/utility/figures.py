"""What a reader of a method's tables has: figures, and for a hidden one the best guess.

A *figures* frame has one row per unit and period: the key of `truth`, `truth`, `homes`, `value` (null where no figure
is shown) and `guess`. The best guess of a hidden figure is what its parent's figure leaves after the siblings that are
shown, in equal parts among those that are not, within the range that the method states; without a parent it is the
middle of that range.
"""

from collections.abc import Mapping

import polars as pl

from tests.benchmarks.utility.truth import KEY

COARSE_TO_FINE = ("city", "district", "neighborhood", "zone2", "zone1")


def figures_of(truth: pl.DataFrame, rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    """`truth` with `value` from the rows of a release."""
    counts = rows.filter(
        (pl.col("measure") == measure) & (pl.col("category") == "all") & (pl.col("kind") == "count")
    ).select(pl.col("geography", "unit", "grain").cast(pl.String), "period", "value")
    return truth.join(counts, on=list(KEY), how="left", maintain_order="left", validate="1:1")


def with_guesses(
    figures: pl.DataFrame, parents: Mapping[str, tuple[str, pl.DataFrame]], *, low: float, high: float | None
) -> pl.DataFrame:
    """`figures` with `guess`. Hidden figures lie between `low` and `high` (None: nobody says how large they may be)."""
    done: dict[str, pl.DataFrame] = {}
    for geography in COARSE_TO_FINE:
        rows = figures.filter(pl.col("geography") == geography)
        if not rows.is_empty():
            done[geography] = _guessed(rows, geography, parents, done, low, high)
    return pl.concat(done.values())


def _guessed(
    rows: pl.DataFrame,
    geography: str,
    parents: Mapping[str, tuple[str, pl.DataFrame]],
    done: Mapping[str, pl.DataFrame],
    low: float,
    high: float | None,
) -> pl.DataFrame:
    middle = low if high is None else (low + high) / 2
    if geography not in parents:
        return rows.with_columns(guess=pl.col("value").fill_null(middle))
    above, belongs = parents[geography]
    coarse = done[above].select("grain", "period", parent="unit", whole="guess") if above in done else None
    family = ["parent", "grain", "period"]
    named = rows.join(belongs, on="unit", how="left", maintain_order="left")
    named = named.with_columns(whole=pl.lit(None, pl.Float64)) if coarse is None else named.join(
        coarse, on=family, how="left", maintain_order="left"
    )  # fmt: skip
    left = pl.col("whole") - pl.col("value").sum().over(family)
    share = (left / pl.col("value").is_null().sum().over(family)).clip(low, high)
    return named.with_columns(guess=pl.coalesce("value", share, pl.lit(middle))).select(*rows.columns, "guess")
