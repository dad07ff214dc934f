"""The first rows of a feed that is not declared yet, for the eyes of the person who adds it and nobody else."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from etl.console.desk import Desk
from etl.drift.columns import sampled_columns
from etl.fetch import connector
from etl.fetch.connector import Request
from etl.progress import Progress
from etl.records import ROW, Ingested

SAMPLE, ROWS = 200, 5
"""Rows that are asked for where not all need to come, and those that are shown."""
LONGEST = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A column: its name, what its values look like, and the share (0 to 1) of rows in which it is blank."""

    name: str
    kind: str
    blank: float


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns of a feed, and its first rows where values may be shown."""

    columns: tuple[Seen, ...]
    rows: tuple[tuple[str, ...], ...] | None = field(default=None, repr=False)


def preview(desk: Desk, declared: Any, progress: Progress, *, values: bool) -> Preview:
    """Fetch some of the feed into a private place, look at it, and remove it. Raises as a run does."""
    scratch = desk.folders.private / "scratch" / token_hex(8)
    (scratch / "arriving").mkdir(parents=True, mode=0o700)
    try:
        return _looked_at(desk, declared, progress, scratch, desk.environ, values=values)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _looked_at(
    desk: Desk, declared: Any, progress: Progress, scratch: Path, environ: Mapping[str, str], *, values: bool
) -> Preview:
    reader = connector(declared.kind)
    request = Request(
        desk.city().folder,
        scratch / "arriving",
        environ=environ,
        told=lambda rows, size: progress.step("preview", "fetch", rows=rows, bytes=size),
        now=desk.clock(),
    )
    found = reader.sample(declared, request, SAMPLE) or reader.fetch(declared, request)
    (scratch / "read").mkdir()
    ingested = Ingested("preview", reader.read(declared, found.files, scratch / "read"), ())
    names = ingested.columns()
    key = desk.folders.key("snapshots")
    columns = tuple(
        Seen(str(column.name), column.kind, column.blank) for column in sampled_columns(ingested, names, key)
    )
    return Preview(columns, _first(ingested, names) if values else None)


def _first(ingested: Ingested, names: list[str]) -> tuple[tuple[str, ...], ...]:
    frame = ingested.collect(ingested.frame.select(ROW, *names).head(ROWS))
    return tuple(tuple(_short(value) for value in row) for row in frame.select(names).rows())


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
