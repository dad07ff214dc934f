"""Snapshots expire: what an agency sent is kept for so many days, and then it is gone."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from etl.context import Context
from etl.exact.counting import FOLDER as COUNTS
from etl.feeds.sealing import sync_folder
from etl.records import Ingested

JUDGED = "judged"
"""In the folder of a delivery: its rows were gone through, and none is of a record that had been taken back."""


@dataclass(frozen=True, slots=True)
class KeptSnapshots:
    """Of one source: how many deliveries are kept, when the oldest came, and for how many days each is kept."""

    source: str
    kept: int
    oldest: datetime | None
    keep_days: int


def mark_received(ingested: Ingested, now: datetime) -> None:
    """Note when a delivery was last received: its folder's time."""
    for folder in {snapshot.path.parent for snapshot in ingested.snapshots}:
        os.utime(folder, (now.timestamp(), now.timestamp()))


def mark_judged(ingested: Ingested) -> None:
    """Note that a delivery holds no record that was taken back. Its time of receipt stays."""
    for folder in {snapshot.path.parent for snapshot in ingested.snapshots}:
        received = folder.stat()
        (folder / JUDGED).touch(mode=0o600)
        os.utime(folder, ns=(received.st_atime_ns, received.st_mtime_ns))


def remove_unjudged(private: Path, source: str) -> int:
    """Remove the deliveries of a source that nobody has gone through to the end, or in which there was a record that
    had been taken back; how many."""
    folders = [each for each in (private / "snapshots" / source).glob("*") if not each.name.startswith(".")]
    gone = [folder for folder in folders if folder.is_dir() and not (folder / JUDGED).exists()]
    for folder in gone:
        remove_delivery(folder)
        sync_folder(folder.parent)
    return len(gone)


def expire(context: Context) -> int:
    """Remove every delivery that was last received too long ago; how many. Call it while holding the run's lock."""
    gone = 0
    for source, keep_days, folders in _all(context):
        for folder in folders:
            if _received(folder) < context.now - timedelta(days=keep_days):
                remove_delivery(folder)
                gone += 1
        if (parent := context.folders.private / "snapshots" / source).is_dir() and not any(parent.iterdir()):
            parent.rmdir()
    return gone


def remove_abandoned(context: Context) -> int:
    """Remove what half arrived of sources that are declared no more, and what was counted of topics without a source:
    nobody comes back for it. How many folders. Call it while holding the run's lock."""
    sources = {source.id for source in context.city.sources}
    topics = {source.topic for source in context.city.sources}
    private = context.folders.private
    gone = [
        *(folder for folder in (private / "arriving").glob("*") if folder.name not in sources),
        *(folder for folder in (private / COUNTS).glob("*") if folder.name not in topics),
    ]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def remove_delivery(folder: Path) -> None:
    """Remove what was received in one go. It loses its name first: half of it, left by a run that was killed, would be
    taken for the whole when the agency sends the same bytes again, and for as new as the moment of its removal."""
    doomed = folder.with_name(f".gone-{folder.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def kept_snapshots(context: Context) -> list[KeptSnapshots]:
    """What is kept of each source."""
    return [
        KeptSnapshots(source, len(folders), min(map(_received, folders), default=None), keep_days)
        for source, keep_days, folders in _all(context)
        if folders
    ]


def _all(context: Context) -> Iterator[tuple[str, int, list[Path]]]:
    """Also of sources that are declared no more."""
    declared = {source.id: source for source in context.city.sources}
    for folder in sorted((context.folders.private / "snapshots").glob("*")):
        own = declared[folder.name].keep_snapshots_days if folder.name in declared else None
        days = context.city.settings.keep_snapshots_days if own is None else own
        yield folder.name, days, [each for each in sorted(folder.glob("*")) if not each.name.startswith(".")]


def _received(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
