"""Time windows.

|Jan|Feb|Mar|Apr| …         months in quarters in years: nothing sticks out
└──── 12 months ────┘
    └──── 12 months ────┘   rolling windows: the second less the first is one month less another
"""

from pathlib import Path

import polars as pl
import pytest

from etl.audit.attacks.time_windows import run
from tests.etl.audit.stores import CLEAN, counts, public, release, told

QUARTERS = "\n".join(f"district/1 2025-Q{q} 10" for q in (1, 2, 3, 4))
MONTHS = "\n".join(f"district/1 2025-{m:02} {9 if m == 6 else '<'}" for m in range(1, 13))


def attack(folder: Path, drawn: str) -> set[tuple[str, str]]:
    release(folder, drawn)
    return told(run(public(folder)).findings)


def test_months_quarters_and_years_pass(tmp_path: Path) -> None:
    release(tmp_path, CLEAN + QUARTERS)
    attempt = run(public(tmp_path))
    assert attempt.findings == ()
    assert "1 longer ones agree with the shorter ones inside them" in attempt.best


@pytest.mark.parametrize("window", ["rolling_12m:2025-02-01", "week:2025-03-03", "day:2025-03-03"])
def test_a_window_that_overlaps_or_is_short_is_found(tmp_path: Path, window: str) -> None:
    found = attack(tmp_path, CLEAN + f"city {window} 30\n")
    assert found == {
        (f"homes_filed, city, {window.split(':', maxsplit=1)[0]}", "windows that overlap or are too short to protect")
    }


@pytest.mark.parametrize(
    ("window", "called"),
    [("year:2025-07-01", "2025"), ("quarter:2025-02-01", "Q1 2025"), ("month:2025-03-15", "Mar 2025")],
)
def test_a_window_off_the_calendar_is_found(tmp_path: Path, window: str, called: str) -> None:
    found = attack(tmp_path, CLEAN + f"city {window} 30\n")
    learned = "the window does not begin with the calendar's, so it overlaps its neighbors"
    assert found == {(f"homes_filed, city, {called}", learned)}


def test_a_rolling_rate_is_found(tmp_path: Path) -> None:
    rates = counts("city rolling_12m:2025-02-01 30", measure="homes_filed_per_1000").with_columns(kind=pl.lit("rate"))
    release(tmp_path, pl.concat([counts(CLEAN), rates]), measures=[{"name": "homes_filed_per_1000", "kind": "rate"}])
    assert [f.where for f in run(public(tmp_path)).findings] == ["homes_filed_per_1000, city, rolling_12m"]


def test_a_year_with_fewer_homes_than_one_of_its_quarters_is_said_and_holds_nothing(tmp_path: Path) -> None:
    """Q2 was measured at 90 ± 3, then most of its cases were sealed: the year, measured later, is 25 ± 3."""
    release(tmp_path, CLEAN + QUARTERS.replace("Q2 10", "Q2 90"))
    attempt = run(public(tmp_path))
    assert attempt.findings == ()
    assert "1 of 1 longer ones disagree with the shorter ones inside them beyond their margins" in attempt.best


def test_a_year_with_more_homes_than_all_its_months_is_said_and_holds_nothing(tmp_path: Path) -> None:
    """Eleven months of at most 4 homes and one of 9 ± 3: a year holds 53 + 9 at most, three margins out."""
    drawn = MONTHS + "\ndistrict/1 2025 {}"
    for name, figure, said in (("near", 62, "1 longer ones agree"), ("far", 90, "1 of 1 longer ones disagree")):
        release(tmp_path / name, drawn.format(figure))
        attempt = run(public(tmp_path / name))
        assert attempt.findings == ()
        assert said in attempt.best


def test_counts_without_noise_that_disagree_are_found(tmp_path: Path) -> None:
    """In exact mode there is no noise of its own for each table to explain it."""
    exact = {"name": "homes_filed", "regime": "exact"}
    release(tmp_path, CLEAN + QUARTERS.replace("Q2 10", "Q2 90"), measures=[exact], protection={"mode": "exact"})
    learned = "fewer homes than in one quarter of it, far beyond the margins"
    assert told(run(public(tmp_path)).findings) == {("homes_filed, district 1, 2025", learned)}


def test_a_figure_without_a_measured_table_is_found(tmp_path: Path) -> None:
    """The ladder has months and years; quarters of a district were told all the same."""
    tables = [{"family": "filings", "grain": grain, "geography": "district"} for grain in ("month", "year")]
    release(tmp_path, CLEAN + QUARTERS, measures=[{"name": "homes_filed", "tables": tables}])
    learned = "no table was measured for windows of this length"
    assert told(run(public(tmp_path)).findings) == {("homes_filed, district, quarter", learned)}


def test_noise_is_no_finding(tmp_path: Path) -> None:
    """A year of 8 ± 3 beside a quarter of 12 ± 3: chance."""
    assert attack(tmp_path, QUARTERS.replace("Q2 10", "Q2 12") + "\ndistrict/1 2025 8") == set()


def test_windows_of_counts_as_received_are_the_agencys_own(tmp_path: Path) -> None:
    received = {"name": "homes_filed", "regime": "source", "floor": 5}
    release(tmp_path, counts("zip/1 rolling_12m:2025-02-01 30"), zones=None, measures=[received])
    assert run(public(tmp_path)).findings == ()


def test_one_figure_of_the_demonstration_city_counted_otherwise_is_found(demo_store: Path, tmp_path: Path) -> None:
    assert run(public(demo_store)).findings == ()
    folder = next(demo_store.glob("releases/evictions/*"))
    copied = tmp_path / "releases" / "evictions" / folder.name
    copied.mkdir(parents=True)
    (copied / "manifest.json").symlink_to(folder / "manifest.json")
    there = (pl.col("geography") == "city") & (pl.col("grain") == "year") & (pl.col("measure") == "homes_filed")
    moved = pl.when(there).then(pl.col("period").dt.offset_by("1mo")).otherwise("period")
    pl.read_parquet(folder / "counts.parquet").with_columns(period=moved).write_parquet(copied / "counts.parquet")
    assert {f.where.rsplit(",", 1)[0] for f in run(public(tmp_path)).findings} == {"homes_filed, city"}
