"""Validate: from a feed's text to typed records. What no field lists is never read; what is no record is rejected."""

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from etl.city import Source
from etl.errors import TooManyRejects
from etl.reading import allowed, decoded, typed, unmapped
from etl.records import ROW, Ingested, Validated
from etl.verdicts import REASON, REASONS, place, reason_expr, with_sensitive
from layers.topics import Topic, topic

NOT_THE_FEEDS_FAULT = ("sensitive_type",)
"""Reasons that the gate on rejects does not count: such rows are sound, and never published."""


def validate(
    ingested: Ingested, source: Source, *, today: date, city_zone: ZoneInfo, previous_rows: int | None = None
) -> Validated:
    """Typed records of the topic, and the rejects with their reasons.

    Of the rows of one id the last sound one stands: a feed that tells of a record again tells what became of it.
    `previous_rows` is how many rows the feed had when it was last taken. Raises SchemaDrift when a declared column is
    missing, SourceUnreadable when the text cannot be read, and TooManyRejects when a limit of the source is passed.
    """
    about = topic(source.topic)
    ingested.require([column for field in source.fields.values() for column in field.columns])
    frame = typed(allowed(ingested, source), source, about, city_zone)
    judged = frame.with_columns(reason_expr(source, about, today)).select(ROW, REASON, *source.fields)
    found = _divided(decoded(ingested.collect(judged), source, about), source, about)
    _require_quality(found, source, previous_rows)
    return found


def _divided(rows: pl.DataFrame, source: Source, about: Topic) -> Validated:
    """Sound rows and rejects; of sound rows with one id all but the last are rejects too."""
    total = rows.height
    rows = with_sensitive(rows, source)
    rejected = rows.filter(pl.col(REASON).is_not_null()).select(ROW, REASON)
    sound = rows.filter(pl.col(REASON).is_null()) if rejected.height else rows
    del rows  # millions of rows: never hold them twice
    if sound["id"].hash().n_unique() < sound.height:  # equal ids have equal hashes: enough to know that there are none
        last = sound.select(pl.col("id").is_last_distinct()).to_series()
        rejected = rejected.vstack(sound.filter(~last).select(ROW, place("duplicate").alias(REASON)))
        sound = sound.filter(last)
    records, lost = unmapped(sound.drop(REASON), source, about)
    return Validated(records.lazy(), _named(rejected, source), total, lost)


def _named(rejected: pl.DataFrame, source: Source) -> pl.DataFrame:
    reason = pl.col(REASON).replace_strict(dict(enumerate(REASONS)), return_dtype=pl.String)
    return rejected.sort(ROW).select(ROW, pl.lit(source.id).alias("source"), reason.alias("reason"))


def _require_quality(found: Validated, source: Source, previous_rows: int | None) -> None:
    limits = source.limits
    fewest = max(limits.min_rows, 1)
    if found.rows < fewest:
        raise TooManyRejects(f"Source {source.id} has {found.rows:,} rows; at least {fewest:,} are due.")
    if previous_rows and found.rows < previous_rows * (1 - limits.max_shrink_share):
        raise TooManyRejects(f"Source {source.id} has shrunk from {previous_rows:,} to {found.rows:,} rows.")
    faults = {reason: count for reason, count in found.rejected().items() if reason not in NOT_THE_FEEDS_FAULT}
    if found.unmapped.get("category", 0) > found.rows * limits.max_reject_share:
        raise TooManyRejects(
            f"Source {source.id}: {found.unmapped['category'] / found.rows:.1%} of the rows have a type that no group "
            f"lists, at most {limits.max_reject_share:.1%} may.",
            "Add the new codes to [categories] of its declaration; the last release stays up.",
        )
    share = sum(faults.values()) / found.rows
    if share > limits.max_reject_share:
        by_reason = ", ".join(f"{reason} {count:,}" for reason, count in faults.items())
        raise TooManyRejects(
            f"Source {source.id}: {share:.1%} of {found.rows:,} rows were rejected, at most "
            f"{limits.max_reject_share:.1%} may be ({by_reason})."
        )
