"""Taking a release back: the pointer goes first, a tombstone stays, the data goes. The portal may not import it.

Killed anywhere, the store shows the release whole or not at all, and doing it again finishes the work.
"""

import json
import shutil
from datetime import date, datetime
from pathlib import Path

import polars as pl

from layers.protection import Withdrawal
from layers.release import Manifest
from layers.store.downloads import canonical_json
from layers.store.publisher import point, replace
from layers.store.reader import Store
from layers.store.tombstone import TOMBSTONE, content_digest


def withdraw_release(store: Path, topic: str, release: str, *, on: date, reason: str) -> str | None:
    """Take the release back. What the topic shows now: the good release before it, or None where there is none.

    Raises UnknownRelease, OSError where the disk refuses.
    """
    reader = Store(store)
    known = {each.release: each for each in reader.withdrawals(topic)}
    folder = store / "releases" / topic / release
    if release not in known:
        manifest = reader.release(topic, release).manifest
        stone = Withdrawal(
            topic=topic, release=release, withdrawn_on=on, reason=reason, content=_content(folder, manifest)
        )  # fmt: skip
        if reader.current().get(topic) == release:
            _point_back(store, reader, topic, manifest)
        replace(folder / TOMBSTONE, stone.model_dump_json(indent=1).encode())
    _remove_all_but_the_stone(folder)
    return reader.current().get(topic)


def _point_back(store: Path, reader: Store, topic: str, withdrawn: Manifest) -> None:
    """To the newest release that was built before this one; else the topic shows nothing."""
    before: list[tuple[datetime, str]] = []
    for name in reader.releases(topic):
        manifest = reader.release(topic, name).manifest
        if manifest.built_at < withdrawn.built_at:
            before.append((manifest.built_at, name))
    if before:
        point(store, topic, max(before)[1])
        return
    path = store / "current.json"
    current = json.loads(path.read_bytes())
    replace(path, canonical_json({name: up for name, up in current.items() if name != topic}))


def _remove_all_but_the_stone(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == TOMBSTONE:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _content(folder: Path, manifest: Manifest) -> str:
    return content_digest(manifest, pl.read_parquet(folder / "counts.parquet").write_csv().encode())
