"""`python -m etl schedule`: lists its jobs, waits, and ends in order when asked."""

import json
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.machinery.small_city import (
    ROOT,
    command,
    declare,
    etl,
)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("as_json", [False, True])
def test_schedule_lists_its_jobs_and_ends_when_asked(
    city: Path, tmp_path: Path, asked: signal.Signals, as_json: bool
) -> None:
    options = ["--json"] if as_json else []
    process = subprocess.Popen(
        command("schedule", city, "--var", tmp_path / "var", *options),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_interruptible,  # noqa: PLW1509 - no other thread is at work here
    )
    try:
        jobs = [_line(process) for _ in range(5)]
        time.sleep(0.5)  # past the list, and into waiting
        process.send_signal(asked)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    assert err == b""
    names = {"addresses", "court", "developments", "requests_311", "utility"}
    if as_json:
        assert {json.loads(job)["source"] for job in jobs} == names
        assert json.loads(out.splitlines()[-1]) == {"outcome": "stopped"}
    else:
        assert {job.partition(":")[0] for job in jobs} == names
        assert out.endswith(b"Stopped.\n")


def test_schedule_only_lists_when_asked(city: Path, tmp_path: Path) -> None:
    ended = etl("schedule", city, "--var", tmp_path / "var", "--list", "--json")
    assert ended.code == 0
    assert {told["source"]: told["of"] for told in ended.objects}["court"] == "evictions"
    assert not (tmp_path / "var").exists()


def test_schedule_refuses_a_city_without_times(changed: Path, tmp_path: Path) -> None:
    for source in (changed / "sources").glob("*.toml"):
        declare(source, lambda text: re.sub(r"^cron.*\n", "", text, flags=re.M))
    ended = etl("schedule", changed, "--var", tmp_path / "var")
    assert ended.code == 2
    assert "no source declares when to run" in ended.err


def _interruptible() -> None:
    """A shell that starts a test in the background lets it ignore interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _line(process: subprocess.Popen[bytes], seconds: float = 90) -> str:
    """The next line, which must be there while the program goes on."""
    assert process.stdout is not None
    descriptor, read = process.stdout.fileno(), b""
    deadline = time.monotonic() + seconds
    while not read.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        assert ready, "no line came"
        byte = os.read(descriptor, 1)
        assert byte, f"it ended: {process.communicate()[1].decode()}"
        read += byte
    return read.decode().rstrip("\n")
