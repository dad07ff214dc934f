"""A watermark in the future would hide every change until that day: then the feed is read whole.

overlap 3 days, now 22 November, 09:00 UTC
"""

from datetime import UTC, datetime, timedelta

import pytest

from etl.feeds.ground import is_ahead

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("watermark", "ahead"),
    [
        ("2026-11-22T08:00:00.000Z", False),
        ("2026-11-25T08:00:00.000Z", False),  # asked for from the 22nd on, so nothing is missed
        ("2026-11-25T10:00:00.000Z", True),
        ("2027-01-01T00:00:00+00:00", True),
        ("2027-01-01T00:00:00", True),
        ('["moment", "2027-01-01T00:00:00"]', True),
        ('["moment", "2026-11-20T00:00:00"]', False),
        ('["day", "2027-01-01"]', True),
        ('["text", "2027-01-01 10:00:00"]', True),
        ('["text", "R-999"]', False),
        ('["whole", "20270101"]', False),
        ('{"lying": [], "taken": []}', False),
    ],
)
def test_what_lies_ahead(watermark: str, ahead: bool) -> None:
    assert is_ahead(watermark, NOW, timedelta(days=3)) is ahead


def test_the_clocks_of_other_zones_are_not_ahead() -> None:
    assert not is_ahead("2026-11-22T23:30:00", NOW, timedelta(0))
    assert is_ahead("2026-11-23T01:00:00", NOW, timedelta(0))
