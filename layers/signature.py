"""Signatures of certificates: Ed25519 over the exact bytes of `certificate.json`, and the public keys of a store.

`certificate.sig` holds the 64 bytes of the signature. A store publishes its keys in `keys/<id>.pem` and lists them in
`keys/keys.json`. A city may change its key at any time: old keys stay, so that old certificates still verify.
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from layers.protection import Frozen

KEYS = "keys"
"""The folder of public keys in a store."""
KEY_LIST = "keys.json"
ID_DIGITS = 16


class KeyProblem(Exception):
    """A key of the store is missing, or is not what it says it is; the message says which."""


class ListedKey(Frozen):
    """A key and the time in which it signed; `until` is null for the key in use."""

    id: str
    since: datetime
    until: datetime | None = None


class KeyList(Frozen):
    """keys.json: every key that ever signed for this store, oldest first."""

    keys: tuple[ListedKey, ...] = ()

    @property
    def current(self) -> ListedKey | None:
        return next((key for key in self.keys if key.until is None), None)

    def get(self, key_id: str) -> ListedKey | None:
        return next((key for key in self.keys if key.id == key_id), None)


def key_list(store: Path) -> KeyList:
    """The keys of a store; none where nothing was signed yet. Raises ValueError where the list is no list of keys."""
    path = store / KEYS / KEY_LIST
    return KeyList.model_validate_json(path.read_bytes()) if path.exists() else KeyList()


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the sha256 of the key's 32 bytes."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:ID_DIGITS]


def public_key(store: Path, wanted: str) -> Ed25519PublicKey:
    """The published key of that id. Raises KeyProblem where it is not listed, not there or another one."""
    if key_list(store).get(wanted) is None:  # also keeps a name from outside out of the path
        raise KeyProblem(f"the key {wanted} is not listed in {KEYS}/{KEY_LIST}")
    try:
        key = load_pem_public_key((store / KEYS / f"{wanted}.pem").read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise KeyProblem(f"the key {wanted} cannot be read") from error
    if not isinstance(key, Ed25519PublicKey) or key_id(key) != wanted:
        raise KeyProblem(f"the file of the key {wanted} holds another key")
    return key


def is_signed_by(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    """Whether `signature` was made over exactly this content with the private half of `key`."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
