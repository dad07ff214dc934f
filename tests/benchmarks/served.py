"""Another server with as many workers as the portal: started, waited for, and ended by its own process."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.machinery.process import end, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


@contextmanager
def served(target: str, folder: Path, ready: str, *, port: int = 0, **environ: str) -> Iterator[str]:
    """Runs an application (`module:name`, or `module:name()` for a factory) under uvicorn; yields its address.

    ready: a path that answers 200 once it is up.
    """
    port = port or free_port()
    factory = ["--factory"] if target.endswith("()") else []
    options = ["--workers", str(WORKERS), "--port", str(port), "--log-level", "error"]
    command = [sys.executable, "-m", "uvicorn", *factory, target.removesuffix("()"), *options]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env={**os.environ, **_plain(environ)})
    try:
        wait_until(lambda: _up(f"http://127.0.0.1:{port}{ready}"), process, log, seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process, 15)


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in environ.items()}


def _up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
