"""Rows that a feed still shows although its source already lists them as deleted: the deletion wins.

Once it won, the record is remembered among those taken back, by keyed hash, so that it stays out for as long as the
source may show it. A row that changed after its deletion was listed is a record again, and is taken.
"""

import polars as pl

from etl.city import Source
from etl.records import Ingested
from etl.values.text import joined_expr, without_float_tail


def deleted_yet_shown(ingested: Ingested, source: Source) -> pl.Series:
    """The ids of rows that are deleted, by the source's own word and times; none where it does not say when.

    In memory alone, and only while the fetch is being taken.
    """
    if not ingested.deleted_at or ingested.changed_at is None:
        return pl.Series("id", [], pl.String)
    listed = pl.DataFrame({"id": ingested.deleted, "gone_at": ingested.deleted_at}, schema_overrides=_TEXTS)
    gone = listed.with_columns(pl.col("id").str.strip_chars()).group_by("id").agg(pl.col("gone_at").max())
    frames = [ingested.frame, *([] if ingested.left_out is None else [ingested.left_out])]
    shown = pl.concat([_shown(ingested, frame, source) for frame in frames])
    both = shown.join(gone, on="id").group_by("id", "gone_at").agg(pl.col("at").max())
    return both.filter(pl.col("at").is_null() | (pl.col("at") <= pl.col("gone_at")))["id"]


def _shown(ingested: Ingested, frame: pl.LazyFrame, source: Source) -> pl.DataFrame:
    """`id` and `at`, when the row last changed, of all rows."""
    identifier = joined_expr(source.fields["id"].columns)
    rows = ingested.collect(frame.select(id=identifier, at=pl.col(str(ingested.changed_at))).drop_nulls("id"))
    return rows.with_columns(without_float_tail(rows["id"]).alias("id"))


_TEXTS = {"id": pl.String, "gone_at": pl.String}
