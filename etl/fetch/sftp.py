"""Files on an SFTP server: only from the server with the declared key; a cut transfer goes on where it ended."""

import asyncio
import hashlib
import json
import os
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from etl.city.filedrops import SftpConnector
from etl.errors import DeclarationError, SourceUnreadable, StorageFailed
from etl.fetch.beginning import SAMPLE_BYTES, records_of
from etl.fetch.connector import Fetched, Request, Sampled
from etl.fetch.drops import Lying, chosen, plain_name, ready
from etl.fetch.fileformats import read_files
from etl.fetch.filenames import told_name
from etl.fetch.retrying import CutOff, retrying

if TYPE_CHECKING:
    import asyncssh

CHUNK = 1 << 20
_NO_KEY_SENT = (
    "Nothing was sent to it. Ask the agency whether its key changed, and by another way than this connection."
)


class Sftp:
    """`kind = "sftp"`."""

    kind = "sftp"

    def fetch(self, declared: SftpConnector, request: Request) -> Fetched:
        """The newest file, or all; with `Request.since`, only what was not taken before."""
        credentials = _credentials(declared, request)
        return retrying(lambda: _fetched(declared, credentials, request), tries=declared.tries, timing=request.timing)

    def sample(self, declared: SftpConnector, request: Request, rows: int) -> Sampled:
        """The beginning of the newest file; the whole of one that cannot be read in part."""
        credentials = _credentials(declared, request)
        return retrying(
            lambda: _begun_with(declared, credentials, request), tries=declared.tries, timing=request.timing
        )

    def read(self, declared: SftpConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """As files of the declared kind are read, in their order."""
        return read_files(declared.file, files, scratch)


def _fetched(declared: SftpConnector, credentials: dict[str, Any], request: Request) -> Fetched:
    """One connection."""
    with _connected(declared, credentials) as (runner, sftp):
        lying = ready(runner.run(_listed(sftp, declared)), declared, request.now)
        bring = _Bringer(runner, sftp, declared, request)
        return chosen(declared.keep, lying, request.since, bring, declared.path)


def _begun_with(declared: SftpConnector, credentials: dict[str, Any], request: Request) -> Sampled:
    """One connection. Raises SourceUnreadable where no file has come."""
    with _connected(declared, credentials) as (runner, sftp):
        lying = ready(runner.run(_listed(sftp, declared)), declared, request.now)
        bring = _Bringer(runner, sftp, declared, request)
        if not lying:
            chosen(declared.keep, lying, None, bring, declared.path)
        newest = lying[-1]
        changed = datetime.fromtimestamp(newest.written / 10**9, UTC)
        is_short = newest.size <= SAMPLE_BYTES
        mended = None if is_short else records_of(runner.run(_start(sftp, newest, declared)), declared.file)
        if mended is None:
            return Sampled(tuple(bring(newest, 0)), "all" if len(lying) == 1 else "added", None, changed)
        target = request.arriving / "sample"
        with _storage():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.touch(mode=0o600)
            target.write_bytes(mended)
        return Sampled((target,), "first", None, changed)


async def _start(sftp: "asyncssh.SFTPClient", one: Lying, declared: SftpConnector) -> bytes:
    """The first bytes of a file; a server may give fewer at once than it is asked for."""
    start = b""
    async with sftp.open(one.path, "rb") as remote:
        while len(start) < SAMPLE_BYTES:
            async with asyncio.timeout(declared.timeout_seconds):
                chunk: Any = await remote.read(SAMPLE_BYTES - len(start), len(start))
            if not chunk:
                break
            start += chunk
    return start


@contextmanager
def _connected(
    declared: SftpConnector, credentials: dict[str, Any]
) -> Iterator[tuple[asyncio.Runner, "asyncssh.SFTPClient"]]:
    with asyncio.Runner() as runner, _in_our_words(declared):
        session = _session(declared, credentials)
        sftp = runner.run(session.__aenter__())
        try:
            yield runner, sftp
        finally:
            runner.run(session.__aexit__(None, None, None))


class _Bringer:
    """Brings one file after another, and tells how many bytes came."""

    def __init__(
        self, runner: asyncio.Runner, sftp: "asyncssh.SFTPClient", declared: SftpConnector, request: Request
    ) -> None:
        self._runner, self._sftp, self._declared, self._request = runner, sftp, declared, request
        self._came = 0

    def __call__(self, one: Lying, number: int) -> list[Path]:
        """The file on this machine; what an earlier try brought of it is not asked for again."""
        target = self._request.arriving / f"{hashlib.sha256(one.path.encode()).hexdigest()[:12]}-{plain_name(one.name)}"
        with _storage():
            begun = _begun(target, one)
        if not target.exists():
            self._runner.run(self._rest(one, target, begun))
        self._came += one.size
        self._request.told(0, self._came)
        return [target]

    async def _rest(self, one: Lying, target: Path, begun: int) -> None:
        part, patience = _part(target), self._declared.timeout_seconds
        async with self._sftp.open(one.path, "rb") as remote:
            while begun < one.size:
                async with asyncio.timeout(patience):
                    chunk: Any = await remote.read(min(CHUNK, one.size - begun), begun)
                if not chunk:
                    break
                with _storage(), part.open("ab") as out:
                    out.write(chunk)
                begun += len(chunk)
                self._request.told(0, self._came + begun)
            async with asyncio.timeout(patience):
                after = await self._sftp.stat(one.path)
        if (after.size, (after.mtime or 0) * 10**9) != (one.size, one.written) or begun != one.size:
            with _storage():
                part.unlink(missing_ok=True)
            told = told_name(one.name, self._declared)
            raise SourceUnreadable(f"{told} is still being written.", "Try again later; the last release stays up.")
        with _storage():
            part.rename(target)


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _begun(target: Path, one: Lying) -> int:
    """How many bytes of this very file an earlier try brought; what it brought of another one is removed."""
    note, part = target.with_name(f"{target.name}.of"), _part(target)
    about = json.dumps([one.size, one.written])
    if not note.exists() or note.read_text("utf-8") != about:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in (target, part):
            old.unlink(missing_ok=True)
        note.write_text(about, "utf-8")
    if not part.exists() and not target.exists():
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600))
    return part.stat().st_size if part.exists() else one.size


async def _listed(sftp: "asyncssh.SFTPClient", declared: SftpConnector) -> list[Lying]:
    import asyncssh

    try:
        async with asyncio.timeout(declared.timeout_seconds):
            names = [str(found.filename) for found in await sftp.glob_sftpname(declared.path)]
            about = [(name, await sftp.stat(name)) for name in sorted(names)]
    except asyncssh.SFTPNoSuchFile:
        return []
    return [
        Lying(name, each.size or 0, (each.mtime or 0) * 10**9)
        for name, each in about
        if each.type == asyncssh.FILEXFER_TYPE_REGULAR or stat.S_ISREG(each.permissions or 0)
    ]


@asynccontextmanager
async def _session(declared: SftpConnector, credentials: dict[str, Any]) -> AsyncIterator["asyncssh.SFTPClient"]:
    import asyncssh

    asyncssh.set_log_level("ERROR")  # it logs users and addresses
    patience = declared.timeout_seconds
    async with (
        asyncssh.connect(
            declared.host,
            declared.port,
            username=declared.user,
            config=None,
            agent_path=None,
            connect_timeout=patience,
            login_timeout=patience,
            keepalive_interval=patience / 3,
            keepalive_count_max=3,
            **credentials,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        yield sftp


def _credentials(declared: SftpConnector, request: Request) -> dict[str, Any]:
    """What signs us in, and what the server must prove. Raises DeclarationError that tells no secret."""
    import asyncssh

    known = declared.host_key.split()

    class _Client(asyncssh.SSHClient):
        def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
            return known[0].startswith("SHA256:") and key.get_fingerprint() == known[0].rstrip("=")

    trusted = []
    if not known[0].startswith("SHA256:"):
        try:
            trusted = [asyncssh.import_public_key(" ".join(known[:2]))]
        except asyncssh.KeyImportError:
            raise _faulty("host_key", "is no key as known_hosts has it.") from None
    said = {"client_factory": _Client, "known_hosts": (trusted, [], [])}
    if declared.password is not None:
        return {**said, "password": request.secret(declared.password), "client_keys": None}
    return {**said, "client_keys": [_private_key(declared, request)]}


def _private_key(declared: SftpConnector, request: Request) -> "asyncssh.SSHKey":
    """The key that signs us in. Raises DeclarationError that says whether the key or its passphrase is at fault."""
    import asyncssh

    name, locked = str(declared.private_key), declared.passphrase
    text = request.secret(name) + "\n"
    passphrase = None if locked is None else request.secret(locked)
    try:
        return asyncssh.import_private_key(text, passphrase)
    except asyncssh.KeyEncryptionError:
        needed = True
    except asyncssh.KeyImportError as error:
        needed = any(word in str(error).lower() for word in ("passphrase", "decrypt"))
    if not needed:
        raise _faulty(name, "is no private key.")
    if locked is None:
        raise _faulty(name, "is locked with a passphrase, and none is declared.", _UNLOCK)
    raise _faulty(locked, f"is not the passphrase of the private key {name}.", _ANEW)


_AS_IT_STANDS = "Put the key there as it stands in its file."
_UNLOCK = "Name the variable that holds it as `passphrase` in [connector]."
_ANEW = "Set it anew; whether it unlocks the key can be tried with ssh-keygen -y -f FILE."


def _faulty(name: str, what: str, remedy: str = _AS_IT_STANDS) -> DeclarationError:
    return DeclarationError.of("connector sftp", name, what, remedy)


@contextmanager
def _storage() -> Iterator[None]:
    """Our own disk: its refusals are not the server's."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"What the server sent could not be kept: {error.strerror}.") from None


@contextmanager
def _in_our_words(declared: SftpConnector) -> Iterator[None]:
    """What went wrong, without a word of the library's."""
    import asyncssh

    host = declared.host
    try:
        yield
    except asyncssh.HostKeyNotVerifiable:
        raise SourceUnreadable(f"{host} has another key than the declared one.", _NO_KEY_SENT) from None
    except asyncssh.PermissionDenied:
        secret = declared.password or declared.private_key
        raise SourceUnreadable(f"{host} refused the user or the secret {secret}.", _ASK) from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied):
        raise SourceUnreadable(f"{host} has no file at {declared.path!r}, or does not let us read it.", _ASK) from None
    except (asyncssh.DisconnectError, asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, OSError, TimeoutError):
        raise CutOff(f"{host} could not be reached, or broke off.") from None
    except asyncssh.Error:
        raise SourceUnreadable(f"{host} does not answer as an SFTP server does.", _ASK) from None


_ASK = "Ask the agency; the last release stays up."
