"""What is due between two moments, and in which order topics run."""

from datetime import UTC, datetime, timedelta
from graphlib import CycleError
from itertools import pairwise

import pytest

from etl.errors import DeclarationError
from etl.schedule import STANDS_ON, due, ordered, upcoming
from etl.schedule.plan import BACKOFF, again_at, require_times, still_wanted, tiers_of
from layers.topics import TOPICS
from tests.etl.schedule.towns import AGREEMENT, town

JUNE = datetime(2026, 6, 1, 4, tzinfo=UTC)  # midnight in the town
CRONS = {"service_requests": "15 5 * * *", "evictions": "30 5 * * mon", "shutoffs": None}


def test_what_is_due() -> None:
    """1 June 2026 is a Monday."""
    told = [(f"{one.moment:%d %H:%M}", one.source) for one in due(town(CRONS), JUNE, JUNE + timedelta(days=2))]
    assert told == [("01 09:15", "service_requests"), ("01 09:30", "evictions"), ("02 09:15", "service_requests")]


def test_intervals_that_meet_share_nothing_and_miss_nothing() -> None:
    city, days = town(CRONS), [JUNE + timedelta(hours=h) for h in range(0, 24 * 30, 5)]
    pieces = [one for a, b in pairwise(days) for one in due(city, a, b)]
    assert pieces == due(city, days[0], days[-1])


def test_what_comes_next() -> None:
    assert [one.source for one in upcoming(town(CRONS), JUNE)] == ["service_requests", "evictions"]


def test_homes_come_before_what_stands_on_them_and_all_topics_before_what_combines_them() -> None:
    names = [topic.name for topic in TOPICS]
    told = ordered(["combined", *reversed(names), "areas"])
    assert told[:2] == ["areas", "households"]
    assert told[-1] == "combined"
    assert set(STANDS_ON) == {"areas", "combined", *names}


def test_everything_comes_after_all_it_stands_on() -> None:
    told = ordered(STANDS_ON)
    assert all(told.index(before) < told.index(name) for name in told for before in STANDS_ON[name])


def test_what_stands_on_itself_is_refused() -> None:
    with pytest.raises(CycleError):
        ordered(["a"], {"a": ("b",), "b": ("a",)})


def test_both_tiers_run_while_the_agreement_lasts() -> None:
    from etl.city.models import Partner

    city = town({"evictions": "0 5 * * *", "housing_supply": "0 5 * * *"}, partner=Partner.model_validate(AGREEMENT))
    assert list(tiers_of(city, "evictions", JUNE)) == ["public", "partner"]
    assert list(tiers_of(city, "housing_supply", JUNE)) == ["public"]
    assert list(tiers_of(city, "evictions", JUNE + timedelta(days=700))) == ["public"]
    assert list(tiers_of(town({"evictions": None}), "evictions", JUNE)) == ["public"]


@pytest.mark.parametrize(
    ("cron", "late", "wanted"),
    [
        ("15 5 * * *", timedelta(hours=11), True),  # until half the way to the next
        ("15 5 * * *", timedelta(hours=13), False),
        ("0 * * * *", timedelta(hours=5), True),  # six hours at least
        ("0 5 1 * *", timedelta(days=14), True),
        ("0 5 1 * *", timedelta(days=16), False),
    ],
)
def test_a_missed_time_is_made_up_unless_the_next_is_nearer(cron: str, late: timedelta, wanted: bool) -> None:
    city = town({"evictions": cron})
    (source,) = city.sources
    (moment,) = [one.moment for one in upcoming(city, JUNE + timedelta(hours=4))]
    assert still_wanted(city, source, moment, moment + late) is wanted


def test_attempts_come_ever_later_and_end() -> None:
    waits = [again_at(attempt, JUNE) for attempt in range(1, len(BACKOFF) + 2)]
    assert [at - JUNE for at in waits if at is not None] == sorted(BACKOFF)
    assert waits[-1] is None


def test_a_city_without_times_is_told() -> None:
    with pytest.raises(DeclarationError, match="no source declares when to run"):
        require_times(town({"evictions": None}))
