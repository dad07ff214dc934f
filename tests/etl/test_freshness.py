"""What everybody may know of when runs were."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from etl.release.freshness import for_everybody
from layers.release import StoreStatus, TopicStatus

HOUR = datetime(2026, 11, 14, 5, tzinfo=UTC)


@given(st.lists(st.integers(0, 3599), min_size=3, max_size=3))
def test_how_long_a_run_took_is_not_published(seconds: list[int]) -> None:
    """A night on which a feed about homes brought nothing is over sooner than another."""
    run, success, due = (HOUR + timedelta(seconds=each) for each in seconds)
    row = TopicStatus(
        topic="evictions", title="", release=None, as_of=None,
        last_run=run, last_success=success, next_due=due, late=False, held=False,
    )  # fmt: skip
    (told,) = for_everybody(StoreStatus(written_at=HOUR, topics=(row,))).topics
    assert (told.last_run, told.last_success, told.next_due) == (HOUR, HOUR, HOUR)
    never = row.model_copy(update={"last_run": None, "last_success": None, "next_due": None})
    assert for_everybody(StoreStatus(written_at=HOUR, topics=(never,))).topics == (never,)
