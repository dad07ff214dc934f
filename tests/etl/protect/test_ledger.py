"""The ledger only grows, knows what a home's year has cost, and refuses to spend more."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from etl.protect.key import MeasurementKey
from etl.protect.ledger import Budget, Charge, Ledger, Measured, Spent, home_year_cost, metadata
from etl.protect.mechanism import epsilon, rho_of
from etl.protect.refusals import LedgerBroken, LedgerOverdrawn
from layers.policy import policy_for

UNGUARDED = {
    "sqlite": ("DROP TRIGGER privacy_ledger_no_update", "DROP TRIGGER privacy_ledger_no_delete"),
    "postgresql": ("ALTER TABLE privacy_ledger DISABLE TRIGGER ALL",),
}
ENOUGH = Budget(ladder=9, total=10)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """An empty private database of either kind."""
    if request.param == "sqlite":
        yield sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        return
    engine = sa.create_engine(request.getfixturevalue("postgres_url"))
    yield engine
    metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP FUNCTION IF EXISTS privacy_ledger_refuse"))
    engine.dispose()


@pytest.fixture
def ledger(engine: sa.Engine) -> Ledger:
    return Ledger(engine, lambda: datetime(2026, 1, 2, tzinfo=UTC))


def charge(table: str, period: date, rho: float = 0.1, *, limit: int = 4, edition: int = 1) -> Charge:
    key = MeasurementKey("evictions", "public", table, period, edition)
    return Charge(key, sigma=1.5, periods_of_a_home=limit, rho=rho, snapshot="seal-of-the-feed")


def spent(ledger: Ledger) -> dict[int, float]:
    return {s.year: round(s.rho, 9) for s in ledger.spent()}


def test_a_home_can_have_met_only_as_many_periods_as_it_is_counted_in(ledger: Ledger) -> None:
    """Jan  Feb  Mar  Apr  May  Jun     a home counts in 2 of them
    cost         .1   .1   .3   .1   .1   .1  →  .3 + .1
    """
    costs = [0.1, 0.1, 0.3, 0.1, 0.1, 0.1]
    ledger.charge([charge("m", date(2025, m + 1, 1), rho, limit=2) for m, rho in enumerate(costs)], ENOUGH)
    assert spent(ledger) == {2025: 0.4}


def test_editions_add_up_and_years_stand_alone(ledger: Ledger) -> None:
    rows = [charge("y", date(2025, 1, 1)), charge("y", date(2025, 1, 1), edition=2), charge("y", date(2026, 1, 1))]
    ledger.charge(rows, ENOUGH)
    assert spent(ledger) == {2025: 0.2, 2026: 0.1}
    assert ledger.spent()[0].epsilon == epsilon(0.2)


def test_charging_twice_is_charging_once(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.charge([charge("y", date(2025, 1, 1))], ENOUGH)
    assert spent(ledger) == {2025: 0.1}
    assert len(ledger.charged("evictions", "public")) == 1


def test_an_overdraft_books_nothing_at_all(ledger: Ledger) -> None:
    rows = [charge("a", date(2025, 1, 1), 0.5), charge("b", date(2025, 1, 1), 0.41)]
    with pytest.raises(LedgerOverdrawn) as refused:
        ledger.charge(rows, Budget(ladder=0.9, total=1.0))
    assert refused.value.exit_code == 14
    assert ledger.charged("evictions", "public") == {}


def test_the_reserve_pays_for_editions_only(ledger: Ledger) -> None:
    budget = Budget(ladder=0.9, total=1.0)
    ledger.charge([charge("a", date(2025, 1, 1), 0.9)], budget)
    with pytest.raises(LedgerOverdrawn):
        ledger.charge([charge("b", date(2025, 1, 1), 0.1)], budget)
    ledger.charge([charge("a", date(2025, 1, 1), 0.1, edition=2)], budget)
    assert spent(ledger) == {2025: 1.0}


def test_a_whole_year_of_the_ladder_costs_rho_less_the_reserve(ledger: Ledger) -> None:
    policy = policy_for("evictions")
    periods = {"month": range(1, 13), "quarter": (1, 4, 7, 10), "year": (1,)}
    rows = [
        Charge(
            MeasurementKey("evictions", "public", t.name, date(2025, m, 1)),
            t.sigma(policy.rho),
            policy.periods_of_a_home(t.grain),
            rho_of(t.sigma(policy.rho)),
            "",
        )
        for t in policy.ladder
        for m in periods[t.grain.value]
    ]
    ledger.charge(rows, Budget(ladder=policy.rho * (1 - policy.reserve), total=policy.rho))
    assert spent(ledger) == {2025: 0.9}


def test_rows_are_chained_and_say_the_running_total(ledger: Ledger, engine: sa.Engine) -> None:
    ledger.charge([charge("a", date(2025, 1, 1)), charge("b", date(2025, 1, 1), 0.2)], ENOUGH)
    ledger.seal({charge("a", date(2025, 1, 1)).key: "hash-of-the-vector"})
    ledger.verify()
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT entry, rho_total, evidence FROM privacy_ledger ORDER BY number")
        ).all()
    assert [(e, round(r, 9), v) for e, r, v in rows] == [
        ("charge", 0.1, "seal-of-the-feed"),
        ("charge", 0.3, "seal-of-the-feed"),
        ("seal", 0.3, "hash-of-the-vector"),
    ]
    assert ledger.sealed("evictions", "public") == {charge("a", date(2025, 1, 1)).key: "hash-of-the-vector"}
    assert ledger.sealed("evictions", "partner") == {}


@pytest.mark.parametrize("statement", ["UPDATE privacy_ledger SET rho = 0", "DELETE FROM privacy_ledger"])
def test_no_row_is_ever_changed_or_removed(ledger: Ledger, engine: sa.Engine, statement: str) -> None:
    ledger.charge([charge("a", date(2025, 1, 1))], ENOUGH)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "statement", ["UPDATE privacy_ledger SET rho = 0 WHERE number = 1", "DELETE FROM privacy_ledger WHERE number = 1"]
)
def test_tampering_past_the_guard_is_found(ledger: Ledger, engine: sa.Engine, statement: str) -> None:
    ledger.charge([charge("a", date(2025, 1, 1)), charge("b", date(2025, 1, 1))], ENOUGH)
    with engine.begin() as connection:
        for guard in UNGUARDED[engine.dialect.name]:
            connection.execute(sa.text(guard))
        connection.execute(sa.text(statement))
    with pytest.raises(LedgerBroken):
        ledger.verify()


def test_nothing_spent_costs_nothing() -> None:
    assert home_year_cost([]) == 0


JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


def other(topic: str, tier: str) -> Charge:
    """A table of another topic or tier, which must never mix with that of evictions in public."""
    return Charge(MeasurementKey(topic, tier, "m", JANUARY, 1), 2.5, 3, 0.2, "another-seal")


def test_what_was_paid_for_is_told_as_it_was_booked_of_one_topic_and_tier(ledger: Ledger) -> None:
    ours = [charge("m", JANUARY), charge("m", FEBRUARY, limit=2, edition=1)]
    ledger.charge([*ours, other("shutoffs", "public"), other("evictions", "partner")], ENOUGH)
    ledger.seal({ours[0].key: "hash-of-january"})
    assert ledger.charges("evictions", "public") == {each.key: each for each in ours}
    assert ledger.charges("evictions", "partner") == {other("evictions", "partner").key: other("evictions", "partner")}
    assert ledger.charged("evictions", "public") == {each.key: 1.5 for each in ours}


def test_evidence_names_every_stored_vector_with_its_hash_in_order(ledger: Ledger) -> None:
    first, second, foreign = charge("m", JANUARY), charge("m", FEBRUARY), other("evictions", "partner")
    ledger.charge([first, second, foreign], ENOUGH)
    ledger.seal({second.key: "feb", first.key: "jan", foreign.key: "not ours"})
    ledger.seal({first.key: "another hash is never taken"})
    assert ledger.sealed("evictions", "public") == {first.key: "jan", second.key: "feb"}
    assert ledger.evidence("evictions", "public") == (f"{first.key} jan", f"{second.key} feb")
    assert ledger.evidence("shutoffs", "public") == ()


def test_periods_of_one_noise_are_told_together(ledger: Ledger) -> None:
    """table    Jan  Feb  Mar
    m, limit 4   x         x
    m, limit 2        x          another limit is another price
    n            x
    """
    rows = [charge("m", MARCH), charge("m", JANUARY), charge("m", FEBRUARY, limit=2), charge("n", JANUARY, 0.3)]
    ledger.charge([*rows, other("shutoffs", "public"), other("evictions", "partner")], ENOUGH)
    ledger.seal({rows[0].key: "a seal is no charge"})
    assert ledger.measured("evictions", "public") == (
        Measured("m", 1.5, 0.1, 2, 1, FEBRUARY, FEBRUARY),
        Measured("m", 1.5, 0.1, 4, 2, JANUARY, MARCH),
        Measured("n", 1.5, 0.3, 4, 1, JANUARY, JANUARY),
    )


def test_totals_stand_by_topic_tier_and_year(ledger: Ledger) -> None:
    ledger.charge([charge("m", JANUARY), charge("m", FEBRUARY), other("shutoffs", "partner")], ENOUGH)
    assert ledger.spent() == (
        Spent("evictions", "public", 2025, pytest.approx(0.2), pytest.approx(epsilon(0.2)), 2),  # type: ignore[arg-type]  # approx stands for a number
        Spent("shutoffs", "partner", 2025, 0.2, epsilon(0.2), 1),
    )


def test_the_whole_budget_may_be_spent_and_not_more(ledger: Ledger) -> None:
    budget = Budget(ladder=0.75, total=1.0)
    ledger.charge([charge("a", JANUARY, 0.75)], budget)
    ledger.charge([charge("a", JANUARY, 0.25, edition=2)], budget)
    for late in (charge("b", JANUARY, 0.001), charge("a", JANUARY, 0.001, edition=3)):
        with pytest.raises(LedgerOverdrawn) as refused:
            ledger.charge([late], budget)
    assert refused.value.what == (
        f"Measuring {late.key} would bring a home's year 2025 to rho 0.75 for the ladder and 0.251 for editions; "
        "its policy allows 0.75 and, as reserve, 0.25."
    )


def test_every_year_has_its_own_budget(ledger: Ledger) -> None:
    budgets = {2025: Budget(0.1, 0.2), 2026: Budget(0.5, 0.6)}
    ledger.charge([charge("y", JANUARY), charge("y", date(2026, 1, 1), 0.5)], budgets)
    with pytest.raises(LedgerOverdrawn):
        ledger.charge([charge("z", JANUARY)], budgets)
    assert spent(ledger) == {2025: 0.1, 2026: 0.5}


def test_what_must_be_booked_together_is_booked_together_or_not_at_all(ledger: Ledger) -> None:
    seen: list[int] = []

    def beside(connection: sa.Connection) -> None:
        seen.append(connection.execute(sa.text("SELECT count(*) FROM privacy_ledger")).scalar_one())
        if len(seen) > 1:
            raise RuntimeError("the other book refused")

    ledger.charge([charge("m", JANUARY)], ENOUGH, beside)
    with pytest.raises(RuntimeError):
        ledger.charge([charge("m", FEBRUARY)], ENOUGH, beside)
    assert seen == [1, 2]
    assert list(ledger.charged("evictions", "public")) == [charge("m", JANUARY).key]


def test_a_hole_or_a_swap_in_the_chain_is_found_with_its_row(ledger: Ledger, engine: sa.Engine) -> None:
    ledger.charge([charge("m", JANUARY), charge("m", FEBRUARY), charge("m", MARCH)], ENOUGH)
    ledger.verify()
    with engine.begin() as connection:
        for statement in UNGUARDED[engine.dialect.name]:
            connection.execute(sa.text(statement))
        connection.execute(sa.text("DELETE FROM privacy_ledger WHERE number = 2"))
    with pytest.raises(LedgerBroken, match=r"^Row 2 of the ledger does not follow from the one before it"):
        ledger.verify()
    with engine.begin() as connection:  # counted on, so that only the hashes tell
        connection.execute(sa.text("UPDATE privacy_ledger SET number = 2 WHERE number = 3"))
    with pytest.raises(LedgerBroken, match=r"^Row 2"):
        ledger.verify()
