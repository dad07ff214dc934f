"""Homes of a city of New York's size: the real tax lots where they are at hand, else lots made from a seed."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from layers.grid import cell_expr

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "nyc"
"""Public files beside the repository; tests/cities/nyc declares them."""
RESOLUTION = 9
LOTS_FILE = "parcels/tax_lots_points_2023.csv.gz"
MADE_HOMES, MADE_CELLS, MADE_DISTRICTS, MADE_NEIGHBORHOODS = 3_200_000, 5_900, 51, 200


def real_lots(shared: Path = SHARED) -> pl.DataFrame | None:
    """Residential lots: `units`, `cell`, `zip`, `neighborhood`, `district`; None where the file is absent."""
    file = shared / LOTS_FILE
    if not file.exists():
        return None
    text = pl.read_csv(file, infer_schema=False)
    return (
        text.with_columns(
            units=pl.col("unitsres").cast(pl.Int64, strict=False),
            lat=pl.col("latitude").cast(pl.Float64, strict=False),
            lng=pl.col("longitude").cast(pl.Float64, strict=False),
        )
        .filter(pl.col("units") > 0)
        .unique(["borough", "block", "lot"], maintain_order=True)
        .select(
            "units",
            cell_expr("lat", "lng", RESOLUTION).alias("cell"),
            zip="modzcta",
            neighborhood="nta",
            district="councildist_2023",
        )
    )


def made_lots(seed: int = 5, *, homes: int = MADE_HOMES, cells: int = MADE_CELLS) -> pl.DataFrame:
    """The same columns, invented: cells of a square grid, dense in the middle; lots of 1 to some hundred units.

    `zip` is the neighborhood. Neighborhoods are bands of cells, districts are bands of neighborhoods.
    """
    rng = np.random.default_rng(seed)
    side = round(cells**0.5)
    y, x = (axis.ravel() for axis in np.mgrid[0:side, 0:side])
    density = np.exp(-(((x - side / 2) ** 2 + (y - side / 2) ** 2) / (side / 1.6) ** 2)) * rng.lognormal(0, 0.7, x.size)
    lots = max(1, homes // 5)
    place = rng.choice(x.size, size=lots, p=density / density.sum())
    units = 1 + in_whole(rng.lognormal(0, 1.6, lots), homes - lots)
    neighborhood = place * MADE_NEIGHBORHOODS // x.size
    frame = pl.DataFrame({"units": units, "lat": 40.5 + y[place] * 0.0032, "lng": -74.2 + x[place] * 0.0042})
    return frame.select(
        "units",
        cell_expr("lat", "lng", RESOLUTION).alias("cell"),
        zip=pl.Series(neighborhood).cast(pl.String),
        neighborhood=pl.Series(neighborhood).cast(pl.String),
        district=pl.Series(neighborhood * MADE_DISTRICTS // MADE_NEIGHBORHOODS).cast(pl.String),
    )


def in_whole(shares: npt.NDArray[np.float64], total: int) -> npt.NDArray[np.int64]:
    """Whole numbers in these proportions with this total."""
    return np.diff(np.round(np.cumsum(shares) / shares.sum() * total).astype(np.int64), prepend=0)


def atoms_of(lots: pl.DataFrame) -> pl.DataFrame:
    """Homes by cell, neighborhood and district, as `build_zones` takes them."""
    return lots.group_by("cell", "neighborhood", "district").agg(homes=pl.col("units").sum())
