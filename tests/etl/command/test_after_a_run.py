"""status, releases, verify, audit, keys, edition: what is done after a run, for readers and for machines."""

from pathlib import Path

from etl.folders import Folders
from tests.machinery.small_city import (
    TOPICS,
    current,
    etl,
    status_of,
)


def test_status_tells_readers_and_machines_the_same(city: Path, var: Path) -> None:
    told = etl("status", city, "--var", var, "--json").objects
    lines = etl("status", city, "--var", var).out

    releases = {row["topic"]: row["release"] for row in told if "topic" in row}
    assert releases == current(var / "public")
    for topic, release in releases.items():
        assert f"{topic}: on time; {release}" in lines
    sources = {row["source"]: row for row in told if "source" in row}
    assert f"court: {sources['court']['rows']} rows" in lines
    ledger = [row for row in told if "ledger" in row]
    assert {row["ledger"] for row in ledger} == {"evictions", "shutoffs", "service_requests"}


def test_status_of_a_city_that_never_ran(city: Path, tmp_path: Path) -> None:
    ended = etl("status", city, "--var", tmp_path / "var")
    assert ended.code == 0
    assert ended.out.count("nothing published") == len(TOPICS)


def test_releases_lists_and_rolls_back(changed: Path, var: Path) -> None:
    old = current(var / "public")["housing_supply"]
    assert etl("run", changed, "housing_supply", "--var", var).code == 0
    new = current(var / "public")["housing_supply"]
    assert new != old

    listed = etl("releases", changed, "--var", var, "--json").objects
    assert {(r["release"], r["published"]) for r in listed if r["topic"] == "housing_supply"} == {
        (old, False),
        (new, True),
    }
    back = etl("releases", changed, "rollback", "housing_supply", old, "--var", var)

    assert (back.code, back.out) == (0, f"housing_supply shows {old} again.\n")
    assert current(var / "public")["housing_supply"] == old
    assert status_of(var / "public", "housing_supply")["release"] == old
    assert f"{old}  <- published" in etl("releases", changed, "--var", var).out
    assert etl("run", changed, "housing_supply", "--var", var).code == 0
    assert current(var / "public")["housing_supply"] == new, "the next run publishes forward again"


def test_a_rollback_waits_for_no_run(city: Path, var: Path) -> None:
    with Folders(var).locked():
        ended = etl("releases", city, "rollback", "evictions", current(var / "public")["evictions"], "--var", var)
    assert ended.code == 15


def test_a_published_store_verifies_and_has_nothing_to_find(first_run: Path) -> None:
    for name in ("verify", "audit"):
        ended = etl(name, first_run / "public")
        assert ended.code == 0, ended.said
        assert etl(name, first_run / "nowhere").code == 2


def test_the_keys_that_sign_are_listed(city: Path, var: Path) -> None:
    ended = etl("keys", city, "--var", var, "--json")
    assert ended.code == 0
    (listed,) = (var / "public" / "keys").glob("*.pem")
    assert listed.stem in ended.out


def test_an_edition_of_what_was_never_measured_is_refused(city: Path, var: Path) -> None:
    booked = ("--reason", "a feed was read twice", "--by", "Alex Doe", "--var", var)
    ended = etl("edition", city, "evictions", "filings-month-district", "2020-01-01", *booked)
    assert ended.code == 14
    assert "Nothing was booked" in ended.said
