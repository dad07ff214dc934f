"""What is known of one run, and of what one source gave in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from etl.state.tables import aware

Trigger = Literal["schedule", "person", "retry", "back-fill"]
"""What set a run off."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run was begun: what set it off, the how-manieth attempt it is, and the person who asked for it, if any."""

    trigger: Trigger = "person"
    attempt: int = 1
    by: str = ""


BY_HAND = Cause()


@dataclass(frozen=True, slots=True)
class SourceRun:
    """What one source gave in one run: numbers of rows, rejects by reason, records by how they were located."""

    source: str
    snapshot: str
    rows: int
    accepted: int
    rejects: Mapping[str, int]
    located: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one topic. `exit_code` is None while it runs, or when it was killed. `by` names a person, if any.

    `seconds` is how long it took by the machine's own watch; None while it runs, or where it was killed.
    """

    id: int
    topic: str
    started: datetime
    ended: datetime | None
    exit_code: int | None
    reason: str
    release: str | None
    dry: bool
    tier: str = "public"
    attempt: int = 1
    trigger: str = "person"
    by: str = ""
    seconds: float | None = None


def run_of(row: sa.RowMapping) -> Run:
    """A row of `runs`."""
    told = {name: row[name] for name in Run.__slots__}
    return Run(**{**told, "started": aware(row["started"]), "ended": aware(row["ended"])})


def source_run_of(row: sa.RowMapping) -> SourceRun:
    """A row of `source_runs`."""
    told: dict[str, Any] = {name: row[name] for name in ("source", "snapshot", "rows", "accepted")}
    return SourceRun(**told, rejects=json.loads(row["rejects"]), located=json.loads(row["located"]))
