"""What a source's events stand on: whatever told how they were read and placed. Where it changes, all are read anew."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import fields

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.steps.locate import Directory
from etl.vault import Vault
from etl.version import code_version

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
    age = (context.as_of - marks.whole_on).days
    return None if refresh.whole_every_days and not 0 <= age < refresh.whole_every_days else marks.watermark


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
