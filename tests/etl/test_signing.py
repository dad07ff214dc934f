"""Signing keys: made once, kept private, changed openly."""

from datetime import timedelta
from pathlib import Path

import pytest

from etl.errors import StorageFailed
from etl.release.signing import Keyring
from layers.signature import is_signed_by, key_list, public_key
from tests.layers.certificates import NOW

LATER = NOW + timedelta(days=30)


def _ring(folder: Path, now: object = NOW, told: list[str] | None = None) -> Keyring:
    return Keyring(
        folder / "private",
        (folder / "public", folder / "partner"),
        now,  # type: ignore[arg-type] # a date in both uses
        tell=lambda why, key: (told if told is not None else []).append(f"{why}: {key}"),
    )


def test_the_private_half_is_for_its_owner_alone_and_only_there(tmp_path: Path) -> None:
    signer = _ring(tmp_path).signer()

    (private,) = (tmp_path / "private/keys").iterdir()
    assert private.name == f"certificate-{signer.id}.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    public = [p for store in ("public", "partner") for p in (tmp_path / store).rglob("*") if p.is_file()]
    assert public
    assert not [p for p in public if b"PRIVATE" in p.read_bytes()]


def test_the_key_in_use_is_read_back(tmp_path: Path) -> None:
    told: list[str] = []
    first = _ring(tmp_path, told=told).signer()

    assert _ring(tmp_path, LATER, told).signer().id == first.id
    assert len(told) == 1


def test_both_stores_get_the_same_keys(tmp_path: Path) -> None:
    _ring(tmp_path).signer()

    files = [{p.name: p.read_bytes() for p in (tmp_path / s / "keys").iterdir()} for s in ("public", "partner")]
    assert files[0] == files[1]


def test_a_new_key_leaves_the_old_one_good_for_what_it_signed(tmp_path: Path) -> None:
    old = _ring(tmp_path).signer()
    signature = old.sign(b"a certificate of then")

    new = _ring(tmp_path, LATER).rotate()

    #        since   until
    # old    NOW     LATER
    # new    LATER
    listed = key_list(tmp_path / "public").keys
    assert [(k.id, k.since, k.until) for k in listed] == [(old.id, NOW, LATER), (new.id, LATER, None)]
    assert is_signed_by(public_key(tmp_path / "public", old.id), b"a certificate of then", signature)
    assert _ring(tmp_path, LATER).signer().id == new.id


def test_a_lost_private_key_is_replaced_by_a_listed_one_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    old = _ring(tmp_path).signer()
    (tmp_path / f"private/keys/certificate-{old.id}.pem").unlink()

    new = _ring(tmp_path, LATER, told).signer()

    assert new.id != old.id
    assert [k.until for k in key_list(tmp_path / "public").keys] == [LATER, None]
    assert told == [f"the private half of {old.id} is gone, a new signing key was made: {new.id}"]


@pytest.mark.parametrize("damage", ["private", "list"])
def test_a_damaged_key_or_list_is_refused_not_replaced(tmp_path: Path, damage: str) -> None:
    signer = _ring(tmp_path).signer()
    path = {
        "private": tmp_path / f"private/keys/certificate-{signer.id}.pem",
        "list": tmp_path / "public/keys/keys.json",
    }[damage]
    path.write_bytes(b"{")

    with pytest.raises(StorageFailed):
        _ring(tmp_path).signer()
