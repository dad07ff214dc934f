"""Dates: strict formats, tried in order, on the city's clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.values.dates import with_moments

NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")


def _read(texts: list[str | None], *formats: str, written_in: ZoneInfo = NEW_YORK) -> list[datetime | None]:
    frame = pl.LazyFrame({"text": pl.Series(texts, dtype=pl.String)})
    found = with_moments(frame, {"moment": "text"}, formats=formats, written_in=written_in, city=NEW_YORK).collect()
    assert found["moment"].dtype == pl.Datetime("us")
    return found["moment"].to_list()


@pytest.mark.parametrize(
    ("text", "given_format", "moment"),
    [
        ("03/09/2025 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p", "2025-03-09 00:00"),
        ("03/09/2025 12:30:00 PM", "%m/%d/%Y %I:%M:%S %p", "2025-03-09 12:30"),
        ("03/09/2025 01:05:00 PM", "%m/%d/%Y %I:%M:%S %p", "2025-03-09 13:05"),
        ("9/1/2020 2:46 PM", "%m/%d/%Y %I:%M %p", "2020-09-01 14:46"),
        ("9/1/2020 2:46 pm", "%m/%d/%Y %I:%M %p", "2020-09-01 14:46"),
        ("03/09/2025 13:05:00 PM", "%m/%d/%Y %I:%M:%S %p", None),
        ("03/09/2025 00:05:00 AM", "%m/%d/%Y %I:%M:%S %p", None),
        ("03/09/2025 01:05:00 XM", "%m/%d/%Y %I:%M:%S %p", None),
        ("03/09/2025 01:05:00", "%m/%d/%Y %I:%M:%S %p", None),
        ("10/21/18 0:00", "%m/%d/%y %H:%M", "2018-10-21 00:00"),
        ("10/21/18", "%m/%d/%Y", None),
        ("2025-03-09", "%Y-%m-%d", "2025-03-09 00:00"),
        ("2025-03-09 ", "%Y-%m-%d", None),
        ("2025-02-30", "%Y-%m-%d", None),
        ("03/29/2070", "%m/%d/%Y", "2070-03-29 00:00"),
        ("2014-12-17T18:39:03-06:00", "%Y-%m-%dT%H:%M:%S%z", "2014-12-17 19:39:03"),
        ("1558396800", "%s", "2019-05-20 20:00"),
        ("soon", "%s", None),
        (None, "%Y-%m-%d", None),
    ],
)
def test_one_format(text: str | None, given_format: str, moment: str | None) -> None:
    assert _read([text], given_format) == [moment and datetime.fromisoformat(moment)]


def test_formats_are_tried_in_order() -> None:
    texts = ["03/04/2025", "2025-03-04", "13/04/2025"]
    assert _read(texts, "%m/%d/%Y", "%Y-%m-%d", "%d/%m/%Y") == [
        datetime(2025, 3, 4),
        datetime(2025, 3, 4),
        datetime(2025, 4, 13),
    ]


@pytest.mark.parametrize(
    ("written", "city"),
    [
        pytest.param("2025-07-01 23:30", "2025-07-02 00:30", id="an hour ahead"),
        pytest.param("2025-11-02 01:30", "2025-11-02 02:30", id="comes twice: the first"),
        pytest.param("2025-03-09 02:30", "2025-03-09 04:30", id="skipped: an hour later"),
    ],
)
def test_another_clock(written: str, city: str) -> None:
    found = _read([written], "%Y-%m-%d %H:%M", written_in=CHICAGO)
    assert found in ([datetime.fromisoformat(city)], [datetime.fromisoformat(city.replace("02:30", "01:30"))])


@given(st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2199, 12, 31)))
@pytest.mark.parametrize("written", ["%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S"])
def test_what_was_written_is_read(written: str, moment: datetime) -> None:
    second = moment.replace(microsecond=0)
    assert _read([second.strftime(written)], written) == [second]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
def test_a_clock_of_twelve_hours_is_read_as_python_reads_it(moment: datetime) -> None:
    """Also before 1970, where moments are negative numbers."""
    text = moment.strftime("%m/%d/%Y %I:%M:%S %p")
    assert _read([text], "%m/%d/%Y %I:%M:%S %p") == [moment.replace(microsecond=0)]
