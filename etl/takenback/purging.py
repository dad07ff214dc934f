"""Taking records back: remembered by keyed hash, out of everything that is kept; and a dated note that proves it."""

import json
import os
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.exact.counting import FOLDER as COUNTS
from etl.exact.counting import forget_months
from etl.feeds.snapshots import JUDGED, remove_delivery, remove_unjudged
from etl.location.cache import LOCATE
from etl.protect.measurements import sync_folder
from etl.takenback.withdrawn import FOLDER, RECORD, add_records, withdrawn, withdrawn_of_all
from etl.vault import Vault, tiers_of
from layers.topics import topic

BACKUPS = "Backups of the private folder still hold these records: purge them within the time that the law gives."
HOW = {
    "command": "listed by the steward",
    "list": "on the list that the source declares",
    "deleted": "deleted by the source",
    "missing": "no longer in the whole feed",
}
"""How a record comes to be taken back."""
OF_A_FEED = ("deleted", "missing")
"""What says something of one feed alone: another source of the topic may number its own records alike."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was done, without any id. For the steward and the auditor; never published.

    `listed` records were named, `newly_listed` of them for the first time. `in_the_feeds` of them stand in the feeds
    (None where nobody looked). `done` is false until all that is kept was purged: the next run then finishes it.
    """

    topic: str
    on: str
    how: str
    reason: str
    listed: int
    newly_listed: int
    in_the_feeds: int | None = None
    source: str | None = None
    events_removed: int = 0
    snapshots_removed: int = 0
    to_do: str = BACKUPS
    done: bool = False


def take_back(
    context: Context, sources: Sequence[Source], records: pl.Series, note: Note, *, spare: Collection[Path] = ()
) -> Note:
    """Remember these records, purge all that is kept of them, and keep the note. Killed in between, the next run
    finishes it. Snapshots below the folders of `spare` came after the records had left the feed, and stay."""
    path = _path(context, note)
    _write(path, note)
    of_feed = note.source if note.how in OF_A_FEED else None
    add_records(context.folders, note.topic, records, context.as_of, of_feed)
    return _purged(context, sources, note, path, spare)


def finish_open(context: Context) -> None:
    """Finish what a killed run or command had begun to take back. Call it while holding the run's lock."""
    for path in sorted((context.folders.private / FOLDER).glob("*/*.json")):
        told = json.loads(path.read_bytes())
        if told.get("done") is False:
            sources = [s for s in context.city.sources_of(told["topic"]) if told["source"] in (None, s.id)]
            # what was killed may have changed months of the vault and left what was counted of them
            shutil.rmtree(context.folders.private / COUNTS / told["topic"], ignore_errors=True)
            _purged(context, sources, Note(**told), path, ())
    for folder in sorted((context.folders.private / "snapshots").glob("*/")):
        forget_unjudged(context, folder.name)


def forget_unjudged(context: Context, source: str) -> int:
    """Remove what was received of a source, by a run that was killed or held, and may hold what was taken back: nobody
    went through it to the end. Deliveries stay where nothing was ever taken back. How many."""
    own = next((each for each in context.city.sources if each.id == source), None)
    if own is not None:
        concerned = own.regime == "events" and withdrawn(context.folders, own.topic, source).height > 0
    else:  # declared no more, and of which topic it was nobody says
        topics = (context.folders.private / FOLDER).glob("*/")
        concerned = any(withdrawn_of_all(context.folders, each.name).height for each in topics)
    return remove_unjudged(context.folders.private, source) if concerned else 0


def settled(context: Context, source: Source) -> int:
    """Have every record that was taken back leave the vaults of the source; how many events left."""
    return _settled(context, source.topic, source.id)


def adopt(context: Context, source: Source) -> None:
    """Have a source that was never read keep away what was taken back of those that are declared no more.

    It may be one of them under another name, and what is taken back stays so for good.
    """
    if not tiers_of(context.folders.private, source.topic, source.id):
        listed = withdrawn_of_all(context.folders, source.topic)
        gone = {of for of in listed["source"].drop_nulls().unique() if of not in _declared(context, source.topic)}
        orphaned = listed.filter(pl.col("source").is_in(list(gone)))[RECORD]
        if orphaned.len():
            add_records(context.folders, source.topic, orphaned, context.as_of, source.id)


def _declared(context: Context, topic: str) -> set[str]:
    return {source.id for source in context.city.sources_of(topic)}


def _undeclared(context: Context, topic: str) -> list[str]:
    """Sources of the topic that have a vault and are declared no more: renamed, or given up."""
    folders = (context.folders.private / "vault" / topic).glob("*/")
    return sorted({folder.name.partition(".")[0] for folder in folders} - _declared(context, topic))


def _settled(context: Context, topic: str, source: str) -> int:
    back = withdrawn(context.folders, topic, source)[RECORD]
    counts, removed = context.folders.private / COUNTS / topic, 0
    for tier in tiers_of(context.folders.private, topic, source):
        vault = Vault(context.folders.private, topic, source, tier=tier)
        if back.len() > vault.marks.taken_back:
            touched = vault.remove(RECORD, back)
            forget_months(counts, set(touched.months))
            removed += touched.removed
            vault.note(replace(vault.marks, taken_back=back.len()))
    return removed


def drop_snapshots(private: Path, source: str, spare: Collection[Path] = ()) -> int:
    """Remove what was received of a source; how many files there were."""
    folders = [*(private / "snapshots" / source).glob("*"), *(private / "arriving" / source).glob("*")]
    gone = [folder for folder in folders if folder not in spare]
    files = sum(p.is_file() and p.name != JUDGED for folder in gone for p in (folder, *folder.rglob("*")))
    for folder in gone:
        remove_delivery(folder) if folder.is_dir() else folder.unlink()
        sync_folder(folder.parent)
    for empty in {folder.parent for folder in gone}:
        if not any(empty.iterdir()):
            empty.rmdir()
    return files


def _purged(context: Context, sources: Sequence[Source], note: Note, path: Path, spare: Collection[Path]) -> Note:
    names = [source.id for source in sources]
    if note.how not in OF_A_FEED:
        names += _undeclared(context, note.topic)
    events = sum(_settled(context, note.topic, name) for name in names)
    snapshots = sum(drop_snapshots(context.folders.private, name, spare) for name in names)
    for table in (context.folders.private / "vault" / note.topic).glob("*.parquet"):
        table.unlink()  # counts of what is not published, and events as older folders kept them: the next run has them
    if note.how in ("command", "list") or topic(note.topic).protected:
        shutil.rmtree(context.folders.private / LOCATE, ignore_errors=True)  # it does not say of which topic it was
    done = replace(note, events_removed=events, snapshots_removed=snapshots, done=True)
    _write(path, done)
    return done


def _path(context: Context, note: Note) -> Path:
    folder = context.folders.private / FOLDER / note.topic
    stem = f"{context.clock():%Y%m%dT%H%M%S%f}-{note.source or 'all'}-{note.how}"
    taken = len(list(folder.glob(f"{stem}*.json")))
    return folder / (f"{stem}-{taken}.json" if taken else f"{stem}.json")


def _write(path: Path, note: Note) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(note), indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
