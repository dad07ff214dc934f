"""The partner tier from feed to folder: its own figures in its own place, and nothing of it in public."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from layers.store.reader import Release, Store
from layers.topics import topic
from tests.machinery.small_city import Ended, current, declare, etl, files_of, write_small_city

MEASURED = {"evictions", "shutoffs", "service_requests"}
AGREEMENT = re.compile(r"\n\[partner\].*", re.S)


class City:
    """A small city that was run for the public and then for partners."""

    def __init__(self, folder: Path, var: Path) -> None:
        self.folder, self.var = folder, var
        self.public, self.partner = self.var / "public", self.var / "partner"
        self.before = files_of(self.public)
        self.partner_run = self.etl("run", "--tier", "partner")
        self.after = files_of(self.public)

    def etl(self, command: str, *arguments: str) -> Ended:
        return etl(command, self.folder, *arguments, "--var", self.var, "--json")

    def release(self, name: str) -> Release:
        return Store(self.partner).release(name)


@pytest.fixture(scope="module")
def city(small_city: Path, first_run: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("partner")
    return City(Path(shutil.copytree(small_city, folder / "city")), Path(shutil.copytree(first_run, folder / "var")))


def test_partners_get_the_topics_that_are_measured_and_no_other(city: City) -> None:
    assert city.partner_run.code == 0, city.partner_run.said
    assert set(current(city.partner)) == MEASURED
    status = json.loads((city.partner / "status.json").read_bytes())
    assert {row["topic"] for row in status["topics"]} == MEASURED


def test_the_folder_is_for_the_etls_user_alone(city: City) -> None:
    assert city.partner.stat().st_mode & 0o777 == 0o700


def test_the_public_folder_is_the_same_byte_for_byte_after_a_partner_run(city: City) -> None:
    assert city.after == city.before


def test_nothing_in_public_names_the_partner_folder_its_releases_or_its_readers(city: City) -> None:
    named = [str(city.partner), "partner/", *current(city.partner).values(), "Partner data agreement"]
    for path in city.public.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for word in named:
            assert word not in path.relative_to(city.public).as_posix()
            assert word.encode() not in content, f"{path.name} names {word}"


def test_zones_of_30_homes_exist_for_partners_alone(city: City) -> None:
    for name in MEASURED:
        zones = city.release(name).zones
        assert zones is not None
        assert zones.group_by("zone0").agg(pl.col("homes").sum())["homes"].min() >= 30  # type: ignore[operator]  # numbers
        public = Store(city.public).release(name)
        assert public.zones is not None
        assert "zone0" not in public.zones.columns
        assert public.zones.equals(zones.drop("zone0")), "one partition for both tiers"
        assert "zone0" not in public.counts(columns=("geography",))["geography"].to_list()


def test_categories_by_large_zone_exist_for_partners_alone(city: City) -> None:
    for name in ("shutoffs", "service_requests"):
        told = [
            store.release(name).counts(grain="month", geography="zone2", columns=("category",))["category"].unique()
            for store in (Store(city.partner), Store(city.public))
        ]
        assert len(told[0]) > 2
        assert told[1].to_list() == []


def test_a_partner_release_holds_no_exact_row(city: City) -> None:
    measures = {m.name for m in city.release("service_requests").manifest.measures}
    assert measures == {"homes", "homes_per_1000"}
    assert {m.name for m in city.release("evictions").manifest.measures} == {"homes_filed", "homes_filed_per_1000"}


def test_the_manifest_says_for_whom_on_which_terms_and_until_when(city: City) -> None:
    manifest = city.release("evictions").manifest
    assert manifest.tier == "partner"
    assert manifest.access is not None
    assert manifest.access.audience == ("Alderbank Legal Aid", "Alderbank Housing Authority", "211 Alderbank")
    assert str(manifest.access.expires) == "2027-06-30"
    assert "onward release" in manifest.access.terms
    assert manifest.title.endswith("(for partner agencies)")
    assert any("until 30 Jun 2027" in note for note in manifest.notes)
    disposed = next(m.title for m in topic("evictions").measures if m.name == "homes_disposed")
    assert any(note.startswith("Not measured for partners") and disposed in note for note in manifest.notes)
    assert manifest.protection is not None
    assert (manifest.protection.tier, manifest.protection.rho, manifest.protection.zone0_homes) == ("partner", 1.0, 30)
    zone0 = manifest.geography("zone0")
    assert zone0 is not None
    assert (zone0.title, zone0.plural) == ("Small zone", "Small zones of at least 30 homes")
    assert all(unit.homes is not None and unit.homes >= 30 for unit in zone0.units)
    assert zone0.units
    assert Store(city.public).release("evictions").manifest.access is None


def test_partners_months_close_earlier(city: City) -> None:
    last = {
        tier: {c.grain: c.last_closed for c in Store(folder).release("shutoffs").manifest.closings}
        for tier, folder in (("public", city.public), ("partner", city.partner))
    }
    assert str(last["partner"]["month"]) == "2026-10-01"
    assert str(last["public"]["month"]) == "2026-09-01"


def test_a_second_run_reads_everything_back(city: City) -> None:
    up = current(city.partner)
    again = city.etl("run", "--tier", "partner")
    assert again.code == 0, again.said
    steps = [told for told in again.objects if told.get("step") == "protect"]
    assert [told["measured"] for told in steps] == [0, 0, 0]
    assert current(city.partner) == up


def test_the_ledger_is_one_and_tells_what_both_tiers_cost_together(city: City) -> None:
    told = city.etl("status", "--tier", "partner").objects
    rho = {(row["ledger"], row["tier"]): row["rho"] for row in told if "ledger" in row}
    together = {row["together"]: row for row in told if "together" in row}
    for name in MEASURED:
        assert together[name]["rho"] == pytest.approx(rho[name, "public"] + rho[name, "partner"])
        assert together[name]["tiers"] == ["public", "partner"]
    everything = together["all topics"]
    assert everything["rho"] == pytest.approx(sum(rho.values()))
    assert 0.5 < everything["best_guess"] < 1


def test_each_tier_is_listed_and_rolled_back_on_its_own(city: City) -> None:
    first, public = current(city.partner)["evictions"], current(city.public)
    declare(city.folder / "city.toml", lambda text: text + "\n[partner.policy.evictions]\nfloor = 6\n")
    assert city.etl("run", "evictions", "--tier", "partner").code == 0
    second = current(city.partner)["evictions"]
    assert second != first
    (deviation,) = city.release("evictions").manifest.protection.deviations  # type: ignore[union-attr]  # it is protected
    assert (deviation.what, deviation.default, deviation.declared) == ("floor", "5", "6")

    listed: list[Any] = city.etl("releases", "--tier", "partner").objects
    assert {row["release"] for row in listed if row["topic"] == "evictions"} == {first, second}
    assert city.etl("releases", "rollback", "evictions", first).code == 2, "the public tier has no such release"
    assert city.etl("releases", "rollback", "evictions", first, "--tier", "partner").code == 0
    assert current(city.partner)["evictions"] == first
    assert current(city.public) == public


def test_an_exact_topic_has_no_partner_tier(city: City) -> None:
    ended = city.etl("run", "housing_supply", "--tier", "partner")
    assert ended.code == 2
    assert "housing_supply has no source for partners" in ended.said


def test_without_an_agreement_there_is_no_partner_tier(tmp_path: Path) -> None:
    write_small_city(tmp_path / "city")
    declare(tmp_path / "city" / "city.toml", lambda text: AGREEMENT.sub("\n", text))
    ended = etl("run", tmp_path / "city", "--var", tmp_path / "var", "--tier", "partner")
    assert ended.code == 2
    assert "no agreement is declared" in ended.said
    assert not (tmp_path / "var" / "partner").exists()


def test_nothing_is_measured_after_the_agreement_has_ended(tmp_path: Path) -> None:
    write_small_city(tmp_path / "city")
    declare(tmp_path / "city" / "city.toml", lambda text: text.replace("expires = 2027-06-30", "expires = 2026-11-14"))
    ended = etl("run", tmp_path / "city", "--var", tmp_path / "var", "--tier", "partner")
    assert ended.code == 14
    assert "agreement ended on 14 Nov 2026" in ended.said
    assert not (tmp_path / "var" / "private" / "measurements").exists()
    assert not (tmp_path / "var" / "partner" / "current.json").exists()
