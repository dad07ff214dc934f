"""A year of eviction filings in a city of New York's size, from located events to the rows of a release.

`python -m tests.benchmarks.protect_speed WAY FOLDER` prints one line of JSON: seconds, seconds of processor time, peak
memory in MB, and what was made. `write_city` makes the folder: `lots.parquet` (homes), `zones.parquet` and
`events.parquet`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.peak import peak_bytes

FILINGS = 120_000
YEAR, AS_OF = date(2025, 1, 1), date(2026, 4, 1)
MANY_CELLS = 100_000


def write_city(folder: Path, *, filings: int = FILINGS) -> str:
    """Lots (the real ones where they are at hand), zones and filings with what became of them; says which lots."""
    import numpy as np
    import polars as pl

    from layers.zones import build_zones
    from tests.benchmarks.utility.lots import atoms_of, made_lots, real_lots

    real = real_lots()
    lots = made_lots() if real is None else real
    rng = np.random.default_rng(7)
    units = lots["units"].to_numpy()
    risk = units * rng.lognormal(0, 0.8, len(units))
    lot = rng.choice(len(units), size=filings, p=risk / risk.sum())
    unit = (rng.random(filings) * units[lot]).astype(np.int64)
    filed = np.datetime64(YEAR) + rng.integers(0, 365, filings).astype("timedelta64[D]")
    outcomes = np.array(["default", "dismissed", "settled", "judgment"])
    events = pl.DataFrame(
        {
            "home": (lot * 65_536 + unit).astype(np.uint64),
            "cell": lots["cell"].to_numpy()[lot],
            "filed": filed,
            "disposition": filed + rng.integers(20, 120, filings).astype("timedelta64[D]"),
            "outcome": outcomes[rng.integers(0, 4, filings)],
            "appeared": rng.random(filings) < 0.6,
            "represented": rng.random(filings) < 0.2,
            "mediated": rng.random(filings) < 0.1,
        }
    ).with_columns(pl.col("appeared", "represented", "mediated").cast(pl.String))
    zones = build_zones(atoms_of(lots), zone2_homes=2_000)
    for name, frame in (("lots", lots), ("zones", zones), ("events", events)):
        frame.write_parquet(folder / f"{name}.parquet")
    return (
        f"{'invented' if real is None else 'real'} lots of {units.sum():,} homes, {zones['zone1'].n_unique():,} zones, "
        f"{filings:,} invented filings"
    )


def hearthmap(folder: Path) -> dict[str, int]:
    """Our own step: zones from the homes, then every table bounded, measured, stored, fitted and added up."""
    import polars as pl
    import sqlalchemy as sa

    from etl.protect.calendar import Coverage
    from etl.protect.ledger import Ledger
    from etl.protect.mechanism import DiscreteGaussian
    from etl.steps.protect import bench_for, protect
    from layers.policy import policy_for
    from layers.zones import build_zones
    from tests.benchmarks.utility.lots import atoms_of

    zones = build_zones(atoms_of(pl.read_parquet(folder / "lots.parquet")), zone2_homes=2_000)
    with tempfile.TemporaryDirectory() as private:
        clock = datetime(2026, 4, 1, tzinfo=UTC)
        ledger = Ledger(sa.create_engine(f"sqlite:///{private}/state.db"), lambda: clock)
        done = protect(
            pl.read_parquet(folder / "events.parquet"),
            zones,
            policy_for("evictions"),
            coverage=Coverage(YEAR, date(2025, 12, 31)),
            as_of=AS_OF,
            snapshot="",
            bench=bench_for(Path(private), ledger, DiscreteGaussian()),
        )
    return {"tables": done.report.measured_now, "rows": done.counts.height}


def pandas_and_opendp(folder: Path) -> dict[str, int]:
    """The script one would write first: the same measured tables in pandas, noise by OpenDP; nothing else is done.

    No cap, no ledger, nothing stored or fitted, no totals, no margins, no rates.
    """
    import pandas as pd

    from etl.protect.mechanism import measurement

    zones = pd.read_parquet(folder / "zones.parquet")
    events = pd.read_parquet(folder / "events.parquet").merge(zones.drop(columns="homes"), on="cell")
    tables = rows = 0
    for day, share, grain, places, by in _TABLES:
        here = events.assign(period=pd.to_datetime(events[day]).dt.to_period(grain)).loc[
            lambda e: e["period"].dt.year == YEAR.year
        ]
        cells = zones[places].drop_duplicates()
        for name in by:
            cells = cells.merge(events[[name]].drop_duplicates(), how="cross")
        noise = measurement((_SENSITIVITY[grain] / (2 * share)) ** 0.5)
        for _, homes in here.groupby("period"):
            counts = homes.drop_duplicates("home").groupby([*places, *by]).size().rename("count").reset_index()
            exact = cells.merge(counts, how="left")["count"].fillna(0).astype(int)
            noisy = noise(exact.tolist())
            tables, rows = tables + 1, rows + len(noisy)
    return {"tables": tables, "rows": rows}


def bare_polars(folder: Path) -> dict[str, int]:
    """The least that Polars can do: count distinct homes for every published table. No protection at all."""
    import polars as pl

    zones = pl.read_parquet(folder / "zones.parquet").with_columns(city=pl.lit("city")).drop("homes")
    events = pl.read_parquet(folder / "events.parquet").join(zones, on="cell")
    rows = 0
    for every, places in _PUBLISHED.items():
        for place in places:
            period = pl.col("filed").dt.truncate(every)
            rows += events.group_by(place, period).agg(pl.col("home").n_unique()).height
    return {"tables": sum(map(len, _PUBLISHED.values())), "rows": rows}


def many_zones(folder: Path) -> dict[str, int]:
    """Zones of a city of 100,000 cells, all levels."""
    import polars as pl

    from layers.zones import build_zones

    atoms = pl.read_parquet(folder / "atoms.parquet")
    zones = build_zones(atoms, zone2_homes=2_000)
    return {"tables": zones.height, "rows": zones["zone1"].n_unique()}


def write_atoms(folder: Path, cells: int = MANY_CELLS) -> None:
    """`atoms.parquet`: homes of an invented city by cell and area."""
    from tests.benchmarks.utility.lots import atoms_of, made_lots

    atoms_of(made_lots(homes=cells * 60, cells=cells)).write_parquet(folder / "atoms.parquet")


_SENSITIVITY = {"M": 4, "Q": 4, "Y": 1}
_PIECE = ["neighborhood", "district"]
_TABLES: tuple[tuple[str, float, str, list[str], list[str]], ...] = (
    ("filed", 0.26, "M", _PIECE, []),
    ("filed", 0.06, "M", ["district"], []),
    ("filed", 0.19, "Q", ["zone2"], []),
    ("filed", 0.02, "Q", ["district"], []),
    ("filed", 0.20, "Y", ["zone1"], []),
    ("filed", 0.02, "Y", ["district"], []),
    ("disposition", 0.06, "Q", ["district"], ["outcome"]),
    ("disposition", 0.07, "Y", ["district"], ["outcome", "represented"]),
)
_PUBLISHED = {
    "1mo": ("neighborhood", "district", "city"),
    "1q": ("zone2", "neighborhood", "district", "city"),
    "1y": ("zone1", "zone2", "neighborhood", "district", "city"),
}
WAYS: dict[str, Callable[[Path], dict[str, int]]] = {
    "hearthmap": hearthmap,
    "pandas + OpenDP": pandas_and_opendp,
    "bare polars": bare_polars,
    "zones": many_zones,
}


def main(way: str, folder: str) -> None:
    """Run one way and print what it took. Importing the libraries is not counted."""
    _warm()
    start, before = time.perf_counter(), time.process_time()
    made = WAYS[way](Path(folder))
    took: dict[str, Any] = {
        "seconds": round(time.perf_counter() - start, 2),
        "processor": round(time.process_time() - before, 2),
        "peak_mb": round(peak_bytes() / 1e6),
    }
    sys.stdout.write(json.dumps(took | made) + "\n")


def _warm() -> None:
    import pandas  # noqa: F401 - its import is no part of any way
    import polars  # noqa: F401 - as above

    from etl.protect.mechanism import measurement
    from layers.grid import neighbors

    measurement(1.0)([0])
    neighbors(0x8944CE00007FFFF)


if __name__ == "__main__":
    main(*sys.argv[1:])
