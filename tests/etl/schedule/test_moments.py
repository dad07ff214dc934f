"""Which moments a cron expression means, above all in the two nights a year when clocks are changed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.schedule.moments import moments, next_moment

EASTERN = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")


def local(cron: str, first: str, last: str, zone: ZoneInfo = EASTERN) -> list[str]:
    """The moments of some days as the town's clock shows them."""
    since = datetime.fromisoformat(first).replace(tzinfo=zone)
    until = datetime.fromisoformat(last).replace(tzinfo=zone) + timedelta(days=1)
    return [f"{at.astimezone(zone):%m-%d %H:%M %Z}" for at in moments(cron, zone, since, until)]


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 1 * * *", ["03-07 01:30 EST", "03-08 01:30 EST", "03-09 01:30 EDT"]),
        ("30 2 * * *", ["03-07 02:30 EST", "03-08 03:30 EDT", "03-09 02:30 EDT"]),  # 02:30 does not exist on the 8th
        ("30 3 * * *", ["03-07 03:30 EST", "03-08 03:30 EDT", "03-09 03:30 EDT"]),
    ],
)
def test_the_night_when_clocks_go_forward_runs_once(cron: str, told: list[str]) -> None:
    assert local(cron, "2026-03-07", "2026-03-09") == told


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 0 * * *", ["10-31 00:30 EDT", "11-01 00:30 EDT", "11-02 00:30 EST"]),
        ("30 1 * * *", ["10-31 01:30 EDT", "11-01 01:30 EDT", "11-02 01:30 EST"]),  # 01:30 comes twice on the 1st
        ("30 2 * * *", ["10-31 02:30 EDT", "11-01 02:30 EST", "11-02 02:30 EST"]),
    ],
)
def test_the_night_when_clocks_go_back_runs_once(cron: str, told: list[str]) -> None:
    assert local(cron, "2026-10-31", "2026-11-02") == told


def test_a_source_in_another_zone_runs_by_that_clock() -> None:
    zone = ZoneInfo("America/Chicago")
    assert local("15 5 * * *", "2026-07-01", "2026-07-01", zone) == ["07-01 05:15 CDT"]


@given(
    st.sampled_from(ZONES),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_a_daily_time_comes_exactly_once_between_one_noon_and_the_next(
    name: str, day: date, hour: int, minute: int
) -> None:
    zone = ZoneInfo(name)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    following = noon + timedelta(days=1)  # by the wall clock
    asked = moments(f"{minute} {hour} * * *", zone, noon, following)
    assert len(asked) == 1


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from(["15 5 * * *", "*/20 * * * *", "30 2 * * sun", "0 4 1 * *"]),
)
def test_the_next_one_is_the_first_of_all(name: str, at: datetime, cron: str) -> None:
    zone, after = ZoneInfo(name), at.replace(tzinfo=UTC)
    following = next_moment(cron, zone, after)
    assert following is not None
    assert moments(cron, zone, after, following) == [following]


@pytest.mark.parametrize(
    ("days", "named"),
    [
        ("* * *", "Mo Tu We Th Fr Sa Su"),
        ("* * 0", "Su"),
        ("* * 7", "Su"),
        ("* * 1-5", "Mo Tu We Th Fr"),
        ("* * mon-wed", "Mo Tu We"),
        ("* * */2", "Tu Th Sa Su"),
        ("* * 5-7", "Fr Sa Su"),
        ("* * sat,sun", "Sa Su"),
        ("8 jun *", "Mo"),  # 8 June 2026
        ("9 * mon", "Mo Tu"),  # where both are told, one of the two suffices
        ("9 7 *", ""),
    ],
)
def test_days_are_those_of_cron(days: str, named: str) -> None:
    """Of the week from Monday, 8 June 2026."""
    week = moments(
        f"0 6 {days}", EASTERN, datetime(2026, 6, 8, tzinfo=EASTERN), datetime(2026, 6, 14, 23, tzinfo=EASTERN)
    )
    assert " ".join(f"{at.astimezone(EASTERN):%a}"[:2] for at in week) == named


def test_a_day_that_never_comes() -> None:
    assert next_moment("0 0 31 2 *", EASTERN, datetime(2026, 1, 1, tzinfo=UTC)) is None
