"""Counting period by period gives, row for row, what counting everything at once gives.

| what is told                         | comes from                                             |
|--------------------------------------|--------------------------------------------------------|
| requests, open, on time, oldest open | sums and minima of months (weeks: of parts of months)  |
| median, 90th percentile              | the events of that month, quarter or year, all of them |
| rolling 12 months                    | sums of months                                         |
"""

import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.errors import StorageFailed
from etl.exact import counting
from etl.exact.counting import Held, Order, Tally, counted
from etl.exact.events import count_events
from etl.exact.plan import Plan
from tests.etl.exact.requests import CATEGORIES, event, frame, plan

PLAIN = {"date_column": "created"}


class Here:
    """Runs pieces in this process and remembers which."""

    def __init__(self) -> None:
        self.ran: list[Order] = []

    def map(self, work: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterator[Any]:
        self.ran += pieces
        return map(work, pieces)

    def told(self) -> set[str]:
        """What ran: `month 2026-01`."""
        return {f"{order.piece.grain} {order.piece.period:%Y-%m}" for order in self.ran}


def kept_by_month(events: pl.DataFrame, folder: Path, sources: int = 1) -> dict[str, list[Held]]:
    """The events as partitions, each named by its content; every source holds every n-th event."""
    held: dict[str, list[Held]] = {}
    for source in range(sources):
        mine = events.gather_every(sources, offset=source)
        for (month,), rows in mine.group_by(pl.col("created").dt.strftime("%Y-%m"), maintain_order=True):
            seal = str(rows.hash_rows().sort().implode().hash().item())
            file = folder / f"{source}-{month}-{seal}.parquet"
            rows.write_parquet(file)
            held.setdefault(str(month), []).append(Held(seal, file))
    return held


def counted_in(folder: Path, events: pl.DataFrame, asked: Plan, runs: Here, **more: Any) -> tuple[pl.DataFrame, Tally]:
    given = {"categories": None, "ground": "", **more}
    held = kept_by_month(events, folder, given.pop("sources", 1))
    return counted(asked, held, runs, date_column="created", folder=folder / "counts", **given)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 4, 1))
EVENTS = st.lists(
    st.builds(
        lambda created, category, district, days, status, promised: event(
            created, category, district, status=status,
            closed=None if days is None else created + timedelta(minutes=days),
            promised=None if promised is None else created + timedelta(days=promised),
        ),
        MOMENTS,
        st.sampled_from([*CATEGORIES, "graffiti"]),
        st.sampled_from(["1", "2", "elsewhere", None]),
        st.none() | st.integers(0, 100_000),
        st.sampled_from(["open", "closed", None]),
        st.none() | st.integers(0, 90),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(EVENTS, EVENTS, st.integers(1, 3), st.dates(date(2026, 1, 15), date(2026, 3, 31)))
def test_kept_fresh_and_plain_counts_agree_row_for_row(
    before: list[dict[str, object]], more: list[dict[str, object]], sources: int, as_of: date
) -> None:
    first = plan(as_of=as_of, covers_from=date(2025, 1, 10))
    later = plan(as_of=as_of + timedelta(days=9), covers_from=date(2025, 1, 10))
    always = event(datetime(2025, 2, 3))
    nights = [(first, frame(always, *before)), (later, frame(always, *before, *more)), (later, frame(always, *more))]
    with TemporaryDirectory() as name:
        folder = Path(name)
        for asked, events in nights:  # the same folder: what is still true is used again
            rows, tally = counted_in(folder, events, asked, Here(), sources=sources)
            again, nothing = counted_in(folder, events, asked, Here(), sources=sources)
            assert_frame_equal(rows, count_events(events, asked, **PLAIN))
            assert_frame_equal(again, rows)
            assert tally.counted + tally.kept == nothing.kept
            assert nothing.counted == 0


@settings(max_examples=5, deadline=None)
@given(EVENTS)
def test_only_the_chosen_categories_are_counted(events: list[dict[str, object]]) -> None:
    rows = frame(event(datetime(2025, 2, 3)), *events)
    with TemporaryDirectory() as name:
        chosen, _ = counted_in(Path(name), rows, plan(), Here(), categories=CATEGORIES)
    assert_frame_equal(chosen, count_events(rows.filter(pl.col("category").is_in(CATEGORIES)), plan(), **PLAIN))


YEAR = [event(datetime(2025, month, 3)) for month in range(1, 13)] + [event(datetime(2026, 1, 2))]


def test_a_night_counts_only_the_periods_that_were_touched(tmp_path: Path) -> None:
    asked = plan(as_of=date(2026, 2, 10), covers_from=date(2025, 1, 1))
    first, second, third = Here(), Here(), Here()

    counted_in(tmp_path, frame(*YEAR), asked, first)
    counted_in(tmp_path, frame(*YEAR, event(datetime(2025, 5, 9))), asked, second)
    counted_in(tmp_path, frame(*YEAR, event(datetime(2025, 5, 9))), asked, third)

    assert len(first.ran) == 13 + 5 + 2  # months, quarters, years that hold any event
    assert second.told() == {"month 2025-05", "quarter 2025-04", "year 2025-01"}
    assert not third.ran


def test_the_next_day_counts_the_unfinished_periods_and_what_has_come_due(tmp_path: Path) -> None:
    """A promise of November falls due on 11 February: on that night November is counted again, though nothing came."""
    january = datetime(2026, 1, 2)
    events = frame(*YEAR, event(datetime(2025, 11, 9), promised=datetime(2026, 2, 11, 9)), event(january))
    nights = [plan(as_of=date(2026, 2, day), covers_from=date(2025, 1, 1)) for day in (9, 10, 11, 12)]
    ran = []
    for asked in nights:
        runs = Here()
        rows, _ = counted_in(tmp_path, events, asked, runs)
        assert_frame_equal(rows, count_events(events, asked, **PLAIN))
        ran.append(runs.told())

    assert len(ran[0]) == 20
    assert ran[1:] == [
        {"quarter 2026-01", "year 2026-01"},
        {"month 2025-11", "quarter 2026-01", "year 2026-01"},
        {"quarter 2026-01", "year 2026-01"},
    ]


@pytest.mark.parametrize("change", [{"ground": "another map"}, {"categories": ("trees",)}])
def test_other_questions_are_counted_anew_and_old_answers_forgotten(tmp_path: Path, change: dict[str, Any]) -> None:
    asked = plan(as_of=date(2026, 2, 10), covers_from=date(2025, 1, 1))
    runs = Here()
    counted_in(tmp_path, frame(*YEAR), asked, Here())
    counted_in(tmp_path, frame(*YEAR), asked, runs, **change)

    assert len(runs.ran) == 20
    assert len(list((tmp_path / "counts").iterdir())) == 20


def test_what_is_kept_is_for_its_owner_alone_and_holds_no_record(tmp_path: Path) -> None:
    counted_in(tmp_path, frame(*YEAR), plan(), Here())
    files = list((tmp_path / "counts").iterdir())

    assert files
    assert stat.S_IMODE((tmp_path / "counts").stat().st_mode) == 0o700
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert not {"key", "home", "cell", "created", "closed"} & set(pl.read_parquet_schema(file))


def test_a_damaged_piece_is_counted_again(tmp_path: Path) -> None:
    asked = plan()
    rows, _ = counted_in(tmp_path, frame(*YEAR), asked, Here())
    broken = next((tmp_path / "counts").glob("month-2026-01*"))
    broken.write_bytes(broken.read_bytes()[:100])
    runs = Here()
    again, _ = counted_in(tmp_path, frame(*YEAR), asked, runs)

    assert runs.told() == {"month 2026-01"}
    assert_frame_equal(again, rows)


def test_a_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(counting.os, "open", full)
    with pytest.raises(StorageFailed, match="No space left"):
        counted_in(tmp_path, frame(*YEAR), plan(), Here())
