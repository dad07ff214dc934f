"""Each source runs at its declared time, in its own zone, and never twice at once."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from etl.city import City, load_city
from etl.errors import DeclarationError
from etl.schedule import build_schedule, with_named_days

EASTERN = ZoneInfo("America/New_York")


@pytest.fixture
def city(demo_city: Path) -> City:
    return load_city(demo_city)


def test_every_source_with_a_time_has_a_job_in_its_own_zone(city: City) -> None:
    scheduler = build_schedule(city, lambda topic: None)
    jobs = {job.id: job for job in scheduler.get_jobs()}

    assert set(jobs) == {s.id for s in city.sources if s.cron}
    assert all(job.max_instances == 1 and job.coalesce for job in jobs.values())
    requests = jobs[next(s.id for s in city.sources if s.topic == "service_requests")]
    fires = requests.trigger.get_next_fire_time(None, datetime(2026, 10, 31, 12, tzinfo=EASTERN))
    assert fires.utcoffset() == datetime(2026, 11, 1, 12, tzinfo=EASTERN).utcoffset()  # after the clocks went back


def test_days_of_the_week_are_the_declared_ones(city: City) -> None:
    """Cron counts Sunday as 0; the scheduling library counts Monday as 0. Names mean the same in both."""
    weekly = city.source("court").model_copy(update={"cron": "30 5 * * 1"})
    one = City(city.folder, city.settings, (), (), city.areas, (weekly,), {})
    (job,) = build_schedule(one, lambda topic: None).get_jobs()

    assert job.trigger.get_next_fire_time(None, datetime(2026, 11, 21, tzinfo=EASTERN)).strftime("%A") == "Monday"


def test_a_job_runs_its_topic(city: City) -> None:
    ran: list[str] = []
    scheduler = build_schedule(city, ran.append)
    for job in scheduler.get_jobs():
        job.func(*job.args)

    assert set(ran) == {s.topic for s in city.sources if s.cron}


def test_a_city_without_times_is_told(city: City) -> None:
    untimed = tuple(source.model_copy(update={"cron": None}) for source in city.sources)

    with pytest.raises(DeclarationError, match="no source declares when to run"):
        build_schedule(City(city.folder, city.settings, (), (), city.areas, untimed, {}), lambda topic: None)


@pytest.mark.parametrize(
    ("days", "named"),
    [
        ("*", "*"),
        ("0", "sun"),
        ("7", "sun"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("mon-wed", "mon,tue,wed"),
        ("*/2", "sun,tue,thu,sat"),
        ("sat,sun", "sat,sun"),
    ],
)
def test_the_days_of_the_week_get_their_names(days: str, named: str) -> None:
    assert with_named_days(f"30 5 * * {days}") == f"30 5 * * {named}"
