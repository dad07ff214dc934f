"""Which of the files that lie in a folder count, in what order, and which of them were taken before."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Self

from etl.city.filedrops import FileDrops
from etl.errors import SourceUnreadable
from etl.values.nametimes import time_in

TEMPORARY_ENDINGS = (".part", ".partial", ".filepart", ".crdownload", ".tmp", ".temp", ".swp", ".lock")


@dataclass(frozen=True, slots=True)
class Lying:
    """A file as it lies in a folder: its path, its bytes and when it was last written (nanoseconds since 1970)."""

    path: str
    size: int
    written: int

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePath(self.path).name


@dataclass(frozen=True, slots=True)
class Taken:
    """The watermark: files that lie there and were taken, and the sha256 of all that was ever taken. Private."""

    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    contents: tuple[str, ...] = ()

    @classmethod
    def of(cls, watermark: str | None) -> Self:
        """What an earlier fetch noted; nothing for None."""
        said = json.loads(watermark) if watermark else {}
        files = {str(name): (int(size), int(written)) for name, (size, written) in said.get("files", {}).items()}
        return cls(files, tuple(said.get("contents", ())))

    def watermark(self) -> str:
        """As it is passed as `since` the next time."""
        return json.dumps({"files": self.files, "contents": self.contents}, separators=(",", ":"))

    def knows(self, one: Lying) -> bool:
        """Whether this very file was taken: the same name, size and time."""
        return self.files.get(one.path) == (one.size, one.written)

    def and_also(self, lying: Iterable[Lying], contents: Iterable[str], *, still: Iterable[Lying]) -> "Taken":
        """With these files and contents; of the files only those that still lie there are remembered."""
        there = {one.path for one in still}
        files = {**self.files, **{one.path: (one.size, one.written) for one in lying}}
        kept = {path: about for path, about in files.items() if path in there}
        return Taken(kept, tuple(dict.fromkeys((*self.contents, *contents))))


def ready(found: Iterable[Lying], declared: FileDrops, now: datetime | None) -> list[Lying]:
    """The files that count, oldest first: none that is hidden, temporary or perhaps still being written.

    A file from the future by a clock that is wrong counts as written long ago. Raises SourceUnreadable for a name
    without the time that was declared to be in it.
    """
    whole = [one for one in found if not _is_temporary(one.name) and _has_settled(one, declared.settle_seconds, now)]
    return sorted(whole, key=lambda one: (*_moment(one, declared.time_in_name), one.path))


def newest_first(files: Sequence[Lying]) -> list[Lying]:
    """The other way round, for feeds of which only the newest counts."""
    return list(reversed(files))


def nothing_there(where: str) -> SourceUnreadable:
    """The error for a folder in which no file lies that counts."""
    remedy = "Ask the agency when it sends the next one; the last release stays up."
    return SourceUnreadable(f"No file has come that matches {where!r}.", remedy)


def _is_temporary(name: str) -> bool:
    return name.startswith((".", "~$")) or name.endswith("~") or name.lower().endswith(TEMPORARY_ENDINGS)


def _has_settled(one: Lying, seconds: float, now: datetime | None) -> bool:
    return now is None or abs(now.timestamp() - one.written / 1e9) >= seconds


def _moment(one: Lying, form: str | None) -> tuple[datetime | int, ...]:
    if form is None:
        return (one.written,)
    stated = time_in(one.name, form)
    if stated is None:
        raise SourceUnreadable(
            f"{one.name} has no time in its name as {form!r} says.",
            "Correct `time_in_name`, or leave such files out with the glob; the last release stays up.",
        )
    return (stated, one.written)
