"""One calendar year of a table has one noise, whatever a city changes in its policy meanwhile.

Margins then stay the same all year, which is how an audit tells a margin from a figure. A changed policy holds for the
tables of which nothing was booked in that year yet, and for all of the next year's.
"""

from collections.abc import Mapping

from etl.protect.key import MeasurementKey
from etl.protect.ledger import Budget, Charge
from layers.ladder import LadderTable
from layers.policy import DisclosurePolicy

Booked = Mapping[MeasurementKey, Charge]


def sigma_of_year(policy: DisclosurePolicy, table: LadderTable, year: int, booked: Booked) -> float:
    """The noise with which the year of this table was begun; the policy's where it was not."""
    begun = _begun(table, year, booked)
    return table.sigma(policy.rho) if begun is None else begun.sigma


def budget_of_year(policy: DisclosurePolicy, year: int, booked: Booked) -> Budget:
    """What a home's year may cost: the rho of the policy, or the higher one that the year was begun with."""
    begun = ((table, _begun(table, year, booked)) for table in policy.ladder)
    rhos = [first.periods_of_a_home * first.rho / table.share for table, first in begun if first is not None]
    rho = max([policy.rho, *rhos])
    return Budget(ladder=rho * (1 - policy.reserve), total=rho)


def _begun(table: LadderTable, year: int, booked: Booked) -> Charge | None:
    """The year's first booking; editions have a noise of their own."""
    firsts = [c for key, c in booked.items() if (key.table, key.year, key.edition) == (table.name, year, 1)]
    return min(firsts, key=lambda c: c.key.period, default=None)
