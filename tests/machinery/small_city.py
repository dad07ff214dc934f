"""A city small enough to be run again and again, and the command line as tests call it."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from etl.__main__ import main
from etl.demo import write_demo_city

ROOT = Path(__file__).resolve().parents[2]
SEED, HOUSEHOLDS, MONTHS = 3, 1200, 4

PROTECTED = ("evictions", "shutoffs")
TOPICS = ("service_requests", "evictions", "shutoffs", "community_needs", "housing_supply", "households")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code and all that it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that was printed."""
        return self.out + self.err

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object per line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def failure(self, topic: str) -> dict[str, Any]:
        """What `--json` says of the topic that was held: `exit` and `error`."""
        return next(told for told in self.objects if told.get("topic") == topic and "error" in told)

    def published(self) -> dict[str, str]:
        """Topic and release of everything that `--json` says was published."""
        return {o["topic"]: o["release"] for o in self.objects if o.get("outcome") == "published"}


def write_small_city(folder: Path, *, center: bool = False) -> Path:
    """A demonstration city of 1,200 homes and four months; with `center` also the feeds of its contact center.

    Its planted defects are as many as in a large one, so the share of rejects that is let through is higher.
    """
    for name, content in _feeds().items():
        if not center and (name.startswith(("feeds/center/", "sources/center_"))):
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name in ("requests_311", "court", "utility"):
        path = folder / "sources" / f"{name}.toml"
        rest = re.sub(r"^max_reject_share.*\n", "", path.read_text("utf-8"), flags=re.M)
        path.write_text(rest.replace("[limits]\n", "[limits]\nmax_reject_share = 0.35\n"), "utf-8")
    return folder


@lru_cache(maxsize=1)
def _feeds() -> dict[str, bytes]:
    """The files of the city's folder, made once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        write_demo_city(folder, seed=SEED, households=HOUSEHOLDS, months=MONTHS)
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def declare(path: Path, change: Callable[[str], str]) -> None:
    """Rewrite a declaration; the change must change something."""
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before, f"nothing to change in {path.name}"
    path.write_text(after, "utf-8")


def etl(*arguments: object) -> Ended:
    """`python -m etl …` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments], {})
        except SystemExit as stopped:  # argparse
            code = int(str(stopped.code))
    return Ended(code, out.getvalue(), err.getvalue())


def command(*arguments: object) -> list[str]:
    """The words of `python -m etl …`."""
    return [sys.executable, "-m", "etl", *map(str, arguments)]


def etl_process(*arguments: object, before: Callable[[], None] | None = None) -> Ended:
    """`python -m etl …` in a process of its own; `before` runs in it first."""
    ran = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def files_of(folder: Path, *parts: str) -> dict[str, str]:
    """Path and sha256 of every file under a folder (or under some of its parts)."""
    roots = [folder / part for part in parts] or [folder]
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def status_of(public: Path, topic: str) -> dict[str, Any]:
    """The row of a topic in status.json."""
    status = json.loads((public / "status.json").read_bytes())
    return next(dict(row) for row in status["topics"] if row["topic"] == topic)


def current(public: Path) -> dict[str, str]:
    """Topic and release of everything that is up."""
    return dict(json.loads((public / "current.json").read_bytes()))
