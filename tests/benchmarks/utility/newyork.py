"""Eviction filings simulated on New York's real lots. docs/utility.md states every assumption that is made here."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.protect.calendar import Coverage
from layers.zones import build_zones
from tests.benchmarks.utility.case import Case
from tests.benchmarks.utility.lots import SHARED, atoms_of, in_whole, real_lots

EVICTIONS_FILE = "evictions/Evictions_2017_2018.csv.gz"
YEARLY = 120_000
FIRST, YEARS = date(2018, 1, 1), 2
ZONE2_HOMES = 2_000
SMALL_LOT, SMALL_RISK = 2, 0.25
"""A home in a lot of at most so many units is at so much of the risk of the others: most of them own it."""
BUILDING_SPREAD, HALF_YEAR_SPREAD = 0.8, 0.2
"""Sigma of the lognormal factors of each building, and of each neighborhood in each half-year."""
REPEATED = 0.15
"""Share of filings that concern a home filed against before."""
_UNITS = 2**16


@dataclass(frozen=True, slots=True)
class Margins:
    """What is real: evictions carried out by ZIP code (`zip`, `count`), and how they fall on the months of a year."""

    by_zip: pl.DataFrame
    by_month: npt.NDArray[np.float64]


def newyork_case(shared: Path = SHARED) -> Case | None:
    """Two years of simulated filings; None where the public files are absent."""
    lots, margins = real_lots(shared), real_margins(shared)
    if lots is None or margins is None:
        return None
    return Case(
        title="New York's lots: simulated eviction filings",
        topic="evictions",
        events=simulated(lots, margins),
        zones=build_zones(atoms_of(lots), zone2_homes=ZONE2_HOMES),
        coverage=Coverage(FIRST, date(FIRST.year + YEARS - 1, 12, 31)),
        as_of=date(FIRST.year + YEARS, 4, 1),
        overrides={"zone2_homes": ZONE2_HOMES},
    )


def real_margins(shared: Path = SHARED) -> Margins | None:
    """From the marshals' list of 2017 and 2018, homes only. Its last, unfinished month is in no month's share."""
    file = shared / EVICTIONS_FILE
    if not file.exists():
        return None
    listed = pl.read_csv(file, infer_schema=False).unique(maintain_order=True)
    homes = listed.filter(pl.col("RESIDENTIAL_COMMERCIAL_IND") == "Residential").select(
        zip=pl.col("EVICTION_ZIP").str.head(5), day=pl.col("EXECUTED_DATE").str.to_date("%m/%d/%Y")
    )
    months = homes.filter(pl.col("day") < date(2018, 10, 1)).group_by(month=pl.col("day").dt.truncate("1mo")).len()
    mean = months.group_by(pl.col("month").dt.month()).agg(pl.col("len").mean()).sort("month")["len"].to_numpy()
    return Margins(homes.group_by("zip").agg(count=pl.len()).sort("zip"), mean / mean.sum())


def simulated(lots: pl.DataFrame, margins: Margins, *, yearly: int = YEARLY, seed: int = 11) -> pl.DataFrame:
    """Events `home` (UInt64), `cell`, `filed`: some `yearly` filings a year, by ZIP code as `margins` say."""
    rng = np.random.default_rng(seed)
    first = round(yearly * YEARS * (1 - REPEATED))
    lot = _drawn_lots(rng, lots, margins.by_zip, first)
    unit = (rng.random(first) * lots["units"].to_numpy()[lot]).astype(np.int64)
    day = _drawn_days(rng, lots["neighborhood"].to_numpy()[lot], margins.by_month)
    again = rng.choice(len(lot), size=yearly * YEARS - first, replace=False)
    later = day[again] + rng.integers(45, 300, len(again))
    kept = later < (date(FIRST.year + YEARS, 1, 1) - FIRST).days
    lot, unit = (np.concatenate((own, own[again][kept])) for own in (lot, unit))
    days = np.concatenate((day, later[kept])).astype("timedelta64[D]") + np.datetime64(FIRST)
    return pl.DataFrame(
        {"home": (lot * _UNITS + unit).astype(np.uint64), "cell": lots["cell"].to_numpy()[lot], "filed": days}
    )


def _drawn_lots(rng: np.random.Generator, lots: pl.DataFrame, by_zip: pl.DataFrame, size: int) -> npt.NDArray[np.int64]:
    """A lot for each filing: ZIP codes by their real shares, inside one by units, size of lot and building factor."""
    order = lots["zip"].arg_sort().to_numpy().astype(np.int64)
    units = lots["units"].to_numpy()[order]
    risk = units * np.where(units <= SMALL_LOT, SMALL_RISK, 1.0) * rng.lognormal(0, BUILDING_SPREAD, len(units))
    zips, start = np.unique(lots["zip"].to_numpy()[order].astype(str), return_index=True)
    ends = np.cumsum(risk)
    begins = np.concatenate(([0.0], ends[start[1:] - 1]))
    real = dict(by_zip.select("zip", "count").iter_rows())
    filings = in_whole(np.array([real.get(name, 0) for name in zips], dtype=np.float64), size)
    of_zip = np.repeat(np.arange(len(zips)), filings)
    mass = np.diff(np.append(begins, ends[-1]))[of_zip]
    points = begins[of_zip] + rng.random(size) * mass
    return np.asarray(rng.permutation(order[np.minimum(np.searchsorted(ends, points), len(order) - 1)]))


def _drawn_days(
    rng: np.random.Generator, neighborhood: npt.NDArray[np.object_], by_month: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Day of each filing, counted from FIRST: months by their real shares, neighborhoods up and down by half-years."""
    names, place = np.unique(neighborhood.astype(str), return_inverse=True)
    moved = rng.lognormal(0, HALF_YEAR_SPREAD, (len(names), 2 * YEARS)).repeat(6, axis=1)
    likely = np.cumsum(np.tile(by_month, YEARS) * moved, axis=1)
    likely /= likely[:, -1:]
    month = (likely[place] < rng.random(len(place))[:, None]).sum(axis=1)
    starts = [date(FIRST.year + n // 12, n % 12 + 1, 1) for n in range(12 * YEARS)] + [date(FIRST.year + YEARS, 1, 1)]
    begin = np.array([(start - FIRST) / timedelta(days=1) for start in starts]).astype(np.int64)
    length = np.diff(begin)
    return begin[month] + (rng.random(len(month)) * length[month]).astype(np.int64)
