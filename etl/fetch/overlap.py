"""From when on changes are asked for again."""

import math
from datetime import UTC, date, datetime, timedelta

TOLD_TWICE = timedelta(hours=2)
"""More than any clock goes back when summer ends."""
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)


def moment_before(moment: datetime, overlap: timedelta) -> datetime:
    """The moment, earlier by the overlap, and never before 1970.

    A moment without a zone is of a clock that tells an hour twice when summer ends: what changes in the second of the
    two is written with moments before the watermark, so at least that much is asked for again.
    """
    if moment.tzinfo is None:
        overlap = max(overlap, TOLD_TWICE)
    first = _FIRST if moment.tzinfo else _FIRST.replace(tzinfo=None)
    return moment - max(min(overlap, moment - first), timedelta(0))


def day_before(day: date, overlap: timedelta) -> date:
    """The day, earlier by the overlap in whole days: part of one counts as one."""
    return day - timedelta(days=math.ceil(overlap / timedelta(days=1)))
