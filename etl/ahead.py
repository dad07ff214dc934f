"""A few pieces of work at once in this process, while what they gave is used in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 2
"""So many keep two cores busy where one piece alone leaves them idle between its steps. More would need more memory."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def ahead(work: Callable[[_In], _Out], pieces: Iterable[_In], *, at_once: int = AT_ONCE) -> Iterator[_Out]:
    """What `work` makes of each piece, in their order, up to `at_once` of them being worked on by threads.

    Raises what `work` raises, at the piece's turn. `work` must bear to be called by several threads.
    """
    waiting: deque[Future[_Out]] = deque()
    with ThreadPoolExecutor(at_once) as threads:
        try:
            for piece in pieces:
                waiting.append(threads.submit(work, piece))
                del piece
                if len(waiting) == at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
