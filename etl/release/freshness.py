"""Freshness: what was promised, what came, what is late. Computed from the runs, never typed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from etl.city import City, Source
from etl.release.words import as_received
from etl.state import State
from layers.period import add_months
from layers.policy import Tier
from layers.release import StoreStatus, TopicStatus
from layers.topics import topic

GRACE = timedelta(hours=36)
"""How long after its promised time new data is not called late yet."""
_DAYS = {"daily": 1, "weekly": 7}
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


def next_due(last: datetime, cadence: str) -> datetime | None:
    """When the source promises its next data; None for a source that comes once."""
    if cadence in _DAYS:
        return last + timedelta(days=_DAYS[cadence])
    if cadence in _MONTHS:
        day = add_months(last.date(), _MONTHS[cadence])
        return datetime.combine(day, last.timetz())
    return None


def store_status(
    city: City,
    state: State,
    current: dict[str, str],
    as_of: dict[str, date],
    now: datetime,
    tier: str = Tier.PUBLIC,
) -> StoreStatus:
    """status.json of a tier: one row for each topic the city declares for publication in it."""
    names = city.topics_of(tier)
    topics = tuple(_topic_status(city, state, name, current.get(name), as_of.get(name), now, tier) for name in names)
    return StoreStatus(written_at=now, clock=city.settings.as_of, topics=topics)


def for_everybody(status: StoreStatus) -> StoreStatus:
    """What may be published of it: of a run the hour alone.

    From the seconds in which runs begin and end one could tell the nights on which a feed about homes brought nothing.
    """
    return status.model_copy(update={"topics": tuple(_by_the_hour(row) for row in status.topics)})


def _by_the_hour(row: TopicStatus) -> TopicStatus:
    moments = {"last_run": row.last_run, "last_success": row.last_success, "next_due": row.next_due}
    return row.model_copy(
        update={name: at and at.replace(minute=0, second=0, microsecond=0) for name, at in moments.items()}
    )


def _topic_status(
    city: City, state: State, name: str, release: str | None, as_of: date | None, now: datetime, tier: str
) -> TopicStatus:
    last, good = state.last(name, tier=tier), state.last(name, good=True, tier=tier)
    due = _earliest_due(city.sources_of(name), good.ended if good else None)
    clock = clock_of(city, now)
    held = last is not None and last.exit_code not in (0, None)
    return TopicStatus(
        topic=name,
        title=_title(city, name),
        release=release,
        as_of=as_of,
        last_run=last.started if last else None,
        last_success=good.ended if good else None,
        next_due=due,
        late=due is not None and clock > due + GRACE,
        held=held,
        reason=public_reason(last.exit_code) if held and last else "",
    )


def _title(city: City, name: str) -> str:
    """What its release is called: where all of it was counted by an agency, in the agency's words."""
    published = [s for s in city.sources_of(name) if s.publish]
    counted = [s for s in published if s.counted]
    return as_received(topic(name), counted, alone=len(counted) == len(published)).title


def _earliest_due(sources: Sequence[Source], last: datetime | None) -> datetime | None:
    if last is None:
        return None
    dues = [due for due in (next_due(last, s.cadence) for s in sources if s.publish) if due is not None]
    return min(dues, default=None)


def clock_of(city: City, now: datetime) -> datetime:
    """A city whose clock stands still is never late: its page says that the clock stands still."""
    if city.settings.as_of is None:
        return now
    return datetime.combine(city.settings.as_of, time.min, tzinfo=now.tzinfo)


def public_reason(exit_code: int | None) -> str:
    """Why newer data is not up, in words that say nothing about any record."""
    return {
        10: "The source could not be reached or read.",
        11: "The source changed its columns; the steward is checking what they mean.",
        12: "Newer data did not pass the quality checks.",
        13: "Newer data did not pass the quality checks.",  # how many could be placed is a figure about homes
        14: "A newer release was refused because it could have disclosed too much.",
        16: "The storage failed.",
    }.get(exit_code or 0, "The last run did not finish.")
