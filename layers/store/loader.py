"""A second copy of releases, in PostgreSQL: for QGIS, Tableau and SQL users, and for a portal with many replicas.

The folders stay the truth: a release is copied whole, in one transaction, and never changed afterwards. One that was
taken back in the folders is removed whole from the copy.
"""

import json
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from layers.store.schema import COUNTS_SCHEMA, counts_table, metadata
from layers.store.tombstone import TOMBSTONE

_BATCH = 10_000


def load_current(store: Path, engine: sa.Engine) -> dict[str, int]:
    """Copy every current release that is not there yet, and remove the withdrawn ones. Topic → rows copied now."""
    remove_withdrawn(store, engine)
    current = json.loads((store / "current.json").read_bytes())
    return {
        topic: load_release(store / "releases" / topic / release, topic, release, engine)
        for topic, release in sorted(current.items())
    }


def load_release(folder: Path, topic: str, release: str, engine: sa.Engine) -> int:
    """Copy one release; 0 where it is there already. All rows arrive or none."""
    metadata.create_all(engine)
    counts = pl.read_parquet(folder / "counts.parquet")
    with engine.begin() as connection:
        if _present(connection, topic, release):
            return 0
        for batch in counts.iter_slices(_BATCH):
            rows = [{"release": release, **row} for row in batch.select(list(COUNTS_SCHEMA)).iter_rows(named=True)]
            connection.execute(counts_table.insert(), rows)
    return counts.height


def remove_withdrawn(store: Path, engine: sa.Engine) -> int:
    """Delete the rows of every release that was taken back; how many there were. All of a release's rows go or none."""
    metadata.create_all(engine)
    removed = 0
    for folder in sorted(stone.parent for stone in store.glob(f"releases/*/*/{TOMBSTONE}")):
        gone = counts_table.delete().where(
            counts_table.c.topic == folder.parent.name, counts_table.c.release == folder.name
        )
        with engine.begin() as connection:
            removed += connection.execute(gone).rowcount
    return removed


def _present(connection: sa.Connection, topic: str, release: str) -> bool:
    query = (
        sa.select(sa.literal(1))
        .where(counts_table.c.release == release, counts_table.c.topic == topic)
        .limit(1)
    )  # fmt: skip
    return connection.execute(query).first() is not None
