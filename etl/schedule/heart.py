"""Renews a lease beside the work, and says when it was lost."""

import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from etl.schedule.lease import Lease


class Heart:
    """A thread that beats while the context lasts; `on_lost` is called once, from it.

    A database that does not answer for the length of the lease means that it is lost: another may have it by then.
    """

    def __init__(self, lease: Lease, on_lost: Callable[[], None], *, watch: Callable[[], float] = monotonic) -> None:
        self._lease = lease
        self._on_lost = on_lost
        self._watch = watch
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        renewed = self._watch()
        while not self._stop.wait(self._lease.terms.beat):
            try:
                ours = self._lease.beat()
                renewed = self._watch()
            except SQLAlchemyError:  # the database is away: the lease is still ours until it runs out
                ours = self._watch() - renewed < self._lease.terms.length
            if not ours:
                self._on_lost()
                return
