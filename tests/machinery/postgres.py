"""A real PostgreSQL server on a folder of its own, reached through a unix socket."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.machinery.process import end, wait_until
from tests.machinery.room import in_memory

INSTALL = "PostgreSQL is missing: run .ci/setup, or install your system's postgresql package"


def programs() -> Path | None:
    """The folder of initdb and postgres: the newest installed, else what PATH finds."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: _number(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Starts a server, yields its SQLAlchemy URL, ends it. Nothing is synced: the data lives as long as the tests."""
    with restartable("-c", "synchronous_commit=off") as running:
        yield running.url


class Running:
    """A server that can be ended hard and started again on the same data."""

    def __init__(self, folder: Path, programs: Path, who: pwd.struct_passwd | None, *options: str) -> None:
        self.url = f"postgresql+psycopg://hearthmap@/postgres?host={folder}"
        self._folder, self._log, self._who = folder, folder / "log", who
        self._command: list[str | Path] = [
            programs / "postgres",
            "-D",
            folder / "data",
            "-k",
            folder,
            *_QUICK,
            *options,
        ]
        self.start()

    def start(self) -> None:
        """Returns when it takes connections."""
        self._log.unlink(missing_ok=True)
        self._process = _as(self._who, self._command, self._folder, self._log)
        wait_until(self._ready, self._process, self._log, seconds=60)

    def _ready(self) -> bool:
        return (self._folder / ".s.PGSQL.5432").exists() and b"ready to accept" in self._log.read_bytes()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order, SIGQUIT at once: connections are cut, and it recovers when it starts."""
        end(self._process, how)


@contextlib.contextmanager
def restartable(*options: str) -> Iterator[Running]:
    """The same as `server`, for tests that take it away and bring it back: what was committed outlives SIGQUIT."""
    folder_of_programs = programs()
    if folder_of_programs is None:
        raise RuntimeError(INSTALL)
    # Not in TMPDIR: a unix socket's path may have about 100 characters, and the server's user must be able to reach it.
    place = in_memory() or "/tmp"
    with tempfile.TemporaryDirectory(prefix="hm-pg-", dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        who = _unprivileged()
        if who is not None:
            os.chown(folder, who.pw_uid, who.pw_gid)
        log = folder / "log"
        with _as(who, [folder_of_programs / "initdb", *_INITDB, "-D", folder / "data"], folder, log) as process:
            if process.wait(120) != 0:
                raise RuntimeError(f"initdb failed:\n{log.read_text()}")
        running = Running(folder, folder_of_programs, who, *options)
        try:
            yield running
        finally:
            running.stop()


_INITDB = ["-U", "hearthmap", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
_QUICK = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"]


def _number(version: str) -> float:
    return float(version) if version.replace(".", "", 1).isdigit() else 0.0


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _as(who: pwd.struct_passwd | None, command: list[str | Path], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    identity = {} if who is None else {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **identity
        )
