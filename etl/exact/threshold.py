"""A threshold on counts that an agency made: small ones are hidden, others that would give one away are too, for ever.

A count that was published once stays as it was published, whatever the feed says later: two answers to one question
would tell what changed, and changes are small. What a feed had left blank joins when it is reported, unless what was
published would then give a hidden count away: then its figures stay not reported.
"""

from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.exactmode.complete import CannotComplete, complete
from etl.exactmode.figure import FIGURE, NOTHING_KEPT, not_yet_hidden
from etl.protect.measurements import replace_private

FOLDER = "counted"
"""Under the private folder."""
_CITY_OF = ["measure", "grain", "period", "category"]


def guarded(reported: pl.DataFrame, kept: pl.DataFrame, threshold: int) -> tuple[pl.DataFrame, int]:
    """Every figure that may be published and whether it is shown, with the columns of NOTHING_KEPT; how many the
    feed tells otherwise than they are published.

    `reported` has the columns of FIGURE and `count` (Int64, never null). Raises CannotComplete where what was published
    already says too much.
    """
    told = reported.join(kept.rename({"count": "was", "threshold": "was_threshold"}), on=list(FIGURE), how="left")
    known = pl.col("frozen").fill_null(value=False)
    small = pl.col("count") < pl.col("was_threshold")
    otherwise = known & pl.when("shown").then(pl.col("count") != pl.col("was")).otherwise(small != pl.col("small"))
    corrected = told.filter(otherwise)
    new = told.filter(~known)
    # the total of corrected counts is not that of the published ones
    new = pl.concat([
        new.filter(pl.col("geography") != "city"),
        new.filter(pl.col("geography") == "city").join(corrected, on=_CITY_OF, how="anti"),
    ])  # fmt: skip
    fresh = not_yet_hidden(new, threshold)
    try:
        done = complete(pl.concat([kept, fresh]), None)
    except CannotComplete:  # what was published says too much of a late one: it is told as little as before
        late = fresh.join(kept, on=["measure", "grain", "period"], how="semi")
        fresh = fresh.join(late, on=list(FIGURE), how="anti")
        corrected = pl.concat([corrected.select(FIGURE), late.select(FIGURE)])
        done = complete(pl.concat([kept, fresh]), None)
    return done.with_columns(count=pl.when("shown").then("count")), corrected.height


def read_kept(private: Path, topic: str, source: str) -> pl.DataFrame:
    """What was published of a feed so far. Raises StorageFailed where that cannot be read."""
    path = _path(private, topic, source)
    if not path.exists():
        return NOTHING_KEPT
    try:
        return pl.read_parquet(path).select(pl.col(n).cast(t) for n, t in NOTHING_KEPT.schema.items())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(f"What was published of {source} before cannot be read.") from error


def keep_published(private: Path, topic: str, source: str, figures: pl.DataFrame) -> None:
    """Keep what `guarded` gave, for good; called when the audit has passed, before it is published."""
    replace_private(figures.with_columns(frozen=pl.lit(value=True)), _path(private, topic, source))


def _path(private: Path, topic: str, source: str) -> Path:
    return private / FOLDER / topic / f"{source}.parquet"
