"""A small demonstration city, from raw feeds to releases, built once."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.machinery.once import made_once

ROOT = Path(__file__).resolve().parents[2]
SEED, HOUSEHOLDS, MONTHS = 7, 6000, 30


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demonstration city's folder is and where its results go."""

    folder: Path

    @property
    def city(self) -> Path:
        """The city folder with its raw feeds."""
        return self.folder / "city"

    @property
    def var(self) -> Path:
        """What `--var` names: private/ and public/."""
        return self.folder / "var"

    @property
    def store(self) -> Path:
        """The public store."""
        return self.var / "public"


def written(folder: Path) -> Demo:
    """The city folder, written if it is not there yet."""
    demo = Demo(folder)
    size = ["--seed", str(SEED), "--households", str(HOUSEHOLDS), "--months", str(MONTHS)]
    made_once(demo.city, lambda city: _etl("demo", str(city), *size))
    return demo


def published(folder: Path) -> Demo:
    """The city folder and its releases, made if they are not there yet."""
    demo = written(folder)
    made_once(demo.var, lambda var: _etl("run", str(demo.city), "--var", str(var)))
    return demo


def _etl(*arguments: str) -> None:
    command = [sys.executable, "-m", "etl", *arguments]
    ran = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {ran.returncode}:\n{ran.stdout}\n{ran.stderr}"[-8000:])
