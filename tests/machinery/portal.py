"""A running portal, as a process of its own."""

import contextlib
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.machinery.process import end, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def serving(store: Path, log: Path, *options: str) -> Iterator[str]:
    """Runs `python -m portal` on a store; yields its address once it answers, and ends it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "portal", "--store", str(store), "--port", str(port), *options]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: _answers(f"{address}/healthz"), process, log, seconds=90)
        yield address
    finally:
        end(process, signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
