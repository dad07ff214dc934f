"""Which of the files that lie in a folder count, in what order, and which of them were taken before."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest
from pathlib import Path, PurePath
from typing import Literal, Self

from etl.city.filedrops import FileDrops
from etl.errors import SourceUnreadable
from etl.fetch.connector import Fetched
from etl.fetch.filenames import told_name
from etl.values.nametimes import time_in

Bring = Callable[["Lying", int], Sequence[Path]]

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
    return sorted(whole, key=lambda one: (*_moment(one, declared), one.path))


def chosen(
    keep: Literal["newest", "all"], lying: Sequence[Lying], since: str | None, bring: Bring, where: str
) -> Fetched:
    """What counts of the files that are ready: the newest, or all; with `since`, only what was not taken before.

    `bring` gives the files on this machine that one file lying there stands for, perhaps none; its number is its place
    among those brought. `where` names the feed in the error for a folder in which nothing lies.
    """
    fetched = (_newest if keep == "newest" else _every)(lying, since, bring)
    if fetched is not None:
        return fetched
    if since is not None:
        return Fetched((), unchanged=True, watermark=since)
    remedy = "Ask the agency when it sends the next one; the last release stays up."
    raise SourceUnreadable(f"No file has come that matches {where!r}.", remedy)


def _newest(lying: Sequence[Lying], since: str | None, bring: Bring) -> Fetched | None:
    """The newest file that is one: a message may hold no attachment."""
    taken = Taken.of(since)
    for one in reversed(lying):
        if taken.knows(one):
            return Fetched((), unchanged=True, watermark=since)
        if files := bring(one, 0):
            contents = tuple(_sha256(file) for file in files)
            watermark = Taken().and_also([one], contents, still=lying).watermark()
            if taken.contents == contents:
                return Fetched((), unchanged=True, watermark=watermark)
            return Fetched(tuple(files), watermark=watermark, own=True)
    return None


def _every(lying: Sequence[Lying], since: str | None, bring: Bring) -> Fetched | None:
    """Every file that was not taken before, oldest first; the same content under another name is the same file."""
    taken = Taken.of(since)
    new = [one for one in lying if not taken.knows(one)]
    known, files, contents = set(taken.contents), [], []
    for number, one in enumerate(new):
        for file in bring(one, number):
            content = _sha256(file)
            if content not in known:
                known.add(content)
                contents.append(content)
                files.append(file)
    watermark = taken.and_also(new, contents, still=lying).watermark()
    if files:
        return Fetched(tuple(files), complete=since is None, watermark=watermark, own=True)
    return None if since is None or not new else Fetched((), unchanged=True, watermark=watermark)


def plain_name(name: str) -> str:
    """A name that is nothing but a name, its ending kept."""
    return re.sub(r"[^\w.\- ]", "_", name).lstrip(".")[-120:] or "file"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _is_temporary(name: str) -> bool:
    return name.startswith((".", "~$")) or name.endswith("~") or name.lower().endswith(TEMPORARY_ENDINGS)


def _has_settled(one: Lying, seconds: float, now: datetime | None) -> bool:
    return now is None or abs(now.timestamp() - one.written / 1e9) >= seconds


def _moment(one: Lying, declared: FileDrops) -> tuple[datetime | int, ...]:
    form = declared.time_in_name
    if form is None:
        return (one.written,)
    stated = time_in(one.name, form)
    if stated is None:
        raise SourceUnreadable(
            f"{told_name(one.name, declared)} has no time in its name as {form!r} says.",
            "Correct `time_in_name`, or leave such files out with the glob; the last release stays up.",
        )
    return (stated, one.written)
