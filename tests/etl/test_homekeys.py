"""Keys of homes: one per topic, tier and year; never lost silently, and gone for good once the year is done.

A year's life:    made when first needed → kept while anything may be due → marked → overwritten → unlinked
"""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.errors import StorageFailed
from etl.folders import Folders
from etl.homes.keys import HomeKeys
from etl.homes.retirement import is_done
from etl.protect.bounding import ContributionBook
from etl.protect.calendar import Coverage
from etl.protect.key import MeasurementKey
from layers.period import Grain, period_range
from layers.policy import policy_for
from tests.etl.declared import KEY, city_areas, source, validated

ROOT = Path(__file__).parents[2]
CASE = {"id": "id", "filed": "filed", "disposition": "disposed", "address": "at"}
POLICY = policy_for("evictions")


@pytest.fixture
def keys(tmp_path: Path) -> HomeKeys:
    folders = Folders(tmp_path)
    folders.prepare()
    return HomeKeys(folders, "evictions", "public")


def book(keys: HomeKeys, year: int, topic: str = "evictions") -> None:
    rows = pl.DataFrame({"home": [1], "period": [date(year, 1, 1)]}, schema_overrides={"home": pl.UInt64})
    ContributionBook(keys.folders.private / "book").record(f"{topic}/public/filings-month-district", year, rows)


def names(keys: HomeKeys) -> list[str]:
    return sorted(path.name for path in (keys.folders.private / "keys").iterdir())


def test_each_topic_tier_and_year_has_its_own_key(keys: HomeKeys) -> None:
    others = (replace(keys, topic="shutoffs"), replace(keys, tier="partner"))
    made = [*keys.of([2025, 2026]).values(), *(each.of([2025])[2025] for each in others)]
    assert len(set(made)) == 4
    assert keys.of([2025, 2026]) == keys.of([2026, 2025])
    assert names(keys) == [
        "homes-evictions-partner-2025.key",
        "homes-evictions-public-2025.key",
        "homes-evictions-public-2026.key",
        "homes-shutoffs-public-2025.key",
    ]
    assert {path.stat().st_mode & 0o777 for path in (keys.folders.private / "keys").iterdir()} == {0o600}


def test_a_key_that_homes_were_counted_under_is_never_made_anew(keys: HomeKeys) -> None:
    keys.of([2025, 2026])
    book(keys, 2025)
    (keys.folders.private / "keys/homes-evictions-public-2025.key").unlink()
    with pytest.raises(StorageFailed, match="2025 is gone"):
        keys.of([2025])
    assert set(keys.of([2026])) == {2026}, "another year goes on"
    assert set(replace(keys, topic="shutoffs").of([2025])) == {2025}


def test_homes_are_never_counted_again_under_another_key(keys: HomeKeys) -> None:
    """Another year's key, one of another city or of an older backup is as long as the right one: 32 bytes."""
    keys.of([2025])
    book(keys, 2025)
    path = keys.folders.private / "keys" / "homes-evictions-public-2025.key"
    right = path.read_bytes()
    path.write_bytes(bytes(32))
    with pytest.raises(StorageFailed, match="not the one that homes were counted under"):
        keys.of([2025])
    path.write_bytes(right)
    assert keys.of([2025]) == {2025: right}


def test_before_any_home_is_counted_a_key_may_be_made_anew(keys: HomeKeys) -> None:
    keys.of([2025])
    (keys.folders.private / "keys" / "homes-evictions-public-2025.key").unlink()
    assert list(keys.of([2025])) == [2025]
    assert keys.of([2025]) == keys.of([2025])


def test_a_damaged_key_is_told(keys: HomeKeys) -> None:
    keys.of([2025])
    (keys.folders.private / "keys/homes-evictions-public-2025.key").write_bytes(b"short")
    with pytest.raises(StorageFailed, match="damaged"):
        keys.of([2025])


def test_a_retired_year_has_no_key_and_never_gets_one_again(keys: HomeKeys) -> None:
    keys.of([2025, 2026])
    book(keys, 2025)
    keys.retire([2025, 2024])
    assert names(keys) == ["homes-evictions-public-2025.retired", "homes-evictions-public-2026.key"]
    assert set(keys.of([2025, 2026])) == {2026}
    assert (keys.retired(), keys.kept()) == (frozenset({2025}), frozenset({2026}))


def test_an_older_folders_single_key_stays_with_the_years_that_were_counted_under_it(keys: HomeKeys) -> None:
    """book: evictions 2024, 2025; shutoffs 2025. The key goes once all have it; other years get their own."""
    single = keys.folders.key("homes")
    for year, topic in ((2024, "evictions"), (2025, "evictions"), (2025, "shutoffs")):
        book(keys, year, topic)
    found = keys.of([2024, 2025, 2026])
    assert found[2024] == found[2025] == single != found[2026]
    assert replace(keys, topic="shutoffs").of([2025])[2025] == single
    assert "homes.key" not in names(keys)


def test_an_older_single_key_without_a_book_is_not_used(keys: HomeKeys) -> None:
    single = keys.folders.key("homes")
    assert keys.of([2025])[2025] != single
    assert names(keys) == ["homes-evictions-public-2025.key"]


# ---------------------------------------------------------------- killed while retiring


def retire_in_a_process(folder: str, step: str) -> None:
    """What the subprocess runs: it kills itself when it reaches `step`."""

    def watch(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    HomeKeys(Folders(Path(folder)), "evictions", "public", watch).retire([2025])


@pytest.mark.parametrize("step", ["marked", "overwritten", "destroyed"])
def test_killed_while_retiring_the_next_run_finishes(keys: HomeKeys, step: str) -> None:
    (key,) = keys.of([2025]).values()
    book(keys, 2025)
    killed = subprocess.run(
        [sys.executable, __file__, str(keys.folders.root), step],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert keys.of([2025]) == {}, "nothing of the year is hashed any more, whatever is left of its key"
    keys.retire([])
    assert names(keys) == ["homes-evictions-public-2025.retired"]
    assert all(key not in path.read_bytes() for path in keys.folders.root.rglob("*") if path.is_file())


# ---------------------------------------------------------------- when a year is done


def everything_of(year: int) -> list[MeasurementKey]:
    return [
        MeasurementKey("evictions", "public", table.name, start)
        for table in POLICY.ladder
        for start in period_range(date(year, 1, 1), date(year, 12, 31), table.grain)
    ]


@pytest.mark.parametrize(
    ("coverage", "as_of", "missing", "done"),
    [
        #  2025 closes on 31 March 2026
        pytest.param(Coverage(date(2024, 1, 1)), date(2026, 3, 30), 0, False, id="a day before the year closes"),
        pytest.param(Coverage(date(2024, 1, 1)), date(2026, 3, 31), 0, True, id="closed, and all is sealed"),
        pytest.param(Coverage(date(2024, 1, 1)), date(2026, 3, 31), 1, False, id="one table is not sealed"),
        pytest.param(
            Coverage(date(2024, 1, 1), date(2025, 12, 31)), date(2026, 4, 1), 0, True, id="covered to its end"
        ),
        pytest.param(
            Coverage(date(2024, 1, 1), date(2025, 8, 31)), date(2026, 4, 1), 0, False, id="its feed is not whole"
        ),
        pytest.param(Coverage(date(2025, 6, 10)), date(2026, 4, 1), 0, True, id="its feed begins within it"),
        pytest.param(Coverage(date(2026, 1, 1)), date(2026, 4, 1), 999, True, id="before the feed: never due"),
    ],
)
def test_a_year_is_done_when_nothing_of_it_can_be_due(
    coverage: Coverage, as_of: date, missing: int, done: bool
) -> None:
    sealed = everything_of(2025)[missing:]
    assert is_done(POLICY, 2025, coverage, as_of, sealed, sealed) is done


def test_a_year_with_an_edition_that_waits_is_not_done() -> None:
    sealed = everything_of(2025)
    waits = replace(next(key for key in sealed if Grain.YEAR in key.table), edition=2)
    arguments = (POLICY, 2025, Coverage(date(2024, 1, 1)), date(2026, 4, 1))
    assert not is_done(*arguments, [*sealed, waits], sealed)
    assert is_done(*arguments, [*sealed, waits], [*sealed, waits])


# ---------------------------------------------------------------- which key a home is hashed with


def test_a_home_is_hashed_under_the_year_of_each_day_that_counts_it(
    tmp_path_factory: pytest.TempPathFactory, keys: HomeKeys
) -> None:
    """case  filed       disposed        home of        home_disposition of
    A        2025        2026            2025           2026
    B        2025        2025            2025           2025
    C        2026        (pending)       2026           null
    D        2024 (retired)  2025        null           2025
    """
    from etl.steps.locate import locate

    areas = city_areas(tmp_path_factory.mktemp("areas"))
    declared = source(CASE, topic="evictions")
    days = [
        ("03/04/2025", "02/02/2026"),
        ("03/05/2025", "04/05/2025"),
        ("01/02/2026", None),
        ("03/04/2024", "02/02/2025"),
    ]
    rows = [
        {"id": str(n), "filed": filed, "disposed": disposed, "at": "1 A St"} for n, (filed, disposed) in enumerate(days)
    ]
    keys.of([2024])
    keys.retire([2024])

    def events() -> pl.DataFrame:
        records = validated(declared, rows).records
        return locate(
            records, declared, area_sets=areas, city_area="district", directory=None, key=KEY, home_keys=keys.of
        ).events

    a, b, c, d = events().select("home", "home_disposition").rows()
    assert a[0] == b[0] == b[1] == d[1] is not None
    assert a[1] == c[0] is not None
    assert a[1] != a[0], "one home has another number in another year"
    assert (c[1], d[0]) == (None, None)
    assert events().equals(events())


if __name__ == "__main__":
    retire_in_a_process(*sys.argv[1:])
