"""What must be impossible: one test per item of the specification, each of which tries to do it.

The tries go through the program's own doors: a run whose noise, feed, ledger or declaration was tampered with, a store
that was tampered with and is about to be published again, a portal that is watched while it answers.
"""

import gzip
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import polars as pl
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from etl.audit.finding import Finding
from etl.audit.published import published
from etl.errors import WouldDisclose
from etl.protect.key import MeasurementKey
from etl.protect.ledger import Budget, Charge, Ledger
from etl.protect.measurements import Measurement, Measurements
from etl.protect.mechanism import DiscreteGaussian, SeededGaussian, rho_of
from etl.protect.refusals import LedgerOverdrawn
from etl.steps.audit import Audit, audit, require_pass
from layers.measures import Kind
from layers.period import Grain
from layers.policy import PROTECTED_TOPICS, PolicyError, PublishedTable, policy_for
from layers.store.schema import KEY
from layers.topics import topic
from portal.settings import PortalSettings
from tests.machinery import portal
from tests.machinery.small_city import current, declare, etl, files_of, write_small_city

COURT = "feeds/court/detainer_warrants.csv.gz"
BEFORE, TODAY = "2026-10-10", "2026-11-15"
"""Between these two days September and the third quarter close."""
CANARY = "zqx7 Quackenbush"
FLOOR = 5

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class City:
    """A small city and what was kept of its last run."""

    folder: Path
    var: Path

    @property
    def public(self) -> Path:
        return self.var / "public"

    @property
    def release(self) -> Path:
        """The folder of the evictions release that is up."""
        return self.public / "releases/evictions" / current(self.public)["evictions"]

    @property
    def counts(self) -> pl.DataFrame:
        return pl.read_parquet(self.release / "counts.parquet")

    def run(self, *options: str) -> int:
        return etl("run", self.folder, "evictions", "--var", self.var, *options).code


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_small_city(tmp_path_factory.mktemp("impossible") / "city")
    # on the earlier day much of the feed lies in the future
    declare(folder / "sources/court.toml", lambda text: text.replace("= 0.35", "= 0.9").replace("= 0.90", "= 0.1"))
    return folder


@pytest.fixture(scope="module")
def before(written: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    """A city with one honest release, made on the earlier of the two days. Shared: read only."""
    folder = tmp_path_factory.mktemp("before")
    city = City(Path(shutil.copytree(written, folder / "city")), folder / "var")
    on_day(city, BEFORE)
    assert city.run() == 0
    return city


@pytest.fixture
def published_city(before: City, tmp_path: Path) -> City:
    """A copy of it to tamper with."""
    return City(
        Path(shutil.copytree(before.folder, tmp_path / "city")), Path(shutil.copytree(before.var, tmp_path / "var"))
    )


@pytest.fixture
def new_city(written: Path, tmp_path: Path) -> City:
    """A city that has never been run."""
    return City(Path(shutil.copytree(written, tmp_path / "new/city")), tmp_path / "new/var")


def on_day(city: City, day: str) -> None:
    path = city.folder / "city.toml"
    path.write_text(path.read_text().replace(BEFORE, day).replace(TODAY, day))


def noise(monkeypatch: pytest.MonkeyPatch, draw: Callable[[Sequence[int], float], list[int]]) -> None:
    """Whoever draws noise from now on gets this; the audit, which would refuse such figures, is set aside."""
    monkeypatch.setattr(
        "etl.publication.audit", lambda found: Audit(tuple(replace(a, findings=()) for a in audit(found).attempts))
    )
    monkeypatch.setattr(DiscreteGaussian, "__call__", lambda self, counts, sigma: draw(counts, sigma))


def refused(city: City, change: Change) -> set[str]:
    """Tamper with the table that is about to be published; the attacks that see it, after a refusal."""
    path = city.release / "counts.parquet"
    change(pl.read_parquet(path)).write_parquet(path)
    done = audit(published({"public": [city.public]}))
    with pytest.raises(WouldDisclose) as stopped:
        require_pass(done)
    assert stopped.value.exit_code == 14
    findings: tuple[Finding, ...] = done.findings
    return {finding.attack for finding in findings}


def count_rows(grain: str, geography: str) -> pl.Expr:
    return (pl.col("measure") == "homes_filed") & (pl.col("grain") == grain) & (pl.col("geography") == geography)


def _rows(text: bytes) -> list[bytes]:
    return gzip.decompress(text).splitlines(keepends=True)


# ---------------------------------------------------------------- figures


def test_a_figure_shown_below_the_floor(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise is made to bring every figure near the floor, from below, on it and from above."""
    noise(monkeypatch, lambda counts, sigma: [place % 9 - 1 for place in range(len(counts))])
    assert new_city.run() == 0
    counts = new_city.counts.filter(pl.col("kind") == "count")
    assert {"value", "hidden"} <= set(counts["status"])
    assert counts["value"].min() == FLOOR
    assert counts.filter(pl.col("status") == "hidden").select(pl.col("value").is_null().all()).item()
    csv = pl.read_csv(new_city.release / "downloads/evictions.csv.gz", infer_schema=False)
    assert csv.filter(pl.col("kind") == "count")["value"].drop_nulls().cast(pl.Float64).min() == FLOOR
    small = count_rows("month", "city") & (pl.col("status") == "value")
    assert "small_figures" in refused(
        new_city, lambda rows: rows.with_columns(value=pl.when(small).then(float(FLOOR - 1)).otherwise("value"))
    )


def test_a_total_that_is_not_the_sum_of_its_parts(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every measured table is made to contradict every other: pieces of 100, districts of 900."""
    noise(monkeypatch, lambda counts, sigma: [100 + 7 * place + int(80 * sigma) for place in range(len(counts))])
    assert new_city.run() == 0
    rows = new_city.counts.filter((pl.col("kind") == "count") & (pl.col("status") != "not_reported"))
    assert set(rows["status"]) == {"value", "not_collected"}
    key = ["measure", "category", "grain", "period"]
    totals = {
        geography: of.group_by(key).agg(pl.col("value").sum()).sort(key)
        for (geography,), of in rows.filter(status="value").group_by("geography")
    }
    city = totals["city"]
    assert city.height == 10  # three months; one quarter of filings and of dispositions by outcome
    assert totals["district"].equals(city)
    assert totals["neighborhood"].equals(city.join(totals["neighborhood"], on=key, how="semi"))
    assert totals["zone2"].equals(city.join(totals["zone2"], on=key, how="semi"))
    one_more = count_rows("month", "city") & (pl.col("status") == "value")
    assert "parent_minus_children" in refused(
        new_city, lambda rows: rows.with_columns(value=pl.when(one_more).then(pl.col("value") + 1).otherwise("value"))
    )


def test_a_row_whose_presence_depends_on_data(published_city: City, new_city: City) -> None:
    """Half of the cases are taken from the feed, and a year's worth of places with them."""
    on_day(new_city, BEFORE)
    feed = new_city.folder / COURT
    head, *cases = _rows(feed.read_bytes())
    feed.write_bytes(gzip.compress(b"".join([head, *cases[::2]])))
    assert new_city.run() == 0
    silent = pl.col("status").is_in(["not_reported", "not_collected"])
    keys = [city.counts.select(KEY, "kind", silent=silent) for city in (published_city, new_city)]
    assert keys[0].equals(keys[1])
    nothing_there = count_rows("month", "district") & (pl.col("unit") == "3")
    assert "presence" in refused(published_city, lambda rows: rows.filter(~nothing_there))


# ---------------------------------------------------------------- questions and answers


def test_a_second_noisy_answer_to_the_same_question(published_city: City) -> None:
    """Run again, with another feed; with a vector gone; with the ledger gone; store a second vector by hand."""
    answered = files_of(published_city.public, "current.json", "releases/evictions")
    feed = published_city.folder / COURT
    head, *cases = _rows(feed.read_bytes())
    feed.write_bytes(gzip.compress(b"".join([head, *cases[5:]])))
    assert published_city.run() == 0
    assert files_of(published_city.public, "current.json", "releases/evictions") == answered

    vector = next((published_city.var / "private/measurements/evictions").rglob("*.parquet"))
    store = Measurements(published_city.var / "private/measurements")
    key = _key_of(vector)
    kept = store.read(key)
    assert kept is not None
    again = Measurement(**{**_fields(kept), "cells": kept.cells.with_columns(noisy=pl.col("noisy") + 1)})
    assert store.write_once(again).sha256 == kept.sha256

    content = vector.read_bytes()
    vector.unlink()
    assert published_city.run() == 14
    vector.write_bytes(content)
    assert published_city.run() == 0
    assert files_of(published_city.public, "current.json", "releases/evictions") == answered
    with sqlite3.connect(published_city.var / "private/state.sqlite") as state:
        state.execute("DROP TABLE privacy_ledger")
    assert published_city.run() == 14
    assert files_of(published_city.public, "current.json", "releases/evictions") == answered


def test_a_second_answer_in_a_later_release(published_city: City) -> None:
    first = published_city.release.name
    on_day(published_city, TODAY)
    assert published_city.run() == 0
    assert published_city.release.name != first
    require_pass(audit(published({"public": [published_city.public]})))
    redrawn = count_rows("month", "city") & (pl.col("period") == date(2026, 8, 1))
    learned = refused(
        published_city, lambda rows: rows.with_columns(value=pl.when(redrawn).then(pl.lit(77.0)).otherwise("value"),
                                                       status=pl.when(redrawn).then(pl.lit("value")).otherwise("status"))
    )  # fmt: skip
    assert {"averaging", "release_against_release"} <= learned


@pytest.mark.parametrize("declared", ["", "\n[policy.evictions]\nrho = 0.95\n"], ids=["same policy", "another rho"])
def test_a_second_answer_from_an_older_private_folder(published_city: City, declared: str) -> None:
    """Ledger and vectors of before the first run, the public store of after it: nothing may be drawn a second time.

    Another rho is what the audit takes for a change that the release states.
    """
    answered = files_of(published_city.public, "current.json", "releases/evictions")
    private = published_city.var / "private"
    shutil.rmtree(private)
    on_day(published_city, TODAY)
    path = published_city.folder / "city.toml"
    path.write_text(path.read_text() + declared)
    for option in ((), ("--dry-run",)):
        assert published_city.run(*option) == 14
    assert files_of(published_city.public, "current.json", "releases/evictions") == answered
    assert files_of(private, "measurements") == {}, "no noise was drawn"


def test_a_figure_tabulated_from_records_outside_the_ladder(
    published_city: City, new_city: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With noise that hides everything, two different feeds must give the same release to the last byte.

    A table that the ladder does not have cannot be declared, nor published by hand.
    """
    policy = policy_for("evictions")
    finer = PublishedTable("homes_filed", Grain.MONTH, "zone1", categories=False)
    with pytest.raises(PolicyError):
        replace(policy, published=(*policy.published, finer))

    noise(monkeypatch, lambda counts, sigma: [40 + place for place in range(len(counts))])
    other = City(Path(shutil.copytree(new_city.folder, tmp_path / "other/city")), tmp_path / "other/var")
    feed = other.folder / COURT
    head, *cases = _rows(feed.read_bytes())
    feed.write_bytes(gzip.compress(b"".join([head, *cases[::2]])))
    assert (new_city.run(), other.run()) == (0, 0)
    assert new_city.release.name == other.release.name
    said = [files_of(city.release, "counts.parquet", "zones.parquet", "downloads") for city in (new_city, other)]
    assert said[0] == said[1]

    zones = count_rows("year", "zone1")
    by_month = [
        pl.lit("month").alias("grain"),
        pl.lit(date(2026, 8, 1)).alias("period"),
        pl.lit("value").alias("status"),
    ]
    assert "averaging" in refused(
        published_city,
        lambda rows: pl.concat([rows, rows.filter(zones).unique("unit").with_columns(*by_month, value=pl.lit(9.0))]),
    )


@pytest.mark.parametrize(
    ("measure", "kind"),
    [("days_to_judgment_mean", "duration"), ("days_to_judgment_p90", "duration"), ("top_address", "count")],
)
def test_an_average_a_percentile_or_a_top_address_of_a_protected_topic(
    published_city: City, measure: str, kind: str
) -> None:
    """No protected topic declares one, no policy can publish one, and the audit refuses one in a release."""
    for name in PROTECTED_TOPICS:
        policy = policy_for(name)
        assert all(topic(name).measure(p.measure).kind is Kind.COUNT for p in policy.published)  # type: ignore[union-attr]  # all are declared
    policy = policy_for("evictions")
    with pytest.raises(PolicyError):
        replace(policy, published=(*policy.published, PublishedTable(measure, Grain.YEAR, "city", categories=False)))
    other = [pl.lit(measure).alias("measure"), pl.lit(kind).alias("kind")]
    assert "rates" in refused(
        published_city, lambda rows: pl.concat([rows, rows.filter(count_rows("month", "city")).with_columns(*other)])
    )


# ---------------------------------------------------------------- what is said, and who can read


class QuotesARecord(ValueError):
    """What a library does: its message holds the value that it could not take."""


def _fails(*_: object, **__: object) -> None:
    raise QuotesARecord(f"cannot convert {CANARY!r} of row 7")


@pytest.mark.parametrize(
    "place", ["etl.steps.protect.claims_of", "etl.pipeline.read_feed", "etl.pipeline.build_draft", "etl.feed.Vault"]
)
def test_a_records_value_in_a_log_an_error_a_url_or_a_page(
    published_city: City, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A library fails in the middle of a step, quoting a record. (Canaries in every column: test_canaries.py.)"""
    monkeypatch.setattr(place, _fails)
    ended = etl("run", published_city.folder, "evictions", "--var", published_city.var)
    told = etl("status", published_city.folder, "--var", published_city.var)
    assert ended.code != 0
    assert "QuotesARecord" in ended.said
    everything = [ended.said.encode(), told.said.encode(), (published_city.var / "private/state.sqlite").read_bytes()]
    everything += [path.read_bytes() for path in published_city.public.rglob("*") if path.is_file()]
    assert not any(b"Quackenbush" in said or b"zqx7" in said for said in everything)


@pytest.fixture
def readable_var(before: City) -> Iterator[Path]:
    """What a run kept, in a folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(shutil.copytree(before.var, Path(folder) / "var"))


def test_a_portal_process_that_can_read_the_private_folder(readable_var: Path) -> None:
    """It is never given the folder, it opens nothing there, and as a user of its own it could not."""
    private = readable_var / "private"
    for given in (private, readable_var, private / "measurements"):
        with pytest.raises(ValidationError):
            PortalSettings(store=given)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert _opened_by_a_portal(readable_var) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can start a process as another user")
def test_a_portal_of_another_user_is_refused_the_private_folder(readable_var: Path) -> None:
    look = "import sys, pathlib; print(len(pathlib.Path(sys.argv[1]).read_bytes()))"
    can = {
        name: subprocess.run(
            ["/usr/bin/env", "python3", "-c", look, str(path)], user=65534, group=65534, extra_groups=[],
            capture_output=True, text=True, check=False, cwd="/",
        )
        for name, path in (
            ("public", readable_var / "public/current.json"),
            ("database", readable_var / "private/state.sqlite"),
            ("vector", next((readable_var / "private/measurements").rglob("*.parquet"))),
            ("key", next((readable_var / "private/keys").rglob("*.key"))),
        )
    }  # fmt: skip
    if "No such file" in can["public"].stderr and "env" in can["public"].stderr:
        pytest.skip("no Python that another user may start")
    assert {name: ended.returncode == 0 for name, ended in can.items()} == {
        "public": True, "database": False, "vector": False, "key": False,
    }  # fmt: skip
    assert "PermissionError" in can["vector"].stderr


def _opened_by_a_portal(var: Path) -> list[str]:
    """What a portal opens or lists in the private folder while it answers, its tries to be led there included."""
    watch, log = var / "watch", var / "opened"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(
        "import sys\n"
        "def hook(event, args):\n"
        "    told = str(args[0]) if args else ''\n"
        "    if event not in ('open', 'os.listdir', 'os.scandir', 'sqlite3.connect'): return\n"
        f"    if {str(var / 'private')!r} in told:\n"
        f"        with open({str(log)!r}, 'a') as file:\n"
        "            file.write(event + ' ' + told + '\\n')\n"
        "sys.addaudithook(hook)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(watch))
        check = [sys.executable, "-c", f"open({str(var / 'private/state.sqlite')!r}, 'rb')"]
        subprocess.run(check, check=True)
        assert log.read_text().startswith("open "), "the watch must see what it is for"
        log.unlink()
        with portal.serving(var / "public", var / "log") as address:
            for path in ("/", "/map?topic=evictions", "/data/evictions", "/geo/..%2f..%2fprivate%2fstate.sqlite",
                         "/download/evictions/..%2f..%2f..%2fprivate/state.sqlite", "/assets/..%2f..%2fprivate",
                         f"/download/evictions/latest/{var}/private/state.sqlite"):  # fmt: skip
                try:
                    with urlopen(address + path, timeout=60) as answer:
                        assert b"SQLite format" not in answer.read()
                except HTTPError as error:
                    assert error.code in (400, 404), path
    return log.read_text().splitlines() if log.exists() else []


# ---------------------------------------------------------------- noise and money


def test_a_seed_in_production(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """No option takes one; a sampler with one is refused, and so is every later release on what it drew."""
    on_day(new_city, BEFORE)
    assert etl("run", new_city.folder, "evictions", "--var", new_city.var, "--seed", "7").code == 2
    with monkeypatch.context() as patch:
        patch.setattr("etl.protection.DiscreteGaussian", lambda: SeededGaussian(7))
        assert new_city.run() == 14
    assert not (new_city.public / "current.json").exists()
    on_day(new_city, TODAY)
    assert new_city.run() == 14
    assert not (new_city.public / "current.json").exists()


def test_an_overdrawn_ledger(published_city: City, tmp_path: Path) -> None:
    """Ask for more than a home's year may cost; rewrite the account; lower the price of what was bought."""
    ledger = Ledger(sa.create_engine(f"sqlite:///{tmp_path / 'ledger'}"), lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def bought(month: int, edition: int = 1) -> Charge:
        key = MeasurementKey("evictions", "public", "filings-month-zone1", date(2026, month, 1), edition)
        return Charge(key, 1.0, 4, rho_of(1.0), "evidence")

    ledger.charge([bought(1)], Budget(0.9, 1.0))
    for more in ([bought(2)], [bought(1, edition=2), bought(1, edition=3)]):
        with pytest.raises(LedgerOverdrawn) as stopped:
            ledger.charge(more, Budget(0.9, 1.0))
        assert stopped.value.exit_code == 14
    assert [spent.rho for spent in ledger.spent()] == [pytest.approx(0.5)]

    state = sqlite3.connect(published_city.var / "private/state.sqlite")
    for rewriting in ("UPDATE privacy_ledger SET rho = 0", "DELETE FROM privacy_ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), state:
            state.execute(rewriting)
    state.close()

    own = Ledger(
        sa.create_engine(f"sqlite:///{published_city.var / 'private/state.sqlite'}"),
        lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    spent, booked = own.spent(), own.charges("evictions", "public")
    again = [replace(charge, key=replace(key, edition=2)) for key, charge in booked.items()]
    with pytest.raises(LedgerOverdrawn):
        own.charge(again, Budget(0.9, 1.0))
    assert own.spent() == spent, "all or nothing"

    on_day(published_city, TODAY)
    declare(published_city.folder / "city.toml", lambda text: text + "\n[policy.evictions]\nrho = 0.2\n")
    assert published_city.run() == 0
    begun = {(key.table, key.year): charge.sigma for key, charge in booked.items()}
    later = own.charges("evictions", "public")
    assert all(charge.sigma == begun.get((key.table, key.year), charge.sigma) for key, charge in later.items())
    assert all(each.rho <= 0.9 * (1 + 1e-9) for each in own.spent() if each.topic == "evictions")


def _key_of(vector: Path) -> MeasurementKey:
    name, table, tier, of = vector.stem, *(parent.name for parent in list(vector.parents)[:3])
    day, _, edition = name.rpartition("-e")
    return MeasurementKey(of, tier, table, date.fromisoformat(day), int(edition))


def _fields(measured: Measurement) -> dict[str, object]:
    return {name: getattr(measured, name) for name in measured.__dataclass_fields__}
