"""Where the ETL keeps things: the private folder, which nobody else may read, and a store for each tier."""

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from etl.errors import Locked, StorageFailed
from layers.policy import Tier

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Folders:
    """`root/private` (vault, snapshots, keys, measurements, state), `root/public` (the store), and `root/partner` (the
    store of the partner tier, which the public portal is never given)."""

    root: Path

    @property
    def private(self) -> Path:
        return self.root / "private"

    @property
    def public(self) -> Path:
        return self.root / "public"

    @property
    def partner(self) -> Path:
        return self.root / "partner"

    def store(self, tier: str) -> Path:
        """Where the releases of a tier are."""
        return self.partner if tier == Tier.PARTNER else self.public

    def prepare(self, tier: str = Tier.PUBLIC) -> None:
        """Make the folders of a tier; partners' is for the ETL's user alone. Raises StorageFailed where it cannot."""
        try:
            self.private.mkdir(parents=True, exist_ok=True)
            self.private.chmod(0o700)
            self.public.mkdir(parents=True, exist_ok=True)
            if tier == Tier.PARTNER:
                self.partner.mkdir(exist_ok=True, mode=0o700)
                self.partner.chmod(0o700)
        except OSError as error:
            raise StorageFailed(f"The folder {self.root.name} cannot be written ({error.strerror}).") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the city's run lock. The kernel gives it back when the process ends, however it ends. Raises Locked."""
        try:
            opened = (self.private / "run.lock").open("w")
        except OSError as error:
            raise StorageFailed(f"The private folder cannot be written ({error.strerror}).") from error
        with opened as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Locked("Another run of this city is under way.") from error
            yield

    def key(self, purpose: str) -> bytes:
        """The secret key of a purpose (such as `snapshots`), made by the operating system when first asked for.

        Raises StorageFailed where the stored one is damaged. Keys of homes are asked for through `HomeKeys`.
        """
        path = self.private / "keys" / f"{purpose}.key"
        if not path.exists():
            self._refuse_new(purpose)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
        if len(key) != KEY_BYTES:  # with another key every home would be a new one, and could be counted again
            raise StorageFailed(f"The key {path.name} of the private folder is damaged.", "Put it back from a copy.")
        return key

    def _refuse_new(self, purpose: str) -> None:
        """Raises StorageFailed where records are kept under a key that is gone: under another they count twice."""
        if purpose == "events" and any(self.private.glob("vault/*/*/index.json")):
            raise StorageFailed(
                "The key events.key of the private folder is gone, but the vault's records are kept under it.",
                "Put it back from a copy, or remove the folder vault: the next run reads every feed whole.",
            )

    def seal(self, digest: str) -> str:
        """A keyed hash of a hash: names a private input without letting anyone test a guess about it."""
        return hmac.new(self.key("snapshots"), digest.encode(), sha256).hexdigest()[:32]


def write_once(path: Path, content: bytes) -> None:
    """A private file, whole or not at all, on disk when this returns."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
