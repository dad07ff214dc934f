"""What a steward must hear of: topics that are late, failed or held. Read from the runs, never typed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from etl.city import City
from etl.release.freshness import store_status
from etl.schedule.occasions import unfinished
from etl.state import HELD, Holds, State
from layers.policy import Tier

Kind = Literal["late", "failed", "held"]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something is wrong with a topic in a tier. `exit_code` says why; None where it is only late.

    `certain` is False while another attempt waits: then it keeps an alert up and raises none.
    """

    kind: Kind
    topic: str
    tier: str
    exit_code: int | None = None
    certain: bool = True

    @property
    def subject(self) -> tuple[str, str, str]:
        """What makes two of them the same one."""
        return self.kind, self.topic, self.tier


def conditions(city: City, state: State, now: datetime) -> list[Condition]:
    """Everything that is wrong now.

    *held*: a gate stopped the topic's run, and the hold lasts. *failed*: its last run failed otherwise. *late*: a
    promised cadence passed without a run that succeeded.
    """
    found = [Condition("held", hold.topic, hold.tier, hold.exit_code) for hold in Holds(state.engine).open()]
    waits = {(one.topic, one.tier) for one in unfinished(state.engine)}
    for tier in _tiers(city):
        for row in store_status(city, state, {}, {}, now, tier).topics:
            if row.late:
                found.append(Condition("late", row.topic, tier))
        for topic in dict.fromkeys(source.topic for source in city.sources):
            last = state.last(topic, tier=tier)
            code = last.exit_code if last is not None else None
            if code and code not in HELD:
                found.append(Condition("failed", topic, tier, code, certain=(topic, tier) not in waits))
    return found


def _tiers(city: City) -> tuple[str, ...]:
    return (str(Tier.PUBLIC),) if city.partner is None else (str(Tier.PUBLIC), str(Tier.PARTNER))
