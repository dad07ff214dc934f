"""An end lies before its beginning: a mere day is compared by its day, anything else to the second.

| begins                  | ends                    | lies before |
|-------------------------|-------------------------|-------------|
| 4 March 2025, 9:30      | 4 March 2025, 9:29      | yes         |
| 4 March 2025, 9:30      | 4 March 2025 (midnight) | no          |
| 4 March 2025, 9:30      | 3 March 2025 (midnight) | yes         |
| 4 March 1965, 9:30      | 4 March 1965 (midnight) | no          |
| 4 March 2025 (midnight) | 4 March 2025 (midnight) | no          |
"""

from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.feeds.verdicts import REASON, REASONS, reason_expr
from layers.topics import topic
from tests.etl.declared import source

FEED = source({"id": "Number", "created": "Opened", "closed": "Closed", "category": "Type"})


def _reason(created: datetime, closed: datetime | None) -> str | None:
    rows = pl.DataFrame(
        {
            **{f"\x00raw.{name}": ["said"] for name in ("id", "created", "category")},
            "\x00raw.closed": ["said" if closed else ""],
            "\x00overflow": [False],
            "created": [created],
            "closed": pl.Series([closed], dtype=pl.Datetime("us")),
        }
    )
    about = topic("service_requests")
    place = rows.select(reason_expr(FEED, about, date(2300, 1, 1)))[REASON].item()
    return None if place is None else REASONS[place]


def _lies_before(created: datetime, closed: datetime) -> bool:
    if closed.time() == time.min:
        return closed.date() < created.date()
    return closed < created


@pytest.mark.parametrize(
    ("created", "closed", "before"),
    [
        (datetime(2025, 3, 4, 9, 30), datetime(2025, 3, 4, 9, 29), True),
        (datetime(2025, 3, 4, 9, 30), datetime(2025, 3, 4), False),
        (datetime(2025, 3, 4, 9, 30), datetime(2025, 3, 3), True),
        (datetime(1965, 3, 4, 9, 30), datetime(1965, 3, 4), False),
        (datetime(2025, 3, 4), datetime(2025, 3, 4), False),
    ],
)
def test_the_table(created: datetime, closed: datetime, before: bool) -> None:
    assert _reason(created, closed) == ("closed_before_created" if before else None)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    st.booleans(),
)
def test_any_two_moments(created: datetime, later: timedelta, day: bool) -> None:
    closed = datetime.combine((created + later).date(), time.min) if day else created + later
    assert (_reason(created, closed) == "closed_before_created") == _lies_before(created, closed)


def test_without_an_end_there_is_nothing_to_compare() -> None:
    assert _reason(datetime(2025, 3, 4), None) is None
