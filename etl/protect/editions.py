"""A second measurement of a table and period, booked against the reserve by a person for a genuine error.

Booking draws nothing. The next run finds an edition that is paid for and not measured, and measures it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from etl.protect.approvals import Approval, write_approval
from etl.protect.key import MeasurementKey
from etl.protect.ledger import Budget, Charge, Ledger, Spent
from etl.protect.mechanism import rho_of
from etl.protect.refusals import EditionRefused
from layers.policy import DisclosurePolicy


@dataclass(frozen=True, slots=True)
class Booked:
    """An edition that was booked, and what a home's year had cost before and costs now."""

    key: MeasurementKey
    rho_before: float
    rho_after: float
    epsilon_after: float


def book_edition(
    ledger: Ledger,
    policy: DisclosurePolicy,
    table: str,
    period: date,
    *,
    reason: str,
    by: str,
    today: date,
    sigma: float | None = None,
) -> Booked:
    """Book the next edition of a measured table, with the noise of the last one unless `sigma` is given.

    Raises EditionRefused where there is nothing to repeat, and LedgerOverdrawn where the reserve does not suffice; in
    both cases nothing is booked.
    """
    ledger.verify()
    last = _last_edition(ledger, policy, table, period)
    key = replace(last.key, edition=last.key.edition + 1)
    approval = Approval(key, reason, by, today)
    noise = last.sigma if sigma is None else sigma
    charge = replace(last, key=key, sigma=noise, rho=rho_of(noise), snapshot=approval.digest)
    before = _spent(ledger, key)
    ledger.charge([charge], _budget(policy), beside=lambda connection: write_approval(connection, approval))
    after = _spent(ledger, key)
    return Booked(key, before.rho if before else 0.0, after.rho if after else 0.0, after.epsilon if after else 0.0)


def editions_booked(ledger: Ledger, topic: str, tier: str) -> Mapping[MeasurementKey, str]:
    """The key of every edition after the first, with the evidence that the ledger keeps of it."""
    return {key: charge.snapshot for key, charge in ledger.charges(topic, tier).items() if key.edition > 1}


def _last_edition(ledger: Ledger, policy: DisclosurePolicy, table: str, period: date) -> Charge:
    charges = ledger.charges(policy.topic, policy.tier)
    if table not in {key.table for key in charges}:
        known = ", ".join(sorted({key.table for key in charges})) or "none yet"
        raise EditionRefused(f"No table of that name was ever measured for {policy.topic}; measured: {known}.")
    same = {key: charge for key, charge in charges.items() if (key.table, key.period) == (table, period)}
    if not same:
        raise EditionRefused(f"{table} of {period} was never measured: it is no first day of a closed period of it.")
    last = max(same)
    if last not in ledger.sealed(policy.topic, policy.tier):
        raise EditionRefused(f"{last} is booked and not measured yet.", "Run the topic: it will be measured then.")
    return same[last]


def _budget(policy: DisclosurePolicy) -> Budget:
    return Budget(ladder=policy.rho * (1 - policy.reserve), total=policy.rho)


def _spent(ledger: Ledger, key: MeasurementKey) -> Spent | None:
    year = (key.topic, key.tier, key.year)
    return next((each for each in ledger.spent() if (each.topic, each.tier, each.year) == year), None)
