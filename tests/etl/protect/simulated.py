"""A city whose true counts are known, measured many times: each simulated year is one run of the whole mechanism."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from etl.protect.calendar import PeriodState
from etl.protect.key import MeasurementKey
from etl.protect.measure import key_cells
from etl.protect.measurements import Measurement
from etl.protect.mechanism import SeededGaussian
from etl.protect.publish_rows import rows_of
from layers.grid import neighbors
from layers.ladder import LadderTable
from layers.period import Grain
from layers.policy import QUALITY, DisclosurePolicy
from layers.zones import build_zones

CENTER = 0x8944CE00007FFFF
FIRST_YEAR = 1000
KEY = ("measure", "category", "geography", "unit", "grain")
_STARTS = {Grain.MONTH: range(1, 13), Grain.QUARTER: (1, 4, 7, 10), Grain.YEAR: (1,)}


def made_zones(rings: int = 3) -> pl.DataFrame:
    """A disk of hexagons: four districts as sectors, three neighborhoods in each, 60 to 400 homes a cell."""
    random = np.random.default_rng(11)
    cells = _disk(rings)
    rows = [
        (cell, f"n{4 * n * 3 // len(cells)}", f"d{4 * n // len(cells)}", int(random.integers(60, 400)))
        for n, cell in enumerate(cells)
    ]
    schema = {"cell": pl.UInt64, "neighborhood": pl.String, "district": pl.String, "homes": pl.Int64}
    return build_zones(pl.DataFrame(rows, schema=schema, orient="row"))


def _disk(rings: int) -> list[int]:
    """The cells around the center, ring by ring, so that districts are made of neighbors."""
    found = [CENTER]
    for _ in range(rings):
        found = list(dict.fromkeys([*found, *(near for cell in found for near in neighbors(cell))]))
    return found


def true_counts(policy: DisclosurePolicy, zones: pl.DataFrame) -> dict[LadderTable, np.ndarray]:
    """The exact vector of each table; tables of one family and grain are breakdowns of the same homes."""
    random = np.random.default_rng(13)
    found: dict[LadderTable, np.ndarray] = {}
    for family, grain in dict.fromkeys((t.family, t.grain) for t in policy.ladder if t.family != QUALITY.name):
        tables = policy.tables(family, grain)
        finest = max(tables, key=lambda t: key_cells(zones, policy, replace(t, by=())).height)
        places = key_cells(zones, policy, replace(finest, by=()))
        mean = 900 / places.height if grain is Grain.MONTH else 2000 / places.height
        homes = places.with_columns(homes=pl.Series(random.negative_binomial(1.5, 1.5 / (1.5 + mean), places.height)))
        in_district = homes.group_by("district").agg(pl.col("homes").sum())
        for table in tables:
            grid = key_cells(zones, policy, table)
            here = homes if table.geography == finest.geography else in_district.with_columns(unit="district")
            shares = np.sort(random.dirichlet(np.ones(len(grid["leaf"].unique()))))[::-1]
            split = [random.multinomial(n, shares) for n in _along(grid, here)]
            found[table] = np.concatenate(split) if split else np.array([], dtype=np.int64)
    return found


def _along(grid: pl.DataFrame, homes: pl.DataFrame) -> list[int]:
    units = grid.select("district", "unit").unique(maintain_order=True)
    found = units.join(homes, on=["district", "unit"], how="left", maintain_order="left")
    return found["homes"].to_list()


def published(
    policy: DisclosurePolicy, zones: pl.DataFrame, truth: dict[LadderTable, np.ndarray], *, years: int, seed: int
) -> pl.DataFrame:
    """The counts of a release that holds `years` runs of the mechanism on the same truth, one in each year."""
    sampler = SeededGaussian(seed)
    starts = {g: [date(FIRST_YEAR + y, m, 1) for y in range(years) for m in _STARTS[g]] for g in _STARTS}
    cells = {table: key_cells(zones, policy, table) for table in truth}
    measured = {
        table: {
            start: _measurement(policy, zones, table, exact, start, sampler, cells[table])
            for start in starts[table.grain]
        }
        for table, exact in truth.items()
    }
    states = {grain: dict.fromkeys(days, PeriodState.CLOSED) for grain, days in starts.items()}
    return rows_of(policy, zones, measured, states).filter(pl.col("kind") == "count")


def true_figures(policy: DisclosurePolicy, zones: pl.DataFrame, truth: dict[LadderTable, np.ndarray]) -> pl.DataFrame:
    """KEY and `true` of every published figure: what the same path gives without noise."""
    still = replace(policy, floor=1)
    exact = {table: counts.astype(np.int64) for table, counts in truth.items()}
    starts = {g: [date(FIRST_YEAR, 1, 1)] for g in _STARTS}
    measured = {
        table: {start: _measurement(still, zones, table, counts, start, None) for start in starts[table.grain]}
        for table, counts in exact.items()
    }
    states = {grain: dict.fromkeys(days, PeriodState.CLOSED) for grain, days in starts.items()}
    rows = rows_of(still, zones, measured, states).filter(pl.col("kind") == "count")
    return rows.select(*KEY, true=pl.col("value").fill_null(0.0))


def _measurement(
    policy: DisclosurePolicy,
    zones: pl.DataFrame,
    table: LadderTable,
    exact: np.ndarray,
    start: date,
    sampler: SeededGaussian | None,
    cells: pl.DataFrame | None = None,
) -> Measurement:
    sigma = table.sigma(policy.rho)
    noisy = sampler(exact.tolist(), sigma) if sampler else exact.tolist()
    grid = key_cells(zones, policy, table) if cells is None else cells
    return Measurement(
        key=MeasurementKey(policy.topic, str(policy.tier), table.name, start),
        cells=grid.with_columns(noisy=pl.Series(noisy, dtype=pl.Int64)),
        sigma=sigma,
        snapshot="",
        zones_version="",
        publishable=False,
        counted=0,
    )
