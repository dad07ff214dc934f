"""Where the pieces of a run are worked on. A piece is a pure function and a value that names what it works on.

Pieces read and write files on storage that all workers share and give back little or nothing. They hold paths, never a
key or a record, so that none can stand in a task's name, in a scheduler's memory or in its log. A piece that was begun
twice, because a worker died, gives the same file twice. The only importer of the cluster's library.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from etl.errors import DeclarationError, StorageFailed

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    from distributed import Client

LOCAL = "local"
THREADS = 4
"""Processor cores per process of a local pool: Polars uses them all, and with more a piece is hardly faster."""
TRIES = 3
"""How often a piece is begun before the death of its workers is taken for its fault."""
_ANSWER_SECONDS = 10
_CLUSTERS = {"dask://": "tcp://", "dask+tls://": "tls://"}
_REMEDY = "Give local, processes:N or dask://host:port (docs/engine.md), or leave it out."

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Runs(Protocol):
    """Runs pieces that never need to talk to each other."""

    @property
    def apart(self) -> bool:
        """Whether other processes work on them, so that whatever a piece needs must lie in a file."""
        ...

    def map(self, work: Callable[[_In], _Out], pieces: Sequence[_In], /) -> Iterator[_Out]:
        """What `work`, a function of a module, makes of each piece, in their order. Raises what `work` raises."""
        ...


class Here:
    """One after the other in this process: Polars uses all its cores for each."""

    apart = False

    def map(self, work: Callable[[_In], _Out], pieces: Sequence[_In], /) -> Iterator[_Out]:
        """What `work` makes of each, made when it is asked for."""
        return map(work, pieces)


class Pool:
    """Several processes of this machine, each with its share of the cores, started when there is work for them."""

    apart = True

    def __init__(self, processes: int, threads: int = THREADS) -> None:
        self.processes = processes
        self.threads = threads

    def map(self, work: Callable[[_In], _Out], pieces: Sequence[_In], /) -> Iterator[_Out]:
        """What `work` makes of each; a piece whose process was killed is begun again in new ones."""
        if len(pieces) < 2:
            return map(work, pieces)
        return self._mapped(work, pieces)

    def _mapped(self, work: Callable[[_In], _Out], pieces: Sequence[_In]) -> Iterator[_Out]:
        done, tries = 0, 0
        while done < len(pieces):
            try:
                with self._started() as pool:
                    for result in _submitted(pool, work, pieces[done:]):
                        yield result
                        done, tries = done + 1, 0
            except BrokenProcessPool:
                tries += 1
                if tries == TRIES:
                    raise StorageFailed(_KILLED, _MEMORY) from None

    def _started(self) -> Executor:
        # Not forked: Polars' threads do not survive that.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            self.processes, mp_context=context, initializer=_limit, initargs=(context.Value("i", 0), self.threads)
        )


class Cluster:
    """A Dask cluster, whose workers see the private folder under the same path and have the same code."""

    apart = True

    def __init__(self, client: "Client") -> None:
        self._client = client

    def map(self, work: Callable[[_In], _Out], pieces: Sequence[_In], /) -> Iterator[_Out]:
        """What `work` makes of each; a piece whose worker died is begun again on another."""
        from distributed import KilledWorker

        # pure=False: a task is named after the function and chance, never after what it is given.
        executor = self._client.get_executor(pure=False, retries=TRIES - 1)
        try:
            yield from _submitted(executor, work, pieces)
        except KilledWorker:
            raise StorageFailed(_KILLED, _MEMORY) from None


_KILLED = "The processes that work on this run were killed again and again."
_MEMORY = "See whether a machine has too little memory; the last release stays up."


@contextmanager
def engine(declared: str | None, *, cores: int) -> Iterator[Runs]:
    """The engine that `--engine` or HEARTHMAP_ENGINE names; of `local` the one that fits a machine of so many cores.

    Raises DeclarationError where it is none, does not answer, or runs other code than this.
    """
    name, _, count = (declared or LOCAL).partition(":")
    if name == LOCAL and not count:
        # Few cores are all in use by one piece, and more processes would only take more memory.
        yield Here() if cores < 2 * THREADS else Pool(cores // THREADS)
    elif name == "processes" and count.isdigit() and int(count):
        yield Pool(int(count), max(1, cores // int(count)))
    elif any((declared or "").startswith(scheme) for scheme in _CLUSTERS):
        with _connected(str(declared)) as client:
            yield Cluster(client)
    else:
        raise _wrong("is no engine.")


@contextmanager
def _connected(declared: str) -> Iterator["Client"]:
    from distributed import Client

    from etl.version import code_version

    scheme, _, place = declared.partition("://")
    address = _CLUSTERS[f"{scheme}://"] + place
    try:
        client = Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, RuntimeError):
        raise _wrong(f"no scheduler answers at {place}.") from None
    with client:
        others = set(client.run(code_version).values()) - {code_version()}
        if others:
            raise _wrong(f"the workers at {place} run other code than this.")
        yield client


def _submitted(pool: Executor, work: Callable[[_In], _Out], pieces: Sequence[_In]) -> Iterator[_Out]:
    futures = [pool.submit(work, piece) for piece in pieces]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def _limit(begun: "Synchronized[int]", threads: int) -> None:
    """In a new process, before Polars starts as many threads as there are cores: leave it its share of them."""
    if not hasattr(os, "sched_setaffinity"):
        return  # the system does not let a process choose
    with begun.get_lock():
        first = begun.value * threads
        begun.value += 1
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[(first + n) % len(cores)] for n in range(threads)})


def _wrong(what: str) -> DeclarationError:
    return DeclarationError.of("command line", "--engine", what, _REMEDY)
