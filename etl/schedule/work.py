"""One round of work: what is due at a moment is run, in order, in both tiers. Knows no clock and no scheduler.

    for one in due(city, first, last):               # a simulated year
        done = night(contexts, one.moment)
        while done.again is not None:                 # failed sources, again
            done = night(contexts, done.again)

`contexts(tier, moment)` is a context manager that gives the Context of a run at that moment; it is asked for anew each
time, so that the city folder may change between rounds.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from etl.context import Context
from etl.errors import EtlError, Locked
from etl.pipeline import STATUS, Outcome, run_topics
from etl.schedule.occasions import (
    Occasion,
    leave_waiting,
    mark_running,
    note_due,
    put_back,
    settle,
    unfinished,
    waiting,
)
from etl.schedule.order import ordered
from etl.state import Cause
from etl.unforeseen import ANY_FAILURE, as_failure
from layers.policy import Tier

Contexts = Callable[[str, datetime], AbstractContextManager[Context]]
"""Tier and moment → what a run at that moment needs."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a round did. `again` is when the next attempt of something that failed is due; None if nothing waits."""

    outcomes: tuple[tuple[str, Outcome], ...]
    """Tier and outcome of every topic that ran."""
    again: datetime | None


def night(
    contexts: Contexts,
    moment: datetime,
    *,
    go_on: Callable[[], bool] = lambda: True,
    after: Callable[[Context], None] = lambda context: None,
) -> Done:
    """Run what came due up to `moment` and what is to be tried again by then.

    `go_on` is asked before each topic; once it says no the rest stays waiting. `after` is told at the end, with the
    public context (alerts are raised there). Raises only what keeps a context from being made: a wrong declaration,
    storage that fails.
    """
    outcomes: list[tuple[str, Outcome]] = []
    with contexts(Tier.PUBLIC, moment) as context:
        note_due(context.state.engine, context.city, moment)
        wanted = waiting(context.state.engine, moment)
    for tier in Tier:
        ours = [one for one in wanted if one.tier == tier]
        if ours and go_on():
            with contexts(tier, moment) as context:
                outcomes += [(str(tier), outcome) for outcome in _work_off(context, ours, moment, go_on)]
    with contexts(Tier.PUBLIC, moment) as context:
        after(context)
        again = min((one.try_at for one in unfinished(context.state.engine)), default=None)
    return Done(tuple(outcomes), again)


def recover(contexts: Contexts, moment: datetime) -> None:
    """What a scheduler that was killed left behind: its runs are over, and what it was working on waits again.

    Raises Locked while that scheduler's process, paused or slow, still holds the run lock.
    """
    with contexts(Tier.PUBLIC, moment) as context, context.folders.locked():
        context.state.end_left_over(moment)
        put_back(context.state.engine)


def _work_off(
    context: Context, wanted: Sequence[Occasion], moment: datetime, go_on: Callable[[], bool]
) -> list[Outcome]:
    engine = context.state.engine
    by_topic: dict[str, list[Occasion]] = defaultdict(list)
    for one in wanted:
        by_topic[one.topic].append(one)
    mark_running(engine, wanted)
    try:
        with context.folders.locked():
            outcomes = run_topics(context, ordered(by_topic), causes=_causes(by_topic), go_on=go_on)
    except ANY_FAILURE as error:  # the lock, the disk: these topics wait for their next attempt
        return _all_failed(engine, by_topic, as_failure(error), moment)
    if not _still_ours(context):
        return outcomes  # whoever took over settles them
    told = {outcome.topic: outcome for outcome in outcomes if outcome.topic != STATUS}
    for topic, ours in by_topic.items():
        if topic in told:
            settle(engine, ours, _code(told[topic]), moment)
        else:
            leave_waiting(engine, ours)
    return outcomes


def _still_ours(context: Context) -> bool:
    try:
        with context.fence():
            return True
    except Locked:
        return False


def _all_failed(
    engine: sa.Engine, by_topic: Mapping[str, Sequence[Occasion]], error: EtlError, moment: datetime
) -> list[Outcome]:
    for ours in by_topic.values():
        settle(engine, ours, error.exit_code, moment)
    return [Outcome(topic, None, error) for topic in by_topic]


def _causes(by_topic: Mapping[str, Sequence[Occasion]]) -> dict[str, Cause]:
    attempts = {topic: max(one.attempt for one in ours) for topic, ours in by_topic.items()}
    return {topic: Cause("retry" if n > 1 else "schedule", n) for topic, n in attempts.items()}


def _code(outcome: Outcome) -> int:
    return outcome.error.exit_code if outcome.error is not None else 0
