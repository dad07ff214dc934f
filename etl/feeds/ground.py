"""What a source's events stand on: whatever told how they were read and placed. Where it changes, all are read anew."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.steps.locate import Directory
from etl.vault import Vault
from etl.version import code_version

ANY_ZONE = timedelta(hours=15)
"""The farthest a clock of another zone may be ahead, and a little."""
_READ_BY = {
    "topic", "rows", "fields", "dates", "location", "categories", "groups", "values", "covers", "time_zone", "connector"
}  # fmt: skip


def ground_of(context: Context, source: Source, directory: Directory | None) -> str:
    """A fingerprint of the declaration, the areas, the address ground and the code that turned rows into events."""
    city = context.city
    told = [
        code_version(),
        source.model_dump_json(include=_READ_BY),
        city.settings.model_dump_json(include={"time_zone", "atom_resolution", "bounds"}),
        *(f"{areas.kind} {areas.vintage}" for areas in context.places.area_sets),
        *(each.model_dump_json() for each in (city.streets, city.geocoder) if each is not None),
        *(_content(context, each.path) for each in (city.streets,) if each is not None),
        *_directory(directory),
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def asked_since(context: Context, source: Source, vault: Vault, ground: str) -> str | None:
    """The watermark to ask for changes since; None where the feed must be read whole."""
    refresh, marks = source.refresh, vault.marks
    if refresh.mode != "changes" or marks.whole_on is None or marks.ground != ground or not vault.exists:
        return None
    if marks.watermark is not None and is_ahead(marks.watermark, context.now, refresh.overlap):
        context.progress.step(source.topic, "ingest", source=source.id, read="whole: its watermark lay in the future")
        return None  # asked from there, the source would hide every change until that day
    age = (context.as_of - marks.whole_on).days
    return None if refresh.whole_every_days and not 0 <= age < refresh.whole_every_days else marks.watermark


def is_ahead(watermark: str, now: datetime, overlap: timedelta) -> bool:
    """Whether a watermark is a moment so far in the future that changes would be missed although the overlap is asked
    for again. A moment without a zone may be of any; what is no moment (a number, a list of files) is never ahead."""
    try:
        moment = datetime.fromisoformat(_moment_of(watermark))
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - max(overlap, ANY_ZONE) > now


def _moment_of(watermark: str) -> str:
    """Its text, where a connector keeps the type beside it: `["day", "2026-11-22"]`."""
    if not watermark.startswith("["):
        return watermark
    kind, text = json.loads(watermark)
    return str(text) if kind in ("moment", "day", "text") else ""


def previous_rows(context: Context, source: Source) -> int | None:
    """How many rows a whole feed had when it was last taken, or must have had to fill the vault; None before that."""
    vault = Vault(context.folders.private, source.topic, source.id, tier=context.tier)
    if not vault.exists:
        return context.state.last_rows(source.id)
    return max(vault.marks.listed or 0, 0 if source.refresh.missing == "kept" else vault.rows)


def _content(context: Context, path: str) -> str:
    digest = hashlib.sha256()
    for file in context.city.matches(path):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _directory(directory: Directory | None) -> Iterator[str]:
    for part in fields(directory) if directory is not None else ():
        value = getattr(directory, part.name)
        yield f"{part.name} {_table(value) if isinstance(value, pl.DataFrame) else repr(value)}"


def _table(table: pl.DataFrame) -> str:
    buffer = io.BytesIO()
    table.rechunk().write_parquet(buffer, compression="uncompressed")
    return hashlib.sha256(buffer.getbuffer()).hexdigest()
