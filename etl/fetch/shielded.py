"""What a source sends may be damaged in ways that no reader foresaw: that is trouble for its own topic alone.

Libraries answer such bytes with errors of every kind; Polars even with a panic, which is no `Exception` and would end
the whole run, or the scheduler.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import EtlError, SourceUnreadable
from etl.fetch.connector import Connector, Fetched, Request, Sampled, Sampling
from etl.fetch.filenames import names_hidden
from etl.unforeseen import ANY_FAILURE, place_of

_BY_THE_BYTES = (None, errno.EINVAL)
"""How an OSError is numbered that comes from what stands in a file, such as a place before its beginning."""


class Shielded:
    """A connector whose failures are all told as what they are, without a word of a library's."""

    def __init__(self, inner: Connector) -> None:
        self._inner = inner
        self.kind = inner.kind
        self.samples = isinstance(inner, Sampling)
        """Whether it can be looked at without fetching it whole."""

    def fetch(self, declared: Any, request: Request) -> Fetched:
        """As the connector's own. What it did not foresee is SourceUnreadable."""
        with told_as_damaged():
            return self._inner.fetch(declared, request)

    def sample(self, declared: Any, request: Request, rows: int) -> Sampled | None:
        """As the connector's own; None where the feed can only be fetched whole."""
        if not isinstance(self._inner, Sampling):
            return None
        with told_as_damaged():
            return self._inner.sample(declared, request, rows)

    def read(self, declared: Any, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """As the connector's own. What it did not foresee is SourceUnreadable."""
        with names_hidden((file.name for file in files), declared), told_as_damaged():
            return self._inner.read(declared, files, scratch)


@contextmanager
def told_as_damaged() -> Iterator[None]:
    """Whatever what was sent makes a library say, in our words; the disk and the connection speak for themselves."""
    try:
        yield
    except (EtlError, MemoryError):
        raise
    except ANY_FAILURE as error:
        if isinstance(error, OSError) and error.errno not in _BY_THE_BYTES:
            raise
        raise SourceUnreadable(
            f"What was sent is damaged, or of another form than declared ({type(error).__name__} {place_of(error)}).",
            "Ask the agency to send it again; if that does not help, report the place. The last release stays up.",
        ) from None
