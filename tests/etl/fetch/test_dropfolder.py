"""A drop folder: which files are taken, in which order, and that none is taken twice."""

import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from pydantic import TypeAdapter, ValidationError

from etl.city.connectors import Connector as Declared
from etl.city.filedrops import DropFolderConnector
from etl.errors import SourceUnreadable
from etl.fetch import connector
from etl.fetch.connector import Fetched, Request
from etl.fetch.filenames import told_name
from etl.values.nametimes import time_in
from tests.etl.declared import source, taken

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
HOUR = 3600


class Drop:
    """A folder, its connector, and what the run remembers."""

    def __init__(self, city: Path, **said: Any) -> None:
        self.city, self.folder, self.since = city, city / "drop", None
        self.declared: Any = TypeAdapter(Declared).validate_python({"kind": "dropfolder", "folder": "drop", **said})
        self.folder.mkdir()

    def put(self, name: str, content: bytes | str, *, hours_ago: float = 5) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        written = NOW.timestamp() - hours_ago * HOUR
        os.utime(path, (written, written))
        return path

    def fetched(self, *, whole: bool = False) -> Fetched:
        """What comes now; accepted, so that the watermark is kept."""
        since = None if whole else self.since
        fetched = connector("dropfolder").fetch(
            self.declared, Request(self.city, self.city / "arriving", since, now=NOW)
        )
        self.since = fetched.watermark
        return fetched

    def rows(self, fetched: Fetched) -> list[Any]:
        (self.city / "scratch").mkdir(exist_ok=True)
        frame = connector("dropfolder").read(self.declared, fetched.files, self.city / "scratch")
        return frame.collect()["id"].to_list()


def csv(*ids: str) -> str:
    return "id\n" + "".join(f"{each}\n" for each in ids)


@pytest.fixture
def newest(tmp_path: Path) -> Drop:
    return Drop(tmp_path, files="*.csv")


@pytest.fixture
def every(tmp_path: Path) -> Drop:
    return Drop(tmp_path, files="*.csv", keep="all")


# name | written hours ago | taken
NAMES = [
    ("cases.csv", 5, True),
    ("cases.csv.part", 5, False),
    ("cases.csv.filepart", 5, False),
    ("~$cases.csv", 5, False),
    (".cases.csv", 5, False),
    ("cases.csv~", 5, False),
    ("cases.CSV.crdownload", 5, False),
    ("other.txt", 5, False),
    ("cases.csv", 30 / HOUR, False),  # half a minute: perhaps still being written
    ("cases.csv", 61 / HOUR, True),
    ("cases.csv", -8, True),  # a clock in another time zone
]


@pytest.mark.parametrize(("name", "hours_ago", "counts"), NAMES)
def test_which_files_count(name: str, hours_ago: float, counts: bool, tmp_path: Path) -> None:
    drop = Drop(tmp_path, files="*.csv*" if "." in name.removesuffix(".csv") else "*.csv")
    drop.put(name, csv("1"), hours_ago=hours_ago)
    if counts:
        assert [file.name for file in drop.fetched().files] == [name]
        return
    with pytest.raises(SourceUnreadable, match="No file has come"):
        drop.fetched()


# what lies there (name, hours ago) | time_in_name | in this order
ORDERS = [
    ([("b.csv", 3), ("a.csv", 1), ("c.csv", 2)], None, ["b.csv", "c.csv", "a.csv"]),
    ([("x_2026-02-01.csv", 1), ("x_2026-01-31.csv", 0.5)], "%Y-%m-%d", ["x_2026-01-31.csv", "x_2026-02-01.csv"]),
    ([("01312026.csv", 1), ("12312025.csv", 0.5)], "%m%d%Y", ["12312025.csv", "01312026.csv"]),
    ([("Feb 3 Feb2026.csv", 1), ("Jan2026.csv", 0.5)], "%b%Y", ["Jan2026.csv", "Feb 3 Feb2026.csv"]),
]


@pytest.mark.parametrize(("lying", "form", "order"), ORDERS)
@pytest.mark.parametrize("keep", ["newest", "all"])
def test_the_order_of_files(
    lying: list[tuple[str, float]], form: str | None, order: list[str], keep: str, tmp_path: Path
) -> None:
    drop = Drop(tmp_path, keep=keep, time_in_name=form)
    for name, hours_ago in lying:
        drop.put(name, csv(name), hours_ago=hours_ago)
    fetched = drop.fetched()
    assert fetched.complete
    assert [file.name for file in fetched.files] == (order if keep == "all" else order[-1:])


def test_a_name_without_the_declared_time_holds_the_source(tmp_path: Path) -> None:
    drop = Drop(tmp_path, time_in_name="%Y%m%d")
    drop.put("1234567890.csv", csv("1"))
    with pytest.raises(SourceUnreadable, match=r"^…\.csv has no time in its name as '%Y%m%d' says"):
        drop.fetched()


MEANINGLESS = [{"time_in_name": "%Y-%Q"}, {"time_in_name": "now"}, {"archive": "../x"}, {"files": "a/*"}]


@pytest.mark.parametrize("said", MEANINGLESS)
def test_declarations_that_cannot_be_meant(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Declared).validate_python({"kind": "dropfolder", "folder": "drop", **said})


def test_a_day_that_does_not_exist_is_no_time() -> None:
    assert time_in("20260231.csv", "%Y%m%d") is None
    assert time_in("a_20260228_b.csv", "%Y%m%d") == datetime(2026, 2, 28)


def test_the_newest_file_is_read_once(newest: Drop) -> None:
    newest.put("1.csv", csv("1"), hours_ago=5)
    assert newest.rows(newest.fetched()) == ["1"]
    assert newest.fetched().unchanged
    newest.put("2.csv", csv("1", "2"), hours_ago=4)
    fetched = newest.fetched()
    assert (newest.rows(fetched), fetched.complete) == (["1", "2"], True)
    assert newest.fetched().unchanged


def test_the_newest_file_delivered_again_is_unchanged_and_an_older_one_put_back_is_not(newest: Drop) -> None:
    newest.put("1.csv", csv("1"), hours_ago=5)
    newest.put("2.csv", csv("2"), hours_ago=4)
    newest.fetched()
    newest.put("3.csv", csv("2"), hours_ago=3)
    assert newest.fetched().unchanged
    newest.put("4.csv", csv("1"), hours_ago=2)
    assert newest.rows(newest.fetched()) == ["1"]


def test_only_new_files_are_read_when_each_adds(every: Drop) -> None:
    every.put("1.csv", csv("1"), hours_ago=5)
    every.put("2.csv", csv("2"), hours_ago=4)
    first = every.fetched()
    assert (every.rows(first), first.complete) == (["1", "2"], True)
    assert every.fetched().unchanged
    every.put("3.csv", csv("3"), hours_ago=3)
    later = every.fetched()
    assert (every.rows(later), later.complete) == (["3"], False)
    assert every.rows(every.fetched(whole=True)) == ["1", "2", "3"]


# what comes after 1.csv (record 1) and 2.csv (record 1, corrected) | rows read of it
DELIVERIES = [
    pytest.param("3.csv", csv("1"), [], id="the first file again under a new name: the correction stands"),
    pytest.param("1.csv", csv("1"), [], id="the first file written again"),
    pytest.param("2.csv", csv("1", "2"), ["1", "2"], id="the second file anew, with more in it"),
    pytest.param("3.csv", csv("1", "3"), ["1", "3"], id="a new file"),
]


@pytest.mark.parametrize(("name", "content", "rows"), DELIVERIES)
def test_a_file_delivered_twice(name: str, content: str, rows: list[str], every: Drop) -> None:
    every.put("1.csv", csv("1"), hours_ago=5)
    every.put("2.csv", csv("1 corrected"), hours_ago=4)
    every.fetched()
    every.put(name, content, hours_ago=1)
    fetched = every.fetched()
    assert (every.rows(fetched) if fetched.files else []) == rows
    assert fetched.unchanged is (rows == [])
    assert every.fetched().unchanged


def test_a_file_is_known_again_after_it_was_cleared_away(every: Drop) -> None:
    file = every.put("1.csv", csv("1"))
    every.fetched()
    file.unlink()
    assert every.fetched().unchanged
    every.put("again.csv", csv("1"))
    assert every.fetched().unchanged


def test_originals_stay_as_they_are(every: Drop) -> None:
    file = every.put("1.csv", csv("1"))
    before = file.stat()
    every.fetched()
    every.fetched()
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (before.st_ino, before.st_mtime_ns, before.st_mode)


def test_an_archive_takes_what_was_accepted_and_stays_part_of_the_whole(tmp_path: Path) -> None:
    drop = Drop(tmp_path, files="*.csv", keep="all", after="archive")
    drop.put("1.csv", csv("1"))
    drop.fetched()
    assert sorted(path.name for path in drop.folder.iterdir()) == ["1.csv"]  # not yet accepted by the run
    drop.put("2.csv", csv("2"), hours_ago=1)
    assert drop.rows(drop.fetched()) == ["2"]
    assert (drop.folder / "taken" / "1.csv").read_text() == csv("1")
    drop.put("1.csv", csv("other"), hours_ago=0.5)
    assert drop.rows(drop.fetched()) == ["other"]
    drop.fetched()
    assert sorted(path.name for path in (drop.folder / "taken").iterdir()) == ["1.2.csv", "1.csv", "2.csv"]
    assert drop.rows(drop.fetched(whole=True)) == ["1", "2", "other"]


def test_a_link_out_of_the_folder_is_not_followed(every: Drop, tmp_path: Path) -> None:
    (tmp_path / "private.csv").write_text(csv("SECRET"), "utf-8")
    every.put("a.csv", csv("A"))
    (every.folder / "b.csv").symlink_to(tmp_path / "private.csv")
    os.utime(tmp_path / "private.csv", (0, 0))
    assert every.rows(every.fetched()) == ["A"]


def test_a_folder_that_is_not_mounted_is_no_feed_without_news(newest: Drop) -> None:
    newest.put("1.csv", csv("1"))
    newest.fetched()
    newest.folder.rename(newest.city / "away")
    with pytest.raises(SourceUnreadable, match="There is no folder 'drop'"):
        newest.fetched()


def test_an_empty_folder_after_the_first_file_is_a_feed_without_news(newest: Drop) -> None:
    file = newest.put("1.csv", csv("1"))
    newest.fetched()
    file.unlink()
    assert newest.fetched().unchanged


# ---------------------------------------------------------------- e-mails


def workbook(path: Path, *ids: str) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Cases")
        sheet.write_column(0, 0, ["Report of the day", "", "id", *ids])
    return path.read_bytes()


def message(*attached: tuple[str, bytes], text: str = "Dear city, see Jane Roe's case.") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "clerk@court.example", "Jane Roe"
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p>", subtype="html")
    for name, content in attached:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


@pytest.fixture
def mails(tmp_path: Path) -> Drop:
    return Drop(tmp_path, keep="all", file={"kind": "spreadsheet", "sheet": "Cases", "header_row": 2})


def test_workbooks_attached_to_mails_are_read_and_nothing_else_of_them(mails: Drop, tmp_path: Path) -> None:
    book = workbook(tmp_path / "w.xlsx", "7", "8")
    mails.put("a.eml", bytes(message(("logo.png", b"png"), ("..\\..\\Fälle März.XLSX", book))))
    fetched = mails.fetched()
    assert fetched.own
    assert [file.name for file in fetched.files] == ["001-Fälle März.XLSX"]
    assert fetched.files[0].is_relative_to(mails.city / "arriving")
    assert mails.rows(fetched) == ["7", "8"]
    assert [path.suffix for path in (mails.city / "arriving").rglob("*") if path.is_file()] == [".XLSX"]


def test_a_forwarded_mail_is_looked_into(mails: Drop, tmp_path: Path) -> None:
    outer = message()
    outer.add_attachment(message(("inner.xlsx", workbook(tmp_path / "w.xlsx", "9"))))
    mails.put("a.eml", bytes(outer))
    assert mails.rows(mails.fetched()) == ["9"]


def test_the_same_workbook_in_two_mails_is_one_file(mails: Drop, tmp_path: Path) -> None:
    book = workbook(tmp_path / "w.xlsx", "7")
    mails.put("a.eml", bytes(message(("w.xlsx", book))))
    mails.put("b.eml", bytes(message(("w.xlsx", book), text="Sorry, again.")))
    assert mails.rows(mails.fetched()) == ["7"]
    mails.put("c.xlsx", book)
    assert mails.fetched().unchanged


def test_a_mail_without_attachment_is_not_the_newest_file(tmp_path: Path) -> None:
    drop = Drop(tmp_path, file={"kind": "csv"})
    drop.put("a.eml", bytes(message(("cases.csv", csv("1").encode()))), hours_ago=2)
    drop.put("b.eml", bytes(message(text="Out of office")), hours_ago=1)
    assert drop.rows(drop.fetched()) == ["1"]


def test_a_declared_glob_chooses_attachments(tmp_path: Path) -> None:
    drop = Drop(tmp_path, attachments="cases*")
    drop.put("a.eml", bytes(message(("notes.csv", b"id\n0\n"), ("Cases.dat", csv("1").encode()))))
    assert drop.rows(drop.fetched()) == ["1"]


def _cut(mail: bytes) -> bytes:
    return mail[: len(mail) * 2 // 3]


# a message | what is said
BROKEN = [
    pytest.param(_cut(bytes(message(("c.csv", b"id\n1\n" * 500)))), "cut off", id="cut off"),
    pytest.param(bytes(message(("winmail.dat", b"x"))), "winmail", id="rich text"),
]


@pytest.mark.parametrize(("mail", "said"), BROKEN)
def test_a_broken_mail_holds_the_source_and_tells_nothing_of_it(mail: bytes, said: str, tmp_path: Path) -> None:
    drop = Drop(tmp_path)
    drop.put("Re Jane's case 24-1234.eml", mail)
    with pytest.raises(SourceUnreadable, match=said) as told:
        drop.fetched()
    assert "Jane" not in str(told.value)


# a name as it lies there         | what is told of it, where `*.csv` of `court` is declared
NAMES = [
    ("court_2026-11-03.csv", "court_2026-11-03.csv"),
    ("Jane Roe 24-GS-1234.csv", "… 24-….csv"),
    ("RE Jane.eml", "….eml"),
    ("court Quackenbush.xlsx", "court ….xlsx"),
]


@pytest.mark.parametrize(("name", "told"), NAMES)
def test_of_a_files_name_nothing_is_told_that_may_be_a_value(name: str, told: str, tmp_path: Path) -> None:
    declared = DropFolderConnector(kind="dropfolder", folder="court", files="*.csv", file={"kind": "csv"})
    assert told_name(name, declared) == told


def test_a_message_too_long_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.fetch.attachments.MOST_BYTES", 100)
    drop = Drop(tmp_path)
    drop.put("a.eml", bytes(message(("c.csv", b"id\n1\n"))))
    with pytest.raises(SourceUnreadable, match="longer than"):
        drop.fetched()


def test_files_and_attachments_are_sealed_and_the_folder_for_arrivals_is_gone(tmp_path: Path) -> None:
    drop = Drop(tmp_path, keep="all")
    drop.put("a.eml", bytes(message(("cases.csv", csv("1").encode()))), hours_ago=2)
    plain = drop.put("b.csv", csv("2"), hours_ago=1)
    said = {"kind": "dropfolder", "folder": "drop", "keep": "all"}
    ingested = taken(source({"id": "id"}, connector=said), tmp_path)
    assert ingested.frame.collect()["id"].to_list() == ["1", "2"]
    assert {oct(one.path.stat().st_mode)[-3:] for one in ingested.snapshots} == {"600"}
    assert not any(path.is_file() for path in (tmp_path / "private" / "arriving").rglob("*"))
    assert plain.exists()
