"""Each alert is told once, and once more when it is over; what cannot be sent waits and stops nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from etl.alerts import Condition, conditions, deliver, lasting, note, waiting_messages
from etl.alerts.book import Message, unsent
from etl.schedule.occasions import note_due, settle, unfinished
from etl.state import State
from tests.etl.schedule.towns import town

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = ("mail", "webhook")
HELD = Condition("held", "evictions", "public", 12)


class Receiver:
    """Takes messages, or refuses them."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.got: list[Message] = []

    def __call__(self, message: Message) -> None:
        self.got.append(message)
        if self.refuses:
            raise ConnectionRefusedError(111, "Connection refused")

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(m.event, m.alert.kind, m.channel) for m in self.got]


def test_raised_once_and_resolved_once(state: State) -> None:
    """Three nights held, then in order: two messages over each channel, whatever number of nights."""
    receiver = Receiver()
    for night, found in enumerate([[HELD], [HELD], [HELD], [], []]):
        note(state.engine, found, BOTH, NOW + night * DAY)
        deliver(state.engine, receiver, lambda night=night: NOW + night * DAY)  # type: ignore[misc]
    assert receiver.told == [
        ("raised", "held", "mail"),
        ("raised", "held", "webhook"),
        ("resolved", "held", "mail"),
        ("resolved", "held", "webhook"),
    ]
    assert len({m.id for m in receiver.got}) == 4
    assert lasting(state.engine) == []


def test_what_comes_back_is_told_again(state: State) -> None:
    for night, found in enumerate([[HELD], [], [HELD]]):
        note(state.engine, found, ("mail",), NOW + night * DAY)
    assert [m.event for m in unsent(state.engine, NOW + 3 * DAY)] == ["raised", "resolved", "raised"]


def test_alerts_are_told_apart_by_kind_topic_and_tier(state: State) -> None:
    found = [HELD, Condition("late", "evictions", "public"), Condition("held", "evictions", "partner", 12)]
    assert len(note(state.engine, found, ("mail",), NOW)) == 3
    assert [a.kind for a in note(state.engine, found[:2], ("mail",), NOW)] == ["held"]


def test_a_failure_that_is_still_tried_raises_nothing_and_resolves_nothing(state: State) -> None:
    uncertain = Condition("failed", "evictions", "public", 10, certain=False)
    certain = Condition("failed", "evictions", "public", 10)
    told = [len(note(state.engine, [found], ("mail",), NOW)) for found in (uncertain, certain, uncertain, certain)]
    assert told == [0, 1, 0, 0]


def test_a_dead_receiver_is_tried_less_and_less_and_loses_nothing(state: State) -> None:
    note(state.engine, [HELD], ("mail",), NOW)
    dead, now, waits = Receiver(refuses=True), NOW, []

    def clock() -> datetime:
        return now

    for _ in range(10):
        for _ in range(2):  # not again at once
            assert deliver(state.engine, dead, clock) == 0
        after = next(m for m in range(1, 100) if unsent(state.engine, now + timedelta(minutes=m)))
        waits.append(after)
        now += timedelta(minutes=after)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert waiting_messages(state.engine) == 1
    alive = Receiver()
    assert deliver(state.engine, alive, clock) == 1
    assert {m.id for m in dead.got} == {m.id for m in alive.got}  # a receiver knows a repeated one
    assert waiting_messages(state.engine) == 0


def test_a_crash_between_sending_and_noting_sends_again_under_the_same_number(state: State) -> None:
    note(state.engine, [HELD], ("mail",), NOW)
    (first,) = unsent(state.engine, NOW)
    (again,) = unsent(state.engine, NOW)
    assert first.id == again.id


def test_what_is_wrong_is_read_from_the_runs(state: State) -> None:
    """
    | night | evictions ends with  | wrong afterwards        |
    | ----- | -------------------- | ----------------------- |
    | 0     | 0                    | nothing                 |
    | 1     | 10, to be tried again| failed, not certain yet |
    | 1     | 10, given up         | failed                  |
    | 2     | 12                   | held                    |
    | 9     | no run               | held and late           |
    """
    city = town({"evictions": "15 5 * * *"})

    def end(code: int, at: datetime) -> None:
        run = state.begin("evictions", at)
        state.end(run, at, code, reason="no values")

    def wrong(at: datetime) -> list[tuple[str, bool]]:
        return [(one.kind, one.certain) for one in conditions(city, state, at)]

    end(0, NOW)
    assert wrong(NOW) == []
    note_due(state.engine, city, NOW)
    note_due(state.engine, city, NOW + DAY)
    end(10, NOW + DAY)
    assert wrong(NOW + DAY) == [("failed", False)]
    for attempt in range(5):
        settle(state.engine, unfinished(state.engine), 10, NOW + DAY + attempt * DAY / 24)
    assert wrong(NOW + DAY) == [("failed", True)]
    end(12, NOW + 2 * DAY)
    assert wrong(NOW + 2 * DAY) == [("held", True)]
    assert wrong(NOW + 9 * DAY) == [("held", True), ("late", True)]


@pytest.mark.parametrize("channels", [(), ("mail",)])
def test_without_channels_alerts_are_kept_for_the_status(state: State, channels: tuple[str, ...]) -> None:
    note(state.engine, [HELD], channels, NOW)
    assert len(lasting(state.engine)) == 1
    assert waiting_messages(state.engine) == len(channels)
