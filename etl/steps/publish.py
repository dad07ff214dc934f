"""Publish: a draft that passed becomes a release, and the pointer is swapped."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from etl.errors import StorageFailed, WouldDisclose
from layers.release import ReleaseDraft
from layers.store.publisher import publish


def publish_release(
    draft: ReleaseDraft, store: Path, built_at: datetime, on_step: Callable[[str], None] = lambda step: None
) -> str:
    """The id of the release. Raises WouldDisclose for noise from a seed, StorageFailed where the disk refuses."""
    refuse_seeded(draft)
    try:
        return publish(draft, store, built_at=built_at, on_step=on_step)
    except OSError as error:
        raise StorageFailed(f"The store could not be written ({error.strerror}).") from error


def refuse_seeded(draft: ReleaseDraft) -> None:
    """Raises WouldDisclose where noise came from a seed: whoever has the seed could take it off again."""
    protection = draft.manifest.get("protection")
    if protection and not protection["publishable"]:
        raise WouldDisclose("The noise of this release came from a seed.", "Measure again without a seed.")
