"""Staging: what would be published, written in the private folder exactly as a store holds it, to be attacked there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from layers.release import ReleaseDraft
from layers.store.publisher import publish

_FOLDER = "staging"


@contextmanager
def staged(draft: ReleaseDraft, private: Path, *, built_at: datetime) -> Iterator[Path]:
    """A store that holds this draft alone, as it would be published. It is gone afterwards, however this ends."""
    store = private / _FOLDER / token_hex(8)
    store.mkdir(parents=True, mode=0o700)
    try:
        publish(draft, store, built_at=built_at)
        yield store
    finally:
        shutil.rmtree(store, ignore_errors=True)


def sweep(private: Path) -> None:
    """Remove what a killed run had staged. Call it while holding the run's lock."""
    shutil.rmtree(private / _FOLDER, ignore_errors=True)
