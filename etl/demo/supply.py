"""Affordable housing developments of the demo city: GeoJSON points with what a housing office publishes."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from etl.demo.addresses import Town
from etl.demo.calendar import AS_OF, day_number
from etl.demo.draw import drawn_words
from etl.demo.names import DEVELOPMENT_KINDS, DEVELOPMENT_WORDS
from etl.demo.plane import FULL_SIZE, stream

DEVELOPMENTS = 150
BANDS = {
    "30% AMI": 0.14,
    "50% AMI": 0.24,
    "60% AMI": 0.20,
    "80% AMI": 0.16,
    "120% AMI": 0.05,
    "Senior 62+": 0.12,
    "Supportive": 0.06,
    "Mixed": 0.03,
}
STATES = {"In Service": 0.82, "Under Construction": 0.09, "Planned": 0.06, "Affordability Expired": 0.03}


def draw_supply(seed: int, town: Town, *, households: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """One row per development, in the columns of the feed and with Latitude and Longitude."""
    rng = stream(seed, "supply")
    count = max(10, round(DEVELOPMENTS * min(1.0, households / FULL_SIZE)))
    size = town.addresses["units"].to_numpy()
    weight = np.where(size >= 4, size**0.7 * town.addresses["stress"].to_numpy() ** 0.6, 0.0)
    rows = np.sort(rng.choice(len(size), count, replace=False, p=weight / weight.sum()))
    at = town.at(rows)
    status = drawn_words(rng, STATES, count)
    units = np.maximum(4, np.round(at["units"].to_numpy() * rng.uniform(0.5, 1.0, count))).astype(np.int64)
    told = (rng.random(count) < 0.6) & (status == "In Service")
    age = np.round(rng.gamma(1.4, 75, count)).astype(np.int64)
    days = pl.Series((day_number(AS_OF) - 1 - age).astype(np.int32)).cast(pl.Date)
    built = pl.Series(rng.integers(1974, 2024, count)).cast(pl.String)
    feed = pl.DataFrame(
        {
            "DEV_ID": _ids(count),
            "NAME": _names(rng, count),
            "ADDRESS": at["full"],
            "ZIP": at["zip"],
            "INCOME_BAND": drawn_words(rng, BANDS, count),
            "AFF_UNITS": units,
            "TOT_UNITS": at["units"],
            "STATUS": status,
            "OPENED": pl.Series(np.where(np.isin(status, ("Planned", "Under Construction")), "", built + "-07-01")),
            "VACANT": pl.Series(np.minimum(rng.poisson(1.6, count), units)),
            "VACANT_ASOF": days.dt.strftime("%Y-%m-%d"),
            "Latitude": at["lat"],
            "Longitude": at["lng"],
        }
    ).with_columns(pl.when(pl.Series(told)).then(pl.col("VACANT", "VACANT_ASOF")))
    truth = {
        "rows": count,
        "units": int(units.sum()),
        "by_status": dict(feed.group_by("STATUS").len().sort("STATUS").iter_rows()),
        "by_band": dict(feed.group_by("INCOME_BAND").len().sort("INCOME_BAND").iter_rows()),
        "availability_told": int(told.sum()),
        "oldest_availability": str(feed["VACANT_ASOF"].drop_nulls().min() or date.max),
    }
    return feed, truth


def _ids(count: int) -> list[str]:
    return [f"AH{number}" for number in range(1001, 1001 + count)]


def _names(rng: np.random.Generator, count: int) -> list[str]:
    """A name for each, none twice."""
    pick = rng.permutation(len(DEVELOPMENT_WORDS) * len(DEVELOPMENT_KINDS))[:count]
    return [f"{DEVELOPMENT_WORDS[n // 10]} {DEVELOPMENT_KINDS[n % 10]}" for n in pick.tolist()]
