"""Years that are done: every table that could ever be due is sealed, so the key of their homes is destroyed."""

from collections.abc import Collection
from datetime import date

from etl.context import Context
from etl.homes.keys import HomeKeys
from etl.protect.calendar import Coverage, PeriodState, period_states
from etl.protect.key import MeasurementKey
from etl.protect.ledger import Ledger
from layers.period import Grain
from layers.policy import DisclosurePolicy, collected


def retire_years(
    context: Context, policy: DisclosurePolicy, *, coverage: Coverage, fields: Collection[str]
) -> tuple[int, ...]:
    """Destroy the key of every year of the topic that is done, and of those that a killed run left marked."""
    ledger = Ledger(context.state.engine, context.clock)
    charged, sealed = (read(policy.topic, policy.tier) for read in (ledger.charged, ledger.sealed))
    keys = HomeKeys(context.folders, policy.topic, policy.tier)
    ours = collected(policy, fields)
    done = [year for year in keys.kept() if is_done(ours, year, coverage, context.as_of, charged, sealed)]
    keys.retire(done)
    return tuple(sorted(done))


def is_done(
    policy: DisclosurePolicy,
    year: int,
    coverage: Coverage,
    as_of: date,
    charged: Collection[MeasurementKey],
    sealed: Collection[MeasurementKey],
) -> bool:
    """Whether nothing of the year can ever be due again: it has closed, the sources speak for it to its end (what they
    may still be declared to cover is not measured yet), and all that was due or booked is sealed."""
    last = date(year, 12, 31)
    if coverage.last is not None and coverage.last < last:
        return False
    if policy.closes(date(year, 1, 1), Grain.YEAR) > as_of:
        return False
    for grain, _ in policy.closing_days:
        states = period_states(policy, grain, coverage, as_of)
        ours = {start: state for start, state in states.items() if start.year == year}
        if PeriodState.NOT_REPORTED in ours.values():
            return False
        due = {start for start, state in ours.items() if state is PeriodState.CLOSED}
        tables = {table.name for table in policy.ladder if table.grain is grain}
        found = {(key.table, key.period) for key in sealed}
        if any((table, start) not in found for table in tables for start in due):
            return False
    return all(key in sealed for key in charged if key.year == year)
