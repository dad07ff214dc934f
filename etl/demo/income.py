"""Median household income of the demo city's areas, as a census has it: low where homes are hard to keep."""

from pathlib import Path

import numpy as np
import polars as pl

from etl.demo.addresses import Town
from etl.demo.files import write_csv

LEVEL, STEEPNESS = 61_000, 0.55
FEWEST_HOMES = 30
"""A census gives no figure of an area with fewer."""


def write_incomes(folder: Path, town: Town) -> None:
    """Writes `income_KIND.csv` for districts, neighborhoods and tracts."""
    places = town.addresses.select("block", "units", "stress").to_numpy().T
    block, units, stress = places[0].astype(np.int64), places[1], places[2]
    for layer in (town.geography.district, town.geography.neighborhood, town.geography.tract):
        area, count = layer.of_block[block], len(layer.ids)
        homes = np.bincount(area, units, count)
        level = np.bincount(area, units * stress, count) / np.maximum(homes, 1)
        income = np.round(LEVEL * np.exp(STEEPNESS * (1 - level)), -1).astype(np.int64)
        told = [int(each) if enough else None for each, enough in zip(income, homes >= FEWEST_HOMES, strict=True)]
        table = pl.DataFrame(
            {"GEOID": layer.ids, "B19013_001E": told}, schema={"GEOID": pl.String, "B19013_001E": pl.Int64}
        )
        write_csv(folder / f"income_{layer.kind}.csv", table)
