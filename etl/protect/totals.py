"""What a home's year has cost over tiers and topics: what someone with all figures together could know."""

from collections.abc import Iterable
from dataclasses import dataclass

from etl.protect.ledger import Spent
from etl.protect.mechanism import epsilon
from layers.policy import best_guess


@dataclass(frozen=True, slots=True)
class Total:
    """The cost of a calendar year of one topic in all its tiers; of all topics where `topic` is None."""

    topic: str | None
    tiers: tuple[str, ...]
    year: int
    rho: float
    epsilon: float
    """At delta 10⁻⁶."""
    best_guess: float
    """How often (0 to 1) someone who knows every other record can be right about one home, prior 50/50."""


def totals(spent: Iterable[Spent]) -> tuple[Total, ...]:
    """Per topic and year over its tiers, then per year over all topics. Collusion is paid for by adding rho."""
    rows = list(spent)
    topics = sorted({(row.topic, row.year) for row in rows})
    by_topic = [_total(topic, year, [r for r in rows if (r.topic, r.year) == (topic, year)]) for topic, year in topics]
    years = sorted({row.year for row in rows})
    return (*by_topic, *(_total(None, year, [r for r in rows if r.year == year]) for year in years))


def _total(topic: str | None, year: int, rows: list[Spent]) -> Total:
    rho = sum(row.rho for row in rows)
    tiers = tuple(sorted({row.tier for row in rows}, reverse=True))  # public first
    return Total(topic, tiers, year, rho, epsilon(rho), best_guess(rho))
