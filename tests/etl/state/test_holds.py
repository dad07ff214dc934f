"""When a hold begins and ends: the table of a topic's runs, and whether it is held after each."""

from datetime import UTC, datetime, timedelta

from etl.state import Holds, State

START = datetime(2026, 10, 1, 5, 15, tzinfo=UTC)


def ended(state: State, code: int, day: int, *, tier: str = "public", dry: bool = False) -> int:
    run = state.begin("evictions", START + timedelta(days=day), tier=tier, dry=dry)
    state.end(run, START + timedelta(days=day), code, reason=f"reason {code}")
    return run


def test_a_hold_lasts_from_the_first_held_run_to_the_first_that_passes(state: State) -> None:
    """
    | day | run ends with           | held afterwards          |
    | --- | ----------------------- | ------------------------ |
    | 0   | 0                       | no                       |
    | 1   | 12                      | since day 1              |
    | 2   | 10 (the source is down) | since day 1              |
    | 3   | 13                      | since day 1, now for 13  |
    | 4   | 0, but a dry run        | since day 1              |
    | 5   | 0 for partners          | since day 1              |
    | 6   | 0                       | no                       |
    """
    holds = Holds(state.engine)
    ended(state, 0, 0)
    assert holds.of("evictions") is None
    ended(state, 12, 1)
    ended(state, 10, 2)
    last = ended(state, 13, 3)
    ended(state, 0, 4, dry=True)
    ended(state, 0, 5, tier="partner")

    (hold,) = holds.open()
    assert (hold.began, hold.run, hold.exit_code, hold.reason) == (START + timedelta(days=1), last, 13, "reason 13")
    ended(state, 0, 6)
    assert holds.open() == []
    (over,) = holds.all()
    assert (over.ended, over.how, over.by) == (START + timedelta(days=6), "a later run passed", "")


def test_a_person_ends_a_hold(state: State) -> None:
    holds = Holds(state.engine)
    assert not holds.resolve("evictions", "public", START, how="rejected", by="R. Ames")
    ended(state, 11, 0)

    assert holds.resolve("evictions", "public", START, how="rejected", by="R. Ames")
    (over,) = holds.all()
    assert (over.how, over.by) == ("rejected", "R. Ames")
    ended(state, 11, 1)
    assert len(holds.open()) == 1  # a new one


def test_a_source_that_is_down_is_no_hold(state: State) -> None:
    for day, code in enumerate((10, 15, 16, 70)):
        ended(state, code, day)
    assert Holds(state.engine).all() == []
