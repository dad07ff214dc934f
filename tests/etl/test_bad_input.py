"""Broken feeds, through the command line: the documented exit code and sentence, nothing published, yesterday stays up.

docs/bad-input.md holds the same table for readers; a test compares them.
"""

import csv
import gzip
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tests.machinery.small_city import ROOT, Ended, current, etl, files_of, status_of

REQUESTS = "feeds/311/requests_2026.csv"
COURT = "feeds/court/detainer_warrants.csv.gz"
UTILITY = "feeds/utility/shutoffs_2026.xlsx"
WEB_PAGE = (
    b"<!DOCTYPE html><html><head><title>503</title></head><body>Service Unavailable, Ms. Quackenbush</body></html>"
)
FEET_PER_DEGREE = 364_000
OTHER = "housing_supply"

Row = list[str]
Breakage = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class City:
    """A city folder and what the ETL keeps of it."""

    folder: Path
    var: Path

    @property
    def public(self) -> Path:
        return self.var / "public"

    def run(self, *topics: str) -> Ended:
        return etl("run", self.folder, *topics, "--var", self.var, "--json")

    def replace(self, feed: str, broken: Breakage) -> None:
        path = self.folder / feed
        path.write_bytes(broken(path.read_bytes()))


@pytest.fixture
def city(small_city: Path, first_run: Path, tmp_path: Path) -> City:
    """A copy of the small city, in which everything was published yesterday."""
    shutil.copytree(small_city, tmp_path / "city")
    shutil.copytree(first_run, tmp_path / "var")
    return City(tmp_path / "city", tmp_path / "var")


# ---------------------------------------------------------------- how a feed is broken


def _rows(text: bytes) -> list[Row]:
    return list(csv.reader(io.StringIO(text.decode())))


def _table(rows: Sequence[Row], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _each(column: str, change: Callable[[str, int], str]) -> Breakage:
    """Another value in a column of every whole row."""

    def broken(text: bytes) -> bytes:
        header, *rows = _rows(text)
        place = header.index(column)
        for number, row in enumerate(rows):
            if len(row) == len(header):
                row[place] = change(row[place], number)
        return _table([header, *rows])

    return broken


def empty(_: bytes) -> bytes:
    return b""


def header_only(text: bytes) -> bytes:
    return _table(_rows(text)[:1])


def wrong_delimiter(text: bytes) -> bytes:
    return _table(_rows(text), ";")


def wrong_encoding(text: bytes) -> bytes:
    return _each("Description", lambda _, n: "Café Quackenbush")(text).decode().encode("windows-1252")


def truncated_gzip(text: bytes) -> bytes:
    packed = gzip.compress(text)
    return packed[: len(packed) // 2]


def html_page(_: bytes) -> bytes:
    return WEB_PAGE


def column_renamed(text: bytes) -> bytes:
    return text.replace(b"SR Number", b"Request Number", 1)


def column_added(text: bytes) -> bytes:
    return _table([[*row, "Quackenbush"] for row in _rows(text)])


def two_headers(text: bytes) -> bytes:
    return b"Export of the 311 center;;;\n" + text


def header_repeated(text: bytes) -> bytes:
    return text.splitlines(keepends=True)[0] + text


def long_line(text: bytes) -> bytes:
    return text + b"Quackenbush " * 900_000


def zip_bomb(text: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("requests.csv", "w") as member:
        member.write(text)
        for _ in range(150):
            member.write(b"0" * 1_000_000)
    return packed.getvalue()


def float_ids(text: bytes) -> bytes:
    return _each("SR Number", lambda value, _: f"{value}.0" if value.isdigit() else value)(text)


def mixed_dates(text: bytes) -> bytes:
    """Every third day is written as the rest of the world writes it."""
    return _each("Opened", lambda value, n: value if n % 3 else f"2026-09-{n % 28 + 1:02}")(text)


def other_dates(text: bytes) -> bytes:
    return _each("Opened", lambda value, n: f"2026-09-{n % 28 + 1:02}")(text)


def in_feet(text: bytes) -> bytes:
    def feet(value: str, _: int) -> str:
        return f"{float(value) * FEET_PER_DEGREE:.0f}" if value else value

    return _each("Latitude", feet)(_each("Longitude", feet)(text))


def shrunk(text: bytes) -> bytes:
    return b"".join(text.splitlines(keepends=True)[:60])


def not_delivered(city: City) -> None:
    (city.folder / REQUESTS).unlink()


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent instead of the 311 feed, and what comes of it."""

    name: str
    broken: Breakage
    code: int
    sentence: str


CASES = (
    #     what is sent                what comes of it
    Case("empty file", empty, 10, "requests_2026.csv is empty."),
    Case("header only", header_only, 12, "Source requests_311 has 0 rows"),
    Case("wrong delimiter", wrong_delimiter, 11, "is the delimiter right?"),
    Case("wrong encoding", wrong_encoding, 10, "requests_2026.csv is not utf-8 text."),
    Case("truncated gzip", truncated_gzip, 10, "requests_2026.csv is damaged or cut off."),
    Case("web page", html_page, 10, "requests_2026.csv is a web page, not a table."),
    Case("column renamed", column_renamed, 11, "'SR Number', which fills id, is missing; perhaps it is called"),
    Case("two headers", two_headers, 11, "does a title stand above the header?"),
    Case("10 MB single line", long_line, 10, "requests_2026.csv has a line of more than 1,000 kB."),
    Case("zip bomb", zip_bomb, 10, "requests_2026.csv unpacks to far more than a feed can be"),
    Case("mixed date formats", mixed_dates, 12, "bad_date"),
    Case("other date format", other_dates, 11, "the column 'Opened' holds no dates as declared"),
    Case("coordinates in feet", in_feet, 13, "Source requests_311: 100.0% of the coordinates lie outside the city"),
    Case("shrunk feed", shrunk, 12, "The feed has shrunk from"),
)
HARMLESS = (
    Case("column added", column_added, 0, ""),
    Case("header repeated", header_repeated, 0, ""),
    Case("ids as floats", float_ids, 0, ""),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_feed_is_held_and_yesterday_stays_up(city: City, case: Case) -> None:
    before = files_of(city.public, "current.json", "releases", "geo")
    city.replace(REQUESTS, case.broken)

    ended = city.run("service_requests", OTHER)

    told = ended.failure("service_requests")
    assert (ended.code, told["exit"]) == (case.code, case.code), ended.said
    assert case.sentence in told["error"]
    assert re.search(r"\. [A-Z][a-z]+ ", told["error"]), "says what to do"
    _is_held(city, "service_requests")
    assert "Quackenbush" not in ended.said
    assert ended.published().keys() == {OTHER}
    assert files_of(city.public, "current.json", "releases", "geo") == before
    assert not list((city.var / "private").rglob("scratch/*"))


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case.name)
def test_what_changes_no_record_changes_no_release(city: City, case: Case) -> None:
    up = current(city.public)
    city.replace(REQUESTS, case.broken)

    ended = city.run("service_requests")

    assert ended.code == 0, ended.said
    assert current(city.public) == up


def _gunzipped(change: Breakage) -> Breakage:
    return lambda packed: gzip.compress(change(gzip.decompress(packed)))


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _dates_of_the_world(text: bytes) -> bytes:
    return re.sub(rb"(\d\d)/(\d\d)/(\d{4})", rb"\3-\1-\2", text)


COURT_CASES = (
    Case("empty file", empty, 10, "detainer_warrants.csv.gz is empty."),
    Case("empty gzip", _gunzipped(empty), 10, "is empty."),
    Case("header only", _gunzipped(header_only), 12, "Source court has 0 rows"),
    Case("wrong delimiter", _gunzipped(wrong_delimiter), 11, "is the delimiter right?"),
    Case("truncated gzip", _half, 10, "is damaged or cut off."),
    Case("web page", html_page, 10, "is a web page, not a table."),
    Case("column renamed", _gunzipped(lambda t: t.replace(b"DOCKET NUMBER", b"CASE", 1)), 11, "'DOCKET NUMBER'"),
    Case("zip bomb", _gunzipped(lambda t: t + b"0" * 150_000_000), 10, "unpacks to far more than a feed can be"),
    Case("other date format", _gunzipped(_dates_of_the_world), 11, "'FILE DATE' holds no dates as declared"),
    Case("no known address", _gunzipped(_each("DEFENDANT ADDRESS", lambda *_: "1 Nowhere Ln")), 13, "could be located"),
)


@pytest.mark.parametrize("case", COURT_CASES, ids=lambda case: case.name)
def test_a_broken_court_feed_measures_nothing(city: City, case: Case) -> None:
    before = files_of(city.public, "current.json", "releases", "geo")
    measured = files_of(city.var / "private", "measurements", "book", "vault")
    city.replace(COURT, case.broken)

    ended = city.run("evictions")

    told = ended.failure("evictions")
    assert (ended.code, told["exit"]) == (case.code, case.code), ended.said
    assert case.sentence in told["error"]
    _is_held(city, "evictions")
    assert files_of(city.public, "current.json", "releases", "geo") == before
    assert files_of(city.var / "private", "measurements", "book", "vault") == measured


def _without_addresses(_: bytes) -> bytes:
    frame = pl.DataFrame({"Work Order": ["1"], "Scheduled Date": ["2026-09-01"]})
    path = io.BytesIO()
    frame.write_excel(path, worksheet="Scheduled")
    return path.getvalue()


UTILITY_CASES = (
    Case("empty file", empty, 10, "shutoffs_2026.xlsx is empty."),
    Case("cut off", _half, 10, "shutoffs_2026.xlsx"),
    Case("web page", html_page, 10, "is no workbook"),
    Case("a table instead of a workbook", lambda _: b"a,b\n1,2\n", 10, "is no workbook"),
    Case("zip bomb", lambda _: zip_bomb(b"x"), 10, "unpacks to far more than a feed can be"),
    Case("columns missing", _without_addresses, 11, "The column 'Work Order', which fills id, is missing"),
)


@pytest.mark.parametrize("case", UTILITY_CASES, ids=lambda case: case.name)
def test_a_broken_workbook_measures_nothing(city: City, case: Case) -> None:
    before = files_of(city.public, "current.json", "releases", "geo")
    city.replace(UTILITY, case.broken)

    ended = city.run("shutoffs")

    assert ended.code == ended.failure("shutoffs")["exit"] == case.code, ended.said
    assert case.sentence in ended.failure("shutoffs")["error"]
    _is_held(city, "shutoffs")
    assert files_of(city.public, "current.json", "releases", "geo") == before


def test_a_feed_that_was_not_delivered_holds_its_topic_alone(city: City) -> None:
    not_delivered(city)

    ended = city.run("service_requests", OTHER)

    assert ended.code == 10
    assert "No file matches 'feeds/311/requests_*.csv'." in ended.failure("service_requests")["error"]
    assert ended.published().keys() == {OTHER}
    _is_held(city, "service_requests")


def test_without_an_address_file_from_the_beginning_every_topic_is_held_and_says_so(city: City, tmp_path: Path) -> None:
    """Homes are the ground of everything: without them no denominator and no zone can be vouched for."""
    city.replace("feeds/addresses/address_points.zip", empty)
    new = City(city.folder, tmp_path / "new")

    ended = new.run()

    assert ended.code == 10
    for topic in current(city.public):
        assert "address_points.zip is empty" in ended.failure(topic)["error"]
        assert status_of(new.public, topic)["held"] is True
    assert files_of(new.public, "current.json", "releases", "geo") == {}
    assert files_of(new.var / "private", "zones", "homes", "ground", "measurements", "book", "vault") == {}


def test_without_the_address_file_of_today_topics_stand_on_the_last_accepted_one(city: City) -> None:
    """A source that failed holds its own topic: the others go on, with the homes, names and zones as they were."""
    before = files_of(city.public, "current.json", "releases", "geo")
    ground = files_of(city.var / "private", "zones", "homes", "ground", "measurements", "book")
    city.replace("feeds/addresses/address_points.zip", empty)

    ended = city.run()

    assert ended.code == 10
    assert "address_points.zip is empty" in ended.failure("households")["error"]
    _is_held(city, "households")
    assert ended.published() == {t: release for t, release in current(city.public).items() if t != "households"}
    assert files_of(city.public, "current.json", "releases", "geo") == before
    assert files_of(city.var / "private", "zones", "homes", "ground", "measurements", "book") == ground


def test_a_repaired_feed_is_taken_again(city: City) -> None:
    good = (city.folder / REQUESTS).read_bytes()
    city.replace(REQUESTS, html_page)
    assert city.run("service_requests").code == 10
    city.replace(REQUESTS, lambda _: good)

    assert city.run("service_requests").code == 0

    told = status_of(city.public, "service_requests")
    assert (told["held"], told["reason"]) == (False, "")


def test_the_documentation_holds_the_same_table() -> None:
    text = (ROOT / "docs/bad-input.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| ([^|]+?) \| (\d+) \|", text, re.M))
    assert documented == {case.name: str(case.code) for case in (*CASES, *HARMLESS)}


def _is_held(city: City, topic: str) -> None:
    """status.json says so in words; what it says of a protected topic's feed holds no number."""
    told = status_of(city.public, topic)
    assert told["held"] is True
    assert told["reason"]
    assert not re.search(r"\d", told["reason"])
    assert told["release"] == current(city.public)[topic]
