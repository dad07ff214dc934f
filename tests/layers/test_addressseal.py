"""The seal of the public addresses: whatever is changed among them is told, and nothing can hide in the seal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.release.signing import Keyring
from layers.addressbook import INDEX, TABLE, strangers
from layers.addressseal import LIST, SIGNATURE, Seal, hash_list, read_seal
from tests.layers.certificates import NOW
from tests.layers.test_addressbook import book, written


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with five public addresses, signed."""
    signer = Keyring(tmp_path / "private", (tmp_path / "public",), NOW).signer()
    files = book().files()
    listed = hash_list(files)
    written(tmp_path / "public/geo", files | {LIST: listed, SIGNATURE: signer.sign(listed)})
    return tmp_path / "public"


def test_an_untouched_seal_holds_also_after_a_change_of_keys(store: Path) -> None:
    first = read_seal(store)
    assert first is not None
    assert first.key is not None
    assert first.problems == ()
    Keyring(store.parent / "private", (store,), NOW).rotate()
    assert read_seal(store) == first
    assert list(strangers(store / "geo")) == []


def _append(name: str) -> Callable[[Path], Any]:
    return lambda geo: (geo / name).write_bytes((geo / name).read_bytes() + b" ")


def _list_anew(geo: Path) -> None:
    """As somebody would who has no key."""
    _append(INDEX)(geo)
    files = {path.name: path.read_bytes() for path in geo.iterdir() if path.name not in (LIST, SIGNATURE)}
    (geo / LIST).write_bytes(hash_list(files))


CHANGES: dict[str, Callable[[Path], Any]] = {
    f"geo/{INDEX} was altered": _append(INDEX),
    f"geo/{TABLE} is missing": lambda geo: (geo / TABLE).unlink(),
    "geo/addresses-0123456789ab.json.gz was added": lambda geo: (geo / "addresses-0123456789ab.json.gz").touch(),
    "are not signed": lambda geo: (geo / SIGNATURE).unlink(),
    "is by no key of this store": _list_anew,
    "or of other lines": _append(SIGNATURE),
}  # fmt: skip


@pytest.mark.parametrize("problem", CHANGES)
def test_whatever_was_changed_is_told(store: Path, problem: str) -> None:
    CHANGES[problem](store / "geo")
    found = read_seal(store)
    assert found is not None
    assert len(found.problems) == 1
    assert problem in found.problems[0]


@pytest.mark.parametrize("name", [LIST, SIGNATURE])
def test_a_seal_that_says_anything_else_is_no_seal(store: Path, name: str) -> None:
    _append(name)(store / "geo")
    assert name in {strange for strange, _ in strangers(store / "geo")}


def test_a_store_without_public_addresses_has_no_seal(tmp_path: Path) -> None:
    written(tmp_path / "geo", {"district.1.geojson": b"{}"})
    assert read_seal(tmp_path) is None
    (tmp_path / "geo" / INDEX).touch()
    assert read_seal(tmp_path) == Seal(None, ("the public addresses are not signed",))
