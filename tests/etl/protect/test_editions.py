"""A second answer is booked by a person, paid from the reserve, measured once, and told from then on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
import sqlalchemy as sa

from etl.protect.approvals import Approvals
from etl.protect.editions import Booked, book_edition, editions_booked
from etl.protect.ledger import Ledger
from etl.protect.measure import Bench
from etl.protect.refusals import EditionRefused, LedgerBroken, LedgerOverdrawn
from etl.steps.protect import Coverage, Protected, protect
from layers.policy import policy_for
from tests.etl.protect.conftest import NOW

MakeBench = Callable[..., Bench]
Filings = Callable[..., pl.DataFrame]
POLICY = policy_for("evictions")
AS_OF = date(2025, 5, 1)
MARCH = date(2025, 3, 1)
TABLE = "filings-month-neighborhood"
EVENTS = tuple((home, f"2025-{month:02}-10") for home in range(70) for month in (1, 2, 3))
TWICE = (*EVENTS, *((home, "2025-03-11") for home in range(70, 490)))
"""The feed once the agency has sent what was missing of March."""


def run(bench: Bench, events: pl.DataFrame, zones: pl.DataFrame, *, dry_run: bool = False) -> Protected:
    return protect(
        events,
        zones,
        POLICY,
        coverage=Coverage(date(2025, 1, 1)),
        as_of=AS_OF,
        snapshot="keyed-hash",
        bench=bench,
        dry_run=dry_run,
    )


def book(ledger: Ledger, table: str = TABLE, period: date = MARCH, **given: float) -> Booked:
    return book_edition(
        ledger, POLICY, table, period, reason="March came without its last week.", by="A. Steward", today=AS_OF, **given
    )  # fmt: skip


def spent(bench: Bench) -> float:
    return round(sum(each.rho for each in bench.ledger.spent()), 6)


def month(protected: Protected, start: date = MARCH) -> float:
    rows = protected.counts.filter(geography="city", grain="month", kind="count", period=start)
    return float(rows["value"].item())


@pytest.fixture
def measured(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> Bench:
    """A bench on which January to March were measured, short of most of March."""
    run(make_bench(), filings(*EVENTS), zones)
    return make_bench()


def test_the_next_run_measures_the_new_edition_once(
    measured: Bench, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    before = run(measured, filings(*TWICE), zones)
    assert month(before) < 100, "without an edition the first answer stands"

    for table in (TABLE, "filings-month-district"):
        book(measured.ledger, table)
    after = run(make_bench(), filings(*TWICE), zones)
    again = run(make_bench(), filings(*EVENTS), zones)

    assert (after.report.measured_now, again.report.measured_now) == (2, 0)
    assert month(after) > 400
    assert month(again) == month(after), "read back for ever, whatever the feed says then"
    assert month(after, date(2025, 1, 1)) == month(before, date(2025, 1, 1))


def test_what_it_costs_is_in_the_ledgers_running_total(measured: Bench) -> None:
    before = spent(measured)
    booked = book(measured.ledger)

    assert booked.rho_after - booked.rho_before == pytest.approx(0.26 / 4)
    assert spent(measured) == pytest.approx(before + 0.26 / 4)
    measured.ledger.verify()


def test_editions_may_spend_the_reserve_and_no_more(measured: Bench) -> None:
    """ladder of the year .9 | reserve .1 | one month of neighborhoods .065: the second one does not fit."""
    book(measured.ledger)
    before = spent(measured), editions_booked(measured.ledger, "evictions", "public")

    with pytest.raises(LedgerOverdrawn) as refused:
        book(measured.ledger, period=date(2025, 2, 1))

    assert refused.value.exit_code == 14
    assert (spent(measured), editions_booked(measured.ledger, "evictions", "public")) == before


def test_an_overdrawn_edition_is_never_measured(
    measured: Bench, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    with pytest.raises(LedgerOverdrawn):
        book(measured.ledger, sigma=0.5)
    assert run(make_bench(), filings(*TWICE), zones).report.measured_now == 0


def test_the_reserve_is_enough_for_a_whole_year_of_the_ladder_afterwards(
    measured: Bench, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    """ladder .9, without dispositions (.13), which this feed does not tell of; and the edition's .065."""
    book(measured.ledger)
    done = protect(
        filings(*TWICE), zones, POLICY, coverage=Coverage(date(2025, 1, 1)), as_of=date(2026, 6, 1),
        snapshot="s", bench=make_bench(),
    )  # fmt: skip
    assert done.report.waiting == 0
    assert max(each.rho for each in make_bench().ledger.spent()) == pytest.approx(0.9 - 0.13 + 0.26 / 4)


def test_more_noise_costs_less(measured: Bench, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    booked = book(measured.ledger, sigma=10.0)
    run(make_bench(), filings(*TWICE), zones)

    assert booked.rho_after - booked.rho_before == pytest.approx(1 / 200)
    vector = measured.measurements.read(booked.key)
    assert vector is not None
    assert vector.sigma == 10.0


def test_booked_and_killed_before_measuring(
    measured: Bench, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    """The booking is all there is; whoever runs next draws, and nobody pays twice."""
    book(measured.ledger)
    paid = spent(measured)

    class Killed(Exception):
        pass

    def stop(step: str) -> None:
        if step in ("charged", "written"):
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            run(replace(make_bench(), progress=stop), filings(*TWICE), zones)
    done = run(make_bench(), filings(*TWICE), zones)

    assert done.report.measured_now == 1
    assert spent(make_bench()) == paid


def test_a_dry_run_does_not_measure_it(
    measured: Bench, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    book(measured.ledger)
    done = run(make_bench(), filings(*TWICE), zones, dry_run=True)
    assert (done.report.measured_now, done.report.waiting) == (0, 1)


@pytest.mark.parametrize(
    ("table", "period"),
    [
        ("filings-year-zone1", date(2025, 1, 1)),  # not closed
        (TABLE, date(2025, 4, 1)),  # not closed
        (TABLE, date(2025, 3, 15)),  # no period
        (TABLE, date(2024, 3, 1)),  # before the records
        ("filings-month-street", MARCH),  # no table
    ],
)
def test_what_was_never_measured_has_no_second_edition(measured: Bench, table: str, period: date) -> None:
    with pytest.raises(EditionRefused):
        book(measured.ledger, table, period)
    assert editions_booked(measured.ledger, "evictions", "public") == {}


def test_one_edition_at_a_time(measured: Bench) -> None:
    book(measured.ledger, sigma=20.0)
    with pytest.raises(EditionRefused, match="not measured yet"):
        book(measured.ledger, sigma=20.0)


def test_who_and_why_cannot_be_changed_afterwards(measured: Bench, tmp_path: object) -> None:
    book(measured.ledger)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/state.db")
    booked = editions_booked(Ledger(engine, lambda: NOW), "evictions", "public")
    (approval,) = Approvals(engine).of("evictions", "public", booked)
    assert (approval.booked_by, approval.booked_on) == ("A. Steward", AS_OF)

    for statement in ("UPDATE privacy_approvals SET booked_by = 'nobody'", "DELETE FROM privacy_approvals"):
        with engine.begin() as connection, pytest.raises(sa.exc.DatabaseError, match="append-only"):
            connection.execute(sa.text(statement))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER privacy_approvals_no_update"))
        connection.execute(sa.text("UPDATE privacy_approvals SET booked_by = 'nobody'"))
    with pytest.raises(LedgerBroken):
        Approvals(engine).of("evictions", "public", booked)
