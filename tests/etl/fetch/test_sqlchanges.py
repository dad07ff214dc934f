"""A database asked for what changed: no hour is lost, whatever its clock does and however it writes moments."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import SchemaDrift
from etl.fetch.overlap import day_before, moment_before
from tests.etl.fetch.court import CHANGES, Court, rows

CHANGED = [
    ("changed", 0, ["7"]),
    ("changed", 1, ["6", "7"]),
    ("filed", 2, ["5", "6", "7"]),
    ("id", 2, ["7"]),  # a number knows no days
    ("rent", 0, ["7"]),
]


@pytest.mark.parametrize(("column", "days", "found"), CHANGED)
def test_changes_are_asked_for_from_the_overlap_on(column: str, days: int, found: list[str], postgres: Court) -> None:
    said = {"watermark": column, "changes": f"SELECT * FROM cases WHERE {column} >= :since ORDER BY id"}
    whole = postgres.fetch(**said)
    assert (rows(whole).height, whole.complete) == (7, True)
    later = postgres.fetch(since=whole.watermark, overlap=timedelta(days=days), **said)
    assert (rows(later)["id"].to_list(), later.complete, later.watermark) == (found, False, whole.watermark)


# the watermark that a database keeps as text | asked from, with a day's overlap
WRITTEN = [
    ("2026-01-03 09:00:00", "2026-01-02 09:00:00"),
    ("2026-01-03T09:00:00.250000", "2026-01-02T09:00:00.250000"),
    ("2026-01-03", "2026-01-02"),
    ("v0042", "v0042"),
]


@pytest.mark.parametrize(("written", "asked"), WRITTEN)
def test_moments_that_are_text_keep_their_writing(written: str, asked: str, sqlite: Court) -> None:
    sqlite.run(f"UPDATE cases SET changed = '{written}'")
    said = {"watermark": "changed", "changes": "SELECT :since AS asked, changed FROM cases LIMIT 1"}
    whole = sqlite.fetch(**said)
    later = sqlite.fetch(since=whole.watermark, overlap=timedelta(days=1), **said)
    assert rows(later)["asked"].to_list() == [asked]


# the watermark, of a clock in New York without a zone | asked from, without any overlap
BACK = [
    ("2026-11-01 01:55:00", "2026-10-31 23:55:00"),  # the hour from one to two comes twice that night
    ("2026-11-01T01:55:00-04:00", "2026-11-01T01:55:00-04:00"),  # this clock says which of the two it is
    ("2026-11-01", "2026-11-01"),
]


@pytest.mark.parametrize(("written", "asked"), BACK)
def test_what_changes_while_a_clock_goes_back_is_asked_for(written: str, asked: str, sqlite: Court) -> None:
    sqlite.run(f"UPDATE cases SET changed = '{written}'")
    said = {"watermark": "changed", "changes": "SELECT :since AS asked, changed FROM cases LIMIT 1"}
    later = sqlite.fetch(since=sqlite.fetch(**said).watermark, overlap=timedelta(0), **said)
    assert rows(later)["asked"].to_list() == [asked]


@given(
    st.one_of(st.datetimes(), st.datetimes(timezones=st.timezones())),
    st.timedeltas(timedelta(0), timedelta(days=900)),
)
def test_a_moment_asked_from_is_never_later_and_loses_no_hour(moment: datetime, overlap: timedelta) -> None:
    asked = moment_before(moment, overlap)
    least = overlap if moment.tzinfo else max(overlap, timedelta(hours=2))
    assert asked <= moment
    assert moment.year < 1971 or asked == moment - least or asked.year == 1970


@pytest.mark.parametrize(("hours", "asked"), [(0, 5), (1, 4), (24, 4), (25, 3)])
def test_part_of_a_day_is_asked_for_as_a_whole_one(hours: float, asked: int) -> None:
    assert day_before(date(2026, 3, 5), timedelta(hours=hours)) == date(2026, 3, asked)


#   when row 2 was changed, as a wrong clock wrote it | the watermark
AHEAD = [
    ("2126-01-03 09:00:00", "2026-01-02 10:00:00"),
    ("2026-01-05T03:00:00+00:00", "2026-01-02 10:00:00"),
    ("2026-01-05 01:00:00", "2026-01-05 01:00:00"),  # may be now in the Pacific
    ("2126-01-03", "2026-01-02 10:00:00"),
    ("v0042", "v0042"),
]


@pytest.mark.parametrize(("written", "watermark"), AHEAD)
def test_a_row_of_the_future_hides_no_later_change(written: str, watermark: str, sqlite: Court) -> None:
    sqlite.now = datetime(2026, 1, 4, 12, tzinfo=UTC)
    sqlite.run(f"UPDATE cases SET changed = '{written}' WHERE id = 2")
    whole = sqlite.fetch(watermark="changed", changes=CHANGES)
    assert json.loads(str(whole.watermark)) == ["text", watermark]


def test_no_changes_are_no_news(sqlite: Court) -> None:
    said = {"watermark": "changed", "changes": "SELECT * FROM cases WHERE changed > :since"}
    since = sqlite.fetch(**said).watermark
    assert json.loads(str(since)) == ["text", "2026-01-03 09:00:00"]
    long_after = '["text", "2026-01-03 11:00:00"]'  # what changed within two hours before is asked for again
    later = sqlite.fetch(since=long_after, **said)
    assert (later.unchanged, later.files, later.watermark) == (True, (), long_after)


def test_a_watermark_that_the_query_does_not_give(sqlite: Court) -> None:
    with pytest.raises(SchemaDrift, match="no column 'altered'"):
        sqlite.fetch(watermark="altered", changes=CHANGES)
