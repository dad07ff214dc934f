"""A small demonstration city, from raw feeds to releases, built once."""

import fcntl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
    _once(folder, "city", ["demo", str(demo.city), *size])
    return demo


def published(folder: Path) -> Demo:
    """The city folder and its releases, made if they are not there yet."""
    demo = written(folder)
    _once(folder, "releases", ["run", str(demo.city), "--var", str(demo.var)])
    return demo


def _once(folder: Path, what: str, arguments: list[str]) -> None:
    """Runs the ETL unless it already did so here, also if several test processes ask at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / f"{what}.done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        command = [sys.executable, "-m", "etl", *arguments]
        ran = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {ran.returncode}:\n{ran.stdout}\n{ran.stderr}"[-8000:])
        done.touch()
