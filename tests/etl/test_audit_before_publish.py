"""No PASS, no publish: a draft that an attack can use is refused, whatever else is true of it.

And what passed says so in a certificate that anyone can check with tools of their own.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl import pipeline
from etl.audit.published import Published
from etl.audit.published import published as audit_published
from etl.errors import WouldDisclose
from etl.protect.mechanism import SeededGaussian
from etl.release import protection
from etl.steps import audit as audit_step
from layers.certificate import Certificate, read_certificate
from layers.policy import best_guess, policy_for
from layers.release import ReleaseDraft
from layers.store.reader import Store
from tests.etl.audit.stores import CLEAN, release
from tests.machinery.small_city import current, declare, etl, files_of, status_of, write_small_city

TOPICS = ("evictions", "housing_supply")
BEFORE, TODAY = "2026-10-10", "2026-11-15"
"""Between these two days September closes: the next run has something to measure."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `city` and `var`, published on the earlier day; the city's clock then stands at the later one."""
    folder = tmp_path_factory.mktemp("audited")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text.replace(TODAY, BEFORE))
    ended = etl("run", city, *TOPICS, "--var", folder / "var")
    assert ended.code == 0, ended.said
    declare(city / "city.toml", lambda text: text.replace(BEFORE, TODAY))
    return folder


@pytest.fixture
def place(published: Path, tmp_path: Path) -> Path:
    """A copy of its own for each test."""
    return Path(shutil.copytree(published, tmp_path / "place"))


def _run(place: Path, *arguments: str) -> Any:
    return etl("run", place / "city", *(arguments or ("evictions",)), "--var", place / "var", "--json")


def _on(place: Path, day: str) -> None:
    declare(place / "city/city.toml", lambda text: re.sub("as_of = .*", f"as_of = {day}", text) + "\n")


def _certificate(place: Path, topic: str = "evictions") -> Certificate:
    release = Store(place / "var/public").release(topic)
    assert release.certificate is not None
    return release.certificate


# ---------------------------------------------------------------- planted leaks


def _below_the_floor(counts: pl.DataFrame) -> pl.DataFrame:
    """One figure that should be too few to show, shown."""
    return _first(counts, pl.col("status") == "hidden", status=pl.lit("value"), value=pl.lit(1.0))


def _another_answer(counts: pl.DataFrame) -> pl.DataFrame:
    """A city total that was published already, one more than it was: somebody asked the records again."""
    city = (pl.col("geography") == "city") & (pl.col("status") == "value") & (pl.col("kind") == "count")
    more = {name: pl.col(name) + 1 for name in ("value", "low", "high")}
    return _first(counts, city & (pl.col("category") == "all"), **more)


def _first(counts: pl.DataFrame, found: pl.Expr, **changes: pl.Expr) -> pl.DataFrame:
    """The first row where `found` holds, changed; there must be one."""
    chosen = found & (found.cum_sum() == 1)
    assert counts.filter(chosen).height == 1
    return counts.with_columns(pl.when(chosen).then(to).otherwise(pl.col(n)).alias(n) for n, to in changes.items())


Leak = Callable[[pl.DataFrame], pl.DataFrame]
LEAKS: dict[str, Leak] = {"another answer": _another_answer, "below the floor": _below_the_floor}


def _plant(monkeypatch: pytest.MonkeyPatch, leak: Leak) -> None:
    sound = pipeline.build_draft

    def leaky(*arguments: Any, **options: Any) -> ReleaseDraft:
        draft = sound(*arguments, **options)
        return replace(draft, counts=leak(draft.counts)) if draft.topic == "evictions" else draft

    monkeypatch.setattr(pipeline, "build_draft", leaky)


def test_noise_from_a_seed_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "DiscreteGaussian", lambda: SeededGaussian(1))
    before = current(place / "var/public")

    ended = _run(place)

    assert ended.code == 14
    assert "seed" in ended.said
    assert current(place / "var/public") == before


@pytest.mark.parametrize("name", LEAKS)
def test_a_leaky_draft_is_refused_and_the_last_release_stays_up(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = files_of(place / "var/public", "current.json", "releases", "geo", "keys")
    _plant(monkeypatch, LEAKS[name])

    ended = _run(place)

    assert ended.code == 14, ended.said
    assert files_of(place / "var/public", "current.json", "releases", "geo", "keys") == before
    assert status_of(place / "var/public", "evictions")["held"]
    assert not list((place / "var/private").rglob("staging/*"))


def test_what_was_found_is_for_the_steward_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _plant(monkeypatch, _another_answer)

    ended = _run(place)

    kept = place / "var/private/audit/evictions-public.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    findings = [finding for attempt in json.loads(kept.read_text()) for finding in attempt["findings"]]
    assert findings
    assert not [f for f in findings if f["where"] in ended.said or f["learned"] in ended.said]
    told = etl("status", place / "city", "--var", place / "var")
    assert "private/audit/evictions-public.json" in told.out


def test_the_other_topics_go_on(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _plant(monkeypatch, _another_answer)
    before = current(place / "var/public")

    ended = _run(place, *TOPICS)

    assert ended.code == 14
    assert set(ended.published()) == {"housing_supply"}
    assert current(place / "var/public")["evictions"] == before["evictions"]


def test_a_failed_audit_never_redraws(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured before the audit stays measured; once the fault is mended, it is read back and published."""
    with monkeypatch.context() as patched:
        _plant(patched, _another_answer)
        assert _run(place).code == 14
    drawn = files_of(place / "var/private", "measurements")

    ended = _run(place)

    assert ended.code == 0, ended.said
    assert [told["measured"] for told in ended.objects if told.get("step") == "protect"] == [0]
    assert files_of(place / "var/private", "measurements") == drawn


def test_a_dry_run_attacks_too_and_publishes_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(place / "var/public", "current.json", "releases", "geo", "keys")

    sound = _run(place, "evictions", "--dry-run")
    _plant(monkeypatch, _below_the_floor)
    leaky = _run(place, "evictions", "--dry-run")

    assert (sound.code, leaky.code) == (0, 14), sound.said
    assert [told["findings"] for told in sound.objects if told.get("step") == "audit"] == [0]
    assert files_of(place / "var/public", "current.json", "releases", "geo", "keys") == before


def test_the_same_figures_are_attacked_together_once_and_a_leak_of_the_next_night_is_found(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, said = [], []
    for day in (TODAY, "2026-11-16"):
        _on(place, day)
        ended = _run(place)
        assert ended.code == 0, ended.said
        told += [step["as_before"] for step in ended.objects if step.get("step") == "audit"]
        said.append(_certificate(place).audit.attacks)
    assert told == [None, "yes"]
    assert said[0] == said[1]

    _on(place, "2026-11-17")
    _plant(monkeypatch, _another_answer)
    assert _run(place).code == 14


def test_every_attack_sees_what_would_be_published_beside_all_that_was(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    watching = audit_step.ATTACKS[0]
    monkeypatch.setattr(
        audit_step, "ATTACKS", (lambda p: seen.append([r.id for r in p.of("evictions")]) or watching(p),)
    )

    old = current(place / "var/public")["evictions"]
    new = _run(place).published()["evictions"]

    assert seen == [[old, new]]


# ---------------------------------------------------------------- the certificate


def test_a_certificate_tells_what_was_tried_and_what_it_costs(place: Path) -> None:
    assert _run(place, *TOPICS).code == 0
    told = _certificate(place)
    release = Store(place / "var/public").release("evictions")
    policy = policy_for("evictions")

    assert (told.topic, told.tier, told.release) == ("evictions", "public", release.id)
    assert [tried.attack for tried in told.audit.attacks] and told.audit.findings == 0
    assert [(a.tier, a.topics, a.releases) for a in told.audit.together_with] == [("public", ("evictions",), 2)]
    assert told.rows == release.manifest.rows
    named = {f.name: f.sha256 for f in release.manifest.files if not f.name.startswith("certificate.")}
    assert dict(told.files) == named and "counts.parquet" in named
    #                       topic        tier
    limits = {
        (limit.topic, limit.tier): limit.best_guess for limit in told.limits
    }  # evictions 76 %, everything public 84 %, both tiers 94 % (of three topics)
    assert limits["evictions", "public"] == pytest.approx(best_guess(policy.rho), abs=1e-4)
    assert limits["all", "public"] == pytest.approx(0.84, abs=0.005)
    assert limits["all", "all"] == pytest.approx(0.94, abs=0.005)
    spent = {(loss.topic, loss.tier, loss.year): loss.rho for loss in told.spent}
    assert 0 < spent["evictions", "public", 2026] < policy.rho
    assert spent["all", "all", None] >= spent["evictions", "public", None] == spent["evictions", "public", 2026]
    assert {m.table for m in told.measured} <= {t.name for t in policy.ladder}
    assert told.smallest_zone_homes is not None and told.smallest_zone_homes >= policy.zone1_homes
    assert told.floor == policy.floor
    assert {m.geography for m in told.margins} >= {"city", "district"}


def test_an_exact_topic_says_that_nothing_concerns_a_home(place: Path) -> None:
    told = _certificate(place, "housing_supply")

    assert not told.protected
    assert (told.measured, told.spent, told.limits, told.margins) == ((), (), (), ())


def test_anyone_can_check_it_with_their_own_tools(place: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl here")
    store = place / "var/public"
    folder = Store(store).release("evictions").folder
    key = store / "keys" / f"{_certificate(place).key}.pem"
    words = [
        openssl, "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin",
        "-in", "certificate.json", "-sigfile", "certificate.sig",
    ]  # fmt: skip

    assert subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "certificate.json").write_bytes((folder / "certificate.json").read_bytes().replace(b"PASS", b"PASs"))
    assert subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode != 0


# ---------------------------------------------------------------- etl verify, etl keys


def test_an_untouched_store_verifies_also_after_a_change_of_keys(place: Path) -> None:
    assert etl("keys", place / "city", "rotate", "--var", place / "var").code == 0
    assert _run(place).code == 0

    ended = etl("verify", place / "var/public", "--json")

    assert ended.code == 0, ended.said
    assert [told["problems"] for told in ended.objects] == [[]] * 4  # two of evictions, one of supply, addresses
    assert len({told["key"] for told in ended.objects}) == 2
    listed = etl("keys", place / "city", "--var", place / "var", "--json").objects
    assert [key["until"] is None for key in listed] == [False, True]


def _lower_floor(path: Path) -> None:
    declare(path, lambda text: text.replace('"floor": 5', '"floor": 1'))


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


TAMPERING: dict[str, Callable[[Path], Any]] = {
    "counts.parquet was altered": lambda f: _append(f / "counts.parquet"),
    "downloads/evictions.csv.gz is missing": lambda f: (f / "downloads/evictions.csv.gz").unlink(),
    "downloads/more.csv was added": lambda f: (f / "downloads/more.csv").write_text("x"),
    "manifest.json is missing": lambda f: (f / "manifest.json").unlink(),
    "manifest.json was altered": lambda f: _lower_floor(f / "manifest.json"),
    "the certificate is not signed": lambda f: (f / "certificate.sig").unlink(),
    "there is no certificate": lambda f: (f / "certificate.json").unlink(),
    "the signature does not belong to the certificate": lambda f: _append(f / "certificate.json"),
}  # fmt: skip


@pytest.mark.parametrize("problem", TAMPERING)
def test_whatever_was_altered_is_found(place: Path, problem: str) -> None:
    TAMPERING[problem](Store(place / "var/public").release("evictions").folder)

    ended = etl("verify", place / "var/public", "--topic", "evictions", "--json")

    assert ended.code == 1
    assert problem in ended.objects[0]["problems"]


@pytest.mark.parametrize("tampering", ["two areas change places", "a shape says more"])
def test_a_map_that_was_redrawn_is_found(place: Path, tampering: str) -> None:
    """Figures are drawn on `geo/`, which lies beside the releases: their own downloads say how it must look."""
    path = next((place / "var/public/geo").glob("neighborhood.*"))
    shapes = json.loads(path.read_bytes())
    one, other = shapes["features"][:2]
    if tampering == "two areas change places":
        one["geometry"], other["geometry"] = other["geometry"], one["geometry"]
    else:
        one["properties"]["tenant"] = "a name"
    path.write_text(json.dumps(shapes))

    ended = etl("verify", place / "var/public", "--topic", "evictions", "--json")

    assert (ended.code, ended.objects[0]["problems"]) == (1, [f"geo/{path.name} is not what was certified"])


def test_a_certificate_of_another_release_is_found(place: Path) -> None:
    store = Store(place / "var/public")
    ours, other = store.release("evictions").folder, store.release("housing_supply").folder
    for name in ("certificate.json", "certificate.sig"):
        shutil.copyfile(other / name, ours / name)

    ended = etl("verify", place / "var/public", "--topic", "evictions", "--json")

    assert "the certificate is that of another release" in ended.objects[0]["problems"]


@pytest.mark.parametrize("store", ["nowhere", "private"])
def test_a_folder_that_is_no_store_is_told(place: Path, store: str) -> None:
    assert etl("verify", place / "var" / store).code == 2


def test_a_topic_without_releases_is_not_verified(place: Path) -> None:
    assert etl("verify", place / "var/public", "--topic", "none").code == 1


def test_read_certificate_of_a_published_release(place: Path) -> None:
    folder = Store(place / "var/public").release("evictions").folder

    assert read_certificate(folder) == _certificate(place)


def test_without_any_attack_nothing_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_step, "ATTACKS", ())
    with pytest.raises(WouldDisclose, match="Nothing was attacked"):
        audit_step.audit(Published(()))


def test_a_public_certificate_says_nothing_that_follows_from_partners_figures(tmp_path: Path) -> None:
    """Partner folders that differ in figures and in how many are hidden give a public certificate the same words."""
    said = []
    for name, figure in (("one", "<"), ("other", "9")):
        release(tmp_path / name / "public", CLEAN)
        drawn = CLEAN.replace("zone1/a         2025     <", f"zone1/a         2025     {figure}")
        release(tmp_path / name / "partner", drawn, protection={"tier": "partner"})
        everything = audit_published({"public": [tmp_path / name / "public"], "partner": [tmp_path / name / "partner"]})
        done = audit_step.audit(everything)
        told = audit_step.told_in_public(done, everything)
        assert [len(a.findings) for a in told.attempts] == [len(a.findings) for a in done.attempts]
        said.append([(a.attack, a.tried, a.best) for a in told.attempts])
    assert said[0] == said[1]
