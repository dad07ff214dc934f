"""From what a fetch brought to what the vault holds: what is taken, what leaves, and how far the source is read."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.feeds.reading import ids_of
from etl.geography.otherlines import lines_of, require_placed
from etl.homes.keys import HomeKeys
from etl.keyed import event_keys
from etl.records import Ingested, Validated
from etl.vault import Events, Marks, Touched, Vault
from layers.policy import day_fields
from layers.topics import topic


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids that a fetch tells of: of sound records, of rows that are no record (any more), and of what is gone.

    In memory alone, and only while the fetch is being taken.
    """

    sound: pl.Series
    others: pl.Series
    deleted: pl.Series


@dataclass(frozen=True, slots=True)
class Brought:
    """A fetch, located: its events, the ids it tells of when asked, and how far the source is then read."""

    events: Events
    listed: Callable[[], Listed]
    whole: bool
    rows: int
    watermark: str | None
    ground: str


def listed_ids(ingested: Ingested, source: Source, validated: Validated, gone: pl.Series) -> Listed:
    """What a fetch tells of. An id that stands in a row is not deleted, unless it is among those that are `gone` all
    the same; and one with a sound row is a record."""
    sound = validated.records.select("id").collect()["id"]
    left_out = [] if ingested.left_out is None else [ids_of(ingested.left_out, source)]
    others = _not_in(_not_in(pl.concat([validated.refused, *left_out]).unique(), sound), gone)
    deleted = pl.Series("id", ingested.deleted, pl.String).str.strip_chars().unique()
    return Listed(sound, others, _not_in(_not_in(deleted, sound), others))


def _not_in(some: pl.Series, many: pl.Series) -> pl.Series:
    """Those of some ids that are not among many; of the many no table is made."""
    if not some.len():
        return some
    both = many.filter(many.is_in(some.implode()))
    return some.filter(~some.is_in(both.implode()))


def take(context: Context, source: Source, vault: Vault, brought: Brought) -> Touched:
    """Bring the vault to what the source now says."""
    marks = _marks(context, source, vault, brought)
    if brought.whole and source.refresh.missing != "kept":
        return vault.replace(brought.events, marks=marks)
    listed = brought.listed()
    key = context.folders.key("events")
    sent = [listed.sound, listed.others, listed.deleted]
    require_placed(context, source, vault, lambda: event_keys(pl.concat(sent), key))
    leaving = pl.concat([listed.others, listed.deleted, *([listed.sound] if may_change_keys(source) else [])])
    return vault.upsert(brought.events, event_keys(leaving, key), marks=marks)


def forget_homes(context: Context, source: Source, vault: Vault) -> None:
    """Have homes of years that are done leave the vault. Cheap where there is nothing new."""
    if not vault.exists:
        return
    done = tuple(sorted(HomeKeys(context.folders, source.topic, context.tier).retired()))
    if set(done) - set(vault.marks.forgotten):
        vault.rewrite(lambda events: _without_homes(events, source, done))
        vault.note(replace(vault.marks, forgotten=done))


def _marks(context: Context, source: Source, vault: Vault, brought: Brought) -> Marks:
    before = vault.marks
    marks = replace(before, watermark=brought.watermark, ground=brought.ground, lines=lines_of(context))
    if brought.whole:
        marks = replace(marks, whole_on=context.as_of, listed=brought.rows)
    return marks


def may_change_keys(source: Source) -> bool:
    """Whether a record may come to concern a home, or cease to: its events then have another key."""
    return not topic(source.topic).protected and any(group.kind == "home" for group in source.plain_groups())


def _without_homes(events: pl.DataFrame, source: Source, years: tuple[int, ...]) -> pl.DataFrame:
    """Null for every home of these years, each home told by the day whose year's key it was hashed with."""
    own = str(topic(source.topic).event_date)
    days = {"home": own} | {f"home_{day}": day for day in day_fields(source.topic) if day != own}
    return events.with_columns(
        pl.when(~pl.col(day).dt.year().is_in(years).fill_null(False)).then(column).alias(column)
        for column, day in days.items()
        if {column, day} <= set(events.columns)
    )
