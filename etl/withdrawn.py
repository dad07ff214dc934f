"""Records that a court sealed or an agency withdrew: known by keyed hashes alone, and left out of every later run.

`private/withdrawn/<topic>/ids.parquet` only grows. Without the key `withdrawn` its hashes tell nothing, so a list whose
key is gone stops the run: going on would count again what was taken back.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.folders import Folders
from etl.keyed import keyed_expr
from etl.protect.measurements import replace_private
from etl.records import ROW, Validated

REASON = "withdrawn"
"""The reject reason under which the steward, and nobody else, sees how many were left out."""
FOLDER, KEY = "withdrawn", "withdrawn"
_SCHEMA = {"record": pl.UInt64(), "on": pl.Date()}


def without_withdrawn(validated: Validated, folders: Folders, topic: str, source: str) -> Validated:
    """The records that nobody took back; the others become rejects with the reason `withdrawn`."""
    listed = withdrawn(folders, topic)
    if listed.is_empty():
        return validated
    records = validated.records.collect()
    gone = records.select(hashed_expr(pl.col("id"), folders).is_in(listed["record"].implode())).to_series()
    if not gone.any():
        return validated
    row = records.filter(gone).select(ROW, source=pl.lit(source), reason=pl.lit(REASON))
    rejects = pl.concat([validated.rejects, row.cast(dict(validated.rejects.schema))])  # type: ignore[arg-type]  # cast takes a schema
    return replace(validated, records=records.filter(~gone).lazy(), rejects=rejects.sort(ROW))


def withdrawn(folders: Folders, topic: str) -> pl.DataFrame:
    """`record` (keyed hash of an id), `on` (the day of its withdrawal); empty where nothing was taken back."""
    path = _path(folders, topic)
    if not path.exists():
        return pl.DataFrame(schema=_SCHEMA)
    if not (folders.private / "keys" / f"{KEY}.key").exists():
        raise StorageFailed("The key of the withdrawn records is gone, so nobody can tell them.", "Put it back.")
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(f"The list of withdrawn records of {topic} cannot be read.", "Put it back.") from error


def add_withdrawn(folders: Folders, topic: str, ids: pl.Series, on: date) -> int:
    """Add ids for good; how many were not listed before. Durable when this returns."""
    before = withdrawn(folders, topic)
    hashes = ids.to_frame("id").select(record=hashed_expr(pl.col("id"), folders), on=pl.lit(on)).unique("record")
    new = hashes.join(before, on="record", how="anti")
    replace_private(pl.concat([before, new]).sort("on", "record"), _path(folders, topic))
    return new.height


def hashed_expr(identifier: pl.Expr, folders: Folders) -> pl.Expr:
    """The keyed hash of an id, however its letters and blanks are written."""
    text = identifier.cast(pl.String).str.strip_chars().str.replace_all(r"\s+", " ").str.to_uppercase()
    return keyed_expr(text, folders.key(KEY), "withdrawn record")


def _path(folders: Folders, topic: str) -> Path:
    return folders.private / FOLDER / topic / "ids.parquet"
