"""What is remembered of addresses: hashes, for its time, and only what the same program made."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import StorageFailed
from etl.location import postal
from etl.location.cache import KEPT_DAYS, AddressCache
from etl.location.postal import FACTS, Postal, parser_version, postal_line
from etl.values.streets import street_expr
from tests.etl.declared import KEY

DAY = date(2026, 3, 1)
ADDRESSES = pl.Series(["12 N MAIN STREET SPRINGFIELD TN", "30 Oak Ave 2B", "30 OAK AVE"])
KEYS, NAMES = pl.Series(["12 N MAIN ST", "30 OAK AVE"]), pl.Series(["N MAIN ST"])


def reader(folder: Path, day: date = DAY, *, by: str = parser_version(), key: bytes = KEY) -> Postal:
    return Postal(key, AddressCache(folder / "locate/addresses.parquet", FACTS, by, day))


def kept(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "locate/addresses.parquet")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the library is asked for."""
    asked: list[str] = []

    def line(address: str) -> tuple[str | None, str | None]:
        asked.append(address)
        return postal_line(address)

    monkeypatch.setattr(postal, "postal_line", line)
    return asked


def test_an_address_is_read_once(tmp_path: Path, reads: list[str]) -> None:
    first = reader(tmp_path).read(ADDRESSES, KEYS, NAMES).sort("address")
    again = reader(tmp_path, DAY + timedelta(1)).read(ADDRESSES, KEYS, NAMES).sort("address")
    assert sorted(reads) == sorted(ADDRESSES)
    assert again.equals(first)
    assert first.select("postal", "postal_unit", "postal_name").rows() == [
        ("12 N MAIN ST", None, "N MAIN ST"),
        ("30 OAK AVE", None, None),
        ("30 OAK AVE", "2B", None),
    ]


def test_no_address_and_no_street_stands_in_it(tmp_path: Path) -> None:
    reader(tmp_path).read(ADDRESSES, KEYS, NAMES)
    path = tmp_path / "locate/addresses.parquet"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [word for word in (b"MAIN", b"OAK", b"SPRINGFIELD") if word in path.read_bytes()]
    assert "MAIN" not in str(kept(tmp_path).to_dicts())
    assert kept(tmp_path).schema["address_hash"] == pl.UInt64


def test_under_another_key_it_tells_nothing(tmp_path: Path, reads: list[str]) -> None:
    reader(tmp_path).read(ADDRESSES, KEYS, NAMES)
    reader(tmp_path, key=b"another key").read(ADDRESSES, KEYS, NAMES)
    assert len(reads) == 6


def test_another_version_of_the_library_reads_again(tmp_path: Path, reads: list[str]) -> None:
    reader(tmp_path, by="usaddress 0.0.1").read(ADDRESSES, KEYS, NAMES)
    reader(tmp_path).read(ADDRESSES, KEYS, NAMES)
    assert len(reads) == 6
    assert kept(tmp_path)["made_by"].unique().to_list() == [parser_version()]


def test_what_is_long_unused_is_forgotten(tmp_path: Path) -> None:
    """day 0: three addresses      day 40: one of them      day 61: another one — the two unused ones are gone"""
    reader(tmp_path).read(ADDRESSES, KEYS, NAMES)
    reader(tmp_path, DAY + timedelta(40)).read(ADDRESSES[:1], KEYS, NAMES)
    assert kept(tmp_path).height == 3
    reader(tmp_path, DAY + timedelta(KEPT_DAYS + 1)).read(pl.Series(["5 NEW CT"]), KEYS, NAMES)
    assert sorted(kept(tmp_path)["used"]) == [DAY + timedelta(40), DAY + timedelta(KEPT_DAYS + 1)]


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    reader(tmp_path).read(ADDRESSES, KEYS, NAMES)
    (tmp_path / "locate/addresses.parquet").write_bytes(b"damaged")
    with pytest.raises(StorageFailed, match="Remove it"):
        reader(tmp_path).read(ADDRESSES, KEYS, NAMES)


_WORDS = st.sampled_from(
    ["12", "73-42", "N", "NORTH", "MAIN", "68TH", "ST", "STREET", "AVE", "APT", "2B", "#", "REAR", ",", "TN"]
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.lists(_WORDS, max_size=8).map(" ".join), st.text(max_size=30)))
def test_any_text_can_be_read_and_reading_what_was_read_gives_a_key(typed: str) -> None:
    line, _ = postal_line(typed)
    if line is not None:
        frame = pl.DataFrame({"line": [line]}).select(once=street_expr(pl.col("line")))
        assert frame.select(street_expr(pl.col("once"))).item() == frame["once"].item()
