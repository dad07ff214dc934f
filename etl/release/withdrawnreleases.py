"""Releases that were taken back, as whoever kept a copy has them: private, and attacked by every later audit.

`private/withdrawn-releases/<tier>` has the layout of a store, so that the attacks read it like one.
"""

import shutil
from pathlib import Path
from secrets import token_hex

from etl.folders import Folders
from etl.protect.measurements import sync_folder
from layers.store.reader import Store

FOLDER = "withdrawn-releases"


def withdrawn_store(folders: Folders, tier: str) -> Path:
    """Where the withdrawn releases of a tier are; nothing is there before the first."""
    return folders.private / FOLDER / tier


def remember(folders: Folders, tier: str, topic: str, release: str) -> None:
    """Keep a copy of a published release, whole or not at all, before anything of it is removed from the store.

    The caller holds the run's lock. Of what is no release, or was taken back already, nothing is copied.
    """
    store = folders.store(tier)
    target = withdrawn_store(folders, tier) / "releases" / topic / release
    if release not in Store(store).releases(topic) or target.exists():
        return
    for unfinished in (folders.private / FOLDER).glob(".*"):
        shutil.rmtree(unfinished)
    source = store / "releases" / topic / release
    part = folders.private / FOLDER / f".{token_hex(8)}"
    for folder in (part.parent, part, *reversed(target.parents[:4])):
        folder.mkdir(exist_ok=True, mode=0o700)
    shutil.copytree(source, part, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for path in (part, *part.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    part.rename(target)
    sync_folder(target.parent)
