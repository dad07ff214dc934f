"""A real OpenSSH server on loopback, with keys and a configuration of its own, run as whoever runs the tests."""

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.machinery.process import end, free_port, wait_until

INSTALL = "OpenSSH's server is missing: run .ci/setup, or install your system's openssh-server package"
BANNER = "Quackenbush, 24-DT-00417"
"""What the server tells whoever comes, before anybody signs in: no word of it may be told on."""
PRIVILEGES = Path("/run/sshd")


@dataclass(frozen=True, slots=True)
class Sshd:
    """A server that runs. `host_key` is its line of known_hosts without the host; `key` signs `user` in."""

    port: int
    user: str
    host_key: str
    fingerprint: str
    key: str
    log: Path

    def signed_in(self) -> int:
        """How often anybody signed in so far."""
        return self.log.read_text("utf-8", "replace").count("Accepted publickey")

    def tried(self) -> int:
        """How often anybody tried to."""
        text = self.log.read_text("utf-8", "replace")
        return sum(text.count(word) for word in ("Accepted ", "Failed password", "Failed publickey"))


@contextlib.contextmanager
def server() -> Iterator[Sshd]:
    """Starts a server, yields it, ends it by its id."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise RuntimeError(INSTALL)
    if os.geteuid() == 0:
        PRIVILEGES.mkdir(mode=0o755, exist_ok=True)  # root's server insists on it
    with tempfile.TemporaryDirectory(prefix="hm-ssh-") as name:
        folder, port = Path(name), free_port()
        host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        host.write_private_key(folder / "host")
        (folder / "host").chmod(0o600)
        (folder / "authorized").write_bytes(user.export_public_key())
        (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
        (folder / "banner").write_text(f"{BANNER}\n")
        log = folder / "log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [program, "-D", "-e", "-f", folder / "config"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(lambda: b"Server listening" in log.read_bytes(), process, log, seconds=30)
            public = host.export_public_key().decode().strip()
            yield Sshd(port, getpass.getuser(), public, host.get_fingerprint(), user.export_private_key().decode(), log)
        finally:
            end(process, signal.SIGTERM)


_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
Banner {folder}/banner
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""
