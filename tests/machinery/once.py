"""Something that several tests need and that takes a while to make: made once, whichever process asks first."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

MADE = ".made"


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder as `make` left it, which is called with it, empty, unless it was made before.

    Other processes that ask meanwhile wait. A folder whose making failed is made anew by whoever asks next.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.with_name(f"{folder.name}{MADE}")
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
