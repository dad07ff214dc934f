"""Validate: from a feed's text to typed records. What no field lists is never read; what is no record is rejected."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from etl.city import Source
from etl.drift.observe import Observed, observe
from etl.errors import SchemaDrift, TooManyRejects
from etl.feeds.reading import allowed, coded_fields, decoded, typed, unmapped
from etl.feeds.verdicts import REASON, REASONS, place, reason_expr, unread_columns, unread_exprs, with_sensitive
from etl.records import ROW, Ingested, Validated
from layers.topics import FieldType, Topic, topic

FEW = 5
"""So many rows of a fetch of changes may be rejected whatever their share."""
NOT_THE_FEEDS_FAULT = ("sensitive_type",)
"""Reasons that the gate on rejects does not count: such rows are sound, and never published."""


_FEWEST_TO_TELL = 20
_MOST_UNREAD = 0.5


def validate(
    ingested: Ingested, source: Source, *, today: date, city_zone: ZoneInfo, previous_rows: int | None = None
) -> Validated:
    """What `judge` finds, past the declared limits. Raises what it and `require_quality` raise."""
    found = judge(ingested, source, today=today, city_zone=city_zone)
    require_quality(found, source, previous_rows)
    return found


def judge(ingested: Ingested, source: Source, *, today: date, city_zone: ZoneInfo) -> Validated:
    """Typed records of the topic, and the rejects with their reasons.

    Of the rows of one id the last sound one stands: a feed that tells of a record again tells what became of it.
    Raises SchemaDrift when a declared column is missing and SourceUnreadable when the text cannot be read.
    """
    about = topic(source.topic)
    ingested.require([column for field in source.fields.values() for column in field.columns])
    frame = typed(allowed(ingested, source), source, about, city_zone)
    unread = unread_exprs(source, about)
    judged = frame.with_columns(reason_expr(source, about, today), *unread).select(
        ROW, REASON, *source.fields, *unread_columns(expr.meta.output_name() for expr in unread).values()
    )
    rows = ingested.collect(judged)
    observed, rows = _observed(rows, source, about)
    return replace(_divided(decoded(rows, source, about), source, about), observed=observed)


def _observed(rows: pl.DataFrame, source: Source, about: Topic) -> tuple[Observed, pl.DataFrame]:
    """What the profile counts, and the rows without the flags that it was counted from."""
    flags = unread_columns(rows.columns)
    observed = observe(
        rows,
        sound=pl.col(REASON).is_null(),
        fields=list(source.fields),
        coded=coded_fields(source, about),
        unread={name: int(rows[flag].sum()) for name, flag in flags.items()},
        event=about.event_date,
    )
    return observed, rows.drop(flags.values())


def _divided(rows: pl.DataFrame, source: Source, about: Topic) -> Validated:
    """Sound rows and rejects; of sound rows with one id all but the last are rejects too."""
    total = rows.height
    rows = with_sensitive(rows, source)
    rejected = rows.filter(pl.col(REASON).is_not_null()).select(ROW, REASON, "id")
    refused = rejected["id"].drop_nulls()
    rejected = rejected.drop("id")
    sound = rows.filter(pl.col(REASON).is_null()) if rejected.height else rows
    del rows  # millions of rows: never hold them twice
    if sound["id"].hash().n_unique() < sound.height:  # equal ids have equal hashes: enough to know that there are none
        last = sound.select(pl.col("id").is_last_distinct()).to_series()
        rejected = rejected.vstack(sound.filter(~last).select(ROW, place("duplicate").alias(REASON)))
        sound = sound.filter(last)
    records, lost = unmapped(sound.drop(REASON), source, about)
    return Validated(records.lazy(), _named(rejected, source), total, lost, refused=refused)


def _named(rejected: pl.DataFrame, source: Source) -> pl.DataFrame:
    reason = pl.col(REASON).replace_strict(dict(enumerate(REASONS)), return_dtype=pl.String)
    return rejected.sort(ROW).select(ROW, pl.lit(source.id).alias("source"), reason.alias("reason"))


def require_quality(
    found: Validated, source: Source, previous_rows: int | None = None, *, complete: bool = True
) -> None:
    """Raises TooManyRejects when a limit of the source is passed, SchemaDrift when a column is of another kind.

    `previous_rows` is how many rows the feed had when it was last taken; `complete` is whether it is the whole feed,
    because what changed since may well be nothing, and of a few rows a share tells nothing.
    """
    limits = source.limits
    _require_kinds(found, source)
    fewest = max(limits.min_rows, 1) if complete else 0
    if found.rows < fewest:
        raise TooManyRejects(f"Source {source.id} has {found.rows:,} rows; at least {fewest:,} are due.")
    if complete and previous_rows and found.rows < previous_rows * (1 - limits.max_shrink_share):
        raise TooManyRejects(f"Source {source.id} has shrunk from {previous_rows:,} to {found.rows:,} rows.")
    most = max(found.rows * limits.max_reject_share, 0 if complete else FEW)
    faults = {reason: count for reason, count in found.rejected().items() if reason not in NOT_THE_FEEDS_FAULT}
    if found.unmapped.get("category", 0) > most:
        raise TooManyRejects(
            f"Source {source.id}: {found.unmapped['category'] / found.rows:.1%} of the rows have a type that no group "
            f"lists, at most {limits.max_reject_share:.1%} may.",
            "Add the new codes to [categories] of its declaration; the last release stays up.",
        )
    if sum(faults.values()) > most:
        share = sum(faults.values()) / found.rows
        by_reason = ", ".join(f"{reason} {count:,}" for reason, count in faults.items())
        raise TooManyRejects(
            f"Source {source.id}: {share:.1%} of {found.rows:,} rows were rejected, at most "
            f"{limits.max_reject_share:.1%} may be ({by_reason})."
        )


def _require_kinds(found: Validated, source: Source) -> None:
    """A column of dates or numbers of which most cannot be read holds something else."""
    for name, tally in (found.observed.fields if found.observed else {}).items():
        filled = found.rows - tally.blank
        share = tally.unread / filled if filled >= _FEWEST_TO_TELL else 0.0
        if share > max(_MOST_UNREAD, source.limits.max_reject_share):
            field = topic(source.topic).field(name)
            kind = "dates" if field is not None and field.type is FieldType.MOMENT else "numbers"
            columns = " and ".join(repr(column) for column in source.fields[name].columns)
            raise SchemaDrift(
                f"Source {source.id}: the column {columns} holds no {kind} as declared: {share:.1%} of what stands in "
                "it cannot be read.",
                "Compare it with [fields] and [dates] of its declaration, correct them and run again.",
            )
