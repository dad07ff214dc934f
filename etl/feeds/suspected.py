"""Default points that a run found by itself: told to the steward, in a private file, and never taken silently."""

from pathlib import Path

import polars as pl

from etl.city import Source
from etl.errors import StorageFailed, TooFewLocated
from etl.location.cache import LOCATE
from etl.protect.measurements import replace_private
from etl.records import Located
from layers.topics import topic

_REMEDY = (
    "Look at them: if nothing happened there, declare them in location.default_points; if it did, raise "
    "location.default_share. The last release stays up."
)


def suspected_path(private: Path, source: str) -> Path:
    """Where the points of a source are written: `lat`, `lng`, `records`."""
    return private / LOCATE / f"default-points-{source}.parquet"


def noted_points(private: Path, source: Source) -> pl.DataFrame | None:
    """The points that a whole feed gave away: the few records that changed since would not. None where there are none.

    Raises StorageFailed where the file is damaged.
    """
    path = suspected_path(private, source.id)
    if topic(source.topic).protected or not path.exists():
        return None
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(
            f"The private file {path.name} cannot be read.", "Remove it, and read the feed whole."
        ) from error


def note_suspected(private: Path, source: Source, located: Located) -> None:
    """Write down the points that hold too much of a feed, or remove what was written before.

    Raises TooFewLocated for a topic whose records all concern homes: there a person decides, because one home's record
    must never decide whether another's is counted.
    """
    path = suspected_path(private, source.id)
    found: pl.DataFrame = located.suspected
    if found.is_empty():
        path.unlink(missing_ok=True)
        return
    replace_private(found, path)
    if topic(source.topic).protected:
        told = path.relative_to(private.parent).as_posix()
        raise TooFewLocated(
            f"Source {source.id}: {found.height} points hold more of the feed than can be; they stand in {told}.",
            _REMEDY,
        )
