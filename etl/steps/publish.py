"""Publish: what lies in the staging store and passed becomes a release, and the pointer is swapped."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from etl.errors import StorageFailed, WouldDisclose
from layers.release import Certify, ReleaseDraft
from layers.store.publisher import publish_staged
from layers.store.tombstone import WithdrawnContent

REMEDY = (
    "The release before it stays up. Correct what was wrong: the declaration, the feed, or with an edition the "
    "measurement (docs/withdrawals.md); then run again."
)


def publish_release(
    staging: Path,
    store: Path,
    topic: str,
    *,
    certify: Certify,
    built_at: datetime,
    on_step: Callable[[str], None] = lambda step: None,
    pointing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> str:
    """The id of the release; `pointing` is entered while the pointer is swapped, and may refuse.

    Raises WouldDisclose for what was withdrawn, StorageFailed where the disk refuses."""
    try:
        return publish_staged(
            staging, store, topic, certify=certify, built_at=built_at, on_step=on_step, pointing=pointing
        )
    except WithdrawnContent as error:
        stone = error.withdrawal
        raise WouldDisclose(
            f"This is what release {stone.release} said, which was withdrawn on {stone.withdrawn_on}.", REMEDY
        ) from error
    except OSError as error:
        raise StorageFailed(f"The store could not be written ({error.strerror}).") from error


def refuse_seeded(draft: ReleaseDraft) -> None:
    """Raises WouldDisclose where noise came from a seed: whoever has the seed could take it off again."""
    protection = draft.manifest.get("protection")
    if protection and not protection["publishable"]:
        raise WouldDisclose("The noise of this release came from a seed.", "Measure again without a seed.")
