"""What a dry run would change: rows, totals by district, and figures newly hidden or newly shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from layers.measures import Kind as MeasureKind
from layers.policy import Tier
from layers.release import ReleaseDraft
from layers.store.reader import Store
from layers.topics import topic

KEY = ["measure", "category", "geography", "unit", "grain", "kind", "period"]
SHOWN = ("value", "zero")
MOST_LISTED = 60


@dataclass(frozen=True, slots=True)
class Total:
    """One measure of a district in its newest period, before (None: not published) and after."""

    measure: str
    grain: str
    period: date
    district: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Turned:
    """A figure that was shown and would be hidden, or the other way round."""

    measure: str
    category: str
    geography: str
    unit: str
    period: date


@dataclass(frozen=True, slots=True)
class Change:
    """A draft against what is published. `hidden` and `shown` list MOST_LISTED at most; their numbers are whole."""

    topic: str
    tier: str
    release: str | None
    rows: int
    new: int
    gone: int
    changed: int
    totals: tuple[Total, ...]
    hidden: tuple[Turned, ...]
    shown: tuple[Turned, ...]
    newly_hidden: int
    newly_shown: int


def changed(draft: ReleaseDraft, store: Path, tier: str = Tier.PUBLIC) -> Change:
    """What would change where the draft was published now, in the store of its tier."""
    published = Store(store)
    release = published.current().get(draft.topic)
    told = [*KEY, "status", "value"]
    after = draft.counts.select(told)
    before = published.release(draft.topic).counts(columns=told) if release else after.clear()
    both = after.join(before, on=KEY, how="inner", suffix="_before", nulls_equal=True)
    other = ~pl.col("value").eq_missing(pl.col("value_before")) | (pl.col("status") != pl.col("status_before"))
    was, now = pl.col("status_before").is_in(SHOWN), pl.col("status").is_in(SHOWN)
    hidden = both.filter(was, pl.col("status") == "hidden")
    shown = both.filter(pl.col("status_before") == "hidden", now)
    return Change(
        topic=draft.topic,
        tier=str(tier),
        release=release,
        rows=after.height,
        new=after.join(before, on=KEY, how="anti", nulls_equal=True).height,
        gone=before.join(after, on=KEY, how="anti", nulls_equal=True).height,
        changed=both.filter(other).height,
        totals=tuple(_totals(draft.topic, before, after)),
        hidden=_turned(hidden),
        shown=_turned(shown),
        newly_hidden=hidden.height,
        newly_shown=shown.height,
    )


def _turned(rows: pl.DataFrame) -> tuple[Turned, ...]:
    names = ["measure", "category", "geography", "unit", "period"]
    return tuple(
        Turned(*row) for row in rows.sort("period", "geography", "unit").select(names).tail(MOST_LISTED).rows()
    )


def _totals(name: str, before: pl.DataFrame, after: pl.DataFrame) -> Iterator[Total]:
    """The main measure of each district, in the newest month, quarter and year that the draft tells of."""
    measure = next((m.name for m in topic(name).measures if m.kind is MeasureKind.COUNT), None)
    ours = (
        pl.col("geography") == "district", pl.col("category") == "all", pl.col("measure") == measure,
        pl.col("kind") == "count", pl.col("grain").is_in(["month", "quarter", "year"]),
    )  # fmt: skip
    mine = after.filter(*ours, pl.col("status").is_in([*SHOWN, "hidden"]))
    newest = mine.filter(pl.col("period") == pl.col("period").max().over("grain"))
    known = before.filter(*ours).select(*KEY, pl.col("value").alias("before"))
    rows = newest.join(known, on=KEY, how="left").sort("grain", "unit")
    for row in rows.iter_rows(named=True):
        yield Total(row["measure"], row["grain"], row["period"], row["unit"], row["before"], row["value"])
