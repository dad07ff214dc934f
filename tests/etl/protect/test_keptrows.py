"""Rows of the night before are read back for the same vectors, zones, policy, calendar and code, else made anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.protect import keptrows
from etl.protect.calendar import PeriodState
from etl.protect.fit import Measured
from etl.protect.keptrows import follows_from, kept_rows
from etl.protect.key import MeasurementKey
from etl.protect.partitions import Partitions
from etl.protect.publish_rows import rows_of
from layers.period import Grain
from layers.policy import DisclosurePolicy
from layers.store.schema import conform
from tests.etl.protect.test_publish_rows import MONTH, POLICY, measured, states

States = dict[Grain, dict[date, PeriodState]]
Given = tuple[DisclosurePolicy, Partitions, Measured, States]


@pytest.fixture
def given(zones: pl.DataFrame) -> Given:
    return POLICY, Partitions({2024: zones}), measured(POLICY, zones, 30), states(POLICY)


def _one_vector_more(given: Given) -> Given:
    policy, partitions, vectors, calendar = given
    table, periods = next(iter(vectors.items()))
    period, one = next(iter(periods.items()))
    other = replace(one, cells=one.cells.with_columns(pl.col("noisy") + 1))
    return policy, partitions, {**vectors, table: {**periods, period: other}}, calendar


def _told(given: Given, **changed: Any) -> Given:
    policy, partitions, vectors, calendar = given
    table, periods = next(iter(vectors.items()))
    return policy, partitions, {**vectors, table: {p: replace(m, **changed) for p, m in periods.items()}}, calendar


def _another_day(given: Given) -> Given:
    month = {**given[3][Grain.MONTH], date(2026, 4, 1): PeriodState.NOT_REPORTED}
    return *given[:3], {**given[3], Grain.MONTH: month}


def _closed(given: Given) -> Given:
    month = dict.fromkeys(given[3][Grain.MONTH], PeriodState.CLOSED)
    return *given[:3], {**given[3], Grain.MONTH: month}


def _other_homes(given: Given) -> Given:
    homes = given[1].of(2025).with_columns(pl.col("homes") + 1)
    return given[0], Partitions({2024: homes}), *given[2:]


def _two_partitions(given: Given) -> Given:
    homes = given[1].of(2025).with_columns(pl.col("homes") + 1)
    return given[0], Partitions({2024: given[1].of(2024), 2026: homes}), *given[2:]


CHANGES: dict[str, Callable[[Given], Given]] = {
    "another vector": _one_vector_more,
    "other noise": lambda given: _told(given, sigma=3.0),
    "another edition": lambda given: _told(given, key=MeasurementKey("evictions", "public", "x", MONTH, 2)),
    "nothing measured": lambda given: (*given[:2], {table: {} for table in given[2]}, given[3]),
    "another floor": lambda given: (replace(given[0], floor=11), *given[1:]),
    "another table published": lambda given: (replace(given[0], published=given[0].published[1:]), *given[1:]),
    "a period more": _another_day,
    "a period that closed": _closed,
    "other homes": _other_homes,
    "other zones from a year on": _two_partitions,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_rows_follow_from_changes_the_hash(given: Given, change: Callable[[Given], Given]) -> None:
    assert follows_from(*change(given)) != follows_from(*given)


def test_other_code_changes_the_hash(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    before = follows_from(*given)
    assert follows_from(*given) == before
    monkeypatch.setattr(keptrows, "code_version", lambda: "1+0123456789ab")
    assert follows_from(*given) != before


def test_rows_are_read_back_as_they_were(given: Given, tmp_path: Path) -> None:
    path, made = tmp_path / "rows/evictions-public.parquet", conform(rows_of(*given))
    assert kept_rows(path, "a", lambda: made).equals(made)
    assert path.stat().st_mode & 0o777 == 0o600

    def never() -> pl.DataFrame:
        raise AssertionError("made again")

    again = kept_rows(path, "a", never)
    assert again.equals(made)
    assert again.schema == made.schema


def test_rows_of_anything_else_or_that_cannot_be_read_are_made_anew(given: Given, tmp_path: Path) -> None:
    path, made = tmp_path / "rows.parquet", conform(rows_of(*given))
    less = made.head(3)
    kept_rows(path, "a", lambda: made)
    assert kept_rows(path, "b", lambda: less, keep=False).equals(less)
    assert kept_rows(path, "a", lambda: less).equals(made), "a dry run keeps nothing"
    assert kept_rows(path, "b", lambda: less).equals(less)
    path.write_bytes(b"PAR1")
    assert kept_rows(path, "b", lambda: made).equals(made)
