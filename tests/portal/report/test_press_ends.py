"""The process that sets pages never outlives its server, however that one ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.machinery.small_city import ROOT

_SERVER = """
import os, sys, time
from portal.report.press import _own_process

if __name__ == "__main__":
    print(_own_process().submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_server(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "server.py"
    script.write_text(_SERVER, "utf-8")
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=paths) as server:
        assert server.stdout is not None
        press = int(server.stdout.readline())
        assert _lives(press)
        server.send_signal(how)
        server.wait()
    until = time.monotonic() + 20
    while _lives(press) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(press)


def _lives(process: int) -> bool:
    """Whether it runs; one that ended and that nobody asked after does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
