"""A record that a court seals, and nothing else: nobody can tell from the public side that anything happened.

Not on the same day, and not in the next day's release either, where every file is written anew.
"""

import csv
import gzip
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.machinery.small_city import current, declare, etl, files_of, write_small_city

COURT, REQUESTS = "feeds/court/detainer_warrants.csv.gz", "feeds/311/requests_2026.csv"
DAY, NEXT_DAY = "2026-10-10", "2026-10-11"
"""No period closes between them."""


def _lenient(text: str) -> str:
    """Gates as wide as a feed of forty rows needs."""
    return text.replace("reject_share = 0.35", "reject_share = 0.9").replace("= 0.90", "= 0.5")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `city` and `var`, published on the first of the two days."""
    folder = tmp_path_factory.mktemp("sealed")
    city = write_small_city(folder / "city")
    for source in ("court", "requests_311"):
        declare(city / f"sources/{source}.toml", _lenient)
    declare(city / "city.toml", lambda text: text.replace("2026-11-15", DAY))
    ended = etl("run", city, "evictions", "service_requests", "--var", folder / "var")
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def place(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "place"))


def _without(content: bytes, chosen: Callable[[dict[str, str]], bool]) -> bytes:
    """A table without one of the rows that are chosen."""
    header, *rows = csv.reader(io.StringIO(content.decode()))
    sealed = next(n for n, row in enumerate(rows) if len(row) == len(header) and chosen(_named(header, row)))
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows[:sealed], *rows[sealed + 1 :]])
    return out.getvalue().encode()


def _named(header: list[str], row: list[str]) -> dict[str, str]:
    return dict(zip(header, row, strict=True))


def _seal_a_case(city: Path) -> None:
    path = city / COURT
    content = _without(gzip.decompress(path.read_bytes()), lambda row: all(list(row.values())[:3]))
    path.write_bytes(gzip.compress(content))


def _drop_a_request(kind: str) -> Callable[[Path], None]:
    def drop(city: Path) -> None:
        path = city / REQUESTS
        path.write_bytes(_without(path.read_bytes(), lambda row: row["Type"] == kind))

    return drop


SEALED = {
    "a case": ("evictions", _seal_a_case),
    "a request about a home": ("service_requests", _drop_a_request("No Heat")),
    "a sensitive request": ("service_requests", _drop_a_request("Welfare Check")),
}


@pytest.mark.parametrize("name", SEALED)
def test_on_the_same_day_not_a_byte_and_not_a_time_of_a_file_changes(place: Path, name: str) -> None:
    topic, seal = SEALED[name]
    parts = ("current.json", "releases", "geo", "keys")
    before, times = files_of(place / "var/public", *parts), _times(place / "var/public")
    seal(place / "city")

    ended = etl("run", place / "city", topic, "--var", place / "var")

    assert ended.code == 0, ended.said
    assert files_of(place / "var/public", *parts) == before
    assert _times(place / "var/public") == times


@pytest.mark.parametrize("name", SEALED)
def test_the_next_day_looks_as_if_nothing_had_been_sealed(place: Path, tmp_path: Path, name: str) -> None:
    topic, seal = SEALED[name]
    declare(place / "city/city.toml", lambda text: text.replace(DAY, NEXT_DAY))
    told = []
    for sealed in (False, True):
        var = Path(shutil.copytree(place / "var", tmp_path / f"var-{sealed}"))
        if sealed:
            seal(place / "city")
        ended = etl("run", place / "city", topic, "--var", var)
        assert ended.code == 0, ended.said
        assert current(var / "public")[topic].startswith(NEXT_DAY)
        told.append(_public(var / "public"))

    assert told[0].keys() == told[1].keys()
    assert [name for name in told[0] if told[0][name] != told[1][name]] == []


def test_a_manifest_names_no_feed_about_homes(place: Path) -> None:
    """What the state keeps of each feed is not what the manifest shows."""
    kept = {path.name[:16] for path in (place / "var/private/snapshots").glob("*/*")}
    for topic, release in current(place / "var/public").items():
        text = (place / f"var/public/releases/{topic}/{release}/manifest.json").read_text()
        assert not [seal for seal in kept if seal in text]
        assert all(source["snapshot"] for source in json.loads(text)["sources"])


def test_files_carry_nothing_beside_their_columns(place: Path) -> None:
    for path in (place / "var/public").rglob("*.parquet"):
        assert set(pl.read_parquet_metadata(path)) <= {"ARROW:schema"}


def _times(store: Path) -> dict[str, int]:
    return {
        str(p): p.stat().st_mtime_ns for p in store.rglob("*") if p.is_file() and p.name != "status.json"
    }  # the status says when the last run was, whatever it found


def _public(store: Path) -> dict[str, Any]:
    """All that is public, without the moments at which it was made."""
    return {
        path.relative_to(store).as_posix(): _timeless(path)
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.name != "certificate.sig"
    }


def _timeless(path: Path) -> Any:
    if path.name not in ("manifest.json", "certificate.json", "status.json"):
        return path.read_bytes()
    told = json.loads(path.read_bytes())
    if path.name == "manifest.json":
        told["files"] = [f for f in told["files"] if not f["name"].startswith("certificate.")]
    for name in ("built_at", "made_at", "written_at"):
        told.pop(name, None)
    told.get("audit", {}).pop("seconds", None)
    for row in told.get("topics", ()):
        for name in ("last_run", "last_success", "next_due"):
            row.pop(name)
    return told
