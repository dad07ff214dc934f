"""How long the zones of a very large city take: 100,000 cells, against 10,000 of the same kind."""

import time

import numpy as np
import polars as pl
import pytest

from layers.grid import neighbors
from layers.zones import build_zones

CENTER = 0x8944CE00007FFFF


def atoms(count: int) -> pl.DataFrame:
    """A round city: two neighborhoods in each of ten districts, homes as unequal as in real ones."""
    found: dict[int, None] = {CENTER: None}
    ring = [CENTER]
    while len(found) < count:
        ring = [c for c in dict.fromkeys(n for cell in ring for n in neighbors(cell)) if c not in found]
        found |= dict.fromkeys(ring)
    place = np.arange(count) * 20 // count
    homes = np.random.default_rng(7).lognormal(3, 1.3, count).astype(np.int64)
    return pl.DataFrame(
        {"cell": list(found)[:count], "homes": homes}, schema_overrides={"cell": pl.UInt64}
    ).with_columns(neighborhood=pl.Series(place).cast(pl.String), district=pl.Series(place // 2).cast(pl.String))


@pytest.mark.bench
def test_zones_of_100_000_cells() -> None:
    seconds = {}
    for count in (10_000, 100_000):
        city = atoms(count)
        started = time.perf_counter()
        zones = build_zones(city)
        seconds[count] = time.perf_counter() - started
        assert zones["homes"].sum() == city["homes"].sum()
    print(
        f"\nzones of 100,000 cells: {seconds[100_000]:.1f} s, {seconds[100_000] / seconds[10_000]:.1f} × 10,000 cells"
    )
