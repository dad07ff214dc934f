"""Publish: what lies in the staging store and passed becomes a release, and the pointer is swapped."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from etl.errors import StorageFailed, WouldDisclose
from layers.release import Certify, ReleaseDraft
from layers.store.publisher import publish_staged


def publish_release(
    staging: Path,
    store: Path,
    topic: str,
    *,
    certify: Certify,
    built_at: datetime,
    on_step: Callable[[str], None] = lambda step: None,
) -> str:
    """The id of the release. Raises StorageFailed where the disk refuses."""
    try:
        return publish_staged(staging, store, topic, certify=certify, built_at=built_at, on_step=on_step)
    except OSError as error:
        raise StorageFailed(f"The store could not be written ({error.strerror}).") from error


def refuse_seeded(draft: ReleaseDraft) -> None:
    """Raises WouldDisclose where noise came from a seed: whoever has the seed could take it off again."""
    protection = draft.manifest.get("protection")
    if protection and not protection["publishable"]:
        raise WouldDisclose("The noise of this release came from a seed.", "Measure again without a seed.")
