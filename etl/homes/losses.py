"""What a home's year has cost so far and may cost at most: by topic and tier, and over all of them.

Losses add up, whoever puts releases together. Every number follows from policy and calendar, never from a record.
"""

from collections.abc import Iterable

from etl.protect.ledger import Spent
from etl.protect.mechanism import epsilon
from layers.certificate import Loss
from layers.policy import DELTA, DisclosurePolicy, Tier, best_guess

ALL = "all"


def spent_so_far(spent: Iterable[Spent]) -> tuple[Loss, ...]:
    """The ledger's totals by topic, tier and year; then of all public topics, and of all topics and tiers.

    Each also over all years together: `year` is None.
    """
    rows = [(s.topic, s.tier, s.year, s.rho) for s in spent]
    public = [(ALL, str(Tier.PUBLIC), year, rho) for _, tier, year, rho in rows if tier == Tier.PUBLIC]
    everything = [(ALL, ALL, year, rho) for _, _, year, rho in rows]
    return tuple(loss for part in (rows, public, everything) for loss in _sums(part))


def at_most(topic: str, policies: Iterable[DisclosurePolicy]) -> tuple[Loss, ...]:
    """What any one calendar year may cost under the city's policies: of `topic`, of all public topics, of everything.

    `policies` are those of every topic and tier that the city measures.
    """
    known = list(policies)
    public = [p.rho for p in known if p.tier is Tier.PUBLIC]
    own = [_loss(p.topic, str(p.tier), None, p.rho) for p in known if p.topic == topic]
    return (
        *own,
        _loss(ALL, str(Tier.PUBLIC), None, sum(public)),
        _loss(ALL, ALL, None, sum(p.rho for p in known)),
    )


def _sums(rows: Iterable[tuple[str, str, int, float]]) -> list[Loss]:
    totals: dict[tuple[str, str, int | None], float] = {}
    for topic, tier, year, rho in rows:
        for span in (year, None):
            totals[topic, tier, span] = totals.get((topic, tier, span), 0.0) + rho
    in_order = sorted(totals.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or 0))
    return [_loss(topic, tier, year, rho) for (topic, tier, year), rho in in_order]


def _loss(topic: str, tier: str, year: int | None, rho: float) -> Loss:
    return Loss(
        topic=topic,
        tier=tier,
        year=year,
        rho=round(rho, 6),
        epsilon=round(epsilon(rho), 2),
        delta=DELTA,
        best_guess=round(best_guess(rho), 4),
    )
