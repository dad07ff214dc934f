"""A small city and a private folder to measure it in."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from etl.protect.ledger import Ledger
from etl.protect.measure import Bench
from etl.protect.mechanism import Sampler, SeededGaussian
from etl.steps.protect import bench_for
from layers.grid import neighbors
from layers.zones import build_zones

CENTER = 0x8944CE00007FFFF
NOW = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
AS_OF = date(2026, 11, 15)

MakeBench = Callable[..., Bench]
Filings = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def zones() -> pl.DataFrame:
    """Seven cells of 300 homes: neighborhoods North (districts 1 and 2) and South (district 2)."""
    ring = neighbors(CENTER)
    areas = [("North", "1")] * 3 + [("North", "2")] * 2 + [("South", "2")] * 2
    rows = [(cell, *area, 300) for cell, area in zip([CENTER, *ring], areas, strict=True)]
    atoms = pl.DataFrame(
        rows,
        schema={"cell": pl.UInt64, "neighborhood": pl.String, "district": pl.String, "homes": pl.UInt32},
        orient="row",
    )
    return build_zones(atoms)


@pytest.fixture
def make_bench(tmp_path: Path) -> MakeBench:
    """A bench on `tmp_path`; calling it again opens the same ledger and folders, as a later run would."""

    def make(sampler: Sampler | None = None) -> Bench:
        ledger = Ledger(sa.create_engine(f"sqlite:///{tmp_path / 'state.db'}"), lambda: NOW)
        return bench_for(tmp_path, ledger, sampler or SeededGaussian(7))

    return make


@pytest.fixture(scope="session")
def filings(zones: pl.DataFrame) -> Filings:
    """Events from rows of (home, day filed); home h lives in cell h modulo 7 of the city."""
    cells = zones["cell"].to_list()

    def make(*rows: tuple[int, str]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "home": [home for home, _ in rows],
                "cell": [cells[home % len(cells)] for home, _ in rows],
                "filed": [datetime.fromisoformat(day) for _, day in rows],
            },
            schema={"home": pl.UInt64, "cell": pl.UInt64, "filed": pl.Datetime("us")},
        )

    return make
