"""What must be impossible of noise and of the ledger: one test per item, each of which tries to do it."""

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.protect.key import MeasurementKey
from etl.protect.ledger import Budget, Charge, Ledger
from etl.protect.mechanism import SeededGaussian, rho_of
from etl.protect.refusals import LedgerOverdrawn
from tests.etl.impossible.attempts import BEFORE, TODAY, City, on_day
from tests.machinery.small_city import declare, etl


def test_a_seed_in_production(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """No option takes one; a sampler with one is refused, and so is every later release on what it drew."""
    on_day(new_city, BEFORE)
    assert etl("run", new_city.folder, "evictions", "--var", new_city.var, "--seed", "7").code == 2
    with monkeypatch.context() as patch:
        patch.setattr("etl.release.protection.DiscreteGaussian", lambda: SeededGaussian(7))
        assert new_city.run() == 14
    assert not (new_city.public / "current.json").exists()
    on_day(new_city, TODAY)
    assert new_city.run() == 14
    assert not (new_city.public / "current.json").exists()


def test_an_overdrawn_ledger(published_city: City, tmp_path: Path) -> None:
    """Ask for more than a home's year may cost; rewrite the account; lower the price of what was bought."""
    ledger = Ledger(sa.create_engine(f"sqlite:///{tmp_path / 'ledger'}"), lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def bought(month: int, edition: int = 1) -> Charge:
        key = MeasurementKey("evictions", "public", "filings-month-zone1", date(2026, month, 1), edition)
        return Charge(key, 1.0, 4, rho_of(1.0), "evidence")

    ledger.charge([bought(1)], Budget(0.9, 1.0))
    for more in ([bought(2)], [bought(1, edition=2), bought(1, edition=3)]):
        with pytest.raises(LedgerOverdrawn) as stopped:
            ledger.charge(more, Budget(0.9, 1.0))
        assert stopped.value.exit_code == 14
    assert [spent.rho for spent in ledger.spent()] == [pytest.approx(0.5)]

    state = sqlite3.connect(published_city.var / "private/state.sqlite")
    for rewriting in ("UPDATE privacy_ledger SET rho = 0", "DELETE FROM privacy_ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), state:
            state.execute(rewriting)
    state.close()

    own = Ledger(
        sa.create_engine(f"sqlite:///{published_city.var / 'private/state.sqlite'}"),
        lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    spent, booked = own.spent(), own.charges("evictions", "public")
    again = [replace(charge, key=replace(key, edition=2)) for key, charge in booked.items()]
    with pytest.raises(LedgerOverdrawn):
        own.charge(again, Budget(0.9, 1.0))
    assert own.spent() == spent, "all or nothing"

    on_day(published_city, TODAY)
    declare(published_city.folder / "city.toml", lambda text: text + "\n[policy.evictions]\nrho = 0.2\n")
    assert published_city.run() == 0
    begun = {(key.table, key.year): charge.sigma for key, charge in booked.items()}
    later = own.charges("evictions", "public")
    assert all(charge.sigma == begun.get((key.table, key.year), charge.sigma) for key, charge in later.items())
    assert all(each.rho <= 0.9 * (1 + 1e-9) for each in own.spent() if each.topic == "evictions")
