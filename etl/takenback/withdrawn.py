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
from etl.keyed import keyed_expr, seeded_expr
from etl.protect.measurements import replace_private
from etl.records import ROW, Validated

REASON = "withdrawn"
"""The reject reason under which the steward, and nobody else, sees how many were left out."""
FOLDER, KEY, PURPOSE = "withdrawn", "withdrawn", "withdrawn record"
RECORD = "record"
"""The column of the vault by which a record that is taken back is found."""
_SCHEMA = {"record": pl.UInt64(), "on": pl.Date(), "source": pl.String()}


def without_withdrawn(validated: Validated, folders: Folders, topic: str, source: str) -> Validated:
    """The records that nobody took back; the others become rejects with the reason `withdrawn`."""
    listed = withdrawn(folders, topic, source)
    if listed.is_empty():
        return validated
    hashes = listed["record"].implode()
    same = pl.any_horizontal(each.is_in(hashes) for each in hashed_exprs(pl.col("id"), folders))
    return _without(validated, same, source)


def stands_among(ids: pl.Series, folders: Folders, topic: str, source: str) -> bool:
    """Whether any of these ids is of a record that was taken back."""
    listed = withdrawn(folders, topic, source)
    if listed.is_empty() or ids.is_empty():
        return False
    hashes = listed["record"].implode()
    same = pl.any_horizontal(each.is_in(hashes) for each in hashed_exprs(pl.col("id"), folders))
    return bool(ids.rename("id").to_frame().select(same.any()).item())


def without_deleted(validated: Validated, ids: pl.Series, source: str) -> Validated:
    """The records but those of these ids, which their source deleted while it still shows them."""
    return _without(validated, pl.col("id").is_in(ids.implode()), source) if ids.len() else validated


def _without(validated: Validated, same: pl.Expr, source: str) -> Validated:
    gone = pl.concat([part.lazy().filter(same).select(ROW).collect() for part in validated.parts()])
    if gone.is_empty():
        return validated
    row = gone.select(ROW, source=pl.lit(source), reason=pl.lit(REASON))
    rejects = pl.concat([validated.rejects, row.cast(dict(validated.rejects.schema))])  # type: ignore[arg-type]  # cast takes a schema
    return replace(validated.without(gone[ROW]), rejects=rejects.sort(ROW))


def withdrawn(folders: Folders, topic: str, source: str | None = None) -> pl.DataFrame:
    """What was taken back of the source, or in all sources of the topic: `record` (keyed hash of an id), `on` (the day
    of its withdrawal), `source` (null: whichever sends it; else only that one, another's record of that id stays)."""
    return withdrawn_of_all(folders, topic).filter(
        pl.col("source").is_null() | (pl.col("source") == pl.lit(source, pl.String))
    )


def withdrawn_of_all(folders: Folders, topic: str) -> pl.DataFrame:
    """Everything that was taken back in the topic, whichever source it was of."""
    path = _path(folders, topic)
    if not path.exists():
        return pl.DataFrame(schema=_SCHEMA)
    if not (folders.private / "keys" / f"{KEY}.key").exists():
        raise StorageFailed("The key of the withdrawn records is gone, so nobody can tell them.", "Put it back.")
    try:
        listed = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(f"The list of withdrawn records of {topic} cannot be read.", "Put it back.") from error
    if "source" not in listed.columns:  # a list of an older version
        listed = listed.with_columns(source=pl.lit(None, pl.String))
    return listed


def records_of(ids: pl.Series, folders: Folders) -> pl.Series:
    """What stands for records of these ids on the list, both hashes of each."""
    hashes = hashed_exprs(pl.col("id"), folders)
    both = [ids.rename("id").to_frame().select(each.alias(RECORD)).to_series() for each in hashes]
    return pl.concat(both).drop_nulls().unique()


def known_among(ids: pl.Series, folders: Folders, topic: str, source: str | None = None) -> int:
    """How many of the ids are on the list, for the source or for all."""
    keyed, _ = hashed_exprs(pl.col("id"), folders)
    hashes = ids.to_frame("id").select(keyed.alias(RECORD)).to_series().unique()
    return int(hashes.is_in(withdrawn(folders, topic, source)[RECORD].implode()).sum())


def add_records(folders: Folders, topic: str, records: pl.Series, on: date, source: str | None = None) -> None:
    """Add records by their hashes, as the vault holds them: of one source, or of all. Durable when this returns."""
    listed = records.unique().to_frame("record").with_columns(on=pl.lit(on), source=pl.lit(source, pl.String))
    new = listed.join(withdrawn(folders, topic, source), on="record", how="anti")
    if new.height:
        replace_private(pl.concat([withdrawn_of_all(folders, topic), new]).sort("on", "record"), _path(folders, topic))


def hashed_exprs(identifier: pl.Expr, folders: Folders) -> tuple[pl.Expr, pl.Expr]:
    """The two hashes of an id, however its letters and blanks are written: the keyed one that stands for a record which
    concerns a home, and the fast one of any other. A record may be either, now or later, so a list holds both."""
    text = identifier.cast(pl.String).str.strip_chars().str.replace_all(r"\s+", " ").str.to_uppercase()
    key = folders.key(KEY)
    return keyed_expr(text, key, PURPOSE), seeded_expr(text, key, PURPOSE)


def with_record(records: pl.DataFrame, homes: pl.Expr, folders: Folders) -> pl.DataFrame:
    """The records with `record` (UInt64): what the list would hold of each. `homes`: which of them concern a home."""
    home, place = hashed_exprs(pl.col("id"), folders)
    marked = records.with_columns(place.alias(RECORD))
    concerned = records.filter(homes).select(ROW, home.alias("of_home"))
    if not concerned.height:
        return marked
    joined = marked.join(concerned, on=ROW, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("of_home", RECORD).alias(RECORD)).drop("of_home")


def _path(folders: Folders, topic: str) -> Path:
    return folders.private / FOLDER / topic / "ids.parquet"
