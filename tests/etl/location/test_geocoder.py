"""The outside address service: what is sent to it, what is taken from it, and when it is asked at all.

The server of these tests answers as the Census Bureau documents it: rows in any order, `Match`, `No_Match` or `Tie`,
longitude before latitude.
"""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.city.checks import city_problems
from etl.city.cityfile import CityFile
from etl.city.models import Geocoder
from etl.fetch.connector import Request
from etl.location.cache import AddressCache
from etl.location.geocoder import FACTS, BatchGeocoder, made_by
from etl.location.streets import ROUGH
from tests.etl.declared import KEY
from tests.feeds.server import LOGIN_PAGE, Asked, Reply, Server, every, serving

BOUNDS = (-84.0, 36.0, -83.8, 36.1)
KNOWN = {
    "12 N MAIN ST": ("Match", "Exact", "-83.95,36.01"),
    "30 OAK AVE": ("Match", "Non_Exact", "-83.85,36.02"),
    "7 TWICE RD": ("Tie", "", ""),
    "1 FAR AWAY ST": ("Match", "Exact", "-74.0,40.7"),
}


def fields(asked: Asked) -> dict[str, str]:
    """The parts of a form, by name."""
    boundary = asked.headers["content-type"].partition("boundary=")[2]
    parts = asked.body.decode().split(f"--{boundary}")[1:-1]
    return {
        re.search(r'name="(\w+)"', part)[1]: part.partition("\r\n\r\n")[2].removesuffix("\r\n")  # type: ignore[index]
        for part in parts
    }


def answer(asked: Asked) -> Reply:
    lines = []
    for number, street, city, state, code in csv.reader(io.StringIO(fields(asked)["addressFile"])):
        told = ", ".join(part for part in (street, city, state, code) if part)
        kind, how, point = KNOWN.get(street, ("No_Match", "", ""))
        row = [number, told, kind, *([how, told, point, "76355984", "L"] if kind == "Match" else [])]
        lines.append(",".join(f'"{value}"' for value in row))
    return Reply("\n".join(reversed(lines)).encode() + b"\n", headers={"Content-Type": "text/csv"})


def addresses(*streets: str) -> pl.DataFrame:
    frame = pl.DataFrame({"street": streets}).with_row_index("at")
    return frame.with_columns(address="street", zip=pl.lit("37901"))


@pytest.fixture
def ask(tmp_path: Path, still: Request) -> Callable[..., tuple[BatchGeocoder, list[str]]]:
    def made(server: Server, *, rows: int = 10_000, year: int = 2026) -> tuple[BatchGeocoder, list[str]]:
        declared = Geocoder(url=server.url, city="Springfield", state="TN", topics=("service_requests",))
        cache = AddressCache(tmp_path / "g.parquet", FACTS, made_by(declared, year), date(year, 1, 5))
        said: list[str] = []
        return BatchGeocoder(declared, still, cache, KEY, BOUNDS, said.append, rows), said

    return made


@pytest.fixture
def still(tmp_path: Path) -> Request:
    """A request that waits for nothing."""
    from etl.fetch.connector import Timing

    return Request(tmp_path, tmp_path, timing=Timing(sleep=lambda _: None))


def test_matches_in_the_city_are_places(ask: Callable[..., tuple[BatchGeocoder, list[str]]]) -> None:
    with serving(answer) as server:
        geocoder, _ = ask(server)
        found = geocoder.found(addresses("12 N MAIN ST", "30 OAK AVE", "7 TWICE RD", "1 FAR AWAY ST", "9 NO LN"))
    assert found.columns == list(ROUGH)
    places = found.select("at", "rough_lat", "rough_lng", "rough_way").sort("at").rows()
    assert places == [(0, 36.01, -83.95, "geocoded"), (1, 36.02, -83.85, "geocoded")]


def test_only_addresses_leave_the_house_in_no_order_of_ours(
    ask: Callable[..., tuple[BatchGeocoder, list[str]]],
) -> None:
    with serving(answer) as server:
        ask(server)[0].found(addresses("30 OAK AVE", "12 N MAIN ST", "30 OAK AVE"))
        (asked,) = server.asked
    form = fields(asked)
    assert set(form) == {"benchmark", "addressFile"}
    assert form["addressFile"].splitlines() == [
        "1,12 N MAIN ST,Springfield,TN,37901",
        "2,30 OAK AVE,Springfield,TN,37901",
    ]


def test_nothing_is_asked_twice_within_a_year(
    ask: Callable[..., tuple[BatchGeocoder, list[str]]], tmp_path: Path
) -> None:
    streets = addresses("12 N MAIN ST", "9 NO LN")
    with serving(answer) as server:
        first = ask(server)[0].found(streets)
        again = ask(server)[0].found(streets)
        assert len(server.asked) == 1
        ask(server, year=2027)[0].found(streets)
        assert len(server.asked) == 2
    assert again.equals(first)
    assert (tmp_path / "g.parquet").stat().st_mode & 0o777 == 0o600
    assert b"MAIN" not in (tmp_path / "g.parquet").read_bytes()


def test_batches_are_no_larger_than_the_service_takes(ask: Callable[..., tuple[BatchGeocoder, list[str]]]) -> None:
    with serving(answer) as server:
        ask(server, rows=3)[0].found(addresses(*(f"{n} ELM ST" for n in range(1, 8))))
        assert [len(fields(asked)["addressFile"].splitlines()) for asked in server.asked] == [3, 3, 1]


@pytest.mark.parametrize("reply", [Reply(b"oops", 500), Reply(b"", 429, {"Retry-After": "2"})])
def test_a_service_that_stumbles_is_asked_again(
    ask: Callable[..., tuple[BatchGeocoder, list[str]]], reply: Reply
) -> None:
    with serving(answer, every(2, lambda _: reply)) as server:
        assert ask(server)[0].found(addresses("12 N MAIN ST")).height == 1
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(b"gone", 404), id="not there"),
        pytest.param(Reply(LOGIN_PAGE), id="a web page"),
        pytest.param(Reply(b'"1","x","Match","Exact","x","north,west","1","L"\n'), id="no numbers"),
        pytest.param(Reply(b'"7","x","Match","Exact","x","-83.9,36.0","1","L"\n'), id="numbers that were not sent"),
    ],
)
def test_a_service_that_fails_is_told_and_places_nothing(
    ask: Callable[..., tuple[BatchGeocoder, list[str]]], reply: Reply
) -> None:
    with serving(lambda _: reply) as server:
        geocoder, said = ask(server)
        assert geocoder.found(addresses("12 N MAIN ST")).is_empty()
        (sentence,) = said
        assert "MAIN" not in sentence
        assert "stay unplaced" in sentence
    with serving(answer) as server:  # what failed is not remembered as unknown
        assert ask(server)[0].found(addresses("12 N MAIN ST")).height == 1


@pytest.mark.parametrize(
    ("topics", "approved", "refused"),
    [
        (["housing_supply"], {}, False),
        (["evictions"], {}, True),
        (["evictions"], {"approved_by": "The court's clerk"}, True),
        (["evictions"], {"approved_by": "The court's clerk", "reason": "No address file"}, False),
        (["housing_supply", "shutoffs"], {}, True),
        (["service_requests"], {}, True),  # some of them concern homes
        (["nonsense"], {}, True),
    ],
)
def test_addresses_of_protected_topics_need_somebody_who_answers_for_it(
    topics: list[str], approved: dict[str, str], refused: bool
) -> None:
    asked = {"city": "Springfield", "state": "TN", "topics": topics, **approved}
    areas = [
        {"kind": k, "title": k, "plural": k, "path": k, "id_field": "id", "valid_from": "2023-01-01"}
        for k in ("district", "neighborhood")
    ]
    city = {"id": "c", "name": "C", "time_zone": "America/New_York", "center": {"lat": 36, "lng": -84}}
    declared = CityFile.model_validate({"city": city, "areas": areas, "geocoder": asked})
    problems = list(city_problems("city.toml", declared, lambda _: True))
    assert bool(problems) is refused
