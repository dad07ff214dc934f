"""What `make test` does about a missing browser or database server, on a machine with and without apt-get.

| Chromium | apt-get  | then                                      |
|----------|----------|-------------------------------------------|
| there    | any      | nothing                                   |
| missing  | works    | installed                                 |
| missing  | refuses  | one sentence that says what to install, 1 |
| missing  | none     | one sentence that says what to install, 1 |
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.machinery import postgres

SETUP = Path(__file__).resolve().parents[2] / ".ci" / "setup"
TOOLS = ("bash", "mktemp", "tail", "rm")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with the servers and the shell's tools, but without browser and without apt-get."""
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    assert postgres.programs() is not None, postgres.INSTALL
    _program(tmp_path / "initdb", "exit 0")
    _program(tmp_path / "sshd", "exit 0")
    _program(tmp_path / "sudo", 'while [[ "$1" == -* ]]; do shift; done; "$@"')
    return tmp_path


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
    path.chmod(0o755)


def set_up(programs: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != "CHROMIUM"}
    environ = clean | {"PATH": str(programs)} | environ
    return subprocess.run([programs / "bash", SETUP], env=environ, capture_output=True, text=True, check=False)


def test_nothing_to_do(programs: Path) -> None:
    _program(programs / "chromium", "exit 0")
    ran = set_up(programs)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_named_browser_will_do(programs: Path) -> None:
    assert set_up(programs, CHROMIUM="/opt/browser").returncode == 0


def test_installs_what_is_missing(programs: Path, tmp_path: Path) -> None:
    _program(programs / "apt-get", f'echo "$@" >> {tmp_path}/asked')
    ran = set_up(programs)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "asked").read_text().splitlines() == ["update", "install -y --no-install-recommends chromium"]


def test_says_what_to_install_where_apt_get_refuses(programs: Path) -> None:
    _program(programs / "apt-get", "echo no such mirror; exit 100")
    ran = set_up(programs)
    assert ran.returncode == 1
    assert "no such mirror" in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("The tests need chromium: install")


def test_says_what_to_install_where_there_is_no_apt_get(programs: Path) -> None:
    ran = set_up(programs)
    assert ran.returncode == 1
    assert ran.stderr.startswith("The tests need chromium: install")
