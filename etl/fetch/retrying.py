"""Another try for what a cut connection interrupted: later each time, and not all cities at the same moment."""

from collections.abc import Callable
from typing import TypeVar

import tenacity

from etl.errors import SourceUnreadable
from etl.fetch.connector import Timing

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds."""
T = TypeVar("T")


class CutOff(SourceUnreadable):
    """A server could not be reached, or broke off: worth another try."""


def retrying(act: Callable[[], T], *, tries: int, timing: Timing) -> T:
    """What `act` gives, called again while it raises CutOff, at most `tries` times in all. Then CutOff it is."""
    return tenacity.Retrying(
        sleep=timing.sleep,
        stop=tenacity.stop_after_attempt(tries),
        wait=lambda state: _wait(state.attempt_number, timing.draw()),
        retry=tenacity.retry_if_exception_type(CutOff),
        reraise=True,
    )(act)


def _wait(attempt: int, drawn: float) -> float:
    """Twice as long each time, half of it drawn."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 1)) * (0.5 + drawn / 2)
