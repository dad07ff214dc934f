"""The published quality report of exact topics."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from etl.release.quality import newness
from layers.topics import topic

TODAY = date(2026, 11, 15)


#   days since the records      median, whole: the audit refuses a topic whose side figures have decimals
@pytest.mark.parametrize(("ages", "median"), [((3,), 3), ((3, 4), 3), ((1, 4, 8, 20), 4), ((1, 2, 3, 400), 2)])
def test_how_new_records_are_is_told_in_whole_days(ages: tuple[int, ...], median: int) -> None:
    created = [datetime(TODAY.year, TODAY.month, TODAY.day) - timedelta(days=age) for age in ages]
    told = {figure.name: figure.value for figure in newness(
        pl.LazyFrame({"created": created}), topic("service_requests"), TODAY
    )}  # fmt: skip
    assert told["lag_median_days"] == median
    assert all(value == int(value) for value in told.values() if value is not None)
