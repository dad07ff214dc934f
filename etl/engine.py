"""Where the pieces of a run are worked on. A piece is a pure function and a value that names what it works on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Runs(Protocol):
    """Runs pieces that never need to talk to each other."""

    def map(self, work: Callable[[_In], _Out], pieces: Sequence[_In], /) -> Iterator[_Out]:
        """What `work`, a function of a module, makes of each piece, in their order."""
        ...


class Here:
    """One after the other in this process: Polars uses all its cores for each."""

    def map(self, work: Callable[[_In], _Out], pieces: Sequence[_In], /) -> Iterator[_Out]:
        """What `work` makes of each, made when it is asked for."""
        return map(work, pieces)
