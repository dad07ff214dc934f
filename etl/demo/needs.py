"""What the demo city's 211 center counted: requests for help by ZIP code, quarter and kind of need, with blanks."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from etl.demo.addresses import Town
from etl.demo.calendar import Span
from etl.demo.plane import stream
from layers.period import Grain, period_range

NEEDS = {
    "HOUSING": 0.26,
    "UTILITIES": 0.24,
    "FOOD": 0.16,
    "HEALTH": 0.08,
    "MENTAL_HEALTH": 0.07,
    "TRANSPORT": 0.06,
    "OTHER": 0.13,
}
PER_HOME = 0.036
"""Requests for help per home and quarter, on average."""
BLANK = 0.02
"""Share of ZIP codes and quarters that the center left blank."""


def draw_needs(seed: int, town: Town, span: Span) -> tuple[pl.DataFrame, dict[str, Any]]:
    """One row per ZIP code and quarter, in the columns of the feed; empty where the center did not report."""
    rng = stream(seed, "needs")
    stress = pl.col("stress")
    zips = (
        town.addresses.group_by("zip")
        .agg(pl.col("units").sum(), stress=(stress * pl.col("units")).sum() / pl.col("units").sum())
        .sort("zip")
    )
    quarters = period_range(span.first, span.last_whole, Grain.QUARTER)
    mean = PER_HOME * zips["units"].to_numpy() * (zips["stress"] / zips["stress"].mean()).to_numpy()
    rows = []
    for quarter in quarters:
        blank = rng.random(zips.height) < BLANK
        drawn = rng.poisson(np.outer(mean * _season(quarter), list(NEEDS.values())))
        for code, silent, counts in zip(zips["zip"], blank, drawn, strict=True):
            told = [None] * (len(NEEDS) + 1) if silent else [int(counts.sum()), *map(int, counts)]
            rows.append((code, quarter.isoformat(), *told))
    feed = pl.DataFrame(rows, schema=["ZIP", "QUARTER", "TOTAL", *NEEDS], orient="row", infer_schema_length=None)
    truth = {
        "rows": feed.height,
        "requests_for_help": int(feed["TOTAL"].sum()),
        "blank": int(feed["TOTAL"].null_count()),
    }
    return feed, truth


def _season(quarter: date) -> float:
    """Winter brings a third more requests than summer."""
    return 1 + 0.15 * float(np.cos(2 * np.pi * (quarter.month - 1) / 12))
