"""The city's signing keys: private halves under `private/keys`, public ones in every store that they sign for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from etl.errors import StorageFailed
from etl.folders import write_once
from layers.signature import KEY_LIST, KEYS, KeyList, ListedKey, key_id, key_list
from layers.store.publisher import replace


@dataclass(frozen=True)
class Signer:
    """The key in use."""

    id: str
    key: Ed25519PrivateKey

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self.key.sign(content)


@dataclass(frozen=True)
class Keyring:
    """Where keys are: `private` is the private folder; `stores`, the public one first, get the public halves."""

    private: Path
    stores: Sequence[Path]
    now: datetime
    tell: Callable[[str, str], None] = lambda why, key: None
    """Told why and its id whenever a key is made."""

    def signer(self) -> Signer:
        """The key in use. One is made where there is none, or where its private half is gone; never silently.

        Raises StorageFailed where the list of keys or a private key is damaged.
        """
        listed = self.listed()
        current = listed.current
        if current is None:
            return self._new(listed, "the first signing key was made")
        path = self._private(current.id)
        if not path.exists():
            return self._new(listed, f"the private half of {current.id} is gone, a new signing key was made")
        signer = _loaded(path, current.id)
        self._publish(signer.key.public_key(), listed)
        return signer

    def rotate(self) -> Signer:
        """A new key from now on. Old public keys stay, so that old certificates still verify."""
        return self._new(self.listed(), "a new signing key was made")

    def listed(self) -> KeyList:
        """Every key that ever signed."""
        try:
            return key_list(self.stores[0])
        except ValueError:  # pydantic's is one
            raise StorageFailed(
                f"The list of signing keys ({KEYS}/{KEY_LIST}) is damaged.", "Put it back from a copy."
            ) from None

    def _private(self, wanted: str) -> Path:
        return self.private / "keys" / f"certificate-{wanted}.pem"

    def _new(self, listed: KeyList, why: str) -> Signer:
        """Private half first, list last: killed in between, the key was never in use."""
        key = Ed25519PrivateKey.generate()
        signer = Signer(key_id(key.public_key()), key)
        _write_private(
            self._private(signer.id), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )  # fmt: skip
        ended = (k if k.until else k.model_copy(update={"until": self.now}) for k in listed.keys)
        self._publish(key.public_key(), KeyList(keys=(*ended, ListedKey(id=signer.id, since=self.now))))
        self.tell(why, signer.id)
        return signer

    def _publish(self, key: Ed25519PublicKey, listed: KeyList) -> None:
        """The key, those before it, and the list, in every store that lacks them."""
        pems = {listed.keys[-1].id: key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)}
        first = self.stores[0] / KEYS
        pems |= {k.id: (first / f"{k.id}.pem").read_bytes() for k in listed.keys[:-1]}
        told = listed.model_dump_json(indent=1).encode()
        for store in self.stores:
            for name, content in [*((f"{i}.pem", pem) for i, pem in pems.items()), (KEY_LIST, told)]:
                path = store / KEYS / name
                if not path.exists() or path.read_bytes() != content:
                    replace(path, content)


def _loaded(path: Path, wanted: str) -> Signer:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey) or key_id(key.public_key()) != wanted:
        raise StorageFailed(
            f"The signing key {path.name} of the private folder is damaged.",
            "Put it back from a copy, or remove it: the next run then makes and lists a new one.",
        )
    return Signer(wanted, key)


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_once(path, content)
