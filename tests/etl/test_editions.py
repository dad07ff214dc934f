"""`python -m etl edition` on a small city: who and why, what it costs, and what the release says of it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from layers.store.reader import Store
from tests.machinery.small_city import Ended, current, etl, files_of

TABLE, PERIOD = "filings-month-district", "2026-09-01"
WHY = ("--reason", "The court's file of September came without its last week.", "--by", "A. Steward")


@pytest.fixture(scope="module")
def city(small_city: Path) -> Path:
    return small_city


@pytest.fixture(scope="module")
def first(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    var = tmp_path_factory.mktemp("editions") / "var"
    ended = etl("run", city, "evictions", "--var", var)
    assert ended.code == 0, ended.said
    return var


@pytest.fixture
def var(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "var"))


def book(city: Path, var: Path, *more: str, table: str = TABLE, period: str = PERIOD) -> Ended:
    return etl("edition", city, "evictions", table, period, *(more or WHY), "--var", var, "--json")


def rho(city: Path, var: Path) -> float:
    said = etl("status", city, "--var", var, "--json").objects
    return float(next(told["rho"] for told in said if told.get("ledger") == "evictions" and told["year"] == 2026))


def editions(city: Path, var: Path) -> list[dict[str, Any]]:
    return [told for told in etl("status", city, "--var", var, "--json").objects if "edition" in told]


def test_an_edition_from_booking_to_release(city: Path, var: Path) -> None:
    before = rho(city, var)
    public = files_of(var / "public")

    booked = book(city, var)

    assert booked.code == 0, booked.said
    (told,) = booked.objects
    assert told["edition"] == 2
    assert told["rho_before"] == pytest.approx(before, abs=1e-5)
    assert told["rho_after"] == pytest.approx(before + 0.06 / 4, abs=1e-5)
    assert files_of(var / "public") == public, "booking publishes nothing"
    assert [each["measured"] for each in editions(city, var)] == [False]

    ran = etl("run", city, "evictions", "--var", var, "--json")

    assert ran.code == 0, ran.said
    assert [each["measured"] for each in ran.objects if each.get("step") == "protect"] == [1]
    protection = Store(var / "public").release("evictions").manifest.protection
    assert protection is not None
    (edition,) = protection.editions
    assert (edition.table, edition.period.isoformat(), edition.edition) == (TABLE, PERIOD, 2)
    assert (edition.reason, edition.booked_by) == (WHY[1], WHY[3])
    assert [each["measured"] for each in editions(city, var)] == [True]
    assert rho(city, var) == pytest.approx(before + 0.06 / 4, abs=1e-5)

    kept = files_of(var / "private", "measurements")
    again = etl("run", city, "evictions", "--var", var, "--json")
    assert [each["measured"] for each in again.objects if each.get("step") == "protect"] == [0]
    assert files_of(var / "private", "measurements") == kept


@pytest.mark.parametrize(
    "more",
    [("--reason", "because"), ("--by", "A. Steward"), ("--reason", "  ", "--by", "me"), ("--reason", "x", "--by", "")],
)
def test_without_a_reason_and_a_name_nothing_is_booked(city: Path, var: Path, more: tuple[str, ...]) -> None:
    assert book(city, var, *more).code == 2
    assert editions(city, var) == []


def test_an_edition_beyond_the_reserve_is_refused(city: Path, var: Path) -> None:
    refused = book(city, var, *WHY, "--rho", "0.11")
    assert refused.code == 14
    assert editions(city, var) == []
    ran = etl("run", city, "evictions", "--var", var, "--json")
    assert ran.published() == current(var / "public")
    assert [each["measured"] for each in ran.objects if each.get("step") == "protect"] == [0]


@pytest.mark.parametrize(
    ("table", "period", "code"),
    [(TABLE, "2026-11-01", 14), ("filings-year-zone1", "2026-01-01", 14), (TABLE, "September", 2)],
)
def test_what_was_never_measured_is_refused(city: Path, var: Path, table: str, period: str, code: int) -> None:
    assert book(city, var, *WHY, table=table, period=period).code == code
    assert editions(city, var) == []


def test_an_edition_of_a_year_whose_key_is_destroyed_is_refused(city: Path, var: Path) -> None:
    """Nobody could count the same homes again; what was measured stays."""
    (var / "private/keys/homes-evictions-public-2026.retired").write_bytes(b"")
    kept = files_of(var / "private", "measurements")
    refused = book(city, var)
    assert refused.code == 14
    assert "What was measured stays as it is" in refused.said
    assert editions(city, var) == []
    assert files_of(var / "private", "measurements") == kept


def test_the_status_says_it_to_a_reader(city: Path, var: Path) -> None:
    assert "cost rho" in etl("edition", city, "evictions", TABLE, PERIOD, *WHY, "--var", var).out
    told = etl("status", city, "--var", var).out
    assert f"edition 2 of evictions public {TABLE} {PERIOD}: waits for the next run; booked by A. Steward" in told


def test_a_topic_that_is_not_measured_has_no_editions(city: Path, var: Path) -> None:
    assert etl("edition", city, "housing_supply", TABLE, PERIOD, *WHY, "--var", var).code == 2
