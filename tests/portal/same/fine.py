"""A store whose figures have to be rounded to be written, some of them halves, and of one topic two releases."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from layers.release import ReleaseDraft
from layers.store.publisher import publish
from tests.portal.made_places import Places
from tests.portal.made_store import make_store, requests_draft

SIZE = 2
EARLIER = date(2026, 11, 8)
_AT = pl.int_range(pl.len())
_ADDED = {
    "duration": _AT % 20 * 0.05,  # 3.25 stands between 3.2 and 3.3
    "rate": _AT % 10 * 0.01 + 0.05,
    "share": _AT % 25 * 0.005 - 0.06,  # 0.625 stands between 62 % and 63 %
}
"""Kind → what is added to a value of it: as finely as releases are published."""


def make_fine_store(folder: Path) -> Path:
    """The made-up store with finer figures; a week before its release, one of service requests with other counts."""
    whole = finer(requests_draft(Places(SIZE)))
    more = pl.when((pl.col("kind") == "count") & (pl.col("status") == "value")).then(1.0).otherwise(0.0)
    counts = whole.counts.with_columns(pl.col("value", "low", "high") + more).filter(pl.col("geography") != "h3_9")
    manifest = {**whole.manifest, "as_of": EARLIER, "covers_to": EARLIER}
    built_at = datetime(EARLIER.year, EARLIER.month, EARLIER.day, 6, tzinfo=UTC)
    publish(replace(whole, manifest=manifest, counts=counts), folder, built_at=built_at)
    return make_store(folder, size=SIZE, changed=finer)


def finer(draft: ReleaseDraft) -> ReleaseDraft:
    """The same release with figures that are no round numbers; counts stay whole."""
    added = pl.lit(0.0)
    for kind, by in _ADDED.items():
        added = pl.when((pl.col("kind") == kind) & (pl.col("status") == "value")).then(by).otherwise(added)
    wider = pl.when(pl.col("high").is_not_null() & (pl.col("kind") == "rate")).then(_AT % 4 * 0.03).otherwise(0.0)
    counts = draft.counts.with_columns(
        value=(pl.col("value") + added).round(6),
        low=(pl.col("low") + added - wider).clip(0).round(6),
        high=(pl.col("high") + added + wider).round(6),
    )
    return replace(draft, counts=counts)
