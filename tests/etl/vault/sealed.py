"""A city one of whose records is sealed, and every trace of it."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from etl.takenback.withdrawn import RECORD
from etl.vault import KEY
from layers.areas import AreaSet
from tests.etl.vault.nights import Agency, Nights, feed_source

Areas = tuple[AreaSet, ...]
SEALED, CANARY = "SEALED-1", "36.0312345"
"""The id of the record that is taken back, and its latitude, which is in no other row."""
LIST = {"withdrawals": {"connector": {"kind": "csv", "path": "sealed.csv"}, "column": "case"}}


def city(folder: Path, agency: Agency, areas: Areas, **said: Any) -> Nights:
    (folder / "sealed.csv").write_text("case\n", "utf-8")
    nights = Nights(folder, agency, feed_source(**said), areas=areas)
    nights.run()
    return nights


def hashes_of_sealed(nights: Nights) -> set[int]:
    """What the vault says of the one record of a home."""
    (found,) = nights.vault.scan().filter(category="heat_and_hot_water").select(KEY, RECORD).collect().rows()
    return set(found)


def traces(nights: Nights, hashes: set[int]) -> list[str]:
    """The private files, beside the list itself, that hold the record's id, its place or a hash of it."""
    found = []
    for path in (p for p in nights.private.rglob("*") if p.is_file() and "withdrawn" not in p.parts):
        content = path.read_bytes()
        numbers = set()
        if path.suffix == ".parquet":
            table = pl.read_parquet(path)
            numbers = {n for name in (KEY, RECORD) if name in table.columns for n in table[name].to_list()}
        if SEALED.encode() in content or CANARY.encode() in content or hashes & numbers:
            found.append(path.relative_to(nights.private).as_posix())
    return found


def notes(nights: Nights) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(nights.private.glob("withdrawn/*/*.json"))]
