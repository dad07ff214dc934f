"""The private folder, its keys and its lock."""

import subprocess
import sys
from pathlib import Path

import pytest

from etl.errors import Locked, StorageFailed
from etl.folders import Folders

ROOT = Path(__file__).parents[2]


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.prepare()

    assert folders.key("events") == folders.key("events") != folders.key("snapshots")
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "private/keys").iterdir()} == {0o600}
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700


def test_two_runs_of_a_city_cannot_overlap(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.prepare()

    with folders.locked(), pytest.raises(Locked), folders.locked():
        pass
    with folders.locked():
        pass  # free again


def test_a_lock_whose_owner_was_killed_is_free(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.prepare()
    script = (
        "import os, signal, sys; from pathlib import Path; from etl.folders import Folders\n"
        "with Folders(Path(sys.argv[1])).locked(): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)

    with folders.locked():
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageFailed, match="cannot be written"):
        Folders(tmp_path / "file").prepare()
