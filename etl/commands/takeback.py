"""Taking records back by a list that a person gives."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from etl.city import Source
from etl.commands.given import said
from etl.context import Context
from etl.errors import DeclarationError, EtlError
from etl.feeds.feed import received, validated_feed
from etl.takenback.purging import BACKUPS, Note, take_back
from etl.takenback.withdrawn import known_among, records_of
from etl.values.text import without_float_tail

MOST_ID = 200
"""Longest id, in characters: what is longer is no list of ids."""


def withdraw_records(context: Context, topic: str, file: Path, *, reason: str | None, as_json: bool) -> list[str]:
    """Take the listed records back. The caller holds the run's lock. Nothing public changes.

    Killed in between, the same command again finishes the work. Raises DeclarationError and StorageFailed.
    """
    why = said("--reason", reason)
    ids = read_ids(file)
    sources = _sources(context, topic)
    found = _in_the_feeds(context, sources, ids)
    new = ids.len() - known_among(ids, context.folders, topic)
    note = Note(topic, context.as_of.isoformat(), "command", why, ids.len(), new, found)
    note = take_back(context, sources, records_of(ids, context.folders), note)
    return [json.dumps(asdict(note))] if as_json else _lines(note)


def read_ids(file: Path) -> pl.Series:
    """The ids of a file: one a line, or the column `id` of a CSV. Raises DeclarationError that quotes none of them."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _wrong("cannot be read as UTF-8 text.") from None
    rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    if rows and any(cell.strip().lower() == "id" for cell in rows[0]):
        place = [cell.strip().lower() for cell in rows[0]].index("id")
        cells = [row[place] if len(row) > place else "" for row in rows[1:]]
    elif any(len(row) > 1 for row in rows):
        raise _wrong("has several columns and none is called id.")
    else:
        cells = [row[0] for row in rows]
    ids = without_float_tail(pl.Series("id", [cell.strip() for cell in cells], pl.String))
    if ids.is_empty() or (ids.str.len_chars() == 0).any() or (ids.str.len_chars() > MOST_ID).any():
        raise _wrong("holds no id, a blank one, or one that is too long to be an id.")
    return ids.unique()


def _sources(context: Context, topic: str) -> Sequence[Source]:
    sources = [s for s in context.city.sources_of(topic) if s.regime == "events" and "id" in s.fields]
    if not sources or topic == "households":
        raise DeclarationError.of(
            "command line", "TOPIC", f"{topic} has no source of records.", "Choose a topic whose feed lists records."
        )
    return sources


def _in_the_feeds(context: Context, sources: Sequence[Source], ids: pl.Series) -> int | None:
    """How many of the ids stand in the agencies' feeds today, so that a wrong list is noticed."""
    wanted = ids.str.to_uppercase()
    total = 0
    for source in sources:
        try:
            with received(context, source) as ingested:
                records = validated_feed(context, source, ingested).records
                found = records.select(pl.col("id").str.to_uppercase().is_in(wanted.implode()).sum()).collect()
            total += found.item()
        except EtlError:
            return None  # the feed is missing or held; what is kept of it is purged all the same
    return total


def _lines(note: Note) -> list[str]:
    found = "the feeds could not be read to look for them" if note.in_the_feeds is None else (
        f"{note.in_the_feeds:,} of them stand in the feeds today"
    )  # fmt: skip
    return [
        f"{note.topic}: {note.listed:,} ids listed, {note.newly_listed:,} of them new; {found}.",
        f"Removed {note.events_removed:,} events of the vault and {note.snapshots_removed} snapshots.",
        "Every later run leaves these records out; what was published stays as it is.",
        BACKUPS,
        "Destroy the list that you gave, and have the agency take the records out of its own file.",
    ]


def _wrong(what: str) -> DeclarationError:
    remedy = "Give one id a line, or a CSV with a column id."
    return DeclarationError.of("command line", "--records", f"the file {what}", remedy)
