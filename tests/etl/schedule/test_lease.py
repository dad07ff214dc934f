"""Of several schedulers one leads, and one that was paused and lost its place publishes nothing."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from etl.schedule.lease import Lease, LeaseLost, Terms, holder
from etl.state import State
from etl.state.tables import leases

LONG = Terms(length=1000.0)


class Watch:
    """A stopwatch that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair(state: State) -> Iterator[tuple[Lease, Lease]]:
    yield Lease(state.engine, "one", LONG), Lease(state.engine, "two", LONG)


def expire(state: State, *, seconds: float = 0.0) -> None:
    """The lease's end is moved to the distant past, or to `seconds` since 1970."""
    with state.engine.begin() as connection:
        connection.execute(leases.update().values(expires=seconds or 1.0))


def test_one_leads_and_the_other_waits(state: State, pair: tuple[Lease, Lease]) -> None:
    one, two = pair
    assert one.take()
    assert not two.take()
    assert not one.take()  # it is ours already, and is renewed by its beat
    assert one.beat()
    held = holder(state.engine)
    assert held is not None and (held.owner, held.number, held.beats) == ("one", 1, 1)
    assert 990 < held.left <= 1000


def test_a_lease_given_back_is_there_for_the_next_at_once(state: State, pair: tuple[Lease, Lease]) -> None:
    one, two = pair
    one.take()
    one.give_back()
    assert holder(state.engine) is None
    assert not one.beat()  # a late beat does not bring it back
    assert two.take()
    assert two.number == 2


def test_who_lost_it_cannot_pass_the_fence(state: State, pair: tuple[Lease, Lease]) -> None:
    """One is paused until its lease has run out; two takes over; one goes on."""
    one, two = pair
    one.take()
    with one.fence():
        pass
    expire(state)
    with pytest.raises(LeaseLost), one.fence():
        pytest.fail("it ran out")
    assert two.take()
    with pytest.raises(LeaseLost) as lost, one.fence():
        pytest.fail("another one has it")
    assert lost.value.exit_code == 15
    assert not one.beat()
    one.give_back()  # gives nothing back: it is not its own
    with two.fence():
        pass


def test_of_two_that_try_at_once_one_succeeds(state: State, pair: tuple[Lease, Lease]) -> None:
    """Both saw it run out; the second comparison finds another number than it saw."""
    one, two = pair
    one.take()
    expire(state)
    assert [two.take(), one.take()] == [True, False]


def test_a_database_whose_clock_was_set_back_keeps_no_dead_owner(state: State) -> None:
    """The lease seems to last for an hour more. It does not beat, and the other one's watch says so."""
    watch = Watch()
    one, two = Lease(state.engine, "one", LONG), Lease(state.engine, "two", LONG, watch=watch)
    one.take()
    with state.engine.begin() as connection:
        connection.execute(leases.update().values(expires=leases.c.expires + 3600))
    assert not two.take()
    watch.now = 999
    assert not two.take()
    one.beat()  # still alive: the watch starts anew
    watch.now = 1500
    assert not two.take()
    watch.now = 2500
    assert two.take()


def test_nothing_is_taken_over_while_a_release_is_pointed_to(state: State, pair: tuple[Lease, Lease]) -> None:
    one, two = pair
    one.take()
    with one.fence(), state.engine.connect() as other:
        if other.dialect.name == "postgresql":
            other.execute(sa.text("SET lock_timeout = '1ms'"))
        else:
            other.execution_options(reads=True)  # which begins without waiting for the writer
            other.exec_driver_sql("PRAGMA busy_timeout = 1")
        with pytest.raises(sa.exc.OperationalError):
            other.execute(sa.text("UPDATE leases SET owner = 'two'"))
        other.rollback()
        other.invalidate()
    assert one.beat()
    assert two.number == 0
