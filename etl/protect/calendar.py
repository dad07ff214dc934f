"""Which periods a release speaks of and what it may say about each: fixed by dates alone, before looking at records."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from layers.period import Grain, next_period, period_end, period_range, period_start
from layers.policy import DisclosurePolicy


class PeriodState(StrEnum):
    """Closed periods are measured; the other two words are the status of all their rows."""

    CLOSED = "closed"
    NOT_REPORTED = "not_reported"
    NOT_COLLECTED = "not_collected"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days for which the sources speak. Without `last` they speak up to the day of the run."""

    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ClosedUpTo:
    """The last closed period of a grain (its first day; None if there is none yet), and the next and its day."""

    grain: Grain
    last_closed: date | None
    next_period: date
    next_on: date


def period_states(policy: DisclosurePolicy, grain: Grain, coverage: Coverage, as_of: date) -> dict[date, PeriodState]:
    """Every period from the first covered day to `as_of`. One that is covered in part only is `not_collected`."""
    return {
        start: _state(policy, grain, start, coverage, as_of) for start in period_range(coverage.first, as_of, grain)
    }


def closed_up_to(policy: DisclosurePolicy, grain: Grain, coverage: Coverage, as_of: date) -> ClosedUpTo:
    """What pages name: the last closed period and the date of the next."""
    states = period_states(policy, grain, coverage, as_of)
    closed = [start for start, state in states.items() if state is PeriodState.CLOSED]
    upcoming = period_start(max(coverage.first, as_of), grain)
    waiting = next((start for start, state in states.items() if state is PeriodState.NOT_REPORTED), upcoming)
    if waiting < coverage.first:
        waiting = next_period(waiting, grain)  # the first period that the sources cover whole
    return ClosedUpTo(grain, closed[-1] if closed else None, waiting, policy.closes(waiting, grain))


def _state(policy: DisclosurePolicy, grain: Grain, start: date, coverage: Coverage, as_of: date) -> PeriodState:
    if start < coverage.first:
        return PeriodState.NOT_COLLECTED
    if policy.closes(start, grain) > as_of:
        return PeriodState.NOT_REPORTED
    if coverage.last is not None and period_end(start, grain) > coverage.last:
        return PeriodState.NOT_COLLECTED
    return PeriodState.CLOSED
