"""Large files are sent to few readers at once: each holds its rows until the last of them has left."""

import weakref
from collections.abc import Iterator
from threading import BoundedSemaphore

from portal.errors import Busy
from portal.language import _


class Slots:
    """So many at once, in this process. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    def holding(self, parts: Iterator[str]) -> Iterator[str]:
        """The same parts; a slot is held until the last is taken, or whoever takes them is gone.

        Raises Busy at once where none is free.
        """
        if not self._free.acquire(blocking=False):
            raise Busy(
                _(
                    "Too many large files are being sent at this moment. Please try again in a minute, or take the "
                    "file of the whole topic from its data page: that one is there already."
                )
            )
        return _Held(parts, self._free)


class _Held(Iterator[str]):
    """Gives its slot back once, also where nobody ever took a part."""

    def __init__(self, parts: Iterator[str], free: BoundedSemaphore) -> None:
        self._parts = parts
        self._give_back = weakref.finalize(self, free.release)

    def __next__(self) -> str:
        try:
            return next(self._parts)
        except BaseException:
            self._give_back()
            raise
