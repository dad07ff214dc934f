"""Starting a program and ending exactly that one."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

GRACE = 15.0


def free_port() -> int:
    """A TCP port of this machine's loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float) -> None:
    """Returns when `ready` answers yes. RuntimeError with the log's tail if the program ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"the program ended with {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"not ready after {seconds:.0f} s:\n{_tail(log)}")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes], signal: int) -> None:
    """Asks a program to stop, and makes it if it does not."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-4000:] if log.exists() else "(no log)"
