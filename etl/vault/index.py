"""What a source's part of the vault holds now: one small file, replaced last, so that a change is seen whole or not."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from etl.errors import StorageFailed
from etl.protect.measurements import sync_folder
from etl.vault.partition import Partition

NAME = "index.json"
UNDATED = "undated"
"""The partition of events without a day: things that stand there, such as homes or developments."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How far a source has been read: kept with its events, so that the two never disagree.

    `watermark` is the connector's, for the next fetch of changes. `ground` is the fingerprint of all that told how
    events were read and placed. `whole_on` is the day of the last whole read and `listed` how many rows it had.
    `forgotten` are the years of which no event names a home any more, `taken_back` how long the list of withdrawn
    records was when they last left. `lines` are the kinds of area, with their vintages, in which events were placed.
    """

    watermark: str | None = None
    ground: str = ""
    whole_on: date | None = None
    listed: int | None = None
    forgotten: tuple[int, ...] = ()
    taken_back: int = 0
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """The partitions by month (`2026-11`, ascending, then `undated`), and the marks. `generation` counts changes."""

    generation: int = 0
    partitions: Mapping[str, Partition] = field(default_factory=dict)
    marks: Marks = Marks()

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.partitions.values())

    @property
    def seal(self) -> str:
        """One hash of all events: the same for the same events, however they came."""
        told = "\n".join(f"{month} {each.seal}" for month, each in sorted(self.partitions.items()))
        return hashlib.sha256(told.encode()).hexdigest()


def read_index(folder: Path) -> Index | None:
    """What the folder holds; None where there is nothing yet. Raises StorageFailed where the file is damaged."""
    path = folder / NAME
    try:
        told = json.loads(path.read_bytes())
        return Index(
            generation=int(told["generation"]),
            partitions={month: Partition(**each) for month, each in told["partitions"].items()},
            marks=_marks(told["marks"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageFailed(
            f"The index of the vault {folder.parent.name}/{folder.name} cannot be read.",
            "Remove that folder: the next run reads its feed whole.",
        ) from error


def write_index(folder: Path, index: Index) -> None:
    """Swap it in; on disk when this returns."""
    part = folder / f".{NAME}.{secrets.token_hex(4)}"
    sync_folder(folder)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(_told(index), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / NAME)
    sync_folder(folder)


def _told(index: Index) -> dict[str, Any]:
    marks = asdict(index.marks)
    marks["whole_on"] = index.marks.whole_on.isoformat() if index.marks.whole_on else None
    held = {month: asdict(each) for month, each in index.partitions.items()}
    return {"generation": index.generation, "partitions": held, "marks": marks}


def _marks(told: dict[str, Any]) -> Marks:
    day = told["whole_on"]
    several = {name: tuple(told.get(name, ())) for name in ("forgotten", "lines")}
    return Marks(**{**told, **several, "whole_on": date.fromisoformat(day) if day else None})
