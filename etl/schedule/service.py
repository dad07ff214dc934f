"""The program that is left running: stands by or leads, runs what is due, and stops when asked.

Several may run for one city. The one that holds the lease leads; the others look every few seconds and take over when
its lease has ended. Nothing is remembered here that is not in the database: whoever leads next knows all of it.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from etl.alerts import deliver, raise_alerts, sender
from etl.city import City
from etl.context import Context
from etl.errors import DeclarationError, EtlError, Locked
from etl.schedule.alarm import Alarm
from etl.schedule.heart import Heart
from etl.schedule.lease import TERMS, Lease, Terms
from etl.schedule.occasions import note_due, waiting
from etl.schedule.work import Contexts, night, recover
from etl.unforeseen import ANY_FAILURE, as_failure
from layers.policy import Tier

Fence = Callable[[], AbstractContextManager[None]]
GRACE_SECONDS = 120.0
"""How long a topic under way may still take when the program is asked to stop; then it is abandoned."""
LATENESS_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Post:
    """What a scheduler needs of its surroundings.

    `city` reads the city folder; `contexts(fence, city)` makes runs of what `city()` gives, which hold the fence while
    they publish; `open_engine` opens the private database anew; `owner` names this process and no other; `send_seconds`
    is how often messages are looked for, `look_seconds` how often what is due is.
    """

    city: Callable[[], City]
    contexts: Callable[[Fence, Callable[[], City]], Contexts]
    open_engine: Callable[[], sa.Engine]
    clock: Callable[[], datetime]
    say: Callable[[str, str], None]
    """A word for machines and a sentence."""
    owner: str
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    terms: Terms = TERMS
    look_seconds: float = 20.0
    send_seconds: float = 15.0
    grace_seconds: float = GRACE_SECONDS


class Service:
    """One scheduler. `run` returns when `stop` was called, from a signal's handler or another thread."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._engine = post.open_engine()
        self._lease = Lease(self._engine, post.owner, post.terms)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._city: City | None = None
        self._said = ""

    def stop(self) -> None:
        """Begin no further topic; end when the one under way has ended."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> bool:
        """Stand by and lead until stopped. False where a topic under way took too long and was abandoned: then the
        process must end at once."""
        worker = threading.Thread(target=self._work, name="schedule", daemon=True)
        worker.start()
        while worker.is_alive() and not self._stopping.is_set():
            worker.join(1.0)  # signals are taken in this thread, whatever the other one is doing
        worker.join(self._post.grace_seconds)
        if worker.is_alive():
            self._lease.give_back()  # from here on the fence refuses to publish
            return False
        self._engine.dispose()
        return True

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._lease.take():
                    self._lead()
                else:
                    self._say("standing by", "Another scheduler leads; this one stands by.")
            except ANY_FAILURE as error:  # the database is away, the disk is full: try again, for ever
                self._say("trouble", str(as_failure(error)))
            self._stopping.wait(self._post.terms.look)

    def _lead(self) -> None:
        lost = threading.Event()

        def on_lost() -> None:
            lost.set()
            self._wake.set()

        def leading() -> bool:
            return not (lost.is_set() or self._stopping.is_set())

        self._say("leading", f"This scheduler leads (number {self._lease.number}).")
        try:
            with (
                Heart(self._lease, on_lost),
                Alarm(self._post.open_engine(), self._declared().settings.id, self._wake.set) as alarm,
                _Postman(self._post, self._engine, leading, self._declared),
            ):
                self._serve(alarm, leading)
        finally:
            if lost.is_set():
                self._say("lost", "Another scheduler took over; this one publishes nothing more.")
            else:
                self._lease.give_back()

    def _serve(self, alarm: Alarm, leading: Callable[[], bool]) -> None:
        contexts = self._post.contexts(self._lease.fence, self._declared)
        recovered, checked = False, datetime.min.replace(tzinfo=UTC)
        while leading():
            self._wake.clear()
            city, now = self._declared(), self._post.clock()
            alarm.set(city, now)
            recovered = recovered or self._recover(contexts, now)
            note_due(self._engine, city, now)
            if recovered and waiting(self._engine, now):
                night(contexts, now, go_on=leading, after=_alerting)
                checked = now
            elif abs(now - checked) >= LATENESS_EVERY:
                with contexts(Tier.PUBLIC, now) as context:
                    raise_alerts(context)
                checked = now
            if leading():
                self._wake.wait(self._post.look_seconds if recovered else self._post.terms.look)

    def _declared(self) -> City:
        """The city folder as it is now; where it has become wrong, as it was. Raises DeclarationError at first."""
        try:
            self._city = self._post.city()
        except DeclarationError as error:
            if self._city is None:
                raise
            self._say("declaration", f"The city folder is wrong; what it said before holds. {error}")
        return self._city

    def _say(self, word: str, sentence: str) -> None:
        """Say what has not just been said."""
        if sentence != self._said:
            self._post.say(word, sentence)
            self._said = sentence

    def _recover(self, contexts: Contexts, now: datetime) -> bool:
        try:
            recover(contexts, now)
        except Locked:  # a person runs something, or the one before is paused: its lock goes when it does
            return False
        return True


def _alerting(context: Context) -> None:
    raise_alerts(context)


class _Postman:
    """A thread that sends messages while this scheduler leads; a receiver that is slow keeps no run waiting."""

    def __init__(
        self, post: Post, engine: sa.Engine, leading: Callable[[], bool], city: Callable[[], City]
    ) -> None:  # fmt: skip
        self._post, self._engine, self._leading, self._city = post, engine, leading, city
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._round, name="alerts", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2.0)  # what is being sent is sent again by the next one, under the same id

    def _round(self) -> None:
        while self._leading():
            try:
                deliver(self._engine, sender(self._city(), self._post.environ, self._post.clock), self._post.clock)
            except (SQLAlchemyError, EtlError) as error:
                self._post.say("trouble", f"Alerts: {as_failure(error)}")
            if self._stop.wait(self._post.send_seconds):
                return
