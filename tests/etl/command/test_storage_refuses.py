"""A run whose storage refuses ends with 16, says so in a sentence, and leaves up what was up."""

import ctypes
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.machinery.small_city import (
    etl,
    etl_process,
    files_of,
)

A_FILE_OF_60_KB = 60_000
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24


def _as_others_would() -> None:
    """Give up root's right to write where nobody may."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def _on_a_small_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (A_FILE_OF_60_KB, A_FILE_OF_60_KB))


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for each in folders:
        each.chmod(0o555)
    try:
        yield
    finally:
        for each in folders:
            with suppress(FileNotFoundError):  # a run removes its scratch
                each.chmod(0o755)


def test_a_read_only_store_ends_with_16_and_keeps_the_old_release(changed: Path, var: Path) -> None:
    before = files_of(var / "public")
    with _read_only(var / "public"):
        ended = etl_process("run", changed, "housing_supply", "--var", var, "--json", before=_as_others_would)
    assert ended.code == 16, ended.said
    assert "Permission denied" in ended.failure("housing_supply")["error"]
    assert "Traceback" not in ended.said
    assert files_of(var / "public") == before


def test_a_read_only_private_folder_ends_with_16(changed: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases")
    with _read_only(var / "private"):
        ended = etl_process("run", changed, "housing_supply", "--var", var, before=_as_others_would)
    assert ended.code == 16, ended.said
    assert "Traceback" not in ended.said
    assert files_of(var / "public", "current.json", "releases") == before


def test_a_full_disk_ends_with_16_and_keeps_the_old_release(changed: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases")
    ended = etl_process("run", changed, "housing_supply", "--var", var, "--json", before=_on_a_small_disk)
    assert ended.code == 16, ended.said
    assert "Traceback" not in ended.said
    assert files_of(var / "public", "current.json", "releases") == before

    assert etl("run", changed, "housing_supply", "--var", var).code == 0, "once there is room again"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("public/current.json", b"{"),
        ("private/state.sqlite", b"garbage"),
        ("private/zones/2026.parquet", b"garbage"),
        ("private/keys/homes-evictions-public-2026.key", b""),
    ],
)
def test_a_damaged_folder_ends_with_16(city: Path, var: Path, path: str, content: bytes) -> None:
    """Nothing is measured anew, and nothing is published from what is left."""
    (var / path).write_bytes(content)
    before = files_of(var / "public", "current.json", "releases")

    ended = etl("run", city, "evictions", "--var", var)

    assert ended.code == 16, ended.said
    assert files_of(var / "public", "current.json", "releases") == before


def test_a_damaged_table_of_an_old_release_ends_with_16(city: Path, var: Path) -> None:
    (counts,) = (var / "public/releases/evictions").glob("*/counts.parquet")
    counts.write_bytes(b"garbage")
    ended = etl("run", city, "evictions", "--var", var, "--json")
    assert ended.code == 16, ended.said
    assert "A file of the public store is damaged or missing" in ended.failure("evictions")["error"]
    assert etl("audit", var / "public").code == 16


#   what is gone                   what the run says of it
LOST = [
    ("keys/events.key", "but the vault's records are kept under it"),
    ("homes/2026.parquet", "The frozen names of homes 2026.parquet of the private folder are gone"),
]


@pytest.mark.parametrize(("name", "sentence"), LOST)
def test_what_cannot_be_made_again_is_not_made_again(city: Path, var: Path, name: str, sentence: str) -> None:
    """Under another key, or other names, a record or a home would be another one and count a second time."""
    (var / "private" / name).unlink()
    ended = etl("run", city, "evictions", "--var", var, "--json")
    assert ended.code == 16, ended.said
    assert sentence in ended.failure("evictions")["error"]
    assert not (var / "private" / name).exists()


def test_lost_measurements_are_never_drawn_again(city: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases")
    shutil.rmtree(var / "private/measurements/evictions")

    ended = etl("run", city, "evictions", "--var", var, "--json")

    assert ended.code == 14
    assert "its vector is gone" in ended.failure("evictions")["error"]
    assert files_of(var / "public", "current.json", "releases") == before


def test_where_a_folder_should_be_is_a_file(city: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    ended = etl("run", city, "--var", tmp_path / "var")
    assert ended.code == 16
    assert "The folder var cannot be written" in ended.err
