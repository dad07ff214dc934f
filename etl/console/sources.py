"""How each source is doing: in order, late or held, and why. Computed from runs and holds, never typed."""

from dataclasses import dataclass
from datetime import datetime

from etl.city import City, Source
from etl.console.desk import Desk
from etl.drift.told import findings_of
from etl.release.freshness import GRACE, clock_of, next_due
from etl.schedule.plan import upcoming
from etl.state import Feeds, HeldFeed, Hold, Holds, Pause, Run, pauses
from etl.unforeseen import whole_store
from layers.policy import Tier

GREEN, LATE, HELD, FAILED, PAUSED, NEW = "good", "late", "held", "failed", "paused", "new"
WORDS = {
    GREEN: ("In order", "check"),
    LATE: ("Late", "late"),
    HELD: ("Held", "lock"),
    FAILED: ("Failed", "caution"),
    PAUSED: ("Paused", "clock"),
    NEW: ("Not run yet", "dot"),
}
"""State → its word and its picture."""


ORDER = (HELD, FAILED, LATE, PAUSED, NEW, GREEN)
"""What needs a person first."""


@dataclass(frozen=True, slots=True)
class InTier:
    """How a source's topic is doing in the partner tier."""

    state: str
    reason: str
    last_good: datetime | None
    release: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One source: its state in the public tier, why it is so, and when what. `held` is its own feed that a gate held.

    `partner` is None where the city has no partner tier, or none of this topic.
    """

    source: Source
    state: str
    reason: str
    last_good: datetime | None
    next_run: datetime | None
    release: str | None
    held: HeldFeed | None = None
    pause: Pause | None = None
    partner: InTier | None = None

    @property
    def worst(self) -> str:
        """The state that needs a person first, of both tiers."""
        states = [self.state, *([] if self.partner is None else [self.partner.state])]
        return min(states, key=ORDER.index)


@dataclass(frozen=True, slots=True)
class _Known:
    """What all sources are judged by."""

    feeds: dict[str, HeldFeed]
    holds: dict[tuple[str, str], Hold]
    pauses: dict[str, Pause]


def standings(desk: Desk, city: City) -> list[Standing]:
    """Every source of the city."""
    feeds = {held.source: held for held in Feeds(desk.engine).held()}
    holds = {(hold.topic, hold.tier): hold for hold in Holds(desk.engine).open()}
    known = _Known(feeds, holds, pauses(desk.engine))
    next_runs = {one.source: one.moment for one in upcoming(city, desk.clock())}
    for_partners = city.topics_of(Tier.PARTNER) if city.partner else ()
    found = []
    for source in city.sources:
        public = _in_tier(desk, city, source, Tier.PUBLIC, known)
        partner = _in_tier(desk, city, source, Tier.PARTNER, known) if source.topic in for_partners else None
        paused = known.pauses.get(source.id)
        found.append(
            Standing(
                source=source,
                state=public.state,
                reason=public.reason,
                last_good=public.last_good,
                next_run=None if paused else next_runs.get(source.id),
                release=public.release,
                held=known.feeds.get(source.id),
                pause=paused,
                partner=partner,
            )
        )
    return found


def _in_tier(desk: Desk, city: City, source: Source, tier: Tier, known: _Known) -> InTier:
    last = desk.state.last(source.topic, tier=tier)
    good = desk.state.last(source.topic, good=True, tier=tier)
    state, reason = _judged(source, last, good, known, city, desk.clock(), tier)
    with whole_store():
        current = desk.store(tier).current()
    release = current.get(source.topic) if source.publish else None
    return InTier(state, reason, good.ended if good else None, release)


def _judged(
    source: Source, last: Run | None, good: Run | None, known: _Known, city: City, now: datetime, tier: Tier
) -> tuple[str, str]:
    mine, paused = known.feeds.get(source.id), known.pauses.get(source.id)
    hold = known.holds.get((source.topic, str(tier)))
    if mine is not None:
        return HELD, _why(mine)
    if hold is not None:
        others = [name for name, held in known.feeds.items() if held.topic == source.topic]
        return HELD, f"Its topic waits for {', '.join(others)}." if others else hold.reason
    if paused is not None:
        return PAUSED, f"By {paused.by} since {paused.since:%d %b %Y}: {paused.reason}"
    return (NEW, "No run yet.") if last is None else _by_runs(source, last, good, city, now)


def _by_runs(source: Source, last: Run, good: Run | None, city: City, now: datetime) -> tuple[str, str]:
    if last.exit_code not in (0, None):
        return FAILED, last.reason
    due = next_due(good.ended, source.cadence) if good and good.ended else None
    if due is not None and clock_of(city, now) > due + GRACE:
        return LATE, f"New data was due on {due.astimezone(city.time_zone):%d %b %Y}."
    return GREEN, "" if last.exit_code == 0 else "A run is under way, or was stopped."


def _why(held: HeldFeed) -> str:
    findings = [finding.sentence for finding in findings_of(held) if finding.holds]
    if not findings:
        return held.reason
    more = f" And {len(findings) - 1} more." if len(findings) > 1 else ""
    return findings[0] + more
