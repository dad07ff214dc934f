"""SFTP against OpenSSH's own server: the right server only, the right file, and every byte of it once."""

import asyncio
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import TypeAdapter, ValidationError

from etl.city.connectors import Connector as Declared
from etl.errors import DeclarationError, EtlError, SourceUnreadable
from etl.fetch import connector
from etl.fetch import sftp as module
from etl.fetch.beginning import SAMPLE_BYTES
from etl.fetch.connector import Fetched, Request, Timing
from etl.fetch.retrying import CutOff
from etl.steps.ingest import ingest
from tests.etl.declared import KEY, source
from tests.feeds.cutting import cutting
from tests.machinery import sshd

SECRET = "not-to-be-told"
BIG = "id\n" + "".join(f"{number:07d}\n" for number in range(150_000))
QUICK = {"rounds": 1, "ignore_few_rounds": True}
"""A key is locked so that it takes no time to unlock."""
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture(scope="module")
def server() -> Iterator[sshd.Sshd]:
    with sshd.server() as running:
        yield running


class Feed:
    """A folder of the server, and a connector that fetches from it without ever waiting."""

    def __init__(self, server: sshd.Sshd, folder: Path) -> None:
        self.server, self.city, self.folder = server, folder, folder / "outgoing"
        self.folder.mkdir()
        self.waits: list[float] = []
        self.told: list[int] = []
        self.environ = {"KEY": server.key, "PASSWORD": SECRET}

    def declared(self, **said: Any) -> Any:
        plain = {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": self.server.user,
            "path": f"{self.folder}/*.csv",
            "host_key": self.server.host_key,
            "private_key": None if "password" in said else "KEY",
            "tries": 3,
            "timeout_seconds": 20,
        }
        return TypeAdapter(Declared).validate_python({**plain, **said})

    def request(self, since: str | None = None) -> Request:
        return Request(
            self.city,
            self.city / "arriving",
            since,
            environ=self.environ,
            told=lambda rows, size: self.told.append(size),
            timing=Timing(sleep=self.waits.append, clock=lambda: 0.0, draw=lambda: 0.5),
        )

    def fetch(self, since: str | None = None, **said: Any) -> Fetched:
        return connector("sftp").fetch(self.declared(**said), self.request(since))


@pytest.fixture
def feed(server: sshd.Sshd, tmp_path: Path) -> Feed:
    return Feed(server, tmp_path)


@pytest.mark.parametrize("known_by", ["host_key", "fingerprint", "key with a comment"])
def test_files_come_from_the_server_with_the_declared_key(known_by: str, feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text("id\n1\n")
    key = {"host_key": feed.server.host_key, "fingerprint": feed.server.fingerprint}
    fetched = feed.fetch(host_key=key.get(known_by, f"{feed.server.host_key} court@example"))
    assert [file.read_text() for file in fetched.files] == ["id\n1\n"]
    assert fetched.own
    assert fetched.complete
    assert oct(fetched.files[0].stat().st_mode)[-3:] == "600"
    assert feed.told[-1] == 5


@pytest.mark.parametrize(
    "known_by",
    [OTHER_KEY.export_public_key().decode().strip(), OTHER_KEY.get_fingerprint()],
    ids=["host_key", "fingerprint"],
)
@pytest.mark.parametrize("secret", ["private_key", "password"])
def test_another_server_gets_no_secret_and_no_second_try(known_by: str, secret: str, feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text("id\n1\n")
    tried = feed.server.tried()
    said = {"private_key": "KEY"} if secret == "private_key" else {"password": "PASSWORD"}
    with pytest.raises(SourceUnreadable, match="has another key than the declared one") as told:
        feed.fetch(host_key=known_by, **said)
    assert told.value.exit_code == 10
    assert (feed.server.tried(), feed.waits) == (tried, [])


# what is wrong | declared | error | said | tries
WRONG = [
    pytest.param({"password": "PASSWORD"}, SourceUnreadable, "refused the user or the secret PASSWORD", id="password"),
    pytest.param({"user": "nobody-here"}, SourceUnreadable, "refused the user or the secret KEY", id="user"),
    pytest.param({"path": "/nowhere/*.csv"}, SourceUnreadable, "No file has come that matches", id="no folder"),
    pytest.param({"path": "/nowhere.csv"}, SourceUnreadable, "No file has come that matches", id="no file"),
    pytest.param({"private_key": "PASSWORD"}, DeclarationError, "PASSWORD: is no private key", id="no key"),
    pytest.param({"private_key": "LOCKED"}, DeclarationError, "LOCKED: is locked with a passphrase, and", id="locked"),
    pytest.param(
        {"private_key": "LOCKED", "passphrase": "PASSWORD"},
        DeclarationError,
        "PASSWORD: is not the passphrase of the private key LOCKED",
        id="wrong passphrase",
    ),
    pytest.param(
        {"private_key": "LOCKED", "passphrase": "ABSENT"}, DeclarationError, "ABSENT: the secret is not", id="no phrase"
    ),
    pytest.param({"private_key": "ABSENT"}, DeclarationError, "ABSENT: the secret is not set", id="no secret"),
    pytest.param({"host_key": "ssh-ed25519 " + "A" * 68}, DeclarationError, "host_key: is no key", id="host key"),
]


@pytest.mark.parametrize(("said", "error", "told"), WRONG)
def test_what_is_wrong_is_told_at_once_and_without_a_secret(
    said: dict[str, str], error: type[EtlError], told: str, feed: Feed,
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    locked = (
        asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh", passphrase="x", **QUICK).decode()
    )
    feed.environ["LOCKED"] = locked
    with pytest.raises(error, match=told) as raised:
        feed.fetch(**said)
    assert feed.waits == []
    whole = f"{raised.value}{raised.value!r}{raised.value.__cause__}{feed.request()!r}{feed.declared(**said)!r}"
    whole += "".join(capfd.readouterr()) + caplog.text
    assert not [secret for secret in (SECRET, locked[40:80], feed.server.key[60:100], sshd.BANNER) if secret in whole]


# how a locked key is written: as ssh-keygen does, as OpenSSL does
@pytest.mark.parametrize("written", ["openssh", "pkcs8-pem"])
@pytest.mark.parametrize("kept", ["in the environment", "in a file"])
def test_a_locked_key_signs_in_with_its_passphrase(written: str, kept: str, feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text("id\n1\n")
    key = asyncssh.import_private_key(feed.server.key)
    locked = key.export_private_key(written, passphrase=SECRET, **QUICK).decode()
    (feed.city / "phrase").write_text(f"{SECRET}\n")
    phrase = {"PHRASE": SECRET} if kept == "in the environment" else {"PHRASE_FILE": str(feed.city / "phrase")}
    feed.environ = {"LOCKED": locked, **phrase}
    before = feed.server.signed_in()
    fetched = feed.fetch(private_key="LOCKED", passphrase="PHRASE")
    assert fetched.files[0].read_text() == "id\n1\n"
    assert feed.server.signed_in() == before + 1


MEANINGLESS = [
    {"password": "P", "private_key": "K"},
    {"password": "P", "private_key": None, "passphrase": "S"},
    {"private_key": None},
    {"password": "secret in lower case", "private_key": None},
    {"host_key": "any"},
    {"host_key": ""},
]


@pytest.mark.parametrize("said", MEANINGLESS)
def test_declarations_that_cannot_be_meant(said: dict[str, Any], feed: Feed) -> None:
    with pytest.raises(ValidationError):
        feed.declared(**{"password": None, **said})


def test_the_newest_or_all_and_none_twice(feed: Feed) -> None:
    for day in ("2026-01-02", "2026-01-01", "2025-12-31"):
        (feed.folder / f"c_{day}.csv").write_text(f"id\n{day}\n")
    (feed.folder / "c_2026-01-09.csv.filepart").write_text("id\n")
    (feed.folder / "sub.csv").mkdir()
    newest = feed.fetch(time_in_name="%Y-%m-%d")
    assert [file.read_text() for file in newest.files] == ["id\n2026-01-02\n"]
    assert feed.fetch(newest.watermark, time_in_name="%Y-%m-%d").unchanged
    every = feed.fetch(keep="all", time_in_name="%Y-%m-%d")
    assert [file.read_text()[3:13] for file in every.files] == ["2025-12-31", "2026-01-01", "2026-01-02"]
    (feed.folder / "c_2026-01-03.csv").write_text("id\n2026-01-01\n")  # an old file under a new name
    (feed.folder / "c_2026-01-04.csv").write_text("id\nnew\n")
    later = feed.fetch(every.watermark, keep="all", time_in_name="%Y-%m-%d")
    assert ([file.read_text() for file in later.files], later.complete) == (["id\nnew\n"], False)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 1 << 16)


@pytest.mark.usefixtures("small_chunks")
def test_a_cut_transfer_goes_on_where_it_ended(feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text(BIG)
    with cutting(feed.server.port, [500_000, 500_000]) as proxy:
        fetched = feed.fetch(port=proxy.port)
    assert fetched.files[0].read_text() == BIG
    assert len(proxy.passed) == 3
    assert sum(proxy.passed) < len(BIG) * 1.4
    assert feed.waits == [0.75, 1.5]
    assert feed.told == sorted(feed.told)


@pytest.mark.usefixtures("small_chunks")
def test_what_came_is_taken_up_by_the_next_run(feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text(BIG)
    with cutting(feed.server.port, [300_000] * 3) as proxy:
        with pytest.raises(CutOff, match="could not be reached, or broke off") as told:
            feed.fetch(port=proxy.port)
        assert told.value.exit_code == 10
        assert feed.fetch(port=proxy.port).files[0].read_text() == BIG
    assert sum(proxy.passed) < len(BIG) * 1.5


@pytest.mark.usefixtures("small_chunks")
def test_what_came_of_another_file_is_no_part_of_this_one(feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text(BIG)
    with cutting(feed.server.port, [300_000] * 3) as proxy, pytest.raises(CutOff):
        feed.fetch(port=proxy.port)
    (feed.folder / "cases.csv").write_text(BIG[::-1] + "x")
    assert feed.fetch().files[0].read_text() == BIG[::-1] + "x"


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("change", ["grows", "shrinks"])
def test_a_file_that_changes_while_it_is_read(change: str, feed: Feed) -> None:
    path = feed.folder / "cases.csv"
    path.write_text(BIG)
    request = feed.request()

    def meanwhile(rows: int, size: int) -> None:
        path.write_text(BIG + "8\n" if change == "grows" else BIG[:100])

    changing = Request(request.city_folder, request.arriving, environ=feed.environ, told=meanwhile)
    with pytest.raises(SourceUnreadable, match=r"…\.csv is still being written"):
        connector("sftp").fetch(feed.declared(), changing)
    assert feed.fetch().files[0].read_text() == path.read_text()


@pytest.mark.usefixtures("small_chunks")
def test_to_look_at_a_feed_only_the_beginning_of_the_newest_file_comes(feed: Feed) -> None:
    (feed.folder / "a.csv").write_text("id\nold\n")
    os.utime(feed.folder / "a.csv", (1, 1))
    (feed.folder / "b.csv").write_text(BIG)
    reader = connector("sftp")
    with cutting(feed.server.port, []) as proxy:
        sampled = reader.sample(feed.declared(port=proxy.port), feed.request(), 500)
    assert sampled is not None
    assert (sampled.which, sampled.changed is not None) == ("first", True)
    (file,) = sampled.files
    assert BIG.startswith(text := file.read_text())
    assert text.endswith("\n")
    assert SAMPLE_BYTES - 100 < len(text) <= SAMPLE_BYTES
    assert sum(proxy.passed) < SAMPLE_BYTES * 1.2


def test_to_look_at_a_short_feed_it_comes_whole(feed: Feed) -> None:
    with pytest.raises(SourceUnreadable, match="No file has come that matches"):
        connector("sftp").sample(feed.declared(), feed.request(), 500)
    (feed.folder / "a.csv").write_text("id\n1\n")
    sampled = connector("sftp").sample(feed.declared(), feed.request(), 500)
    assert sampled is not None
    assert (sampled.which, sampled.files[0].read_text()) == ("all", "id\n1\n")


def test_a_server_that_is_not_there(feed: Feed) -> None:
    with cutting(feed.server.port, []) as proxy:
        nobody = proxy.port
    with pytest.raises(CutOff, match="could not be reached"):
        feed.fetch(port=nobody)
    assert len(feed.waits) == 2


def test_a_feed_over_sftp_is_sealed_and_read(feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text("id|n\n1|a\n")
    said = feed.declared(file={"kind": "csv", "delimiter": "|"}).model_dump()
    private, scratch = feed.city / "private", feed.city / "scratch"
    found = ingest(
        source({"id": "id"}, connector=said),
        feed.city,
        private=private,
        scratch=scratch,
        key=KEY,
        environ=feed.environ,
    )
    assert found.frame.collect()["n"].to_list() == ["a"]
    assert [path for path in (private / "arriving").rglob("*") if path.is_file()] == []


class _Clerk(asyncssh.SSHServer):
    """Lets one password in."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == SECRET


@contextmanager
def serving_passwords() -> Iterator[tuple[int, str]]:
    """A server that knows a password, which OpenSSH's would need an account of this machine for."""
    started: Future[int] = Future()
    ending, loop = asyncio.Event(), asyncio.new_event_loop()
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def serve() -> None:
        listener = await asyncssh.listen(
            "127.0.0.1", 0, server_factory=_Clerk, server_host_keys=[key], sftp_factory=True
        )
        started.set_result(listener.get_port())
        await ending.wait()
        listener.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield started.result(20), key.export_public_key().decode().strip()
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()


def test_a_password_signs_in(feed: Feed) -> None:
    (feed.folder / "cases.csv").write_text("id\n1\n")
    with serving_passwords() as (port, key):
        fetched = feed.fetch(port=port, host_key=key, password="PASSWORD")
    assert fetched.files[0].read_text() == "id\n1\n"


def test_the_same_draw_never_makes_all_cities_come_back_at_once() -> None:
    from etl.fetch.retrying import retrying

    waits: list[float] = []
    drawn = random.Random(1)

    def act() -> None:
        raise CutOff("x")

    with pytest.raises(CutOff):
        retrying(act, tries=9, timing=Timing(sleep=waits.append, draw=drawn.random))
    assert all(0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits[:6]))
    assert max(waits) <= 60
