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
    folder_of_programs = programs()
    if folder_of_programs is None:
        raise RuntimeError(INSTALL)
    # /tmp itself: a unix socket's path may have about 100 characters, and the server's user must be able to reach it.
    with tempfile.TemporaryDirectory(prefix="hm-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        who = _unprivileged()
        if who is not None:
            os.chown(folder, who.pw_uid, who.pw_gid)
        log = folder / "log"
        with _as(who, [folder_of_programs / "initdb", *_INITDB, "-D", folder / "data"], folder, log) as process:
            if process.wait(120) != 0:
                raise RuntimeError(f"initdb failed:\n{log.read_text()}")
        command = [folder_of_programs / "postgres", "-D", folder / "data", "-k", folder, *_QUICK]
        with _as(who, command, folder, log) as process:
            try:
                ready = (folder / ".s.PGSQL.5432").exists
                wait_until(lambda: ready() and b"ready to accept" in log.read_bytes(), process, log, seconds=60)
                yield f"postgresql+psycopg://hearthmap@/postgres?host={folder}"
            finally:
                end(process, signal.SIGINT)


_INITDB = ["-U", "hearthmap", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
_QUICK = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


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
