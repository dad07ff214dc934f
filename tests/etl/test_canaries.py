"""Strings planted in every column of every feed are found nowhere outside the private folder.

Not in a public byte, however packed; not in anything that a command says, also when it fails; not in a page, an error,
a header or the log of a portal on that store. Nor does a protected topic's release change when its feed does.
"""

import csv
import gzip
import io
import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

import fastexcel
import polars as pl
import pytest

from etl.demo.files import write_workbook
from etl.demo.names import CANARY_STREET
from etl.demo.truth import canaries
from portal.pages import PAGES
from tests.machinery import portal
from tests.machinery.small_city import Ended, current, declare, etl, etl_process, files_of, write_small_city

REQUESTS, COURT = "feeds/311/requests_2026.csv", "feeds/court/detainer_warrants.csv.gz"
UTILITY, DEVELOPMENTS = "feeds/utility/shutoffs_2026.xlsx", "feeds/housing/affordable_developments.geojson"
MARK = "zqx7canary"
"""What every string planted here begins with: no word of any language, no hash."""
PLANTED = tuple(text.lower() for texts in canaries().values() for text in texts)
STREET = CANARY_STREET.lower()
"""A name that the public address file holds, and nothing else may."""

Row = list[str]


@dataclass(frozen=True, slots=True)
class City:
    """A city whose feeds hold a canary in every column, what was kept of it, and all that the commands said."""

    folder: Path
    var: Path
    said: tuple[Ended, ...]

    @property
    def public(self) -> Path:
        return self.var / "public"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("canaries")
    planted = write_small_city(folder / "city")
    for source in ("requests_311", "court", "utility"):
        declare(
            planted / f"sources/{source}.toml", lambda text: text.replace("= 0.35", "= 0.7").replace("= 0.90", "= 0.5")
        )
    _plant(planted)
    var = folder / "var"
    said = (
        etl("check", planted, "--var", var),
        etl_process("run", planted, "--var", var),
        etl("run", planted, "--var", var, "--json"),
        etl("run", planted, "--var", var, "--dry-run"),
        etl("status", planted, "--var", var),
        etl("status", planted, "--var", var, "--json"),
        etl("releases", planted, "--var", var),
    )
    assert [ended.code for ended in said] == [0] * len(said), "".join(ended.said for ended in said)
    return City(planted, var, said)


# ---------------------------------------------------------------- planting


def _plant(city: Path) -> None:
    """One more row per column, sound but for that column; a column with a telling name; a file with one."""
    path = city / REQUESTS
    requests = _with_canaries(_rows(path.read_bytes()), "311")
    path.write_bytes(_table(requests))
    (path.parent / f"requests_{MARK}-file.csv").write_bytes(_table([requests[0], *_telling(requests, "file")]))
    court = city / COURT
    court.write_bytes(gzip.compress(_table(_with_canaries(_rows(gzip.decompress(court.read_bytes())), "court"))))
    book = city / UTILITY
    sheet = fastexcel.read_excel(book).load_sheet("Scheduled", header_row=None, dtypes="string")
    cells = [[cell or "" for cell in row] for row in pl.DataFrame(sheet).rows()]
    title, table = cells[:2], [row for row in cells[2:] if any(row)]
    header, *rows = _with_canaries(table, "utility")
    frame = pl.DataFrame(rows, schema=header, orient="row")
    write_workbook(book, "Scheduled", frame, title=[" ".join(row) for row in title], junk=[f"{MARK} total"])
    developments = json.loads((city / DEVELOPMENTS).read_bytes())
    developments["features"][0]["properties"] |= {"OWNER": f"{MARK} owner", f"{MARK} field": 1}
    (city / DEVELOPMENTS).write_text(json.dumps(developments))


def _with_canaries(table: list[Row], feed: str) -> list[Row]:
    header, *rows = table
    telling = _telling(table, feed)
    return [[*header, f"{MARK} {feed} column"], *([*row, MARK] for row in rows if len(row) == len(header)), *(
        [*row, MARK] for row in telling
    )]  # fmt: skip


def _telling(table: list[Row], feed: str) -> list[Row]:
    """A sound row for each column, with a canary in that column and an id of its own."""
    header, *rows = table
    sound = next(row for row in rows if len(row) == len(header) and sum(map(bool, row)) > len(header) // 2 and row[0])
    made = []
    for place in range(len(header)):
        row = [*sound]
        row[0] = f"9{place:03}{len(feed)}7" if place else f"{MARK}{feed}id"
        row[place] = f"{MARK} {feed} {place}" if place else row[place]
        made.append(row)
    return made


def _rows(text: bytes) -> list[Row]:
    return list(csv.reader(io.StringIO(text.decode())))


def _table(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


# ---------------------------------------------------------------- looking


def test_the_feeds_are_full_of_them(city: City) -> None:
    """The test would prove little if the planting failed."""
    requests = (city.folder / REQUESTS).read_text()
    assert requests.count(MARK) > 60
    assert any(word in requests.lower() for word in PLANTED)
    profile = {told["source"]: told for told in city.said[5].objects if "source" in told}
    assert profile["requests_311"]["rows"] > 330
    assert profile["court"]["rows"] > 55
    assert profile["utility"]["rows"] > 65


def test_no_canary_is_in_any_public_byte_or_name(city: City) -> None:
    for path in city.public.rglob("*"):
        assert MARK not in path.name.lower()
        if path.is_file():
            _none(_seen(path), path.relative_to(city.public).as_posix())


def test_no_command_says_a_canary(city: City) -> None:
    for ended in city.said:
        _none(ended.said.encode(), "what a command said")


def test_the_private_state_and_the_vault_hold_no_canary(city: City) -> None:
    """Of what a feed declares the vault keeps one text as it came: the department, which is never published."""
    _none((city.var / "private/state.sqlite").read_bytes(), "state.sqlite")
    for path in (city.var / "private/vault").rglob("*.parquet"):
        events = pl.read_parquet(path)
        _none(events.drop("agency", strict=False).write_csv().encode(), path.name)


BROKEN = {
    "a quotation mark left open": lambda text: text + b'"' + MARK.encode() + b" name,",
    "another encoding": lambda text: text + f"{MARK} é".encode("latin-1"),
    "a web page": lambda text: f"<html>{MARK}</html>".encode(),
    "JSON": lambda text: json.dumps({"error": MARK}).encode(),
    "columns that are values": lambda text: text.partition(b"\n")[2],
    "bad dates everywhere": lambda text: re.sub(rb"\d\d/\d\d/\d{4}", MARK.encode(), text),
    "one id everywhere": lambda text: _table(
        [row if n == 0 else [MARK, *row[1:]] for n, row in enumerate(_rows(text))]
    ),
    "a long line": lambda text: text + MARK.encode() * 200_000,
    "zeros between": lambda text: text.replace(b",", b",\x00"),
    "nothing but names": lambda text: f"{MARK} Quackenbush\n".encode() * 50,
}


@pytest.mark.parametrize("feed", [REQUESTS, COURT], ids=["requests", "court"])
@pytest.mark.parametrize("name", list(BROKEN))
def test_no_error_quotes_a_record(city: City, tmp_path: Path, name: str, feed: str) -> None:
    copy, var = _copied(city, tmp_path)
    (copy / "feeds/311" / f"requests_{MARK}-file.csv").unlink()
    break_it: Callable[[bytes], bytes] = BROKEN[name]
    path = copy / feed
    content = path.read_bytes()
    path.write_bytes(gzip.compress(break_it(gzip.decompress(content))) if feed == COURT else break_it(content))
    topic = "evictions" if feed == COURT else "service_requests"

    ended = etl("run", copy, topic, "--var", var)

    assert ended.code in (10, 11, 12, 13), ended.said
    _none(ended.said.encode(), "the error")
    status = etl("status", copy, "--var", var)
    _none(status.said.encode(), "the status")
    _none((var / "public/status.json").read_bytes(), "status.json")


NASTY = (
    "/" + MARK,
    f"/district/{MARK}",
    f"/district/{quote('<script>' + MARK + '</script>')}",
    f"/data/{MARK}",
    f"/map?topic={MARK}&unit={MARK}&category={MARK}",
    f"/trends?unit={quote(chr(34) + '><script>' + MARK + '</script>')}",
    f"/map?as_of=../../../private/{MARK}",
    f"/download/{MARK}/latest/x.csv.gz",
    f"/download/evictions/{MARK}/x",
    f"/download/evictions/latest/{MARK}",
    "/download/evictions/latest/..%2f..%2f..%2f..%2fprivate%2fstate.sqlite",
    "/download/evictions/latest/%2e%2e/%2e%2e/%2e%2e/%2e%2e/private/keys/homes-evictions-public-2026.key",
    "/download/..%2f..%2fprivate/vault/evictions%2fcourt.parquet",
    "/geo/..%2f..%2f..%2fprivate%2fkeys%2fhomes.key",
    f"/geo/{MARK}.geojson",
    f"/download/view.csv?topic={MARK}",
    f"/download/view.csv?topic=evictions&measure={MARK}",
    f"/download/view.geojson?topic=evictions&unit={MARK}%00",
    f"/assets/..%2f..%2f{MARK}",
    "/%00",
    "/%ff%fe",
    "/" + "a" * 4000,
)


def test_a_portal_on_this_store_tells_nothing(city: City, tmp_path: Path) -> None:
    log = tmp_path / "log"
    key = (city.var / "private/keys/homes-evictions-public-2026.key").read_bytes()
    with portal.serving(city.public, log) as address:
        answers = {path: _answer(address + path) for path in _paths(city)}
        echoes = {path: _answer(address + path) for path in NASTY}
        callback = _answer(
            address + "/_dash-update-component", body=json.dumps({"output": MARK, "inputs": []}).encode()
        )
    for path, (code, told) in answers.items():
        assert code == 200, path
        _none(told, path)
    for path, (code, told) in echoes.items():
        assert code in (200, 302, 307, 400, 404, 414, 422), (path, code)
        assert f"<script>{MARK}".encode() not in told, path
        assert key not in told
        assert b"SQLite format" not in told
        assert b"Traceback" not in told
    assert b"Traceback" not in callback[1]
    written = log.read_bytes()
    assert b"Traceback" not in written
    _none(written, "the portal's log")


def _paths(city: City) -> Iterator[str]:
    """Every page, every district, every file of every release, every shape, and what machines read."""
    yield from (page.path for page in PAGES if "<" not in page.path and "{" not in page.path)
    yield from ("/healthz", "/readyz", "/metrics", "/data.json", "/_dash-layout", "/_dash-dependencies")
    yield from (f"/district/{number}" for number in range(1, 7))
    for topic, release in current(city.public).items():
        yield f"/data/{topic}"
        yield from (f"{page}?topic={topic}" for page in ("/map", "/trends"))
        manifest = json.loads((city.public / f"releases/{topic}/{release}/manifest.json").read_bytes())
        for file in manifest["files"]:
            if file["name"].startswith("downloads/"):
                yield f"/download/{topic}/{release}/{file['name'].removeprefix('downloads/')}"
    for path in (city.public / "geo").iterdir():
        if path.suffix in (".geojson", ".json", ".gz"):  # the others are for whoever has the store
            yield f"/geo/{path.name.removesuffix('.gz')}"


def _answer(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """The status, and headers and body as a reader sees them."""
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, str(response.headers).encode() + _unpacked(response.read())
    except urllib.error.HTTPError as error:
        return error.code, str(error.headers).encode() + _unpacked(error.read())
    except HTTPException:  # our own client refuses the address
        return 400, b""


# ---------------------------------------------------------------- what a protected feed did is told by nobody


def _one_more(text: bytes) -> bytes:
    """A case more, in a month that has been measured."""
    header, *rows = _rows(text)
    sound = next(row for row in rows if len(row) == len(header) and all(row[:3]))
    return _table([header, *rows, ["24-NEW-1", *sound[1:]]])


def _ten_less(text: bytes) -> bytes:
    header, *rows = _rows(text)
    return _table([header, *rows[10:]])


def _another_outcome(text: bytes) -> bytes:
    return text.replace(b"DISMISSED", b"DEFAULT JUDGMENT")


@pytest.mark.parametrize("change", [_one_more, _ten_less, _another_outcome])
def test_a_release_of_measured_periods_does_not_follow_the_feed(
    city: City, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    """Not an id, a byte, a size or a hash changes: a file that did would tell of a home."""
    copy, var = _copied(city, tmp_path)
    before = files_of(var / "public", "current.json", "releases/evictions", "geo")
    path = copy / COURT
    path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))

    ended = etl("run", copy, "evictions", "--var", var)

    assert ended.code == 0, ended.said
    assert files_of(var / "public", "current.json", "releases/evictions", "geo") == before


@pytest.mark.parametrize("kind", ["No Heat", "Welfare Check"])
def test_requests_about_homes_and_sensitive_ones_leave_no_trace(city: City, tmp_path: Path, kind: str) -> None:
    copy, var = _copied(city, tmp_path)
    before = files_of(var / "public", "current.json", "releases/service_requests", "geo")
    path = copy / REQUESTS
    header, *rows = _rows(path.read_bytes())
    place = header.index("Type")
    sound = next(row for row in rows if row[place] == "Pothole Repair" and row[0].strip() and row[1].startswith("08"))
    path.write_bytes(_table([header, *rows, ["SR-NEW-1", *sound[1:place], kind, *sound[place + 1 :]]]))

    ended = etl("run", copy, "service_requests", "--var", var)

    assert ended.code == 0, ended.said
    assert files_of(var / "public", "current.json", "releases/service_requests", "geo") == before


def _copied(city: City, folder: Path) -> tuple[Path, Path]:
    return (
        Path(shutil.copytree(city.folder, folder / "city")),
        Path(shutil.copytree(city.var, folder / "var")),
    )


def _seen(path: Path) -> bytes:
    """What a reader of the file can see: unpacked, and columns as text."""
    content = _unpacked(path.read_bytes())
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        words = {str(word) for name in frame.columns for word in frame[name].cast(pl.String, strict=False).unique()}
        return content + "\n".join([*frame.columns, *words]).encode()
    return content


def _unpacked(content: bytes) -> bytes:
    with suppress(gzip.BadGzipFile, EOFError):
        return gzip.decompress(content)
    return content


def _none(content: bytes, where: str) -> None:
    low = content.lower()
    assert MARK.encode() not in low, f"{where} holds a planted string"
    found = [word for word in PLANTED if word.encode() in low]
    assert not found, f"{where} holds one of the demonstration city's"
    assert where.removeprefix("/").startswith("geo/addresses") or STREET.encode() not in low, where
