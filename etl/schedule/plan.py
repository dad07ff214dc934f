"""What is due when: pure functions of a city's declarations and moments. Nothing here knows a clock or a database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from etl.city import City, Source
from etl.errors import DeclarationError
from etl.schedule.moments import moments, next_moment
from layers.policy import Tier

MADE_UP = timedelta(hours=6)
"""A time that was missed (the machine was off) is made up for at least so long after it."""
BACKOFF = tuple(timedelta(minutes=n) for n in (5, 15, 45, 90))
"""How long after a failed attempt the next one follows; after the last the night has failed."""
RETRIED = frozenset({10, 15, 16})
"""Exit codes that may pass by themselves: the source is down, another run holds the lock, storage failed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A source is to run at a moment (UTC)."""

    moment: datetime
    source: str


def due(city: City, since: datetime, until: datetime) -> list[Due]:
    """Every declared time of every source after `since` and up to `until`, oldest first; both moments are aware."""
    found = [
        Due(moment, source.id)
        for source in timed(city)
        for moment in moments(str(source.cron), city.zone_of(source), since, until)
    ]
    return sorted(found, key=lambda one: (one.moment, one.source))


def upcoming(city: City, now: datetime) -> list[Due]:
    """The next declared time of every source that has one, soonest first."""
    found = [(next_moment(str(s.cron), city.zone_of(s), now), s.id) for s in timed(city)]
    return sorted((Due(at, source) for at, source in found if at is not None), key=lambda one: (one.moment, one.source))


def timed(city: City) -> tuple[Source, ...]:
    """The sources that declare when they run."""
    return tuple(source for source in city.sources if source.cron)


def require_times(city: City) -> None:
    """Raises DeclarationError where no source declares when to run."""
    if not timed(city):
        raise DeclarationError.of(
            "sources/*.toml", "cron", "no source declares when to run.", 'Add cron = "15 5 * * *" to a source.'
        )


def tiers_of(city: City, topic: str, now: datetime) -> Iterator[str]:
    """The tiers in which a topic runs: public, and partner while the agreement lasts."""
    yield str(Tier.PUBLIC)
    agreed = city.partner is not None and city.partner.expires >= city.today(now)
    if agreed and topic in city.topics_of(Tier.PARTNER):
        yield str(Tier.PARTNER)


def still_wanted(city: City, source: Source, moment: datetime, now: datetime) -> bool:
    """Whether a declared time that was missed is made up: until half the way to the next one, and MADE_UP at least."""
    following = next_moment(str(source.cron), city.zone_of(source), moment)
    half = (following - moment) / 2 if following is not None else MADE_UP
    return now - moment <= max(MADE_UP, half)


def again_at(attempt: int, failed: datetime) -> datetime | None:
    """When the attempt after a failed one follows (the first is number 1); None when there were enough."""
    return failed + BACKOFF[attempt - 1] if attempt <= len(BACKOFF) else None
