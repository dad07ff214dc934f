"""A case: one protected topic of one city, as `protect` would be given it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from etl.protect.calendar import Coverage, PeriodState, period_states
from layers.ladder import Family
from layers.period import Grain
from layers.policy import DisclosurePolicy, collected, policy_for


@dataclass(frozen=True)
class Case:
    """Located events of a topic (private), the zones, and the days that are covered. `overrides` as in city.toml."""

    title: str
    topic: str
    events: pl.DataFrame
    zones: pl.DataFrame
    coverage: Coverage
    as_of: date
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def policy(self, rho: float | None = None) -> DisclosurePolicy:
        """The topic's policy at a yearly budget of `rho`; at the default one without it."""
        given = dict(self.overrides) | ({} if rho is None else {"rho": rho})
        return collected(policy_for(self.topic, given), self.events.columns)

    @property
    def family(self) -> Family:
        """The family that the report looks at: filings, scheduled shutoffs."""
        return self.policy().families[0]

    def states(self) -> dict[Grain, dict[date, PeriodState]]:
        """What a release may say about each period."""
        policy = self.policy()
        return {g: period_states(policy, g, self.coverage, self.as_of) for g, _ in policy.closing_days}

    def closed(self, grain: Grain) -> list[date]:
        """The periods that are measured."""
        return [start for start, state in self.states()[grain].items() if state is PeriodState.CLOSED]

    def levels(self) -> list[tuple[Grain, str]]:
        """Grain and geography of everything that is published of the family, fine to coarse."""
        policy = self.policy()
        return [(grain, name) for grain, _ in policy.closing_days
                for name in policy.geographies(self.family.measure, grain)]  # fmt: skip
