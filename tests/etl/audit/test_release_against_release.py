"""Release against release.

          2025-12   2026-01                    2025-12   2026-01
April        14        .            May           14        9       passes: what was told stays, a month is new
                                    May           13        9       found: somebody's case was sealed in between
                                    May            -        9       found: why is it gone?
"""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.audit.attacks.release_against_release import run
from tests.etl.audit.stores import CLEAN, counts, public, release, told

APRIL, MAY = "2026-04-15-000000000001", "2026-05-15-000000000002"
TABLES = [
    {"family": "filings", "grain": "month", "geography": "neighborhood", "share": 0.26, "sigma": 2.8, "rho": 0.26},
    {"family": "filings", "grain": "year", "geography": "zone1", "share": 0.2, "sigma": 1.6, "rho": 0.2},
]
NEXT = CLEAN.replace("2026-01  .", "2026-01  9")
CITY = "city            2025-12  14"


def attack(folder: Path, drawn: str | pl.DataFrame, **declared: Any) -> set[tuple[str, str]]:
    """What the second release gives away."""
    measures = declared.pop("measures", [{"name": "homes_filed", "tables": TABLES}])
    release(folder, CLEAN, id=APRIL, measures=[{"name": "homes_filed", "tables": TABLES}])
    release(folder, drawn, id=MAY, as_of="2026-05-15", measures=measures, **declared)
    found = run(public(folder)).findings
    assert {f.release for f in found} <= {MAY}
    return told(found)


def test_what_was_told_stays_and_a_month_is_added(tmp_path: Path) -> None:
    assert attack(tmp_path, NEXT) == set()
    attempt = run(public(tmp_path))
    assert attempt.tried == 22
    assert attempt.best == (
        "22 figures were published, 17 of them in more than one release, each time with the same value. "
        "Nothing was told before its period had closed."
    )


def test_a_figure_that_changes_is_found(tmp_path: Path) -> None:
    """What a late or a sealed case looks like."""
    found = attack(tmp_path, NEXT.replace(CITY, "city            2025-12  13"))
    assert found == {("homes_filed, city, Dec 2025", "it was 14.0, now it is 13.0")}


def test_a_figure_that_is_hidden_later_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, NEXT.replace(CITY, "city            2025-12  <"))
    assert found == {("homes_filed, city, Dec 2025", "it was value, now it is hidden")}


def test_a_range_that_changes_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, NEXT.replace(CITY, f"{CITY}±4"))
    assert found == {("homes_filed, city, Dec 2025", "its range was 11.0 to 17.0, now it is 10.0 to 18.0")}


def test_a_figure_that_vanishes_is_found(tmp_path: Path) -> None:
    drawn = NEXT.replace("zone1/c         2025     6", "")
    found = attack(tmp_path, "\n".join(line for line in drawn.splitlines() if line.strip()))
    assert found == {("homes_filed, zone1 c, 2025", "told in an earlier release, no longer told in this one")}


def test_a_figure_that_is_taken_back_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, NEXT.replace("zone1/c         2025     6", "zone1/c         2025     ."))
    assert found == {("homes_filed, zone1 c, 2025", "told in an earlier release, no longer told in this one")}


def test_a_figure_that_appears_in_an_old_table_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, NEXT + "zone1/e 2025 7\n")
    learned = "told now, but not when the rest of its table was first told"
    assert found == {("homes_filed, zone1 e, 2025", learned)}


def test_a_period_that_is_told_before_it_closes_is_found(tmp_path: Path) -> None:
    """January closes on 2 March here; this release speaks for 1 February."""
    release(tmp_path, NEXT, id=MAY, as_of="2026-02-01")
    found = told(run(public(tmp_path)).findings)
    assert {what for _, what in found} == {"told before its period had closed"}
    assert {where.rsplit(", ", 1)[1] for where, _ in found} == {"Jan 2026", "2025"}


def test_a_booked_edition_explains_a_change_of_its_period_alone(tmp_path: Path) -> None:
    edition = {"table": "filings-month-neighborhood", "period": "2025-12-01", "edition": 2}
    again = NEXT.replace(CITY, "city            2025-12  16")
    assert attack(tmp_path / "booked", again, protection={"editions": [edition]}) == set()
    assert "1 differ for a reason that the release states" in run(public(tmp_path / "booked")).best
    year = again.replace("zone1/b         2025     17", "zone1/b         2025     18")
    found = attack(tmp_path / "other", year, protection={"editions": [edition]})
    assert found == {("homes_filed, zone1 b, 2025", "it was 17.0, now it is 18.0")}


def test_releases_of_one_day_follow_each_other_as_they_were_published(tmp_path: Path) -> None:
    """The first one's id sorts after that of the second, which has the edition."""
    edition = {"table": "filings-month-neighborhood", "period": "2025-12-01", "edition": 2}
    measures = [{"name": "homes_filed", "tables": TABLES}]
    release(tmp_path, CLEAN, id="2026-04-15-ffffffffffff", measures=measures, built_at="2026-04-15T06:00:00.5Z")
    again = CLEAN.replace(CITY, "city            2025-12  16")
    said: dict[str, Any] = {"measures": measures, "protection": {"editions": [edition]}}
    release(tmp_path, again, id="2026-04-15-000000000000", built_at="2026-04-15T06:00:01Z", **said)
    assert run(public(tmp_path)).findings == ()


def test_an_edition_explains_one_change_and_no_second(tmp_path: Path) -> None:
    edition = {"table": "filings-month-neighborhood", "period": "2025-12-01", "edition": 2}
    said: dict[str, Any] = {"protection": {"editions": [edition]}}
    assert attack(tmp_path, NEXT.replace(CITY, "city            2025-12  16"), **said) == set()
    third = NEXT.replace(CITY, "city            2025-12  15")
    measures = [{"name": "homes_filed", "tables": TABLES}]
    release(tmp_path, third, id="2026-06-15-000000000003", as_of="2026-06-15", measures=measures, **said)
    assert told(run(public(tmp_path)).findings) == {("homes_filed, city, Dec 2025", "it was 16.0, now it is 15.0")}


def test_a_change_of_the_declared_ladder_is_told_as_such(tmp_path: Path) -> None:
    ladder = [{**TABLES[0], "share": 0.2}, TABLES[1]]
    again = NEXT.replace(CITY, "city            2025-12  16")
    assert attack(tmp_path, again, measures=[{"name": "homes_filed", "tables": ladder}]) == set()


@pytest.mark.parametrize(("figure", "found"), [("<", False), ("7", True)])
def test_another_floor_explains_what_is_hidden_but_no_other_value(tmp_path: Path, figure: str, *, found: bool) -> None:
    drawn = NEXT.replace("zone1/c         2025     6", f"zone1/c         2025     {figure}")
    table = counts(drawn, floor=7)
    higher = {"name": "homes_filed", "tables": TABLES, "floor": 7}
    assert bool(attack(tmp_path, table, measures=[higher])) is found


def test_counts_as_received_may_be_corrected_by_their_agency(tmp_path: Path) -> None:
    received = {"name": "homes_filed", "regime": "source", "floor": 5}
    release(tmp_path, counts("zip/1 2019 30"), id=APRIL, zones=None, measures=[received])
    release(tmp_path, counts("zip/1 2019 31"), id=MAY, zones=None, measures=[received])
    assert run(public(tmp_path)).findings == ()


def test_one_changed_figure_of_the_demonstration_city_is_found(demo_store: Path, tmp_path: Path) -> None:
    assert run(public(demo_store)).findings == ()
    folder = next(demo_store.glob("releases/evictions/*"))
    for name in (folder.name, f"{folder.name[:-1]}~"):
        copied = tmp_path / "releases" / "evictions" / name
        copied.mkdir(parents=True)
        (copied / "manifest.json").symlink_to(folder / "manifest.json")
    table = pl.read_parquet(folder / "counts.parquet").with_row_index()
    one = table.filter(geography="zone2", grain="quarter", status="value", kind="count")["index"][0]
    table.drop("index").write_parquet(tmp_path / "releases" / "evictions" / folder.name / "counts.parquet")
    less = pl.when(pl.col("index") == one).then(pl.col("value") - 1).otherwise("value")
    table.with_columns(value=less).drop("index").write_parquet(copied / "counts.parquet")
    (found,) = run(public(tmp_path)).findings
    assert found.learned.startswith("it was ")
