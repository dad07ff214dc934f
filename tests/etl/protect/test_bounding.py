"""One home counts once per table and period, and in few months of a year, whatever becomes of its records."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import StorageFailed
from etl.protect.bounding import BOOK_SCHEMA, ContributionBook, active_homes, refuse_shorter_book, within_cap
from etl.protect.claims import claims_of, place, quality_claims
from etl.protect.refusals import BookLost
from layers.ladder import LadderTable
from layers.period import Grain
from layers.policy import policy_for

EVICTIONS = policy_for("evictions")
SHUTOFFS = policy_for("shutoffs")


def months(*numbers: int) -> list[date]:
    return [date(2025, n, 1) for n in numbers]


def active(*rows: tuple[int, int]) -> pl.DataFrame:
    """Rows of (home, month of 2025)."""
    return pl.DataFrame(
        {"home": [h for h, _ in rows], "period": [date(2025, m, 1) for _, m in rows]}, schema=BOOK_SCHEMA
    )


def kept(rows: pl.DataFrame) -> list[tuple[int, int]]:
    return [(home, period.month) for home, period in rows.sort("home", "period").rows()]


def test_the_first_four_active_months_count() -> None:
    #  home 1 is active in   1 2 . 4 . 6 7 .   of which 1 2 4 6 count;   home 2 only in 7
    assert kept(within_cap(active((1, 1), (1, 2), (1, 4), (1, 6), (1, 7), (2, 7)), active(), 4)) == [
        (1, 1), (1, 2), (1, 4), (1, 6), (2, 7),
    ]  # fmt: skip


def test_a_withdrawn_month_never_frees_a_later_one() -> None:
    #  counted before:   1 2 3 4       then January to March are withdrawn and 5 and 6 come in
    book = active((1, 1), (1, 2), (1, 3), (1, 4))
    assert kept(within_cap(active((1, 5), (1, 6)), book, 4)) == []


def test_a_home_booked_before_a_crash_keeps_its_month() -> None:
    book = active((1, 1), (1, 2), (1, 3), (1, 4))
    assert kept(within_cap(active((1, 4), (1, 5)), book, 4)) == [(1, 4)]


@settings(max_examples=150, deadline=None)
@given(
    runs=st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 12)), max_size=20), min_size=1, max_size=6),
    cap=st.integers(1, 6),
)
def test_no_history_of_corrections_counts_a_home_in_more_months(runs: list[list[tuple[int, int]]], cap: int) -> None:
    book = active()
    for rows in runs:
        counted = within_cap(active(*rows).unique(), book, cap)
        book = pl.concat([book, counted]).unique()
    assert book.group_by("home").len()["len"].max() in (None, *range(cap + 1))


def test_the_book_on_disk_only_grows(tmp_path: Path) -> None:
    book = ContributionBook(tmp_path)
    book.record("t", 2025, active((1, 1)))
    book.record("t", 2025, active((2, 1), (1, 1)))
    assert kept(book.counted("t", 2025, expected=True)) == [(1, 1), (2, 1)]
    assert (tmp_path / "t" / "2025.parquet").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in (tmp_path / "t").iterdir()] == ["2025.parquet"]


def test_without_its_book_a_measured_year_goes_no_further(tmp_path: Path) -> None:
    with pytest.raises(BookLost):
        ContributionBook(tmp_path).counted("t", 2025, expected=True)


# ---------------------------------------------------------------- primary event


def scheduled(zones: pl.DataFrame, *rows: tuple[int, str, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "home": [h for h, _, _ in rows],
            "cell": [zones["cell"][h] for h, _, _ in rows],
            "scheduled": [datetime.fromisoformat(d) for _, d, _ in rows],
            "outcome": [o for _, _, o in rows],
        },
        schema_overrides={"home": pl.UInt64, "cell": pl.UInt64, "outcome": pl.String},
    )
    return place(claims_of(frame, SHUTOFFS, SHUTOFFS.family("scheduled")), zones).claims


def test_a_home_counts_once_a_month_under_the_outcome_that_comes_first(zones: pl.DataFrame) -> None:
    table = next(t for t in SHUTOFFS.ladder if t.by and t.grain is Grain.MONTH)
    claims = scheduled(
        zones,
        (1, "2025-03-02", "paid"),
        (1, "2025-03-20", "disconnected"),
        (2, "2025-03-05", None),
        (3, "2025-04-05", "paid"),
    )
    rows = active_homes(claims, SHUTOFFS.family("scheduled"), table, months(3))
    assert sorted(rows.select("home", "leaf").rows()) == [(1, "disconnected"), (2, "other")]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 28), st.sampled_from(["paid", "restored", None])),
        min_size=1,
        max_size=15,
    ),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_events_does_not_matter(zones, rows, random) -> None:
    table = next(t for t in SHUTOFFS.ladder if t.by)
    events = [(h, f"2025-03-{d:02}", o) for h, d, o in rows]
    shuffled = list(events)
    random.shuffle(shuffled)
    family = SHUTOFFS.family("scheduled")
    one, other = (active_homes(scheduled(zones, *e), family, table, months(3)) for e in (events, shuffled))
    assert one.sort("home").equals(other.sort("home"))
    assert one["home"].is_unique().all()


@pytest.mark.parametrize(
    ("outcome", "appeared", "mediated", "expected"),
    [
        ("default", None, None, "default"),
        ("judgment", "no", None, "default"),
        ("judgment", "yes", None, "judgment"),
        ("judgment", None, "yes", "judgment"),
        ("settled", "yes", None, "settled"),
        ("dismissed", "yes", "yes", "settled"),
        ("dismissed", "yes", "no", "appeared_dismissed"),
        ("dismissed", "no", None, "other"),
        (None, "yes", None, "other"),
    ],
)
def test_appearance_by_outcome(
    zones: pl.DataFrame, outcome: str | None, appeared: str | None, mediated: str | None, expected: str
) -> None:
    event = pl.DataFrame(
        {
            "home": [1],
            "cell": [zones["cell"][0]],
            "filed": [date(2025, 1, 2)],
            "disposition": [date(2025, 2, 3)],
            "outcome": [outcome],
            "appeared": [appeared],
            "mediated": [mediated],
        },
        schema_overrides={
            "home": pl.UInt64,
            "cell": pl.UInt64,
            "outcome": pl.String,
            "appeared": pl.String,
            "mediated": pl.String,
        },
    )
    claims = place(claims_of(event, EVICTIONS, EVICTIONS.family("dispositions")), zones).claims
    assert claims.select("day", "outcome", "represented").rows() == [(date(2025, 2, 3), expected, "without_lawyer")]


def test_a_case_counts_under_what_its_home_is_called_in_the_year_of_each_day(zones: pl.DataFrame) -> None:
    """case  filed        home    disposed     home then
    a     2025-12-02       1      2026-01-20      11
    b     2024-12-02     (none)   2025-01-20      12      the key of 2024 is destroyed
    """
    events = pl.DataFrame(
        {
            "home": [1, None],
            "home_disposition": [11, 12],
            "cell": [zones["cell"][0]] * 2,
            "filed": [date(2025, 12, 2), date(2024, 12, 2)],
            "disposition": [date(2026, 1, 20), date(2025, 1, 20)],
        },
        schema_overrides={"home": pl.UInt64, "home_disposition": pl.UInt64, "cell": pl.UInt64},
    )
    filed, disposed = (claims_of(events, EVICTIONS, EVICTIONS.family(name)) for name in ("filings", "dispositions"))
    assert filed.select("home", "day").rows() == [(1, date(2025, 12, 2))]
    assert disposed.select("home", "day").rows() == [(11, date(2026, 1, 20)), (12, date(2025, 1, 20))]


def test_a_home_is_in_one_side_figure_a_year(zones: pl.DataFrame) -> None:
    """home  active in                              is
    1     January to April                        placed
    2     January to May (cap 4)                  over the cap
    3     five times in March                     placed
    4     nowhere in the city                     not placed
    5     once in a zone, five months nowhere     placed
    6     January to May and once nowhere         over the cap
    """
    inside, nowhere = zones["cell"][0], None
    rows: list[tuple[int, int | None, date]] = [
        *((1, inside, date(2025, m, 1)) for m in range(1, 5)),
        *((2, inside, date(2025, m, 1)) for m in range(1, 6)),
        *((3, inside, date(2025, 3, d)) for d in range(1, 6)),
        (4, nowhere, date(2025, 3, 1)),
        (5, inside, date(2025, 1, 1)),
        *((5, nowhere, date(2025, m, 1)) for m in range(2, 7)),
        *((6, inside, date(2025, m, 1)) for m in range(1, 6)),
        (6, nowhere, date(2025, 1, 2)),
    ]
    events = pl.DataFrame(rows, schema={"home": pl.UInt64, "cell": pl.UInt64, "filed": pl.Date}, orient="row")
    table = next(t for t in EVICTIONS.ladder if t.family == "quality")
    claims = quality_claims(events, zones, EVICTIONS)
    found = active_homes(claims, EVICTIONS.family("quality"), table, [date(2025, 1, 1)]).sort("home")
    assert dict(found.select("home", "leaf").rows()) == {
        1: "placed",
        2: "over_cap",
        3: "placed",
        4: "not_placed",
        5: "placed",
        6: "over_cap",
    }


def test_homes_in_no_zone_are_left_out_and_counted(zones: pl.DataFrame) -> None:
    elsewhere = 0x89283082803FFFF
    events = pl.DataFrame(
        {"home": [1, 1, 2, 3], "cell": [zones["cell"][0], None, elsewhere, None], "filed": [date(2025, 1, 2)] * 4},
        schema_overrides={"home": pl.UInt64, "cell": pl.UInt64},
    )
    placed = place(claims_of(events, EVICTIONS, EVICTIONS.family("filings")), zones)
    assert (placed.claims.height, placed.homes_without_zone, placed.rows_without_zone) == (1, 2, 3)
    quality = quality_claims(events, zones, EVICTIONS)
    table = next(t for t in EVICTIONS.ladder if t.family == "quality")
    rows = active_homes(quality, EVICTIONS.family("quality"), table, [date(2025, 1, 1)])
    assert sorted(rows.select("home", "leaf").rows()) == [(1, "placed"), (2, "not_placed"), (3, "not_placed")]


# ---------------------------------------------------------------- the book, and what stands in a claim


def test_each_table_and_year_has_its_own_book_in_order(tmp_path: Path) -> None:
    book = ContributionBook(tmp_path)
    book.record("t", 2025, active((2, 1), (1, 2), (1, 1)))
    assert book.counted("t", 2026, expected=False).rows() == book.counted("u", 2025, expected=False).rows() == []
    assert book.counted("t", 2026, expected=False).schema == book.counted("t", 2025, expected=True).schema
    assert pl.read_parquet(tmp_path / "t" / "2025.parquet").rows() == [
        (1, date(2025, 1, 1)),
        (2, date(2025, 1, 1)),
        (1, date(2025, 2, 1)),
    ]


def test_a_lost_and_a_broken_book_are_named(tmp_path: Path) -> None:
    book = ContributionBook(tmp_path)
    with pytest.raises(BookLost) as lost:
        book.counted("t", 2025, expected=True)
    assert lost.value.what == "The contribution book of t, 2025 is missing although months of it were measured."
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "2025.parquet").write_bytes(b"torn")
    with pytest.raises(StorageFailed) as broken:
        book.counted("t", 2025, expected=True)
    assert broken.value.what == "The contribution book of t, 2025 cannot be read."


def test_a_leaf_names_every_dimension_and_all_where_there_is_none() -> None:
    policy = policy_for("evictions")
    claims = pl.DataFrame(
        {
            "home": [1, 1],
            "day": [date(2025, 3, 20), date(2025, 2, 3)],
            "cell": [5, 6],
            "district": ["d1", "d2"],
            "city": ["city", "city"],
            "outcome": ["judgment", "default"],
            "represented": ["with_lawyer", "without_lawyer"],
        }
    )
    family = policy.family("dispositions")
    crossed = LadderTable("dispositions", Grain.YEAR, "district", ("outcome", "represented"), 0.1, 1)
    year = date(2025, 1, 1)
    assert active_homes(claims, family, crossed, [year]).rows() == [(1, year, "d2", "d2", "default_without_lawyer")]
    plain = LadderTable("dispositions", Grain.QUARTER, "city", (), 0.1, 4)
    assert active_homes(claims, family, plain, [year]).rows() == [(1, year, "d2", "city", "all")]
    assert active_homes(claims, family, plain, [date(2025, 4, 1)]).is_empty()


@pytest.mark.parametrize(
    ("january", "february", "short"),
    [
        #  the book names homes 1 and 2 in January, home 1 in February
        (2, 1, None),
        (1, 0, None),  # a killed run had booked one more
        (3, 1, "2025-01-01"),
        (3, 2, "2025-01-01"),
        (2, 2, "2025-02-01"),
    ],
)
def test_a_book_older_than_what_was_counted_is_refused(january: int, february: int, short: str | None) -> None:
    book = active((2, 1), (1, 2), (1, 1))
    counted = {date(2025, 2, 1): february, date(2025, 1, 1): january}
    if short is None:
        refuse_shorter_book("t", book, counted)
        return
    with pytest.raises(BookLost) as told:
        refuse_shorter_book("t", book, counted)
    assert told.value.what == f"The contribution book of t does not hold the homes that were counted in {short}."


def test_a_month_that_the_book_does_not_know_held_nobody() -> None:
    refuse_shorter_book("t", active((1, 1)), {date(2025, 3, 1): 0})
    with pytest.raises(BookLost):
        refuse_shorter_book("t", active((1, 1)), {date(2025, 3, 1): 1})
