"""What a connector brought is moved into a snapshot whole or not at all, whatever happens meanwhile."""

import errno
import os
import resource
import shutil
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.errors import EtlError, SourceUnreadable, StorageFailed
from etl.feeds import sealing
from etl.fetch.connector import Connector, Fetched, Request
from etl.fetch.csvfile import CsvFile
from etl.records import Ingested
from etl.steps import ingest as step
from tests.etl.declared import source, taken

FEED = source({"id": "id"})
ROWS = b"id\n1\n2\n"


@dataclass
class Bringer:
    """A connector that does in its folder what the test says."""

    act: Callable[[Path], Fetched]
    kind: str = "csv"

    def fetch(self, declared: Any, request: Request) -> Fetched:
        request.arriving.mkdir(parents=True, exist_ok=True)
        return self.act(request.arriving)

    def read(self, declared: Any, files: Any, scratch: Path) -> pl.LazyFrame:
        return CsvFile().read(declared, files, scratch)


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], Fetched]], Ingested]:
    """bring(act) ingests what `act` leaves in the folder it is given."""

    def ingested(act: Callable[[Path], Fetched]) -> Ingested:
        found: Connector = Bringer(act)
        monkeypatch.setattr(step, "connector", lambda kind: found)
        return taken(FEED, tmp_path)

    return ingested


def arrived(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "private" / "arriving").rglob("*") if path.is_file())


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "private").rglob("*") if "snapshots" in path.parts and path.is_file()]


def two_parts(folder: Path) -> Fetched:
    for name, rows in (("1.csv", ROWS), ("2.csv", b"id\n3\n")):
        (folder / name).write_bytes(rows)
        (folder / name).chmod(0o644)
    return Fetched((folder / "1.csv", folder / "2.csv"), own=True, complete=False, watermark="2", deleted=("9",))


def test_own_files_are_moved_and_not_copied(bring: Any, tmp_path: Path) -> None:
    inodes: list[int] = []

    def act(folder: Path) -> Fetched:
        fetched = two_parts(folder)
        inodes.extend(file.stat().st_ino for file in fetched.files)
        return fetched

    ingested = bring(act)
    assert [one.path.stat().st_ino for one in ingested.snapshots] == inodes
    assert {stat.S_IMODE(one.path.stat().st_mode) for one in ingested.snapshots} == {0o600}
    assert ingested.frame.collect()["id"].to_list() == ["1", "2", "3"]
    assert (ingested.complete, ingested.watermark, ingested.deleted) == (False, "2", ("9",))
    assert arrived(tmp_path) == []


def test_files_that_are_not_its_own_stay_where_they_are(bring: Any, tmp_path: Path) -> None:
    (tmp_path / "drop.csv").write_bytes(ROWS)
    ingested = bring(lambda folder: Fetched((tmp_path / "drop.csv",), own=True))
    assert (tmp_path / "drop.csv").read_bytes() == ROWS
    assert ingested.snapshots[0].path.stat().st_ino != (tmp_path / "drop.csv").stat().st_ino


def test_where_a_volume_knows_no_second_names_files_are_copied(
    bring: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", refused)
    assert bring(two_parts).frame.collect().height == 3
    assert arrived(tmp_path) == []


def test_what_a_failed_fetch_left_is_there_for_the_next(bring: Any, tmp_path: Path) -> None:
    def cut(folder: Path) -> Fetched:
        (folder / "1.csv").write_bytes(ROWS)
        raise SourceUnreadable("The connection was cut.")

    def resumed(folder: Path) -> Fetched:
        assert (folder / "1.csv").read_bytes() == ROWS
        return Fetched((folder / "1.csv",), own=True)

    with pytest.raises(SourceUnreadable):
        bring(cut)
    assert arrived(tmp_path) == ["1.csv"]
    assert kept(tmp_path) == []
    assert bring(resumed).frame.collect().height == 2
    assert arrived(tmp_path) == []


def test_what_another_declaration_left_is_no_part_of_the_feed(bring: Any, tmp_path: Path) -> None:
    old = tmp_path / "private" / "arriving" / "feed" / "another"
    old.mkdir(parents=True)
    (old / "1.csv").write_bytes(b"id\n666\n")
    bring(two_parts)
    assert not old.exists()


def test_an_unchanged_feed_leaves_nothing(bring: Any, tmp_path: Path) -> None:
    def act(folder: Path) -> Fetched:
        (folder / "asked").write_bytes(b"")
        return Fetched((), unchanged=True, watermark="etag")

    ingested = bring(act)
    assert (ingested.unchanged, ingested.watermark, ingested.snapshots) == (True, "etag", ())
    assert (arrived(tmp_path), kept(tmp_path)) == ([], [])


# what happens to the agency's file while it is copied | refused
CHANGES = [
    pytest.param(lambda file: file.open("ab").write(b"3\n"), True, id="it grows"),
    pytest.param(lambda file: os.truncate(file, 4), True, id="it shrinks"),
    pytest.param(lambda file: os.utime(file, ns=(1, 1)), True, id="it is written anew, as long as before"),
    pytest.param(lambda file: other(file).replace(file), False, id="another takes its place: the old one is whole"),
    pytest.param(lambda file: file.unlink(), False, id="it is deleted: its bytes are still there"),
]


def other(file: Path) -> Path:
    beside = file.with_name("new.csv")
    beside.write_bytes(b"id\n7\n8\n9\n")
    return beside


@pytest.mark.parametrize(("change", "refused"), CHANGES)
def test_a_file_that_changes_while_it_is_copied(
    change: Callable[[Path], object], refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feed.csv").write_bytes(ROWS)
    write = sealing._write

    def meanwhile(out: Any, chunk: bytes) -> None:
        write(out, chunk)
        change(tmp_path / "feed.csv")

    monkeypatch.setattr(sealing, "_write", meanwhile)
    if not refused:
        assert taken(FEED, tmp_path).frame.collect()["id"].to_list() == ["1", "2"]
        return
    with pytest.raises(SourceUnreadable, match=r"feed\.csv is still being written\. The next run tries again") as told:
        taken(FEED, tmp_path)
    assert told.value.exit_code == 10
    assert kept(tmp_path) == []


def test_of_several_files_one_that_is_replaced_meanwhile_is_another_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a shapefile are in one file and its shapes in another."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(ROWS)
    several = source({"id": "id"}, connector={"kind": "csv", "path": "*.csv"})
    write = sealing._write

    def meanwhile(out: Any, chunk: bytes) -> None:
        write(out, chunk)
        (tmp_path / "new").write_bytes(ROWS)
        (tmp_path / "new").replace(tmp_path / "a.csv")

    with monkeypatch.context() as patched:
        patched.setattr(sealing, "_write", meanwhile)
        with pytest.raises(SourceUnreadable, match=r"csv was replaced while the files beside it were read"):
            taken(several, tmp_path)
    assert kept(tmp_path) == []
    assert taken(several, tmp_path).frame.collect().height == 4


def test_a_damaged_snapshot_is_made_good_by_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_bytes(ROWS)
    (snapshot,) = taken(FEED, tmp_path).snapshots
    snapshot.path.write_bytes(b"x")
    assert taken(FEED, tmp_path).frame.collect()["id"].to_list() == ["1", "2"]
    snapshot.path.unlink()
    assert taken(FEED, tmp_path).snapshots == (snapshot,)
    assert snapshot.path.read_bytes() == ROWS


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The kernel refuses to write more into any file of this process, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    silenced = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, silenced)


def test_a_full_disk_while_copying_leaves_nothing_half(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_bytes(ROWS * 1000)
    with files_of_at_most(100), pytest.raises(StorageFailed, match="snapshot could not be written: File too large"):
        taken(FEED, tmp_path)
    assert list((tmp_path / "private" / "snapshots" / "feed").iterdir()) == []
    assert taken(FEED, tmp_path).snapshots[0].bytes == len(ROWS) * 1000


# what the system refuses with while the files come | the parts already there
REFUSALS = [
    pytest.param(errno.ENOSPC, [], id="a full disk: the run must still write down what happened"),
    pytest.param(errno.EDQUOT, [], id="a used-up quota"),
    pytest.param(errno.EROFS, ["1.csv"], id="a read-only folder"),
    pytest.param(errno.EIO, ["1.csv"], id="a broken disk"),
]


@pytest.mark.parametrize("told_by", ["the system", "the connector"])
@pytest.mark.parametrize(("number", "left"), REFUSALS)
def test_storage_that_refuses_what_arrives(
    number: int, left: list[str], told_by: str, bring: Any, tmp_path: Path
) -> None:
    def act(folder: Path) -> Fetched:
        (folder / "1.csv").write_bytes(ROWS)
        try:
            raise OSError(number, os.strerror(number))
        except OSError:
            if told_by == "the system":
                raise
            raise StorageFailed("The page could not be kept.") from None

    with pytest.raises(StorageFailed, match="could not be kept") as told:
        bring(act)
    assert told.value.exit_code == 16
    assert (arrived(tmp_path), kept(tmp_path)) == (left, [])


@pytest.mark.parametrize("lost", [ConnectionResetError(), TimeoutError()])
def test_a_lost_connection_is_no_failure_of_storage(lost: Exception, bring: Any) -> None:
    def act(folder: Path) -> Fetched:
        raise lost

    with pytest.raises(SourceUnreadable, match="could not be reached"):
        bring(act)


def test_a_read_only_private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feed.csv").write_bytes(ROWS)

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", refused)
    with pytest.raises(StorageFailed, match="Read-only file system"):
        taken(FEED, tmp_path)


class Killed(BaseException):
    """The process is dead: whatever it would still do, even to clean up, is not done."""


# at which call the process dies
DEATHS = ["chmod 1", "mkdir 1", "fchmod 1", "fchmod 2", "link 1", "link 2", "fsync 2", "fsync 3", "rename 1", "fsync 4"]


@pytest.mark.parametrize("death", DEATHS)
def test_killed_while_sealing(death: str, bring: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead at any call, a process leaves a whole snapshot or none, and the next one takes the same files."""
    at, _, nth = death.partition(" ")
    times = 0

    def until(call: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **said: Any) -> Any:
            nonlocal times
            times += call == at
            if times >= int(nth):
                raise Killed
            return real(*arguments, **said)

        return called

    bring(two_parts)
    shutil.rmtree(tmp_path / "private")
    with monkeypatch.context() as dying:
        for call in ("chmod", "mkdir", "fchmod", "link", "fsync", "rename", "unlink", "rmdir"):
            dying.setattr(os, call, until(call, getattr(os, call)))
        with pytest.raises(Killed):
            bring(two_parts)
    snapshots = tmp_path / "private" / "snapshots" / "feed"
    whole = [folder for folder in snapshots.glob("*") if not folder.name.startswith(".")]
    assert [len(list(folder.iterdir())) for folder in whole] in ([], [2])
    ingested = bring(two_parts)
    assert ingested.frame.collect()["id"].to_list() == ["1", "2", "3"]
    assert [path.name for path in snapshots.iterdir() if path.name[0] != "."] == [
        ingested.snapshots[0].path.parent.name
    ]


def test_a_file_sealed_by_a_run_that_was_killed_is_never_written_on(bring: Any, tmp_path: Path) -> None:
    first = bring(two_parts).snapshots[0].path

    def left_over(folder: Path) -> Fetched:
        os.link(first, folder / "1.csv")
        raise SourceUnreadable("Killed before the folder was emptied.")

    def goes_on(folder: Path) -> Fetched:
        with (folder / "1.csv").open("ab") as out:
            out.write(b"id\n5\n")
        return Fetched((folder / "1.csv",), own=True)

    with pytest.raises(EtlError):
        bring(left_over)
    assert bring(goes_on).frame.collect()["id"].to_list() == ["5"]
    assert first.read_bytes() == ROWS
