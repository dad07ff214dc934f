"""What nobody comes back for: half arrived files of sources given up, and counts that hold a record taken back.

counts/service_requests   month 2026-08, month 2026-09, quarter 2026-07, year 2025     a record of September goes
stays                     month 2026-08, year 2025
"""

from pathlib import Path

import pytest

from etl.exact.counting import forget_months
from etl.feeds.snapshots import remove_abandoned
from tests.etl.vault.nights import Agency, Nights, areas_of, feed_source, row

PIECES = ("month-2026-08-01", "month-2026-09-01", "quarter-2026-07-01", "year-2025-01-01")


def _pieces(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in PIECES:
        (folder / f"{name}.0a1b2c.parquet").write_bytes(b"")
    return folder


def _left(folder: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in folder.glob("*")}


@pytest.mark.parametrize(
    ("months", "left"),
    [
        ({"2026-09"}, {"month-2026-08-01", "year-2025-01-01"}),
        ({"2025-12"}, {"month-2026-08-01", "month-2026-09-01", "quarter-2026-07-01"}),
        ({"undated"}, set()),
        (set(), set(PIECES)),
    ],
)
def test_counts_of_a_period_go_with_any_of_its_months(tmp_path: Path, months: set[str], left: set[str]) -> None:
    folder = _pieces(tmp_path / "counts")
    assert forget_months(folder, months) == len(PIECES) - len(left)
    assert _left(folder) == left


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    agency = Agency()
    agency.put(*(row(f"R{n}") for n in range(8)), row("GONE", created="08/03/2026"), late=10)
    nights = Nights(tmp_path, agency, feed_source(), areas=areas_of(tmp_path))
    nights.run()
    return nights


def test_a_record_taken_back_leaves_no_count_of_its_periods(nights: Nights) -> None:
    folder = _pieces(nights.private / "counts" / nights.source.topic)
    nights.agency.night = 1
    nights.agency.delete("GONE")
    nights.run()
    assert nights.vault.rows == 8
    assert _left(folder) == {"month-2026-09-01", "year-2025-01-01"}


def test_folders_of_sources_and_topics_that_are_declared_no_more_go(nights: Nights) -> None:
    for name in ("arriving/feed", "arriving/old_feed", "counts/service_requests", "counts/evictions"):
        (nights.private / name).mkdir(parents=True, exist_ok=True)
        (nights.private / name / "file").write_bytes(b"rows")
    assert remove_abandoned(nights.context) == 2
    assert not (nights.private / "arriving/old_feed").exists()
    assert not (nights.private / "counts/evictions").exists()
    assert (nights.private / "arriving/feed").exists()
    assert (nights.private / "counts/service_requests").exists()
