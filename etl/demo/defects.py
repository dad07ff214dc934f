"""Planted defects: which rows have which, never two on one row, and exactly as many as said."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from etl.demo.plane import FULL_SIZE

DEFECT = "defect"
FEWEST = 3


def scaled(counts: Mapping[str, int], households: int) -> dict[str, int]:
    """How many of each defect a city of that many homes gets: at least a few of each."""
    return {name: max(FEWEST, round(count * households / FULL_SIZE)) for name, count in counts.items()}


def marked(frame: pl.DataFrame, counts: Mapping[str, int], eligible: pl.Expr, rng: np.random.Generator) -> pl.DataFrame:
    """The frame with a column `defect`: a name on as many eligible rows as asked, null on all others.

    Where a tiny city has too few eligible rows, half of them carry a defect.
    """
    rows = frame.select(eligible.fill_null(value=False).arg_true()).to_series().to_numpy()
    wanted = min(sum(counts.values()), len(rows) // 2)
    chosen = rng.choice(rows, wanted, replace=False)
    names = rng.permutation(np.repeat(np.array(list(counts)), list(counts.values())))[:wanted]
    defects = pl.DataFrame({"at": chosen.astype(np.int64), DEFECT: names})
    numbered = frame.with_columns(at=pl.int_range(pl.len(), dtype=pl.Int64))
    return numbered.join(defects, on="at", how="left", maintain_order="left").drop("at")


def has(defect: str) -> pl.Expr:
    """Whether a row carries that defect."""
    return pl.col(DEFECT).eq_missing(pl.lit(defect))


def doubled(frame: pl.DataFrame, defect: str = "duplicate") -> pl.DataFrame:
    """The frame with every row of that defect twice, one right after the other."""
    return frame.select(pl.all().repeat_by(1 + has(defect).cast(pl.UInt32)).explode())
