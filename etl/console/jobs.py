"""What a person asked for, worked off one after the other beside the pages, under the city's run lock.

An act is on record before it begins and again when it has ended. How far it is stands in memory, so a page may be
loaded again at any time; what was under way when the console itself was stopped is on record as asked and no more.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from queue import Queue
from time import monotonic, sleep
from typing import Any

from etl.console.record import DONE, FAILED, Acts
from etl.context import Context
from etl.errors import Locked
from etl.progress import Progress, Scalar
from etl.unforeseen import ANY_FAILURE, as_failure

KEPT = 100
"""Jobs that can still be looked at."""
PATIENCE = 600.0
"""Seconds that an act waits for a run that is under way."""
WAITING, RUNNING = "waiting", "running"


@dataclass(slots=True)
class Job:
    """One act. `lines` say what it does and did; `shown` is what it found, for this screen alone."""

    id: int
    who: str
    title: str
    asked: datetime
    state: str = WAITING
    step: str = ""
    lines: list[str] = field(default_factory=list)
    shown: Any = None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in (DONE, FAILED)


class Told:
    """A run's progress as the lines of a job."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def step(self, topic: str, step: str, **figures: Scalar) -> None:
        """The step under way."""
        self._job.step = f"{topic}: {step}{_figures(figures)}"

    def done(self, topic: str, outcome: str, **figures: Scalar) -> None:
        """A topic has ended."""
        self._job.lines.append(f"{topic}: {outcome}{_figures(figures)}")


Work = Callable[[Job, Progress], list[str]]
"""Does the act; returns the lines to show. The first of them is put on record, so no line may hold an identifier."""


class Worker:
    """Works off jobs in a thread of its own. `clock` says when they ended."""

    def __init__(self, acts: Acts, clock: Callable[[], datetime]) -> None:
        self._acts, self._clock = acts, clock
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._queue: Queue[tuple[Job, Work]] = Queue()
        threading.Thread(target=self._serve, name="acts", daemon=True).start()

    def ask(self, who: str, act: str, about: str, reason: str, title: str, work: Work) -> Job:
        """Put an act on record and into the queue."""
        now = self._clock()
        job = Job(self._acts.ask(who, act, about, reason, now), who, title, now)
        self._jobs[job.id] = job
        while len(self._jobs) > KEPT:
            self._jobs.popitem(last=False)
        self._queue.put((job, work))
        return job

    def job(self, number: int) -> Job | None:
        """A job of this program, by the number of its row on record."""
        return self._jobs.get(number)

    def jobs(self) -> list[Job]:
        """All that can still be looked at, newest first."""
        return list(reversed(self._jobs.values()))

    def wait(self, job: Job, seconds: float) -> None:
        """Wait for a job, but not longer than this: most acts take no time, and their page then says so at once."""
        until = monotonic() + seconds
        while not job.over and monotonic() < until:
            sleep(0.02)

    def _serve(self) -> None:
        while True:
            job, work = self._queue.get()
            job.state = RUNNING
            try:
                lines, outcome = work(job, Told(job)), DONE
            except ANY_FAILURE as error:  # whatever it is, the steward is told and the next act is done
                failure = as_failure(error)
                lines, outcome = [f"{failure.title}. {failure}"], FAILED
            self._end(job, lines, outcome)

    def _end(self, job: Job, lines: list[str], outcome: str) -> None:
        try:
            self._acts.end(job.id, outcome, lines[0] if lines else "", self._clock())
        except ANY_FAILURE as error:  # the database is away: the act is done all the same
            lines = [*lines, f"Not on record: {as_failure(error)}"]
        job.lines += lines
        job.step = ""
        job.state = outcome


@contextmanager
def locked(context: Context, job: Job, *, patience: float = PATIENCE, look: float = 1.0) -> Iterator[None]:
    """Hold the city's run lock, after waiting for the run that has it. Raises Locked where that takes too long."""
    until = monotonic() + patience
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(context.folders.locked())
                break
            except Locked:
                if monotonic() >= until:
                    raise
                job.step = "waits for the run that is under way"
                sleep(look)
        yield


def _figures(figures: dict[str, Scalar]) -> str:
    told = ", ".join(f"{n.replace('_', ' ')} {_number(v)}" for n, v in figures.items() if v is not None)
    return f" ({told})" if told else ""


def _number(value: Scalar) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
