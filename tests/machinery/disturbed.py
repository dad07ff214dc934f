"""The command line, disturbed at any operation by which it writes: a full or read-only disk, or kill -9."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from tests.machinery.small_city import ROOT, Ended, command

How = Literal["full", "readonly", "kill"]
_CHANCE = ((r"\d{4}-\d{2}(-\d{2})?", "DAY"), (r"[0-9a-f]{8,}", "HASH"), (r"\.\d+\.", ".N."), (r"-\d+(?=/|$)", "-N"))


@dataclass(frozen=True, slots=True)
class Write:
    """One operation of a command: its number from 1, what it does (write, open, sync, mkdir, rename, …) and where."""

    number: int
    what: str
    path: str

    @property
    def place(self) -> str:
        """The same for operations on the same file in every run, whatever days, hashes and numbers its name holds."""
        path = self.path
        for pattern, word in _CHANCE:
            path = re.sub(pattern, word, path)
        return f"{self.what} {path}"


@dataclass(frozen=True, slots=True)
class Disturber:
    """Runs `python -m etl …` in a process of its own with `library` between it and the disk."""

    library: Path

    def writes(self, folder: Path, *words: object) -> list[Write]:
        """What the command writes below the folder when nothing disturbs it. It must succeed."""
        log = folder.with_name(f"{folder.name}.writes")
        ended = self._run(folder, words, {"FAULT_LOG": str(log)})
        assert ended.code == 0, ended.said
        lines = [line.split(" ", 2) for line in log.read_text("utf-8").splitlines()]
        return [Write(int(number), what, path) for number, what, path in lines]

    def disturbed(self, how: How, write: Write, folder: Path, *words: object) -> Ended:
        """The command, whose operation of this number fails (and every later one that needs room), or kills it."""
        return self._run(folder, words, {"FAULT_HOW": how, "FAULT_AT": str(write.number)})

    def _run(self, folder: Path, words: tuple[object, ...], said: dict[str, str]) -> Ended:
        environ = {**os.environ, "LD_PRELOAD": str(self.library), "FAULT_DIR": str(folder), **said}
        ran = subprocess.run(
            command(*words),
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(ran.returncode, ran.stdout, ran.stderr)


def disturber(folder: Path) -> Disturber:
    """Compiled into the folder; skips the test where there is no C compiler for Linux."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler and Linux")
    library = folder / "disturbed.so"
    source = Path(__file__).with_name("disturbed.c")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-w", "-o", library, source, "-ldl"], check=True)
    return Disturber(library)
