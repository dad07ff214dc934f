"""The seal of a city's public addresses: the sha256 of each of their files, signed as certificates are.

    geo/addresses.sha256     a line for each file, as `sha256sum` writes and checks them
    geo/addresses.sig        64 bytes: the signature of those lines, made with a key of the store (layers.signature)

A certificate cannot hold them: they follow from the address file, which may change while every release stays.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from layers.signature import KeyProblem, is_signed_by, key_list, public_key

LIST, SIGNATURE = "addresses.sha256", "addresses.sig"
FILES = "addresses*"


class Seal(NamedTuple):
    """The id of the key that signed, where one of the store's did, and what is wrong, in words."""

    key: str | None
    problems: tuple[str, ...]


def hash_list(files: Mapping[str, bytes]) -> bytes:
    """The lines of LIST: names and contents of all files but the seal's own."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def signing_key(store: Path, content: bytes, signature: bytes) -> str | None:
    """The id of the store's key that signed this; None where it was none of them, or the list of keys is damaged."""
    try:
        listed = key_list(store).keys
    except ValueError:  # pydantic's is one
        return None
    return next((key.id for key in reversed(listed) if _signed(store, key.id, content, signature)), None)


def read_seal(store: Path) -> Seal | None:
    """The seal of a store's public addresses, compared with what lies there; None where the store has none."""
    here = {path.name: path for path in sorted((store / "geo").glob(FILES))}
    if not here:
        return None
    content, signature = (
        path.read_bytes() if path is not None and path.is_file() else None
        for path in (here.pop(LIST, None), here.pop(SIGNATURE, None))
    )
    if content is None or signature is None:
        return Seal(None, ("the public addresses are not signed",))
    key = signing_key(store, content, signature)
    if key is None:
        return Seal(None, ("the signature of the public addresses is by no key of this store, or of other lines",))
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in content.decode().splitlines())}
    return Seal(key, tuple(_changed(here, listed)))


def _changed(here: Mapping[str, Path], listed: Mapping[str, str]) -> Iterator[str]:
    for name, digest in listed.items():
        if name not in here:
            yield f"geo/{name} is missing"
        elif not here[name].is_file() or hashlib.sha256(here[name].read_bytes()).hexdigest() != digest:
            yield f"geo/{name} was altered"
    yield from (f"geo/{name} was added" for name in here if name not in listed)


def _signed(store: Path, key: str, content: bytes, signature: bytes) -> bool:
    try:
        return is_signed_by(public_key(store, key), content, signature)
    except KeyProblem:
        return False
