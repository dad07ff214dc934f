"""What stays of a release that was taken back: `withdrawn.json` in its folder, and nothing else."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from layers.protection import Withdrawal
from layers.release import Manifest

TOMBSTONE = "withdrawn.json"

_OF_THE_DAY = {
    "release", "built_at", "previous", "code_version", "files", "as_of", "covers_to", "closings", "sources"
}  # fmt: skip
"""What differs between two days although nothing else does."""


class WithdrawnContent(ValueError):
    """The same rows and words were published before and taken back."""

    def __init__(self, withdrawal: Withdrawal) -> None:
        super().__init__(f"release {withdrawal.release} had this content and was withdrawn")
        self.withdrawal = withdrawal


def read_tombstone(folder: Path) -> Withdrawal | None:
    """The tombstone in the folder of a release, if it was taken back."""
    if not os.path.exists(f"{folder}/{TOMBSTONE}"):  # noqa: PTH110 - asked of every topic with every answer
        return None
    try:
        return Withdrawal.model_validate_json((folder / TOMBSTONE).read_bytes())
    except FileNotFoundError:
        return None


def tombstones(store: Path, topic: str) -> tuple[Withdrawal, ...]:
    """Every release of a topic that was taken back, oldest first."""
    folders = sorted((store / "releases" / topic).glob(f"*/{TOMBSTONE}"))
    found = (read_tombstone(path.parent) for path in folders)
    return tuple(each for each in found if each is not None)


def content_digest(manifest: Manifest | Mapping[str, object], table: bytes) -> str:
    """Names rows and words, whatever day they are published on: the same figures tomorrow are the same content."""
    words = manifest if isinstance(manifest, Manifest) else Manifest.model_validate(manifest)
    digest = hashlib.sha256(table)
    digest.update(words.model_dump_json(exclude=_OF_THE_DAY).encode())
    return digest.hexdigest()


def refuse_withdrawn(store: Path, topic: str, release: str, content: str) -> None:
    """Raises WithdrawnContent for what was taken back, under its old name or as the same content under a new one."""
    for stone in tombstones(store, topic):
        if stone.release == release or (stone.content and stone.content == content):
            raise WithdrawnContent(stone)
