"""The ledger: an append-only, hash-chained account of every measurement and what it cost a home's year.

A row is written before noise is drawn (`charge`) and another when the noisy vector is safely stored (`seal`). What a
home's year has cost is the largest sum that one home can have met: of each table the k dearest periods, where k is
the number of periods in which one home may be counted.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from etl.appendonly import append_only
from etl.protect.key import MeasurementKey
from etl.protect.mechanism import epsilon
from etl.protect.refusals import LedgerBroken, LedgerOverdrawn

_TOLERANCE = 1e-9
_START = "0" * 64

metadata = sa.MetaData()
privacy_ledger = sa.Table(
    "privacy_ledger",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", sa.String, nullable=False),
    sa.Column("entry", sa.String, nullable=False),  # charge or seal
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("tier", sa.String, nullable=False),
    sa.Column("measured_table", sa.String, nullable=False),
    sa.Column("period", sa.Date, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("sigma", sa.Double, nullable=False),
    sa.Column("periods_of_a_home", sa.Integer, nullable=False),
    sa.Column("rho", sa.Double, nullable=False),
    sa.Column("rho_total", sa.Double, nullable=False),
    sa.Column("epsilon_total", sa.Double, nullable=False),
    sa.Column("evidence", sa.String, nullable=False),  # charge: keyed hash of the snapshot; seal: hash of the vector
    sa.Column("previous_hash", sa.String, nullable=False, unique=True),
    sa.Column("hash", sa.String, nullable=False, unique=True),
    sa.UniqueConstraint("entry", "topic", "tier", "measured_table", "period", "edition", name="once"),
)

append_only(privacy_ledger, "the ledger is append-only")


@dataclass(frozen=True, slots=True)
class Charge:
    """A measurement about to be made. `rho` is what one such vector costs a home that is counted in it."""

    key: MeasurementKey
    sigma: float
    periods_of_a_home: int
    rho: float
    snapshot: str
    """The evidence: keyed hash of the inputs; of an edition, the hash of its approval."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a home's year may cost: first editions up to `ladder`, all together up to `total`.

    What lies between is the reserve, and editions may spend no more than that: the ladder's own share stays untouched
    for the periods that have not closed yet.
    """

    ladder: float
    total: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What a home's year has cost so far in one topic and tier."""

    topic: str
    tier: str
    year: int
    rho: float
    epsilon: float
    measurements: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The periods of one table that were measured with the same noise."""

    table: str
    sigma: float
    rho: float
    periods_of_a_home: int
    periods: int
    first: date
    last: date


class Ledger:
    """The table, in the private database that `engine` opens. `clock` tells the time that rows carry."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._seen: list[dict[str, Any]] = []
        metadata.create_all(engine)

    def charge(
        self,
        charges: Iterable[Charge],
        budget: Budget | Mapping[int, Budget],
        beside: Callable[[sa.Connection], None] = lambda _: None,
    ) -> None:
        """Book all of these before any noise is drawn, or none. Those booked already stay as they are.

        `beside` writes what must be booked with them, in the same transaction.
        Raises LedgerOverdrawn when a home's year would cost more than `budget` (one for all years, or by year).
        """
        with self._engine.begin() as connection:
            account = _Account(_rows(connection))
            for charge in charges:
                if charge.key not in account.charged:
                    self._append(connection, account, _charge_row(charge))
                    allowed = budget if isinstance(budget, Budget) else budget[charge.key.year]
                    _refuse_overdraft(account.year_of(charge.key), charge.key, allowed)
            beside(connection)

    def seal(self, vectors: Mapping[MeasurementKey, str]) -> None:
        """Note that these vectors are stored, with the hash of each. From now on they are read back, never redrawn."""
        with self._engine.begin() as connection:
            account = _Account(_rows(connection))
            for key, digest in vectors.items():
                if key not in account.sealed:
                    self._append(connection, account, account.charged[key] | {"entry": "seal", "evidence": digest})

    def charged(self, topic: str, tier: str) -> dict[MeasurementKey, float]:
        """What has been paid for, with the sigma that it was paid for."""
        return {_key(row): row["sigma"] for row in self._read(topic, tier) if row["entry"] == "charge"}

    def sealed(self, topic: str, tier: str) -> dict[MeasurementKey, str]:
        """What has been stored, with the hash of each vector."""
        return {_key(row): row["evidence"] for row in self._read(topic, tier) if row["entry"] == "seal"}

    def charges(self, topic: str, tier: str) -> dict[MeasurementKey, Charge]:
        """What has been paid for, as it was booked."""
        return {_key(row): _charge(row) for row in self._read(topic, tier) if row["entry"] == "charge"}

    def spent(self) -> tuple[Spent, ...]:
        """Per topic, tier and year, what a home's year has cost."""
        rows = [row for row in self._all() if row["entry"] == "charge"]
        groups: dict[tuple[str, str, int], list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            groups[row["topic"], row["tier"], row["period"].year].append(row)
        return tuple(
            Spent(topic, tier, year, rho := home_year_cost(group), epsilon(rho), len(group))
            for (topic, tier, year), group in sorted(groups.items())
        )

    def evidence(self, topic: str, tier: str) -> tuple[str, ...]:
        """Of every vector that is stored: its key and its hash, in order of the keys."""
        return tuple(f"{key} {digest}" for key, digest in sorted(self.sealed(topic, tier).items()))

    def measured(self, topic: str, tier: str) -> tuple[Measured, ...]:
        """What was paid for, by table and noise: facts of the policy and the calendar, whatever the records say."""
        groups: dict[tuple[str, float, float, int], list[date]] = defaultdict(list)
        for row in self._read(topic, tier):
            if row["entry"] == "charge":
                groups[row["measured_table"], row["sigma"], row["rho"], row["periods_of_a_home"]].append(row["period"])
        return tuple(Measured(*group, len(days), min(days), max(days)) for group, days in sorted(groups.items()))

    def verify(self) -> None:
        """Raises LedgerBroken unless every row follows from the one before it."""
        with self._engine.connect() as connection:
            previous = _START
            for number, row in enumerate(_rows(connection), start=1):
                if row["number"] != number or row["previous_hash"] != previous or row["hash"] != _digest(row):
                    raise LedgerBroken(f"Row {number} of the ledger does not follow from the one before it.")
                previous = row["hash"]

    def _read(self, topic: str, tier: str) -> list[dict[str, Any]]:
        return [row for row in self._all() if (row["topic"], row["tier"]) == (topic, tier)]

    def _all(self) -> list[dict[str, Any]]:
        """Every row; of those read before only what was added since, for none is ever changed."""
        with self._engine.connect() as connection:
            self._seen += _rows(connection, after=len(self._seen))
        return self._seen

    def _append(self, connection: sa.Connection, account: "_Account", row: Mapping[str, Any]) -> None:
        charges = account.year_of(_key(row))
        total = home_year_cost([*charges, row] if row["entry"] == "charge" else charges)
        full = dict(row) | {
            "number": account.length + 1,
            "recorded_at": self._clock().isoformat(timespec="seconds"),
            "rho_total": total,
            "epsilon_total": epsilon(total),
            "previous_hash": account.last_hash,
        }
        full["hash"] = _digest(full)
        connection.execute(privacy_ledger.insert().values(full))
        account.add(full)


class _Account:
    """The ledger's rows while one transaction adds to them."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self.charged: dict[MeasurementKey, dict[str, Any]] = {}
        self.sealed: set[MeasurementKey] = set()
        self.length, self.last_hash = 0, _START
        self._years: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self.add(row)

    def add(self, row: dict[str, Any]) -> None:
        self.length, self.last_hash = self.length + 1, row["hash"]
        key = _key(row)
        if row["entry"] == "seal":
            self.sealed.add(key)
        else:
            self.charged[key] = row
            self._years[key.topic, key.tier, key.year].append(row)

    def year_of(self, key: MeasurementKey) -> list[dict[str, Any]]:
        """The charges of the same topic, tier and year."""
        return self._years[key.topic, key.tier, key.year]


def home_year_cost(charges: Iterable[Mapping[str, Any]]) -> float:
    """The most that one home's year can have cost, given the charges of one topic, tier and year.

    A period's editions add up; of each table a home can have met `periods_of_a_home` periods, at worst the dearest.
    """
    tables: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    limits: dict[str, int] = defaultdict(int)
    for row in charges:
        name = row["measured_table"]
        tables[name][row["period"]] += row["rho"]
        limits[name] = max(limits[name], row["periods_of_a_home"])
    return math.fsum(
        cost for name, periods in tables.items() for cost in sorted(periods.values(), reverse=True)[: limits[name]]
    )


def _refuse_overdraft(year: list[dict[str, Any]], key: MeasurementKey, budget: Budget) -> None:
    first = home_year_cost(row for row in year if row["edition"] == 1)
    total = home_year_cost(year)
    reserve = budget.total - budget.ladder
    if first > budget.ladder * (1 + _TOLERANCE) or total - first > reserve + budget.total * _TOLERANCE:
        raise LedgerOverdrawn(
            f"Measuring {key} would bring a home's year {key.year} to rho {first:.4g} for the ladder and "
            f"{total - first:.4g} for editions; its policy allows {budget.ladder:.4g} and, as reserve, {reserve:.4g}."
        )


def _rows(connection: sa.Connection, after: int = 0) -> list[dict[str, Any]]:
    number = privacy_ledger.c.number
    found = connection.execute(sa.select(privacy_ledger).where(number > after).order_by(number))
    return [dict(row) for row in found.mappings()]


def _charge_row(charge: Charge) -> dict[str, Any]:
    return {
        "entry": "charge",
        "topic": charge.key.topic,
        "tier": charge.key.tier,
        "measured_table": charge.key.table,
        "period": charge.key.period,
        "edition": charge.key.edition,
        "sigma": charge.sigma,
        "periods_of_a_home": charge.periods_of_a_home,
        "rho": charge.rho,
        "evidence": charge.snapshot,
    }


def _charge(row: Mapping[str, Any]) -> Charge:
    return Charge(_key(row), row["sigma"], row["periods_of_a_home"], row["rho"], row["evidence"])


def _key(row: Mapping[str, Any]) -> MeasurementKey:
    return MeasurementKey(row["topic"], row["tier"], row["measured_table"], row["period"], row["edition"])


def _digest(row: Mapping[str, Any]) -> str:
    content = {name: str(value) for name, value in row.items() if name != "hash"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
