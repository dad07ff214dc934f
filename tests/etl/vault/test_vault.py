"""The vault of one source: whatever came, and however, it holds the last word on every record, month by month."""

import os
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.vault import UNDATED, Marks, Touched, Vault

SCHEMA = {"key": pl.UInt64, "filed": pl.Datetime("us"), "category": pl.String, "home": pl.UInt64}
Rows = Mapping[int, tuple[int, str]]
"""Key to the month (counted from January 2026; -1 for none) and category of its event."""


def events(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(
        [(key, _day(month), category, key * 7) for key, (month, category) in rows.items()], SCHEMA, orient="row"
    )


def _day(month: int) -> datetime | None:
    return datetime(2026 + month // 12, month % 12 + 1, 5) if month >= 0 else None


def held(vault: Vault) -> dict[int, tuple[int, str]]:
    rows = vault.scan().collect().sort("key").iter_rows(named=True)
    return {r["key"]: (-1 if r["filed"] is None else r["filed"].month - 1, r["category"]) for r in rows}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "private", "evictions", "court")


OLD: Rows = {1: (0, "a"), 2: (0, "a"), 3: (1, "a"), 4: (2, "a")}

#   what is delivered                        gone     touched months                     added changed removed
UPSERTS: tuple[tuple[Rows, list[int], tuple[str, ...], tuple[int, int, int]], ...] = (
    ({}, [], (), (0, 0, 0)),
    ({1: (0, "a"), 3: (1, "a")}, [], (), (0, 0, 0)),  # an overlap: nothing new
    ({5: (1, "b")}, [], ("2026-02",), (1, 0, 0)),
    ({1: (0, "b")}, [], ("2026-01",), (0, 1, 0)),
    ({1: (1, "a")}, [], ("2026-01", "2026-02"), (0, 1, 0)),  # its day moved
    ({4: (-1, "a")}, [], ("2026-03", UNDATED), (0, 1, 0)),  # it lost its day, and March its last event
    ({}, [3, 99], ("2026-02",), (0, 0, 1)),
    ({6: (4, "a"), 2: (0, "c")}, [1], ("2026-01", "2026-05"), (1, 1, 1)),
)


@pytest.mark.parametrize(("rows", "gone", "months", "numbers"), UPSERTS)
def test_what_an_upsert_touches(
    vault: Vault, rows: Rows, gone: list[int], months: tuple[str, ...], numbers: tuple[int, int, int]
) -> None:
    vault.replace(events(OLD))
    before, files = vault.months(), _files(vault)

    touched = vault.upsert(events(rows), pl.Series(gone, dtype=pl.UInt64))

    assert touched == Touched(months, *numbers)
    wanted = {key: row for key, row in (OLD | dict(rows)).items() if key not in gone}
    assert held(vault) == wanted
    after = vault.months()
    assert {month for month in before | after if before.get(month) != after.get(month)} == set(months)
    assert {name: times for name, times in _files(vault).items() if name[:7] not in months} == {
        name: times for name, times in files.items() if name[:7] not in months
    }


def _files(vault: Vault) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in vault.folder.glob("*.parquet")}


def test_a_delivery_may_come_in_parts(vault: Vault, tmp_path: Path) -> None:
    def parts() -> Iterator[pl.DataFrame]:
        yield events({4: (2, "a"), 1: (0, "a")})
        yield events({3: (1, "a"), 2: (0, "a")})

    whole = Vault(tmp_path / "other", "evictions", "court")
    assert vault.replace(parts()) == whole.replace(events(OLD)) == Touched(("2026-01", "2026-02", "2026-03"), 4)
    assert vault.months() == whole.months()
    assert vault.seal == whole.seal
    assert not list(vault.folder.glob(".*"))


def test_a_source_without_events_keeps_its_columns(vault: Vault) -> None:
    assert not vault.exists
    vault.replace(events({}))
    assert vault.exists
    assert vault.months() == {}
    assert vault.scan().collect_schema() == pl.Schema(SCHEMA)
    vault.upsert(events({1: (0, "a")}))
    assert list(vault.months()) == ["2026-01"]
    assert vault.upsert(events({}), pl.Series([1], dtype=pl.UInt64)).removed == 1
    assert vault.scan().collect().height == 0


def test_only_the_months_that_are_asked_for_are_read(vault: Vault) -> None:
    vault.replace(events(OLD))
    assert vault.scan(["2026-01", "2026-03", "1999-01"]).collect()["key"].to_list() == [1, 2, 4]
    assert vault.scan([]).collect().height == 0


def test_marks_are_kept_with_the_events(vault: Vault) -> None:
    marks = Marks("w1", "g", datetime(2026, 11, 15).date(), 4)
    vault.replace(events(OLD), marks=marks)
    assert vault.marks == marks
    vault.upsert(events({1: (0, "z")}))
    assert vault.marks == marks
    vault.note(Marks("w2"))
    assert vault.marks == Marks("w2")
    assert vault.rows == 4


def test_records_leave_by_another_column(vault: Vault) -> None:
    vault.replace(events(OLD))
    assert vault.remove("home", pl.Series([7, 28, 1], dtype=pl.UInt64)) == Touched(("2026-01", "2026-03"), 0, 0, 2)
    assert set(held(vault)) == {2, 3}
    assert vault.remove("home", pl.Series([7], dtype=pl.UInt64)) == Touched()
    assert vault.remove("nothing", pl.Series([7], dtype=pl.UInt64)) == Touched()


def test_nobody_else_may_read_it(vault: Vault) -> None:
    vault.replace(events(OLD))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (vault.folder, *vault.folder.iterdir())}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert modes[vault.folder] == 0o700


@pytest.mark.parametrize("name", ["address", "lat", "id", "party"])
def test_it_takes_nothing_that_names_or_places_a_record(vault: Vault, name: str) -> None:
    for put in (vault.replace, vault.upsert):
        with pytest.raises(ValueError, match=name):
            put(events(OLD).with_columns(pl.lit("x").alias(name)))
    assert not vault.exists


def test_the_one_file_of_older_folders_is_taken_over(vault: Vault) -> None:
    single = vault.folder.with_suffix(".parquet")
    single.parent.mkdir(parents=True)
    events(OLD).write_parquet(single)
    vault.upsert(events({9: (0, "a")}))
    assert set(held(vault)) == {1, 2, 3, 4, 9}
    assert not single.exists()


def test_new_columns_are_null_in_events_that_nobody_sent_again(vault: Vault) -> None:
    vault.replace(events(OLD))
    vault.upsert(events({1: (0, "b")}).drop("home").with_columns(area_ward=pl.lit("3")))
    told = vault.scan().collect().sort("key")
    assert told.columns == ["key", "filed", "category", "area_ward"]
    assert told["area_ward"].to_list() == ["3", None, None, None]


def test_a_full_disk_changes_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.errors import StorageFailed

    vault.replace(events(OLD))
    seal = vault.seal

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        vault.upsert(events({1: (5, "b")}))
    monkeypatch.undo()
    assert vault.seal == seal
    assert held(vault) == OLD


ROWS = st.dictionaries(st.integers(0, 12), st.tuples(st.integers(-1, 3), st.sampled_from("ab")), max_size=8)
DELIVERIES = st.lists(st.tuples(st.booleans(), ROWS, st.lists(st.integers(0, 12), max_size=3)), max_size=5)


@settings(max_examples=10, deadline=None)
@given(DELIVERIES, st.randoms())
def test_any_deliveries_end_as_one_clean_whole_read(
    deliveries: list[tuple[bool, dict[int, Any], Any]], any_: Any
) -> None:
    with TemporaryDirectory() as folder, mock.patch("os.fsync"):  # what a disk keeps is tested elsewhere
        vault, clean = (Vault(Path(folder) / name, "evictions", "court") for name in ("a", "b"))
        final: dict[int, Any] = {}
        for whole, rows, gone in deliveries:
            taken = events(rows).sample(fraction=1, shuffle=True, seed=any_.randrange(1000))
            left = [key for key in gone if key not in rows]
            before = dict(final)
            if whole:
                touched = vault.replace(taken)
                final = dict(rows)
            else:
                touched = vault.upsert(taken, pl.Series(left, dtype=pl.UInt64))
                final = {key: row for key, row in (final | rows).items() if key not in left}
            assert touched.added == len(final.keys() - before.keys())
            assert touched.removed == len(before.keys() - final.keys())
            assert touched.changed == sum(final[key] != before[key] for key in final.keys() & before.keys())
        vault.upsert(events({}))
        clean.replace(events(final))
        assert held(vault) == final
        assert vault.months() == clean.months()
        assert vault.seal == clean.seal or not final
        assert len(list(vault.folder.glob("*.parquet"))) == max(1, len(vault.months()))
