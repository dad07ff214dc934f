"""What must be impossible of questions and answers: one test per item, each of which tries to do it."""

import gzip
import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.audit.published import published
from etl.protect.key import MeasurementKey
from etl.protect.measurements import Measurement, Measurements
from etl.steps.audit import audit, require_pass
from layers.measures import Kind
from layers.period import Grain
from layers.policy import PROTECTED_TOPICS, PolicyError, PublishedTable, policy_for
from layers.topics import topic
from tests.etl.impossible.attempts import (
    COURT,
    TODAY,
    City,
    cases_of,
    count_rows,
    noise,
    on_day,
    refused,
)
from tests.machinery.small_city import files_of


def test_a_second_noisy_answer_to_the_same_question(published_city: City) -> None:
    """Run again, with another feed; with a vector gone; with the ledger gone; store a second vector by hand."""
    answered = files_of(published_city.public, "current.json", "releases/evictions")
    feed = published_city.folder / COURT
    head, *cases = cases_of(feed.read_bytes())
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
    head, *cases = cases_of(feed.read_bytes())
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


def _key_of(vector: Path) -> MeasurementKey:
    name, table, tier, of = vector.stem, *(parent.name for parent in list(vector.parents)[:3])
    day, _, edition = name.rpartition("-e")
    return MeasurementKey(of, tier, table, date.fromisoformat(day), int(edition))


def _fields(measured: Measurement) -> dict[str, object]:
    return {name: getattr(measured, name) for name in measured.__dataclass_fields__}
